"""A local SQLite file through the standard library alone: fast to open, used for reading."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from db.faults import explained
from db.rows import Row
from db.schema import HEAD
from studyapp.errors import DataError

BUSY_SECONDS = 5.0


class LocalReader:
    """Runs the queries of `db.reads` on a file; errors name `place`, where the file is a copy of that."""

    def __init__(self, path: Path, place: str = "") -> None:
        self.place = place or str(path)
        with explained(self.place):
            self._connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_SECONDS, check_same_thread=False
            )
            self._connection.execute("PRAGMA query_only = ON")

    def __call__(self, sql: str, parameters: Mapping[str, Any]) -> list[Row]:
        with explained(self.place):
            return self._connection.execute(sql, parameters).fetchall()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read inside is as of one moment; nobody is kept from writing."""
        self("BEGIN", {})
        try:
            yield
        finally:
            self("ROLLBACK", {})

    def close(self) -> None:
        self._connection.close()


def version_of(path: Path, place: str = "") -> str | None:
    """The migration that a file stands at; None for an empty file.

    Args:
        place: what errors name, where the file is a copy of that.

    Raises:
        DataError: not a database, damaged, or a database of some other program.
    """
    if path.stat().st_size == 0:
        return None
    reader = LocalReader(path, place)
    try:
        tables = {row[0] for row in reader("SELECT name FROM sqlite_master WHERE type = 'table'", {})}
        if not tables:
            return None
        if "alembic_version" not in tables or "reviews" not in tables:
            raise DataError(
                f"{reader.place} belongs to another program; it was left untouched."
                " Move it away, or set STUDYAPP_HOME elsewhere."
            )
        found = reader("SELECT version_num FROM alembic_version", {})
        return str(found[0][0]) if found else None
    finally:
        reader.close()


def needs_migration(version: str | None, place: str) -> bool:
    """Whether the file is older than this program.

    Raises:
        DataError: it is newer.
    """
    if version is not None and version > HEAD:
        raise DataError(
            f"{place} was written by a newer studyapp (version {version} of the tables, this one knows {HEAD});"
            " it was left untouched. Update studyapp."
        )
    return version != HEAD
