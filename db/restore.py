"""Going back to a backup, and putting a new file in the place of one that cannot be read."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from db.backup import (
    STAMP,
    BackupFolder,
    check_room,
    copy_database,
    opened,
    os_errors,
    put,
    sweep,
    temporary_name,
    unfinished,
)
from db.faults import explain, explained
from db.folders import make_folder, sync_folder
from db.health import Condition, Diagnosis, diagnose, refuse_others
from db.local import needs_migration
from studyapp.errors import DataError, StudyError, UsageError
from studyapp.paths import at_home

if TYPE_CHECKING:
    from studyapp.services.backups import Restored

SIDE_FILES = ("-wal", "-shm")
PAGES_A_STEP = 4
"""Fewer than the smallest file of ours has: after the first step the lock is held and nothing is written yet."""
ATTEMPTS = 5
READERS_LOCK, READERS_LOCK_BYTES = 0x40000002, 510
"""Where every open connection of SQLite holds a lock (pager.c, `SHARED_FIRST`)."""


def restore(vault: BackupFolder, name: str, moment: datetime) -> Restored:
    """Makes the data what they are in a backup, or in the file of this path.

    The copy is brought up to date beside the data first. Then its pages become the data in one transaction, so that
    a program that is open sees the old data or the new, and an answer that it gives meanwhile is in the backup that
    undoes this. Data that cannot be read are moved aside instead.

    Raises:
        UsageError: there is no such backup.
        DataError: it is damaged, foreign or newer; nothing was changed.
        StudyError: another program holds the data, or the disk is full; nothing was changed.
    """
    from studyapp.services.backups import BEFORE_RESTORE, Restored

    database = vault.database
    backup = _found(vault, name)
    with os_errors(database.parent):
        make_folder(database.parent)
        sweep(database.parent)
        check_room(database.parent, 2 * backup.stat().st_size)
        with unfinished(database.with_name(temporary_name(database.name, "restoring"))) as fresh:
            reviews = _copy_up_to_date(backup, fresh)
            present = diagnose(database, thorough=False)
            if present.condition is Condition.FOREIGN:
                refuse_others(present, database)
            if present.condition in (Condition.SOUND, Condition.NEWER):
                before = _replace_pages(fresh, database, lambda: vault.make(moment, BEFORE_RESTORE).name)
                return Restored(backup.stem, reviews, before, None)
            aside = put_in_place(fresh, database, moment)
            return Restored(backup.stem, reviews, None, str(aside) if aside else None)


def _found(vault: BackupFolder, name: str) -> Path:
    for path in (vault.path(name), at_home(name)):
        with suppress(OSError):
            if path.is_file():
                return path
    raise UsageError(f"There is no backup {name!r}; `studyapp backup list` shows them all.")


def _copy_up_to_date(backup: Path, fresh: Path) -> int:
    """A sound copy of a backup with the newest tables; returns how many reviews it holds.

    Raises:
        DataError: the backup is damaged, foreign or newer.
    """
    try:
        copy_database(backup, fresh)
        found = diagnose(fresh, thorough=False)
    except DataError:
        found = diagnose(backup, thorough=False)
        if found.condition is not Condition.NO_DATABASE:
            found = Diagnosis(Condition.DAMAGED)
    if found.condition is Condition.DAMAGED:
        raise DataError(f"{backup} is damaged; nothing was changed. Choose another: studyapp backup list.")
    if found.condition not in (Condition.SOUND, Condition.NEWER):
        raise DataError(f"{backup} is no backup of studyapp; nothing was changed. See studyapp backup list.")
    with explained(str(backup)):
        if needs_migration(found.version, str(backup)):
            from db.migrate import upgrade_file

            upgrade_file(fresh)
        with closing(opened(fresh)) as connection:
            return int(connection.execute("SELECT count(*) FROM reviews").fetchone()[0])


def _replace_pages(fresh: Path, database: Path, back_up: Callable[[], str]) -> str:
    """Makes the pages of `fresh` those of a database that others may have open; returns what `back_up` returned.

    Raises:
        StudyError: others hold it or write without a pause.
    """
    with explained(str(database)), closing(opened(database)) as witness, closing(opened(fresh)) as source:
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchall()
        for _ in range(ATTEMPTS):
            seen = _data_version(witness)
            before = back_up()
            with suppress(_Written), closing(opened(database)) as target:
                target.execute("PRAGMA journal_mode = WAL")
                target.execute("PRAGMA synchronous = FULL")
                source.backup(target, pages=PAGES_A_STEP, progress=_watch(witness, seen))
                return before
    raise StudyError(f"Another program keeps writing to {database}; nothing was changed. Close it, then try again.")


class _Written(Exception):
    """Another program wrote after the backup was made."""


def _watch(witness: sqlite3.Connection, seen: int) -> Callable[[int, int, int], None]:
    """Looks, once the lock on the data is held, whether anything was written since `seen`."""
    checked = False

    def progress(status: int, _remaining: int, _total: int) -> None:
        nonlocal checked
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise sqlite3.OperationalError("database is locked")
        if not checked and _data_version(witness) != seen:
            raise _Written
        checked = True

    return progress


def _data_version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


# -- files that cannot be read


def put_in_place(fresh: Path, database: Path, moment: datetime) -> Path | None:
    """Gives a new file the database's name; the old one and its log keep their bytes under the name returned.

    Raises:
        StudyError: another program has the old one open.
    """
    with _nobody_else(database):
        aside = _move_aside(database, moment)
        put(fresh, database)
    return aside


def refuse_if_open(database: Path) -> None:
    """Raises StudyError when another program has the file open."""
    with _nobody_else(database):
        pass


def _move_aside(database: Path, moment: datetime) -> Path | None:
    """The old file has both names until the new one takes its place, so at no moment there is none."""
    if not database.exists() or database.stat().st_size == 0:
        for suffix in SIDE_FILES:  # a log without its file would be taken for the new file's
            database.with_name(database.name + suffix).unlink(missing_ok=True)
        return None
    aside = next(
        path
        for number in range(1, 1000)
        if not (path := database.with_name(f"{database.stem}-damaged-{moment:{STAMP}}-{number}.sqlite")).exists()
    )
    database.chmod(0o600)
    _second_name(database, aside)
    for suffix in SIDE_FILES:
        side = database.with_name(database.name + suffix)
        if side.exists():
            side.replace(aside.with_name(aside.name + suffix))
    sync_folder(database.parent)
    return aside


def _second_name(path: Path, other: Path) -> None:
    try:
        other.hardlink_to(path)
    except OSError:  # a file system without links
        path.replace(other)


@contextmanager
def _nobody_else(database: Path) -> Iterator[None]:
    """Holds off other programs; an open database would go on writing to the file that was moved."""
    if not database.exists():
        yield
        return
    with database.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, READERS_LOCK_BYTES, READERS_LOCK)
        except OSError as error:
            raise explain(sqlite3.OperationalError("database is locked"), str(database)) from error
        yield
