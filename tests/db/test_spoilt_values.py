"""Every column of every table with a value that no studyapp writes: nothing ends but in a sentence, and the doctor is a
way out of it all."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import cycle
from pathlib import Path

import pytest

from db.models import Base
from studyapp.bootstrap import Program
from studyapp.cli import main
from studyapp.services.recall import LONGEST_ANSWER_MS
from tests.conftest import MONDAY
from tests.db.damage import log_of
from tests.faults import counts

VALUES = {
    "text": "'gone'",
    "a blob": "x'00ff10'",
    "a fraction": "1.5",
    "a huge number": str(2**62),
    "text that is not UTF-8": "CAST(x'61ff62' AS TEXT)",
}
COLUMNS = [(table.name, column.name) for table in Base.metadata.sorted_tables for column in table.columns]
CASES = [(table, column, what) for table, column in [*COLUMNS, ("alembic_version", "version_num")] for what in VALUES]
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("STUDYAPP_NOW", MONDAY.isoformat())

    def command(*words: str) -> tuple[int, str]:
        code = main(words)
        out, err = capsys.readouterr()
        assert code in (0, 1, 3), (words, err)
        assert "Traceback" not in err
        assert "error of its own" not in err, (words, err)
        return code, out + err

    return command


@pytest.fixture
def home(program: Program) -> Path:
    """A file in which every table has a row."""
    recall = program.recall
    for number, card_id in enumerate(sorted(program.store.card_ids("me"))[:6]):
        recall.grade(card_id, number % 6, confidence=2, answer="fog and more", elapsed_ms=900, key_points=(0, 2))
    recall.note("t1.fog.c0", "mine")
    recall.save_draft("t1.fog.c3", "half an answer")
    with program.store.transaction() as tx:
        tx.put_setting("me", "new_per_day", "7")
        tx.keep_sums("me", LONGEST_ANSWER_MS)
    program.close()
    return program.paths.database


def spoil(file: Path, table: str, column: str, value: str) -> bool:
    """False where the table takes no such value."""
    with closing(sqlite3.connect(file)) as connection, connection:
        before = connection.execute(f"SELECT {column} FROM {table} NOT INDEXED ORDER BY rowid").fetchone()
        connection.execute(f"UPDATE {table} SET {column} = {value} WHERE rowid = (SELECT min(rowid) FROM {table})")
        connection.text_factory = bytes
        return bool(connection.execute(f"SELECT {column} FROM {table} NOT INDEXED ORDER BY rowid").fetchone() != before)


def test_every_column_with_every_kind_of_value(home: Path, run: Run) -> None:
    whole = home.read_bytes()
    with closing(sqlite3.connect(home)) as connection:
        for table in Base.metadata.tables:
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0], table
    for table, column, what in CASES if counts.FULL else CASES[::7]:
        for path in home.parent.glob("studyapp*"):
            path.unlink()
        home.write_bytes(whole)
        assert spoil(home, table, column, VALUES[what])
        spoilt = home.read_bytes()
        due = run("due")[0]
        home.write_bytes(spoilt)
        doctor = run("doctor")[0]
        where = f"{table}.{column}: {what}: due {due}, doctor {doctor}"
        assert due in (0, 3), where
        assert doctor or not due, where
        for words in (("doctor", "--repair"), ("due",), ("doctor",)):
            code, text = run(*words)
            assert code == 0, f"{where}: {words}: {text}"
        counts.count("a value spoilt").took("mended" if doctor else "takes any value")


def test_a_description_of_the_tables_that_is_not_utf8(home: Path, run: Run) -> None:
    """SQLite quotes it in its message, which then is no text either."""
    data = bytearray(home.read_bytes())
    data[data.index(b"CREATE TABLE drafts") + 2] ^= 0x80
    home.write_bytes(data)
    assert [run(*words)[0] for words in (("due",), ("doctor",))] == [3, 3]
    assert bytes(data) == home.read_bytes()
    assert [run(*words)[0] for words in (("doctor", "--repair"), ("due",), ("doctor",))] == [0, 0, 0]


def test_what_is_not_utf8_costs_a_letter_of_a_draft_and_no_other(home: Path, run: Run) -> None:
    with closing(sqlite3.connect(home)) as connection, connection:
        connection.execute("INSERT INTO drafts SELECT learner, 't1.fog.c4', 'more' FROM drafts")
        connection.execute("UPDATE drafts SET text = CAST(x'61ff62' AS TEXT) WHERE rowid = 1")
    assert run("doctor", "--repair")[0] == 0
    with closing(sqlite3.connect(home)) as connection:
        assert connection.execute("SELECT text FROM drafts ORDER BY rowid").fetchall() == [("a\ufffdb",), ("more",)]


def test_a_stump_is_mended_from_the_backups(home: Path, run: Run) -> None:
    run("backup", "now")
    log = log_of(home)
    home.write_bytes(home.read_bytes()[:100])
    assert run("due")[0] == 3
    code, text = run("doctor", "--repair")
    assert (code, text.startswith("saved: 6 answers and ")) == (0, True)
    assert "from the backup 2026-11-23T090000-by-hand" in text
    assert log_of(home) == log


def test_a_bit_of_a_card_id_wherever_it_stands(home: Path, run: Run) -> None:
    """In tables, in their indexes, and in JSON."""
    whole, card_id = home.read_bytes(), b"t1.sketch.c3"
    places = [at for at in range(len(whole)) if whole.startswith(card_id, at)]
    assert len(places) > 10
    for at, bit in zip(places, cycle((0x80, 0x01)), strict=False):
        spoilt = bytearray(whole)
        spoilt[at + 4] ^= bit
        home.write_bytes(spoilt)
        codes = [run(*words)[0] for words in (("due",), ("doctor",), ("doctor", "--repair"), ("due",), ("doctor",))]
        assert codes[2:] == [0, 0, 0], (at, bit, codes)
