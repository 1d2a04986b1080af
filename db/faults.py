"""What went wrong with the database, in a sentence the learner can act on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from studyapp.errors import DataError, StudyError, UsageError

OUT_OF_SHAPE = ("no such table", "no such column", "already exists", "duplicate column")
"""What SQLite says when tables or columns are not those that the program made."""

UNREADABLE = (sqlite3.Error, UnicodeDecodeError)
"""What reading a damaged file raises; the second when SQLite's message quotes what it cannot read."""


class Unreadable(DataError):
    """Damaged, or no database. The sentence speaks of the learner's own file."""


@contextmanager
def explained(place: str) -> Iterator[None]:
    """Turns a driver's error into a StudyError that names the place and the way out."""
    try:
        yield
    except sqlite3.Error as error:
        raise explain(error, place) from error
    except UnicodeEncodeError as error:
        raise UsageError("This text holds a character that cannot be stored; write it anew in UTF-8.") from error
    except UnicodeDecodeError as error:
        raise explain(sqlite3.DatabaseError("malformed"), place) from error
    except Exception as error:
        original = getattr(error, "orig", None)  # SQLAlchemy wraps the driver's error
        if isinstance(original, Exception):
            raise explain(original, place) from error
        raise


def explain(error: Exception, place: str, lost: str = "the last change was not saved") -> StudyError:
    if type(error).__module__.startswith("psycopg"):
        from db import server_faults

        return server_faults.explain(error, place)
    code = getattr(error, "sqlite_errorname", "") or ""
    text = str(error)
    if code.startswith("SQLITE_NOTADB") or "file is not a database" in text:
        return Unreadable(
            f"{place} is not a studyapp database; it was left untouched. Move it away, or set STUDYAPP_HOME elsewhere;"
            " if it was one, see studyapp doctor."
        )
    if code.startswith("SQLITE_CORRUPT") or "malformed" in text or "Could not decode to UTF-8" in text:
        return Unreadable(
            f"{place} is damaged; it was left untouched. Run studyapp doctor --repair, which saves all that can be read"
            " and what the backups hold, or studyapp backup restore."
        )
    if any(sign in text for sign in OUT_OF_SHAPE):
        return Unreadable(
            f"{place} is not as its version should be ({text}), so it is damaged; it was left untouched."
            " Run studyapp doctor --repair, or studyapp backup restore."
        )
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")) or "database is locked" in text:
        return StudyError(f"Another program holds {place}; nothing was changed. Close it, then try again.")
    if code.startswith("SQLITE_FULL") or "disk is full" in text:
        return StudyError(f"The disk with {place} is full; {lost}. Free some space, try again.")
    if code.startswith("SQLITE_READONLY") or "readonly" in text:
        return StudyError(f"{place} cannot be written; nothing was changed. Check who owns it, or set STUDYAPP_HOME.")
    if code.startswith("SQLITE_CANTOPEN") or "unable to open" in text:
        return StudyError(f"{place} cannot be opened; nothing was changed. Check the folder, or set STUDYAPP_HOME.")
    if code.startswith("SQLITE_IOERR") or "disk I/O" in text:
        return StudyError(f"The disk with {place} reports an error; {lost}. Check the disk.")
    return StudyError(f"The database {place} answers: {text}; {lost}.")
