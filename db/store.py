"""The store: thin reads at once, SQLAlchemy for writing when it is first needed."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from db.faults import explained
from db.local import LocalReader, needs_migration, version_of
from db.reads import Reads
from db.rows import Row
from studyapp.errors import StudyError, UsageError

if TYPE_CHECKING:
    from db.writer import Transaction, Writer


class SqlStore(Reads):
    """What the services call `Store`, on any database that SQLAlchemy reaches."""

    def __init__(self, place: str, database: Path | str) -> None:
        self.place = place
        self._database = database
        self._reader = LocalReader(database) if isinstance(database, Path) else None
        self._writer: Writer | None = None
        self._lock = threading.RLock()
        super().__init__(self._reader or self._remote)

    def _remote(self, sql: str, parameters: Mapping[str, Any]) -> list[Row]:
        with self.transaction() as tx:
            return tx._run(sql, parameters)

    def warm_up(self) -> None:
        """Imports SQLAlchemy and connects, so that the first answer need not wait for it. Thread-safe."""
        with self._lock, explained(self.place):
            if self._writer is None:
                from db.engine import make_engine
                from db.writer import Writer

                self._writer = Writer(make_engine(self._database))

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """One transaction: committed and on disk when the block ends, undone when it raises."""
        with self._lock:
            self.warm_up()
            assert self._writer is not None
            with explained(self.place), self._writer.transaction() as tx:
                yield tx

    def integrity_errors(self) -> list[str]:
        """What the database itself finds wrong; empty when it is sound."""
        if self._reader is None:
            return []
        found = [str(row[0]) for row in self._reader("PRAGMA integrity_check", {})]
        broken = self._reader("PRAGMA foreign_key_check", {})
        return [line for line in found if line != "ok"] + [f"{row[0]}: row {row[1]} points nowhere" for row in broken]

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        if self._reader is not None:
            self._reader.close()


def open_local(path: Path, backups: Path, clock: Callable[[], datetime], say: Callable[[str], None]) -> SqlStore:
    """Opens the learner's file; makes it when there is none, migrates it (after a backup) when it is older.

    Raises:
        DataError: damaged, foreign or newer; the file was not touched.
        StudyError: it cannot be read or written.
    """
    with explained(str(path)), _plain_os_errors(path):
        fresh = not path.exists()
        version = None if fresh else version_of(path)
    if fresh or needs_migration(version, str(path)):
        from db.engine import make_engine
        from db.folders import make_folder, sync_folder
        from db.migrate import upgrade

        with explained(str(path)), _plain_os_errors(path):
            make_folder(path.parent)
            if version is not None:
                from db.backup import back_up

                say(f"Updating your data to a new version; a copy of the old one is in {backups}.")
                back_up(path, backups, clock(), f"before-{version}")
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            sync_folder(path.parent)
            engine = make_engine(path)
            try:
                upgrade(engine)
            finally:
                engine.dispose()
    return SqlStore(str(path), path)


def open_url(url: str) -> SqlStore:
    """Opens a database server by its SQLAlchemy URL and migrates it.

    Raises:
        UsageError: not such a URL, or its driver is not installed.
        StudyError: it cannot be reached.
    """
    from sqlalchemy.exc import ArgumentError

    from db.engine import make_engine
    from db.migrate import upgrade

    place = url.rpartition("@")[2]  # what stands before may be a password
    with explained(place):
        try:
            if url.startswith("sqlite"):
                raise ArgumentError("a database in memory would be lost at once")
            engine = make_engine(url)
        except (ArgumentError, ImportError) as error:
            reason = str(error).partition(" from string")[0]  # the rest may be a password
            raise UsageError(f"STUDYAPP_DB cannot be used ({reason}); write sqlite:////folder/file.sqlite.") from error
        upgrade(engine)
        engine.dispose()
    return SqlStore(place, url)


@contextmanager
def _plain_os_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StudyError(f"{path} cannot be opened ({reason}). Check the folder, or set STUDYAPP_HOME.") from error
