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
from db.local import LocalReader, needs_migration, refuse_emptied, version_of
from db.reads import LOCAL, Desk, Execute, Reads
from db.rows import Row
from studyapp.errors import StudyError

if TYPE_CHECKING:
    from db.group import GroupReads
    from db.server import Server
    from db.stream import LogStream
    from db.writer import Transaction, Writer
    from studyapp.services.doctor import LogAudit
    from studyapp.services.ports import History


class SqlStore(Reads):
    """What the services call `Store`, on any database that SQLAlchemy reaches."""

    def __init__(self, place: str, database: Path | Server, desk: Desk = LOCAL) -> None:
        self.place = place
        self._file = database if isinstance(database, Path) else None
        self._reader = LocalReader(database) if isinstance(database, Path) else None
        self._identity = _identity(self._file)
        self._writer: Writer | Server | None = None if isinstance(database, Path) else database
        self._lock = threading.RLock()
        super().__init__(self._reader or self._remote, desk)

    def _remote(self, sql: str, parameters: Mapping[str, Any]) -> list[Row]:
        from db.server import Server

        assert isinstance(self._writer, Server)
        with self._lock, explained(self.place):
            return self._writer.read(sql, parameters)

    def warm_up(self) -> None:
        """Imports SQLAlchemy and connects, so that the first answer need not wait for it. Thread-safe."""
        with self._lock, explained(self.place):
            if self._writer is None and self._file is not None:
                from db.engine import make_engine
                from db.writer import Writer

                self._writer = Writer(make_engine(self._file), self.desk)

    @property
    def has_written(self) -> bool:
        """Whether there was a transaction; warming up counts too."""
        return self._writer is not None

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """One transaction: committed and on disk when the block ends, undone when it raises."""
        with self._lock:
            self._check_place()
            self.warm_up()
            assert self._writer is not None
            with explained(self.place), self._writer.transaction() as tx:
                yield tx
                self._check_place()

    def _check_place(self) -> None:
        """SQLite would go on writing to a file that nobody finds any more."""
        if _identity(self._file) != self._identity:
            raise StudyError(
                f"{self.place} was removed or replaced while studyapp had it open; the last change was not saved."
                " Put it back, or start studyapp anew."
            )

    @contextmanager
    def whole_log(self, learner: str) -> Iterator[LogStream]:
        """The learner's log as of one moment; nobody is kept from writing meanwhile."""
        from db.stream import LogStream

        with self._snapshot() as execute, explained(self.place):
            yield LogStream(execute, learner, self.place)

    @contextmanager
    def _snapshot(self) -> Iterator[Execute]:
        if self._reader is not None:
            with self._reader.snapshot():
                yield self._reader
        else:
            from db.server import Server

            assert isinstance(self._writer, Server)
            with self._lock, self._writer.snapshot() as execute:
                yield execute

    @contextmanager
    def group(self) -> Iterator[GroupReads]:
        """Every learner of this database, as of one moment."""
        from db.group import GroupReads

        with self._snapshot() as execute, explained(self.place):
            yield GroupReads(execute)

    def audit_log(self, learner: str) -> LogAudit:
        """What the log itself tells of records that cannot be so."""
        from db.log_audit import audit_log

        with self._snapshot() as execute, explained(self.place):
            return audit_log(execute, learner)

    def histories(self, learner: str) -> Iterator[History]:
        """The learner's log card by card, as of one moment, and what is stored of each."""
        from db.log_audit import histories

        with self._snapshot() as execute, explained(self.place):
            yield from histories(execute, learner)

    def kept_errors(self, learner: str, longest_ms: int) -> list[str]:
        """What is kept beside the log and the content and does not follow from them; see `db.kept`."""
        from db.kept import kept_errors

        with self._snapshot() as execute, explained(self.place):
            return kept_errors(Reads(execute, self.desk), learner, longest_ms)

    @property
    def shared(self) -> bool:
        """Whether others write to it: it is on a server, which looks after its own files."""
        return self.desk.shared

    def integrity_errors(self) -> list[str]:
        """What is wrong with the file, its tables and the kinds of its values; on a server with the tables alone."""
        from db.health import diagnose, missing_columns

        if self._reader is None or self._file is None:
            return missing_columns(self._execute)
        if problems := diagnose(self._file).problems:
            return list(problems)
        return [f"{row[0]}: row {row[1]} points nowhere" for row in self._reader("PRAGMA foreign_key_check", {})]

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        if self._reader is not None:
            self._reader.close()


def _identity(file: Path | None) -> tuple[int, int] | None:
    """What tells a file from another one that takes its name; None where there is none."""
    try:
        found = file.stat() if file else None
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found else None


def open_local(
    path: Path, backups: Path, clock: Callable[[], datetime], say: Callable[[str], None], learner: str = LOCAL.learner
) -> SqlStore:
    """Opens the learner's file; makes it when there is none, migrates it (after a backup) when it is older.

    Raises:
        DataError: damaged, foreign or newer; the file was not touched.
        StudyError: it cannot be read or written.
    """
    with explained(str(path)), _plain_os_errors(path):
        fresh = not path.exists()
        version = None if fresh else version_of(path)
        if version is None and not fresh:
            refuse_emptied(path, backups)
    if fresh or needs_migration(version, str(path)):
        from db.folders import make_folder, sync_folder
        from db.migrate import upgrade_file

        with explained(str(path)), _plain_os_errors(path):
            make_folder(path.parent)
            if version is not None:
                from db.backup import back_up

                say(f"Updating your data to a new version; a copy of the old one is in {backups}.")
                back_up(path, backups, clock(), f"before-{version}")
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            sync_folder(path.parent)
            upgrade_file(path)
    return SqlStore(str(path), path, Desk(learner))


def open_url(url: str, learner: str, home: Path) -> SqlStore:
    """Opens a database on a PostgreSQL server, and makes or updates its tables.

    Args:
        home: of the learner's program; with the machine's name it tells its folders from those of other machines.

    Raises:
        UsageError: not such a URL, or its driver is not installed.
        DataError: a database of another program, or of a newer version; nothing was changed.
        StudyError: it cannot be reached or used.
    """
    from socket import gethostname

    from db.server import Server, place_of, prepare, server_engine, server_url

    address = server_url(url)
    place, desk = place_of(address), Desk(learner, f"{gethostname()}:{home}", shared=True)
    with explained(place):
        prepare(address, place)
        return SqlStore(place, Server(server_engine(address), place, desk), desk)


@contextmanager
def _plain_os_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StudyError(f"{path} cannot be opened ({reason}). Check the folder, or set STUDYAPP_HOME.") from error
