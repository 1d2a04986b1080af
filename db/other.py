"""Somebody else's database, or the learner's own from another machine: read as of one moment, never changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from db.backup import check_room, check_sound, frozen, os_errors, size_of
from db.faults import explained
from db.local import LocalReader, needs_migration
from db.reads import Desk, Execute
from db.stream import LogStream, learners
from studyapp.errors import DataError, StudyError, UsageError

SQLITE = "sqlite:///"
_NAME_IT = "name the other machine's studyapp.sqlite."


@contextmanager
def open_other(place: str, room: Path, learner: str, chosen: str | None = None) -> Iterator[LogStream]:
    """The log of one learner in another database.

    Args:
        place: a file, or a database's SQLAlchemy URL.
        room: a folder on a disk with space for a copy; the copy is gone at the end.
        learner: who is merged into.
        chosen: whose log is wanted; else that of `learner`, or of the only one there is.

    Raises:
        DataError: damaged, foreign or newer.
        UsageError: no such database, or it holds several learners and none was chosen.
        StudyError: it cannot be read.
    """
    if place.startswith(SQLITE) or "://" not in place:
        with _file(Path(place.removeprefix(SQLITE)), room) as execute:
            yield LogStream(execute, _whose(execute, place, learner, chosen), place)
    else:
        with _server(place, learner) as (execute, name):
            yield LogStream(execute, _whose(execute, name, learner, chosen), name)


@contextmanager
def _file(path: Path, room: Path) -> Iterator[Execute]:
    """Works on a copy: the file stays as it is, also when it is older and the copy has to be brought up to date."""
    if not path.is_file():
        raise UsageError(f"There is no file {path}; {_NAME_IT}")
    with os_errors(room):
        room.mkdir(parents=True, exist_ok=True, mode=0o700)
        check_room(room, size_of(path))
        with TemporaryDirectory(prefix=".merge-", dir=room) as folder:
            copy = Path(folder) / "other.sqlite"
            _copy(path, copy)
            check_sound(copy, str(path))
            version = _version(copy, path)
            if needs_migration(version, str(path)):
                from db.migrate import upgrade_file

                with explained(str(path)):
                    upgrade_file(copy)
            with closing(LocalReader(copy, str(path))) as reader:
                yield reader


def _version(copy: Path, path: Path) -> str:
    with closing(LocalReader(copy, str(path))) as reader:
        tables = {row[0] for row in reader("SELECT name FROM sqlite_master WHERE type = 'table'", {})}
        if not tables >= {"alembic_version", "reviews", "events", "settings", "drafts"}:
            raise DataError(f"{path} is a database of another program; nothing was changed. {_NAME_IT.capitalize()}")
        found = reader("SELECT version_num FROM alembic_version", {})
    if not found:
        raise DataError(f"{path} is a database of another program; nothing was changed. {_NAME_IT.capitalize()}")
    return str(found[0][0])


def _copy(path: Path, copy: Path) -> None:
    log = path.with_name(path.name + "-wal")
    # With a write-ahead log beside it a program may have the file open; without one nothing needs to be locked.
    waiting = log.exists() and log.stat().st_size
    with path.open("rb") as file:
        if file.read(16) != b"SQLite format 3\0":
            raise DataError(f"{path} is no database of studyapp; nothing was changed. {_NAME_IT.capitalize()}")
    with explained(str(path)):
        reading = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True) if waiting else frozen(path)
        with closing(reading), closing(sqlite3.connect(copy)) as writing:
            writing.execute("PRAGMA synchronous = OFF")
            reading.backup(writing)


@contextmanager
def _server(address: str, learner: str) -> Iterator[tuple[Execute, str]]:
    from db.server import Server, place_of, server_engine, server_url

    try:
        url = server_url(address)
    except UsageError as error:
        raise UsageError(str(error).replace("STUDYAPP_DB", "The address", 1)) from None
    place = place_of(url)
    with explained(place):
        server = Server(server_engine(url), place, Desk(learner))
        try:
            with server.snapshot() as execute:
                tables = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename IN"
                if execute(f"{tables} ('alembic_version', 'reviews', 'events')", {})[0][0] != 3:
                    raise DataError(f"{place} is no database of studyapp; nothing was changed.")
                found = execute("SELECT version_num FROM alembic_version", {})
                if needs_migration(str(found[0][0]) if found else None, place):
                    raise StudyError(f"{place} is of an older studyapp; open it with this one first, which updates it.")
                yield execute, place
        finally:
            server.close()


def _whose(execute: Execute, place: str, learner: str, chosen: str | None) -> str:
    known = learners(execute)
    if chosen is not None and chosen not in known:
        raise UsageError(f"{place} has no learner {chosen!r}; there are: {', '.join(known) or 'none'}.")
    if chosen is None and learner not in known and len(known) > 1:
        raise UsageError(f"{place} has several learners; name one with --learner: {', '.join(known)}.")
    return chosen or (learner if learner in known or not known else known[0])
