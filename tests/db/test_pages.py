"""Reading a file's pages without SQLite gives the rows that SQLite gives."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.pages import Pages, committed, read_log

ID = "01ad0000-0000-7000-8000-00000000000"
WHOLE = st.one_of(st.integers(-(2**63), 2**63 - 1), st.integers(-300, 300))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
LENGTHS = st.one_of(st.integers(0, 9000), st.integers(400, 520), st.integers(4040, 4120), st.integers(8150, 8200))
VALUE = st.one_of(
    st.none(), WHOLE, TEXT, st.binary(max_size=30), st.floats(allow_nan=False), LENGTHS.map(lambda n: "é" * n)
)


def exact(rows: Any) -> list[str]:
    """Values with their types; SQLite stores a float that is whole as an integer and gives it back as a float."""
    return sorted(repr([float(v) if isinstance(v, int) else v for v in row]) for row in rows)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 2**62), VALUE, VALUE, VALUE), max_size=40, unique_by=lambda row: row[0]))
def test_rows_of_any_size_and_kind(rows: list[tuple[Any, ...]]) -> None:
    with TemporaryDirectory() as folder, closing(sqlite3.connect(Path(folder) / "a.sqlite")) as connection:
        connection.execute("CREATE TABLE a (a, b, c)")
        connection.executemany("INSERT INTO a (rowid, a, b, c) VALUES (?, ?, ?, ?)", rows)
        connection.commit()
        data = (Path(folder) / "a.sqlite").read_bytes()
    found = [(rowid, *values) for rowid, values, whole in Pages(BytesIO(data)).rows() if len(values) == 3 and whole]
    assert exact(found) == exact(rows)


def test_every_entry_of_an_index_of_many_pages(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as connection, connection:
        connection.execute("CREATE TABLE a (id TEXT PRIMARY KEY, b)")
        connection.executemany("INSERT INTO a VALUES (?, ?)", ((f"{n:036}", n) for n in range(3000)))
    with (tmp_path / "a.sqlite").open("rb") as file:
        entries = [entry for entry in Pages(file).entries() if len(entry) == 2]
    assert sorted(entries) == [(f"{n:036}", n + 1) for n in range(3000)]


@pytest.mark.parametrize("size", [512, 1024, 8192, 65536])
def test_other_sizes_of_pages(tmp_path: Path, size: int) -> None:
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as connection:
        connection.execute(f"PRAGMA page_size = {size}")
        connection.execute("CREATE TABLE a (b)")
        connection.executemany("INSERT INTO a VALUES (?)", (("x" * n,) for n in range(0, 5000, 7)))
        connection.commit()
    with (tmp_path / "a.sqlite").open("rb") as file:
        found = [values[0] for _, values, whole in Pages(file).rows() if whole and len(values) == 1]
    assert sorted(found, key=len) == ["x" * n for n in range(0, 5000, 7)]


def test_what_waits_in_the_log_counts_up_to_its_last_commit(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA cache_size = 5")  # so that a transaction is written before its end
        connection.execute("CREATE TABLE a (b)")
        connection.execute("INSERT INTO a VALUES ('kept')")
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO a VALUES (?)", (("half" * 300,) for _ in range(200)))
        log, data = read_log(path), path.read_bytes()
        connection.execute("ROLLBACK")
    assert len(log) > 50 * 4096, "much of what was never committed is there"
    assert [values for _, values, _ in Pages(BytesIO(data), log).rows() if len(values) == 1] == [("kept",)]
    assert committed(log[:-1], 4096) == committed(log, 4096) != {}
    spoilt = bytearray(log)
    spoilt[32 + 24 + 100] ^= 1
    assert committed(bytes(spoilt), 4096) == {}
    assert read_log(tmp_path / "none") == b""


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=5000), st.binary(max_size=200), st.integers(0, 4095))
def test_noise_ends_without_an_error(noise: bytes, patch: bytes, at: int) -> None:
    leaf = b"\x0d" + noise
    for data in (noise, leaf.ljust(4096, b"\0") * 2, ID.encode() * 99):
        spoilt = data[:at] + patch + data[at + len(patch) :]
        pages = Pages(BytesIO(spoilt), noise)
        assert len(list(pages.rows())) + len(list(pages.entries())) + len(list(pages.fragments())) >= 0
