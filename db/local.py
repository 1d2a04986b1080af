"""A local SQLite file through the standard library alone: fast to open, used for reading."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from db.faults import explain, explained
from db.rows import Row
from db.schema import HEAD
from studyapp.errors import DataError

BUSY_SECONDS = 5.0
READ_ONLY, READ_WRITE = "mode=ro", "mode=rw"
TABLES = {"alembic_version", "reviews", "events", "schedule", "modules", "cards", "settings", "drafts"}
"""Those of the first version; every later one has them too."""
MAGIC = b"SQLite format 3\x00"
VERSION = re.compile(r"(?!0000)\d{4}")
CACHE_KIB = 16_000
"""Pages kept in memory, once they were read: the schedule of 100,000 cards outgrows SQLite's 2 MB."""
SMALLEST = 512
"""Bytes of SQLite's smallest page, and so of a file that holds anything."""


class LocalReader:
    """Runs the queries of `db.reads` on a file; errors name `place`, where the file is a copy of that."""

    def __init__(self, path: Path, place: str = "", mode: str = READ_WRITE) -> None:
        self.place = place or str(path)
        with explained(self.place):
            self._connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?{mode}", uri=True, timeout=BUSY_SECONDS, check_same_thread=False
            )
            try:
                self._connection.execute("PRAGMA query_only = ON")
                self._connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            except BaseException:  # it reads the schema, which may be damaged
                self._connection.close()
                raise

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


def reading_mode(path: Path) -> str:
    """How to open a file that is only looked at.

    Whoever may write plays a write-ahead log that lies beside it into the file when it closes, also one that belongs to
    another database. Who may not, leaves empty files beside it where there is no log.
    """
    wal = path.with_name(path.name + "-wal")
    return READ_ONLY if wal.exists() and wal.stat().st_size > 0 else READ_WRITE


def version_of(path: Path, place: str = "") -> str | None:
    """The migration that a file stands at; None for an empty file.

    Args:
        place: what errors name, where the file is a copy of that.

    Raises:
        DataError: not a database, damaged, or a database of some other program; it was not touched.
    """
    place = place or str(path)
    size, mode = path.stat().st_size, reading_mode(path)
    if not path.is_dir() and not path.is_file():  # a pipe, a socket
        raise explain(sqlite3.DatabaseError("file is not a database"), place)
    if size == 0 and mode == READ_WRITE:
        return None
    if size < SMALLEST or (mode == READ_WRITE and size < _size_by_header(path)):
        # SQLite would take the file for a new one and write over it, or leave an empty log beside it
        ours = size == 0 or _header(path).startswith(MAGIC)
        raise explain(sqlite3.DatabaseError("malformed" if ours else "file is not a database"), place)
    with closing(LocalReader(path, place, mode)) as reader:
        tables = _tables(reader)
        if not tables:
            return None
        if not tables >= {"alembic_version", "reviews"}:
            raise _foreign(path, place, mode)
        found = reader("SELECT version_num FROM alembic_version", {})
    if not found or not tables >= TABLES:
        raise explain(sqlite3.DatabaseError("malformed"), place)
    return str(found[0][0])


def _header(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(100)


def _size_by_header(path: Path) -> int:
    """Bytes that a file has by its own account, as long as no log beside it holds more; 0 if it gives none.

    Source: https://www.sqlite.org/fileformat2.html, 1.3 (page size at 16, changes at 24, pages at 28, counted at 92).
    """
    header = _header(path)
    if not header.startswith(MAGIC) or header[24:28] != header[92:96]:
        return 0
    page, pages = int.from_bytes(header[16:18], "big"), int.from_bytes(header[28:32], "big")
    return pages * (65536 if page == 1 else page)


def refuse_emptied(path: Path, backups: Path) -> None:
    """A first start that was cut off leaves an empty file; where there are backups, something else emptied it.

    Raises:
        DataError: there are backups of this empty file; it was not touched.
    """
    if path.stat().st_size == 0 and any(backups.glob("*.sqlite")):
        raise DataError(
            f"{path} is empty, though there are backups of it; it was left untouched."
            " Run studyapp backup restore, or remove the file to begin anew."
        )


def _tables(reader: LocalReader) -> set[str]:
    return {row[0] for row in reader("SELECT name FROM sqlite_master WHERE type = 'table'", {})}


def _foreign(path: Path, place: str, mode: str) -> DataError:
    if mode == READ_ONLY:
        with closing(LocalReader(path, place, "mode=ro&immutable=1")) as alone:
            if _tables(alone) >= TABLES:
                return DataError(
                    f"{path}-wal belongs to another database than {path.name} beside it; both were left untouched."
                    " Move it away, then try again."
                )
    return DataError(
        f"{place} belongs to another program; it was left untouched. Move it away, or set STUDYAPP_HOME elsewhere."
    )


def needs_migration(version: str | None, place: str) -> bool:
    """Whether the file is older than this program.

    Raises:
        DataError: it is newer, or of a version that never was.
    """
    if version is not None and not VERSION.fullmatch(version):
        raise explain(sqlite3.DatabaseError("malformed"), place)
    if version is not None and version > HEAD:
        raise DataError(
            f"{place} was written by a newer studyapp (version {version} of the tables, this one knows {HEAD});"
            " it was left untouched. Update studyapp."
        )
    return version != HEAD
