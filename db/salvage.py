"""Saving what can be saved of a damaged file into a new one.

The log is read page by page past SQLite (`db.pages`), so one damaged page costs the rows on it and no others; what
the backups hold beside it is added by id. Settings, answers being typed and the last copy of the content are read by
SQLite as far as it comes. The schedule is not read at all: it follows from the log.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from db import rows
from db.backup import BackupFolder, check_room, frozen, opened, os_errors, size_of, temporary_name, unfinished
from db.faults import UNREADABLE, explained
from db.health import spoilt_values
from db.pages import PAGE_SIZE, Pages, Values, read_log
from db.restore import put_in_place, refuse_if_open
from studyapp.core.log_check import ID, problem
from studyapp.services.backups import BEFORE_RESTORE
from studyapp.services.safety import Salvage

if TYPE_CHECKING:
    from studyapp.core.log import Record

WIDTHS = {12: "reviews", 8: "events"}
"""How many values a record of each table of the log has."""
LOG = {"reviews": rows.REVIEW, "events": rows.EVENT}
TYPES = {
    "reviews": (str, str, str, int, int, int, str, int, int, int, str, str),
    "events": (str, str, int, int, str, str, str, str),
}
REST = ("settings", "drafts", "modules", "cards", "card_bodies", "card_words")
NEWEST_BACKUPS = 3
"""A backup holds all that was in those before it; two more stand in for one that was damaged since."""
OLDEST_MICROS = 10**12
"""Moments of answers lie after it, days and other numbers of an index before."""


def look(vault: BackupFolder) -> Salvage:
    """What `mend` would save; nothing is changed."""
    with explained(str(vault.database)), closing(sqlite3.connect("", isolation_level=None)) as target:
        for table, columns in LOG.items():
            target.execute(f"CREATE TABLE {table} (id TEXT PRIMARY KEY, {columns.removeprefix('id, ')})")
        for table, keys in (("settings", "learner, name"), ("drafts", "learner, card_id")):
            rest = {"settings": "value", "drafts": "text"}[table]
            target.execute(f"CREATE TABLE {table} ({keys}, {rest}, PRIMARY KEY ({keys}))")
        return _fill(target, vault)


def mend(vault: BackupFolder, moment: datetime) -> Salvage:
    """Puts a sound file with all that could be saved in the place of the damaged one, which is kept aside.

    Raises:
        StudyError: another program has it open, or the disk is full; nothing was changed.
    """
    from db.migrate import upgrade_file

    database = vault.database
    with os_errors(database.parent), explained(str(database)):
        refuse_if_open(database)
        check_room(database.parent, 2 * size_of(database))
        with unfinished(database.with_name(temporary_name(database.name, "mending"))) as fresh:
            os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            upgrade_file(fresh)
            with closing(opened(fresh)) as target:
                target.execute("PRAGMA synchronous = OFF")  # it is synced once, when it is whole
                salvage = _fill(target, vault)
                target.execute("PRAGMA journal_mode = DELETE")
            aside = put_in_place(fresh, database, moment)
    salvage.aside = str(aside) if aside else None
    return salvage


def _fill(target: sqlite3.Connection, vault: BackupFolder) -> Salvage:
    salvage = Salvage()
    target.execute("CREATE TEMP TABLE known (id TEXT PRIMARY KEY)")
    target.execute("CREATE TEMP TABLE answered (card_id TEXT, reviewed_at INTEGER, PRIMARY KEY (card_id, reviewed_at))")
    target.execute("BEGIN")
    torn: list[tuple[str, Values]] = []
    complete: set[str] = set()
    if vault.database.exists():
        with vault.database.open("rb") as file:
            torn = _log_of(target, Pages(file, read_log(vault.database)), salvage)
        complete = _rest_of(target, vault.database, salvage)
    _from_backups(target, vault, complete, salvage)
    for table, values in torn:  # only now: a backup may have them whole
        added = _added(target, table, values)
        salvage.torn += added
        salvage.from_file[table] += added
    target.execute("DELETE FROM events WHERE id IN (SELECT id FROM reviews)")  # an id stands for one record
    _tell_lost(target, salvage)
    target.execute("COMMIT")
    return salvage


# -- the log


def _log_of(target: sqlite3.Connection, pages: Pages, salvage: Salvage) -> list[tuple[str, Values]]:
    """Adds every whole record of the log; returns the torn ones, mended as far as their text goes."""
    torn = []
    for _, values, whole in pages.rows():
        table = _table_of(values)
        if whole and table and _is_sound(table, values):
            salvage.from_file[table] += _added(target, table, values)
        else:
            torn += [("reviews", mended) for mended in _mended(values, whole)]
    for values in pages.fragments():
        table = _table_of(values)
        if table and _is_sound(table, values):
            salvage.from_file[table] += _added(target, table, values)
    for entry in pages.entries():
        _note(target, entry)
    return torn


def _table_of(values: Values) -> str | None:
    return WIDTHS.get(len(values)) if values and isinstance(values[0], str) and ID.fullmatch(values[0]) else None


def _is_sound(table: str, values: Values) -> bool:
    """Whether this program could have written these values."""
    read: Callable[[rows.Row], Record] = rows.review if table == "reviews" else rows.event
    if not all(value is None or type(value) is kind for value, kind in zip(values, TYPES[table], strict=True)):
        return False
    if table == "reviews" and values[9] not in (0, 1):  # aloud
        return False
    try:
        return problem(read(values)) is None
    except (ValueError, TypeError, OverflowError, RecursionError, AttributeError):
        return False


def _mended(values: Values, whole: bool) -> Iterator[Values]:
    """A review without its key points that could not be read, and without its text if it was torn or is none."""
    for mended in ((*values[:11], "[]"), (*values[:10], "", "[]"))[not whole :]:
        if _table_of(mended) == "reviews" and _is_sound("reviews", mended):
            yield mended
            return


def _added(target: sqlite3.Connection, table: str, values: Values) -> int:
    """1 when the record was not there yet."""
    marks = ", ".join("?" * len(values))
    return target.execute(f"INSERT OR IGNORE INTO {table} ({LOG[table]}) VALUES ({marks})", values).rowcount


def _note(target: sqlite3.Connection, entry: Values) -> None:
    """Keeps what an index tells of a record: its id, or a card and a moment."""
    match entry:
        case (str() as record_id, int()) if ID.fullmatch(record_id):
            target.execute("INSERT OR IGNORE INTO known VALUES (?)", (record_id,))
        case (str(), str() as card_id, int() as reviewed_at, int()) if reviewed_at > OLDEST_MICROS:
            target.execute("INSERT OR IGNORE INTO answered VALUES (?, ?)", (card_id, reviewed_at))


def _tell_lost(target: sqlite3.Connection, salvage: Salvage) -> None:
    nowhere = " AND ".join(f"id NOT IN (SELECT id FROM {table})" for table in LOG)
    salvage.lost = target.execute(f"SELECT count(*) FROM known WHERE {nowhere}").fetchone()[0]
    target.execute("CREATE TEMP TABLE saved AS SELECT DISTINCT card_id, reviewed_at FROM reviews")
    lost = target.execute(
        "SELECT card_id, reviewed_at FROM answered EXCEPT SELECT card_id, reviewed_at FROM saved ORDER BY 2, 1"
    )
    for card_id, reviewed_at in lost:
        with suppress(OverflowError):
            salvage.lost_answers.append((card_id, rows.from_micros(reviewed_at)))
    salvage.lost = max(salvage.lost, len(salvage.lost_answers))


# -- the rest of the file


def _rest_of(target: sqlite3.Connection, database: Path, salvage: Salvage) -> set[str]:
    """Adds settings, drafts and content; returns the tables that could be read to their end."""
    complete = set()
    with _readable_copy(database) as source:
        for table in REST if source else ():
            names = _columns(target, table)
            if names and source is not None and _copied(source, target, table, names, salvage):
                complete.add(table)
    for table, _, rowid in list(spoilt_values(target)):
        target.execute(f"DELETE FROM {table} WHERE rowid = ?", (rowid,))
    if "cards" in complete or salvage.from_file["cards"]:
        target.execute("DELETE FROM cards WHERE module NOT IN (SELECT id FROM modules)")
        target.execute("DELETE FROM cards WHERE id NOT IN (SELECT card_id FROM card_bodies)")
        for table in ("card_bodies", "card_words"):
            target.execute(f"DELETE FROM {table} WHERE card_id NOT IN (SELECT id FROM cards)")
    return complete


def _columns(target: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in target.execute(f"PRAGMA table_info({table})")]


def _copied(
    source: sqlite3.Connection, target: sqlite3.Connection, table: str, names: list[str], salvage: Salvage
) -> bool:
    """Copies a table from both its ends up to the first damaged page; True when there was none."""
    try:
        there = set(_columns(source, table))
        common = ", ".join(name for name in names if name in there)
        marks = ", ".join("?" for name in names if name in there)
    except UNREADABLE:
        return False
    for order in ("ASC", "DESC") if there else ():
        try:
            for values in source.execute(f"SELECT {common} FROM {table} NOT INDEXED ORDER BY rowid {order}"):
                with suppress(sqlite3.IntegrityError):  # a row of an older version, or a value that was altered
                    added = target.execute(f"INSERT OR IGNORE INTO {table} ({common}) VALUES ({marks})", values)
                    salvage.from_file[table] += added.rowcount
            return True
        except UNREADABLE:
            continue
    return False


@contextmanager
def _readable_copy(database: Path) -> Iterator[sqlite3.Connection | None]:
    """A connection to a copy of the damaged file with a good header; the file itself is not touched."""
    with unfinished(database.with_name(temporary_name(database.name, "reading"))) as copy:
        os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        shutil.copyfile(database, copy)
        log = database.with_name(database.name + "-wal")
        if log.exists():
            shutil.copyfile(log, copy.with_name(copy.name + "-wal"))
        _mend_header(copy)
        connection = opened(copy)
        connection.text_factory = lambda text: text.decode(errors="replace")  # a letter is lost, and not the text
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except UNREADABLE:
            connection.close()
            yield None
            return
        with closing(connection):
            yield connection


def _mend_header(copy: Path) -> None:
    """Writes the header that every file of ours has, so that SQLite tries to read the rest."""
    pages = max(1, copy.stat().st_size // PAGE_SIZE)
    head = struct.pack(
        ">16sH6B12I20x2I",
        *(b"SQLite format 3\0", PAGE_SIZE, 2, 2, 0, 64, 32, 32),  # written by way of a write-ahead log
        *(1, pages, 0, 0, 1, 4, 0, 0, 1, 0, 0, 0),  # no free pages; version 4 of the schema; UTF-8
        *(1, 3_040_000),
    )
    with copy.open("r+b") as file:
        file.write(head)


# -- backups


def _from_backups(target: sqlite3.Connection, vault: BackupFolder, complete: set[str], salvage: Salvage) -> None:
    """Adds what the newest backups hold and the file does not."""
    backups = vault.all()
    given_up = max((b.made_at for b in backups if b.label == BEFORE_RESTORE), default=datetime.min.replace(tzinfo=UTC))
    older = [backup for backup in backups if backup.made_at <= given_up]
    for backup in [b for b in backups if b.made_at > given_up][:NEWEST_BACKUPS]:
        added: Counter[str] = Counter()
        with suppress(*UNREADABLE), closing(frozen(vault.path(backup.name))) as source:
            for table, columns in LOG.items():
                for values in source.execute(f"SELECT {columns} FROM {table}"):
                    if not _has(target, table, values[0]) and _is_sound(table, values):
                        added[table] += _added(target, table, values)
            for table in ("settings", "drafts"):
                if table not in complete:
                    names = _columns(target, table)
                    there = Salvage()
                    _copied(source, target, table, names, there)
                    added += there.from_file
        if added.total():
            salvage.from_backups[backup.name] = added
    salvage.unused = [backup.name for backup in older[:NEWEST_BACKUPS] if _holds_more(target, vault, backup.name)]


def _holds_more(target: sqlite3.Connection, vault: BackupFolder, name: str) -> bool:
    """Whether a backup holds records that are not there."""
    with suppress(*UNREADABLE), closing(frozen(vault.path(name))) as source:
        for table in LOG:
            if not all(_has(target, table, row[0]) for row in source.execute(f"SELECT id FROM {table}")):
                return True
    return False


def _has(target: sqlite3.Connection, table: str, record_id: Any) -> bool:
    return target.execute(f"SELECT 1 FROM {table} WHERE id = ?", (record_id,)).fetchone() is not None
