"""Errors that reach the learner: one sentence each, with what to do."""

from __future__ import annotations

import errno

TO_DO = {
    errno.ENAMETOOLONG: "Choose a shorter name.",
    errno.ENOENT: "Check the name and its folder.",
    errno.ENOTDIR: "Check the name and its folder.",
    errno.EACCES: "Choose another place, or see who owns this one.",
    errno.EPERM: "Choose another place, or see who owns this one.",
    errno.EROFS: "Choose another place.",
    errno.ENOSPC: "Free some space, then try again.",
}


class StudyError(Exception):
    """The job failed; nothing was changed. The text is shown as it is."""

    exit_code = 1


class UsageError(StudyError):
    """The request itself was wrong: an unknown card, a grade out of range."""

    exit_code = 2


class DataError(StudyError):
    """The learner's data is damaged, foreign or from a newer version; it was left untouched."""

    exit_code = 3


def file_trouble(place: object, done: str, error: OSError, state: str = "nothing was changed") -> StudyError:
    """An error of the file system as a sentence; `done` is what could not be done: read, written."""
    reason = (error.strerror or str(error)).lower()
    todo = TO_DO.get(error.errno or 0, "Check the disk, then try again.")
    return StudyError(f"{place} cannot be {done} ({reason}); {state}. {todo}")
