"""The state of the learner's file, found without opening it as the program does: it may be damaged."""

from __future__ import annotations

import json
import mmap
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Any

from db import rows
from db.backup import looking
from db.faults import UNREADABLE, explained
from db.local import VERSION, needs_migration
from db.schema import HEAD
from studyapp.errors import DataError

if TYPE_CHECKING:
    from sqlalchemy import Column

    from db.reads import Execute

OURS = frozenset(("alembic_version", "reviews", "events", "schedule", "settings", "drafts", "cards", "modules"))
ENOUGH_OF_OURS = 3
"""Tables by which a file is known as one of this program's."""
MARKS = (b"CREATE TABLE reviews", b'CREATE TABLE "reviews"', b"CREATE TABLE schedule", b"ix_reviews_learner")
"""Text that stands in every file of this program, also in one that SQLite takes for no database."""
KINDS = {int: "integer", bool: "integer", float: "real", str: "text", object: "text"}
"""What SQLite stores for a column of the models; a damaged row may hold anything anywhere."""
SHAPES = {"card_bodies.body": dict, "cards.needs": list, "modules.body": dict, "shelves.problems": list}
"""What the JSON of derived columns holds; that of the log is looked at with the log."""
TOLD = 20
"""Errors that SQLite lists at most."""


class Condition(Enum):
    ABSENT = auto()
    """There is no file, or an empty one."""
    SOUND = auto()
    """Also when it is older than this program."""
    NEWER = auto()
    DAMAGED = auto()
    FOREIGN = auto()
    """A database of another program."""
    NO_DATABASE = auto()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    condition: Condition
    problems: tuple[str, ...] = ()
    """What is wrong with a damaged file."""
    version: str | None = None
    """Of the tables, where it could be read."""


def diagnose(path: Path, *, thorough: bool = True) -> Diagnosis:
    """Looks at a file and changes nothing.

    Args:
        thorough: compare the indexes with their tables, the tables with the models, and read every value, which takes
            longer.

    Raises:
        StudyError: it cannot be opened or read, for another reason than damage.
    """
    if not path.exists() or path.stat().st_size == 0:
        return Diagnosis(Condition.ABSENT)
    try:
        with explained(str(path)), closing(looking(path)) as connection:
            connection.execute("PRAGMA query_only = ON")
            return _diagnosis(connection, thorough)
    except DataError as error:
        if not isinstance(error.__cause__, UNREADABLE):
            raise
        if "is not a studyapp database" in str(error) and not _has_marks(path):
            return Diagnosis(Condition.NO_DATABASE)
        return Diagnosis(Condition.DAMAGED, (str(error.__cause__),))


def _diagnosis(connection: sqlite3.Connection, thorough: bool) -> Diagnosis:
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return Diagnosis(Condition.ABSENT)
    if len(tables & OURS) < ENOUGH_OF_OURS:
        return Diagnosis(Condition.FOREIGN)
    found = connection.execute("SELECT version_num FROM alembic_version") if "alembic_version" in tables else []
    version = next((str(row[0]) for row in found if VERSION.fullmatch(str(row[0]))), None)
    if version is not None and version > HEAD:
        return Diagnosis(Condition.NEWER, version=version)
    check = "integrity_check" if thorough else "quick_check"
    problems = [row[0] for row in connection.execute(f"PRAGMA {check}({TOLD})") if row[0] != "ok"]
    if version is None:
        problems.append("the version of the tables is missing")
    elif thorough and version == HEAD and not problems:
        problems = shape_problems(connection) or value_problems(connection)
    return Diagnosis(Condition.DAMAGED if problems else Condition.SOUND, tuple(problems), version)


def value_problems(connection: sqlite3.Connection) -> list[str]:
    """Stored values that are not what was stored."""
    spoilt = Counter((table, column) for table, column, _ in spoilt_values(connection))
    return [f"{number} of the stored {table} cannot be read ({column})" for (table, column), number in spoilt.items()]


def spoilt_values(connection: sqlite3.Connection) -> Iterator[tuple[str, str, int]]:
    """Table, column and rowid of each value that is not of its column's kind, of each text that is not UTF-8, and of
    stored content that is none: SQLite takes them all for sound."""
    from db.models import Base

    for table in Base.metadata.sorted_tables:
        there = _names(connection, "table_info", table.name)
        columns = [column for column in table.columns if column.name in there]
        wrong = {column.name: _wrong_kind(column) for column in columns}
        source = f"FROM {table.name} NOT INDEXED"  # an index has copies of the values
        if columns:
            found = f"SELECT rowid, {', '.join(wrong.values())} {source} WHERE {' OR '.join(wrong.values())}"
            for rowid, *are_wrong in connection.execute(found):
                yield from (
                    (table.name, name, rowid) for name, is_wrong in zip(wrong, are_wrong, strict=True) if is_wrong
                )
        texts = [column.name for column in columns if KINDS[column.type.python_type] == "text"]
        shaped = any(f"{table.name}.{name}" in SHAPES for name in texts)
        if texts and (shaped or not _is_text(connection, f"SELECT {', '.join(texts)} {source}")):
            read = ", ".join(f"CASE typeof({name}) WHEN 'text' THEN CAST({name} AS BLOB) END" for name in texts)
            for rowid, *values in connection.execute(f"SELECT rowid, {read} {source}"):
                for name, value in zip(texts, values, strict=True):
                    if value is not None and not _can_be_read(f"{table.name}.{name}", value):
                        yield table.name, name, rowid


def _is_text(connection: sqlite3.Connection, sql: str) -> bool:
    """Whether the driver can decode all that is found, which takes a fifth of the time of a look at each value."""
    try:
        for _ in connection.execute(sql):
            pass
    except UNREADABLE:
        return False
    return True


def _wrong_kind(column: Column[Any]) -> str:
    """As SQL."""
    kind = column.type.python_type
    none = "null" if column.nullable else ""
    wrong = f"typeof({column.name}) NOT IN ('{KINDS[kind]}', '{none}')"
    return f"({wrong} OR {column.name} NOT IN (0, 1))" if kind is bool else wrong


def _can_be_read(where: str, value: bytes) -> bool:
    try:
        text = value.decode()
        if where in SHAPES:
            content = json.loads(text)
            return type(content) is SHAPES[where] and (where != "card_bodies.body" or bool(rows.card(content)))
    except Exception:  # whatever a spoilt value leads to
        return False
    return True


def shape_problems(connection: sqlite3.Connection) -> list[str]:
    """Tables, columns and indexes that the models make and the file has not."""
    from sqlalchemy import create_engine

    from db.models import Base

    engine = create_engine("sqlite://")
    problems = []
    with engine.connect() as fresh:
        Base.metadata.create_all(fresh)
        wanted = fresh.connection.cursor()
        for (table,) in wanted.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            if not _names(connection, "table_info", table):
                problems.append(f"the table {table} is missing")
                continue
            for what, pragma in (("column", "table_info"), ("index", "index_list")):
                missing = _names(wanted, pragma, table) - _names(connection, pragma, table)
                problems += [f"{table} has no {what} {name}" for name in sorted(missing)]
    engine.dispose()
    return problems


def missing_columns(execute: Execute) -> list[str]:
    """The same of a server's columns."""
    from db.models import Base

    there = set(
        execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()", {}
        )
    )
    wanted = [(table.name, column.name) for table in Base.metadata.sorted_tables for column in table.columns]
    return [f"{table} has no column {column}" for table, column in wanted if (table, column) not in there]


def _names(connection: Any, pragma: str, table: str) -> set[str]:
    return {row[1] for row in connection.execute(f'PRAGMA {pragma}("{table}")').fetchall()}


def _has_marks(path: Path) -> bool:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        return any(text.find(mark) >= 0 for mark in MARKS)


def refuse_others(diagnosis: Diagnosis, path: Path) -> None:
    """Raises DataError for a file that is newer, of another program, or no database."""
    if diagnosis.condition is Condition.NEWER:
        needs_migration(diagnosis.version, str(path))  # says so
    if diagnosis.condition is Condition.FOREIGN:
        raise DataError(
            f"{path} belongs to another program; it was left untouched. Move it away, or set STUDYAPP_HOME elsewhere."
        )
    if diagnosis.condition is Condition.NO_DATABASE:
        raise DataError(
            f"{path} is not a studyapp database; it was left untouched. Move it away, or set STUDYAPP_HOME elsewhere;"
            " if it was one, run studyapp backup restore, which keeps it aside and puts a backup in its place."
        )
