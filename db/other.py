"""Somebody else's database, or the learner's own from another machine: read as of one moment, never changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from shlex import quote
from tempfile import TemporaryDirectory
from typing import Any

from db.backup import check_room, check_sound, frozen, os_errors, size_of, sweep, temporary_name
from db.faults import Unreadable, explained
from db.local import MAGIC, LocalReader, needs_migration
from db.reads import Desk, Execute
from db.rows import Row
from db.stream import LogStream, learners
from studyapp.core.text import listed
from studyapp.errors import DataError, StudyError, UsageError, file_trouble

SQLITE = "sqlite:///"
_NAME_IT = "name the other machine's studyapp.sqlite."


@contextmanager
def open_other(place: str, room: Path, learner: str, chosen: str | None = None) -> Iterator[LogStream]:
    """The log of one learner in another database.

    Args:
        place: a file, or a database's SQLAlchemy URL.
        room: a folder on a disk with space for a copy; the copy is gone at the end.
        learner: who is merged into.
        chosen: whose log is wanted; else that of `learner`.

    Raises:
        DataError: damaged, foreign or newer.
        UsageError: no such database, or it holds other learners only and none of them was chosen.
        StudyError: it cannot be read.
    """
    if not place.removeprefix(SQLITE):
        raise UsageError(f"The name of the other database is empty; {_NAME_IT}")
    if place.startswith(SQLITE) or "://" not in place:
        with _file(Path(place.removeprefix(SQLITE)), room) as execute:
            yield LogStream(execute, _whose(execute, place, learner, chosen), place)
    else:
        with _server(place, learner) as (execute, name):
            yield LogStream(execute, _whose(execute, name, learner, chosen), name)


@contextmanager
def _file(path: Path, room: Path) -> Iterator[Execute]:
    """Works on a copy: the file stays as it is, also when it is older and the copy has to be brought up to date."""
    waiting = _look(path)
    with os_errors(room):
        room.mkdir(parents=True, exist_ok=True, mode=0o700)
        check_room(room, size_of(path))
        sweep(room)
        with TemporaryDirectory(prefix=temporary_name("other", "merging-"), dir=room) as folder:
            copy = Path(folder) / "other.sqlite"
            with _of_another(path):
                _copy(path, copy, waiting)
                check_sound(copy, str(path))
                if needs_migration(_version(copy, path), str(path)):
                    from db.migrate import upgrade_file

                    with explained(str(path)):
                        upgrade_file(copy)
                reader = LocalReader(copy, str(path))

            def execute(sql: str, parameters: Mapping[str, Any]) -> list[Row]:
                with _of_another(path):
                    return reader(sql, parameters)

            with closing(reader):
                yield execute


@contextmanager
def _of_another(place: object) -> Iterator[None]:
    """Whoever is told that the other database is damaged must not mend the own one."""
    try:
        yield
    except Unreadable as error:
        raise DataError(
            f"{place} is damaged; nothing was changed. Run studyapp doctor --repair on the other machine, then merge"
            " again."
        ) from error


def _look(path: Path) -> bool:
    """Whether a write-ahead log stands beside the file; then a program may have it open.

    Raises:
        UsageError: there is no such file.
        DataError: it is no database.
        StudyError: it cannot be read.
    """
    try:
        if not path.is_file():
            raise UsageError(f"There is no file {path}; {_NAME_IT}")
        with path.open("rb") as file:
            if file.read(16) != MAGIC:
                raise DataError(f"{path} is no database of studyapp; nothing was changed. {_NAME_IT.capitalize()}")
        log = path.with_name(path.name + "-wal")
        return log.exists() and log.stat().st_size > 0
    except OSError as error:
        raise file_trouble(path, "read", error) from error


def _version(copy: Path, path: Path) -> str:
    with closing(LocalReader(copy, str(path))) as reader:
        tables = {row[0] for row in reader("SELECT name FROM sqlite_master WHERE type = 'table'", {})}
        if not tables >= {"alembic_version", "reviews", "events", "settings", "drafts"}:
            raise DataError(f"{path} is a database of another program; nothing was changed. {_NAME_IT.capitalize()}")
        found = reader("SELECT version_num FROM alembic_version", {})
    if not found:
        raise DataError(f"{path} is a database of another program; nothing was changed. {_NAME_IT.capitalize()}")
    return str(found[0][0])


def _copy(path: Path, copy: Path, waiting: bool) -> None:
    with explained(str(path)):  # without a write-ahead log beside it nothing needs to be locked
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
                with _of_another(place):
                    older = needs_migration(str(found[0][0]) if found else None, place)
                if older:
                    raise StudyError(f"{place} is of an older studyapp; open it with this one first, which updates it.")
                yield execute, place
        finally:
            server.close()


def _whose(execute: Execute, place: str, learner: str, chosen: str | None) -> str:
    known = learners(execute)
    if chosen is not None and chosen not in known:
        raise UsageError(f"{place} has no learner {chosen!r}; there are: {', '.join(known) or 'none'}.")
    if chosen is None and learner not in known and known:
        raise UsageError(
            f"{place} holds the answers of {listed(known)}, and none of yours ({learner}). If they are yours too, say"
            f" whose to take: --learner {quote(known[0])}."
        )
    return chosen or learner
