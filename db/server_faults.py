"""What went wrong on a PostgreSQL server, in a sentence the learner can act on. Known without psycopg."""

from __future__ import annotations

from studyapp.errors import DataError, StudyError, UsageError

NOT_SAVED = "the last change was not saved"
AWAY = "{place} cannot be reached ({reason}); nothing was changed. Is the server running?"
FULL = "{place} has as many connections as it allows; nothing was changed. Try again in a minute."
BY_CODE: dict[str, tuple[type[StudyError], str]] = {
    "42501": (StudyError, "{place} does not allow this ({reason}); ask who runs it."),
    "42P01": (DataError, "{place} has other tables than this studyapp knows; start it anew, or update it."),
    "42703": (DataError, "{place} has other tables than this studyapp knows; start it anew, or update it."),
    "3F000": (StudyError, "{place} has no schema in which tables could be made ({reason}); ask who runs it."),
    "25006": (StudyError, "{place} can only be read now; nothing was changed. Try again later."),
    "22021": (UsageError, "This text holds a character that cannot be stored; write it anew in UTF-8."),
    "22P05": (UsageError, "This text holds a character that cannot be stored; write it anew in UTF-8."),
    "53100": (StudyError, "The disk of {place} is full; the last change was not saved. Tell who runs it."),
    "53300": (StudyError, FULL),
    "55P03": (StudyError, "Another studyapp of yours is at work on {place}; nothing was changed. Try again."),
    "40P01": (StudyError, "Another studyapp of yours is at work on {place}; nothing was changed. Try again."),
}
"""By SQLSTATE: PostgreSQL's manual, appendix A."""
BY_WORDS = (
    (
        "password authentication failed",
        "{place} did not accept the name or password; nothing was changed. Correct STUDYAPP_DB.",
    ),
    ("no password supplied", "{place} asks for a password; nothing was changed. Add it to STUDYAPP_DB."),
    (
        "no pg_hba.conf entry",
        "{place} lets nobody in from here under that name; nothing was changed. Correct STUDYAPP_DB.",
    ),
    ('role "', "{place} knows nobody of that name ({reason}); nothing was changed. Correct STUDYAPP_DB."),
    ("not currently accepting", AWAY),
    ('database "', "{place} cannot be used ({reason}); nothing was changed. Correct STUDYAPP_DB."),
    ("too many", FULL),
    (
        "remaining connection slots",
        "{place} has as many connections as it allows; nothing was changed. Try again, or look at",
    ),
)
"""A refused connection has no code, only words."""
LOST = ("57", "08", "25P03")
"""Classes of SQLSTATE: stopped by who runs the server, connection broken, stopped for too long in a change."""
NO_CONNECTION = ("connection failed", "connection is bad", "connection timeout", "failed to resolve")
"""How psycopg begins when none could be made."""


def explain(error: Exception, place: str) -> StudyError:
    """The sentence for an error of psycopg."""
    code, text, reason = getattr(error, "sqlstate", None) or "", str(error), _reason(error)
    if "NUL" in text:
        code = "22021"
    if code in BY_CODE:
        kind, sentence = BY_CODE[code]
        return kind(sentence.format(place=place, reason=reason))
    if text.startswith(NO_CONNECTION):
        for words, sentence in BY_WORDS:
            if words in text:
                return StudyError(sentence.format(place=place, reason=reason))
        return StudyError(AWAY.format(place=place, reason=reason))
    if not code or code.startswith(LOST):
        return StudyError(f"The connection to {place} broke; {NOT_SAVED}. Try again when the server is back.")
    return StudyError(f"The database {place} answers: {reason}. T{NOT_SAVED[1:]}.")


def _reason(error: Exception) -> str:
    """The server's or the driver's own words, on one line, without where and how."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    last = next((line for line in lines if "FATAL" in line or "ERROR" in line), lines[0] if lines else "no answer")
    for mark in ("FATAL:", "ERROR:", "failed:"):
        last = last.rpartition(mark)[2] if mark in last else last
    return last.strip().rstrip(".")
