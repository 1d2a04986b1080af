"""Errors that reach the learner: one sentence each, with what to do."""

from __future__ import annotations


class StudyError(Exception):
    """The job failed; nothing was changed. The text is shown as it is."""

    exit_code = 1


class UsageError(StudyError):
    """The request itself was wrong: an unknown card, a grade out of range."""

    exit_code = 2


class DataError(StudyError):
    """The learner's data is damaged, foreign or from a newer version; it was left untouched."""

    exit_code = 3
