"""Copies of the database, made with SQLite's online backup, so that a running program is no hindrance."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from db.faults import UNREADABLE, explain, explained
from db.folders import make_folder, sync_folder
from db.local import BUSY_SECONDS, READ_WRITE, reading_mode, refuse_emptied
from studyapp.errors import StudyError, file_trouble

if TYPE_CHECKING:
    from studyapp.services.backups import Backup, Restored

SUFFIX, STAMP = ".sqlite", "%Y-%m-%dT%H%M%S"
NAME = re.compile(r"(\d{4}-\d\d-\d\dT\d{6})-(.+)")
KEPT = ("reviews", "events", "settings", "drafts")
"""Tables that follow from nothing else."""
UNFINISHED = re.compile(r"\..+\.(\d+)\.(partial|restoring|mending|reading|merging)(-\w+)?")
"""A copy that is being made, by the process of that number."""
LEFTOVER_AFTER_SECONDS = 3600.0
"""One of this process's own number that is as old as this was left by another that had the number before."""
SPARE_BYTES = 16 << 20
"""Stays free on the disk when a copy is made."""


class BackupFolder:
    """Backups of one file, in a folder that is the learner's alone."""

    def __init__(self, database: Path, folder: Path) -> None:
        self.database = database
        self.folder = folder

    def all(self) -> list[Backup]:
        """Newest first."""
        from studyapp.services.backups import Backup

        found: list[Backup] = []
        for path in self.folder.glob(f"*{SUFFIX}"):
            match = NAME.fullmatch(path.stem)
            if match and not path.name.startswith("."):
                with suppress(ValueError, OSError):  # no moment, or gone meanwhile
                    made_at = datetime.strptime(match[1], STAMP).replace(tzinfo=UTC)
                    found.append(Backup(path.stem, made_at, match[2], path.stat().st_size))
        return sorted(found, key=lambda backup: (backup.made_at, backup.name), reverse=True)

    def path(self, name: str) -> Path:
        return self.folder / f"{name}{SUFFIX}"

    def make(self, moment: datetime, label: str) -> Backup:
        """Copies the data under the first free second from `moment` on; the name stands only for a whole, sound copy.

        Raises:
            DataError: the file is damaged.
            StudyError: the disk is full, or another program holds the file.
        """
        from studyapp.services.backups import Backup

        with os_errors(self.folder):
            make_folder(self.folder)
            sweep(self.folder)
            sweep(self.database.parent)
            self._refuse_empty()
            check_room(self.folder, size_of(self.database))
            moment = moment.replace(microsecond=0)
            while any(self.folder.glob(f"{moment:{STAMP}}-*")):
                moment += timedelta(seconds=1)
            target = self.path(f"{moment:{STAMP}}-{label}")
            with unfinished(self.folder / temporary_name(target.stem, "partial")) as partial:
                copy_database(self.database, partial)
                check_sound(partial, str(self.database))
                put(partial, target)
            return Backup(target.stem, moment, label, target.stat().st_size)

    def _refuse_empty(self) -> None:
        with explained(str(self.database)), closing(looking(self.database)) as present:
            tables = present.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if not tables:
            refuse_emptied(self.database, self.folder)
            raise StudyError(f"{self.database} is empty yet, so there is nothing to back up. Start studyapp first.")

    def changed_since(self, backup: Backup | None) -> bool:
        """Whether the log, settings or drafts differ from this backup; from an empty start when there is none."""
        try:
            with closing(looking(self.database)) as present:
                if backup is None:
                    return any(present.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() for table in KEPT)
                with closing(frozen(self.path(backup.name))) as old:
                    return _contents(old) != _contents(present)
        except UNREADABLE:
            return True  # then a new one is made, which tells what is wrong

    def reviews_in(self, backup: Backup) -> int | None:
        with suppress(*UNREADABLE), closing(frozen(self.path(backup.name))) as copy:
            return int(copy.execute("SELECT count(*) FROM reviews").fetchone()[0])
        return None

    def drop(self, backup: Backup) -> None:
        with suppress(OSError):
            self.path(backup.name).unlink()

    def restore(self, name: str, moment: datetime) -> Restored:
        """Makes the data what they are in a backup, or in the file of this path; see `db.restore`."""
        from db.restore import restore

        return restore(self, name, moment)


def back_up(path: Path, folder: Path, moment: datetime, label: str) -> Path:
    """Writes a whole copy of `path` into `folder` and returns its place."""
    vault = BackupFolder(path, folder)
    return vault.path(vault.make(moment, label).name)


def _contents(connection: sqlite3.Connection) -> list[object]:
    """What differs after any change that the learner made. The log is only added to: its length and last id tell."""
    log = [connection.execute(f"SELECT count(*), max(id) FROM {name}").fetchone() for name in KEPT[:2]]
    rest = [connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in KEPT[2:]]
    return [*log, *rest, connection.execute("SELECT version_num FROM alembic_version").fetchall()]


# -- single files


def opened(path: Path, mode: str = READ_WRITE) -> sqlite3.Connection:
    """A connection to a file that others may use, without transactions of the driver's own."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, timeout=BUSY_SECONDS, isolation_level=None)


def looking(path: Path) -> sqlite3.Connection:
    """A connection to a file that is only looked at."""
    return opened(path, reading_mode(path))


def frozen(path: Path) -> sqlite3.Connection:
    """A connection to a file that nobody writes: takes no lock and leaves no file beside it."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)


def copy_database(source: Path, target: Path) -> None:
    """A copy in one file, of one moment, that only the owner can read.

    Raises:
        StudyError: it could not be made.
    """
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with explained(str(source)), closing(looking(source)) as reading, closing(opened(target)) as writing:
        writing.execute("PRAGMA journal_mode = OFF")  # it is thrown away when it fails, and synced once at its end
        writing.execute("PRAGMA synchronous = OFF")
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_master").fetchall()  # waits for locks, which the copying would not
        try:
            reading.backup(writing)
        except sqlite3.Error as error:
            raise explain(error, str(target.parent), lost="no copy was made") from error
        writing.execute("PRAGMA journal_mode = DELETE")  # else it would need two more files to be read


def check_sound(path: Path, place: str) -> None:
    """SQLite's quick check of a file that nobody writes.

    Raises:
        DataError: it is damaged, or no database; `place` is named.
    """
    with explained(place), closing(frozen(path)) as connection:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise explain(sqlite3.DatabaseError("malformed"), place)


def size_of(path: Path) -> int:
    """Bytes of a database with what waits in its write-ahead log; 0 when there is none."""
    files = (path, path.with_name(path.name + "-wal"))
    return sum(file.stat().st_size for file in files if file.exists())


def check_room(folder: Path, needed: int) -> None:
    """Raises StudyError when a copy of that many bytes would fill the disk."""
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE_BYTES:
        raise StudyError(
            f"The disk with {folder} has {free >> 20} MB left, a copy of your data needs"
            f" {(needed + SPARE_BYTES) >> 20} MB; free some space, try again."
        )


def temporary_name(name: str, what: str) -> str:
    """Of a copy that this process makes; should it be killed, `sweep` knows it by that."""
    return f".{name}.{os.getpid()}.{what}"


def sweep(folder: Path) -> None:
    """Deletes the unfinished copies in a folder that no process is at work on; each holds all that the learner said."""
    for path in folder.glob(".*"):
        found = UNFINISHED.fullmatch(path.name)
        with suppress(OSError):  # gone meanwhile
            if found and not _at_work(int(found[1]), path):
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _at_work(process: int, path: Path) -> bool:
    if process == os.getpid():  # in a container every start may have the same number
        return time.time() - path.stat().st_mtime < LEFTOVER_AFTER_SECONDS
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # somebody else's
        return True
    return True


@contextmanager
def unfinished(path: Path) -> Iterator[Path]:
    """A file that is being made; nothing of it is left unless it was moved to its place."""
    try:
        yield path
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)


def put(file: Path, target: Path) -> None:
    """Moves a finished file to its name, such that a power cut leaves the one or the other."""
    descriptor = os.open(file, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    file.replace(target)
    sync_folder(target.parent)


@contextmanager
def os_errors(place: Path) -> Iterator[None]:
    """Turns an error of the file system into a sentence."""
    try:
        yield
    except OSError as error:
        raise file_trouble(place, "written", error, "your data are as they were") from error
