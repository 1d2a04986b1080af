"""Of a damaged file everything that lies on sound pages is saved, and what a backup has beside it."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from db import salvage
from db.backup import BackupFolder
from db.health import Condition, diagnose
from studyapp.bootstrap import Program
from studyapp.errors import StudyError
from studyapp.services.doctor import examine, repair
from tests.conftest import MONDAY
from tests.db.damage import PAGE, Filled, filled, log_of, overwritten

A = "t1.fog.c0"
Open = Callable[[], Program]


@pytest.fixture
def home(program: Program) -> Filled:
    return filled(program)


@pytest.fixture
def vault(home: Filled) -> BackupFolder:
    return BackupFolder(home.file, home.file.parent / "backups")


def saved(home: Filled) -> set[str]:
    return {str(row[0]) for row in log_of(home.file)["reviews"]}


def same_log(home: Filled) -> bool:
    return log_of(home.file) == home.log


def test_a_sound_file_is_saved_whole(home: Filled, vault: BackupFolder, open_again: Open) -> None:
    before = home.file.read_bytes()
    would = salvage.look(vault)
    assert home.file.read_bytes() == before
    assert [path.name for path in home.file.parent.iterdir()] == ["studyapp.sqlite"]
    done = salvage.mend(vault, MONDAY)
    assert same_log(home)
    assert (done.from_file["reviews"], done.lost, done.torn) == (300, 0, 0)
    assert would.from_file["reviews"] == 300
    assert Path(str(done.aside)).read_bytes() == before
    program = open_again()
    assert repair(program.recall) > 0
    assert all(finding.ok for finding in examine(program.recall))


@pytest.mark.parametrize("noise", [False, True], ids=["zeros", "noise"])
def test_pages_overwritten_at_many_places(home: Filled, vault: BackupFolder, noise: bool) -> None:
    """Any pages, the first one with the description of the tables too."""
    dice = random.Random(5)
    for number in range(60):
        damaged = set(dice.sample(range(home.pages), dice.choice([1, 1, 2, 5, 20])))
        home.put(overwritten(home.data, damaged, dice if noise else None))
        done = salvage.look(vault)
        whole = home.whole(damaged)
        assert len(whole) <= done.from_file["reviews"] <= len(whole) + done.torn
        if number % 15 == 0:
            salvage.mend(vault, MONDAY)
            assert whole <= saved(home)
            assert diagnose(home.file).condition is Condition.SOUND
            rows = {row[0]: row for row in home.log["reviews"]}
            assert all(row == rows[row[0]] for row in log_of(home.file)["reviews"] if row[0] in whole)


def test_a_file_cut_off_anywhere(home: Filled, vault: BackupFolder) -> None:
    dice = random.Random(6)
    for length in [*(dice.randrange(len(home.data)) for _ in range(40)), 0, 1, 99, 100, PAGE - 1, PAGE, PAGE + 1]:
        home.put(home.data[:length])
        whole = home.whole(set(range(length // PAGE, home.pages)))
        done = salvage.look(vault)
        assert len(whole) <= done.from_file["reviews"] <= len(whole) + done.torn + 30, "rows on half a page"
    home.put(home.data[: len(home.data) // 2])
    done = salvage.mend(vault, MONDAY)
    assert home.whole(set(range(len(home.data) // 2 // PAGE, home.pages))) <= saved(home)
    assert 0 < done.total("reviews") < 300


def test_every_bit_of_the_header(home: Filled, vault: BackupFolder) -> None:
    """Nothing is lost, whichever is flipped."""
    for bit in [*range(0, 800, 29), 128, 131, 135, 160]:
        spoilt = bytearray(home.data)
        spoilt[bit // 8] ^= 1 << bit % 8
        home.put(spoilt)
        done = salvage.look(vault)
        assert (done.from_file["reviews"], done.from_file["events"]) == (300, len(home.log["events"])), bit
        assert done.from_file["drafts"] == 1, bit


def test_half_a_page_of_noise_costs_only_what_lies_there(home: Filled, vault: BackupFolder) -> None:
    """The head of each page is gone, with the places of its rows; the rows themselves are found."""
    dice = random.Random(7)
    for page in dice.sample(range(1, home.pages), 30):
        spoilt = bytearray(home.data)
        spoilt[page * PAGE : page * PAGE + 100] = dice.randbytes(100)
        home.put(spoilt)
        done = salvage.look(vault)
        assert done.from_file["reviews"] + done.lost >= 300
        assert done.from_file["reviews"] >= 299, page


def test_with_a_backup_nothing_is_lost(home: Filled, vault: BackupFolder, open_again: Open) -> None:
    made = vault.make(MONDAY, "auto")
    program = open_again()
    for _ in range(20):
        program.recall.grade(A, 4, answer="after the backup")
    program.close()
    now, dice = log_of(home.file), random.Random(8)
    later = {row[0] for row in now["reviews"]} - {row[0] for row in home.log["reviews"]}
    data = home.file.read_bytes()
    for _ in range(5):
        damaged = set(dice.sample(range(home.pages // 3), 12))
        home.put(overwritten(data, damaged))
        done = salvage.mend(vault, MONDAY)
        after = log_of(home.file)
        assert {row[0] for row in home.log["reviews"]} <= {row[0] for row in after["reviews"]}
        assert after["events"] == now["events"]
        assert after["settings"] == now["settings"]
        assert [row for row in after["reviews"] if row[0] not in later] == home.log["reviews"]
        assert set(done.from_backups) <= {made.name}


def test_a_long_answer_that_is_torn_keeps_its_grade(home: Filled, vault: BackupFolder) -> None:
    record, pages = next((one, pages) for one, pages in home.pages_of.items() if len(pages) > 2)
    with closing(sqlite3.connect(home.file)) as connection:
        leaves = {n - 1 for (n,) in connection.execute("SELECT pageno FROM dbstat WHERE pagetype = 'leaf'")}
    damaged = overwritten(home.data, set(pages) - leaves)
    home.put(damaged)
    done = salvage.mend(vault, MONDAY)
    assert done.torn == 1
    before = {row[0]: row for row in home.log["reviews"]}[record]
    after = {row[0]: row for row in log_of(home.file)["reviews"]}[record]
    assert after == (*before[:10], "", "[]")
    home.put(home.data)
    vault.make(MONDAY, "auto")
    home.put(damaged)
    assert salvage.mend(vault, MONDAY).torn == 0
    assert same_log(home), "the backup has it whole"


def test_what_is_lost_is_told_by_the_indexes(home: Filled, vault: BackupFolder) -> None:
    record, pages = next((one, pages) for one, pages in home.pages_of.items() if len(pages) == 1)
    home.put(overwritten(home.data, set(pages)))
    done = salvage.look(vault)
    gone = {one for one, where in home.pages_of.items() if where & pages}
    assert record in gone
    assert (done.lost, len(done.lost_answers)) == (len(gone), len(gone))
    rows = {row[0]: row for row in home.log["reviews"]}
    assert {card for card, _ in done.lost_answers} == {rows[one][2] for one in gone}


WRITE = """
import os, signal
from studyapp.bootstrap import open_program
program = open_program()
program.recall.grade("t1.fog.c0", 5, answer="only in the log beside the file")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_waits_in_the_log_beside_the_file_is_saved(home: Filled, vault: BackupFolder) -> None:
    assert subprocess.run([sys.executable, "-c", WRITE], check=False).returncode == -9
    log = home.file.with_name("studyapp.sqlite-wal").read_bytes()
    assert b"only in the log" in log
    assert b"only in the log" not in home.file.read_bytes()
    data = home.file.read_bytes()
    home.put(bytes(100) + data[100:])
    home.file.with_name("studyapp.sqlite-wal").write_bytes(log)
    done = salvage.mend(vault, MONDAY)
    assert done.from_file["reviews"] == 301
    assert "only in the log beside the file" in {row[10] for row in log_of(home.file)["reviews"]}


@pytest.mark.parametrize("table", ["alembic_version", "schedule", "events", "drafts"])
def test_a_table_that_is_gone(home: Filled, vault: BackupFolder, open_again: Open, table: str) -> None:
    with closing(sqlite3.connect(home.file)) as connection, connection:
        connection.execute(f"DROP TABLE {table}")
    assert diagnose(home.file).condition is Condition.DAMAGED
    salvage.mend(vault, MONDAY)
    assert saved(home) == set(home.pages_of)
    program = open_again()
    repair(program.recall)
    assert all(finding.ok for finding in examine(program.recall))


def test_what_nobody_can_have_written_is_left_out(home: Filled, vault: BackupFolder) -> None:
    with closing(sqlite3.connect(home.file)) as connection, connection:
        connection.execute("UPDATE reviews SET grade = 17 WHERE rowid = 5")
        connection.execute("UPDATE reviews SET mode = 'dreamt' WHERE rowid = 6")
        connection.execute("UPDATE events SET kind = 'dreamt' WHERE rowid = 2")
    done = salvage.mend(vault, MONDAY)
    assert (done.from_file["reviews"], done.from_file["events"]) == (298, len(home.log["events"]) - 1)
    assert done.lost == 3


def test_the_past_that_was_given_up_does_not_come_back(home: Filled, vault: BackupFolder) -> None:
    """The learner went back to an earlier backup; later ones still hold what was given up."""
    with closing(sqlite3.connect(home.file)) as connection, connection:
        connection.execute("DELETE FROM reviews WHERE rowid > 200")
    vault.make(MONDAY, "auto")
    home.put(home.data)
    later = vault.make(MONDAY, "auto")
    vault.restore(vault.all()[-1].name, MONDAY)
    with home.file.open("r+b") as file:
        file.write(bytes(100))
    done = salvage.mend(vault, MONDAY)
    assert (done.total("reviews"), len(saved(home))) == (200, 200)
    assert later.name in done.unused


def test_nothing_is_done_while_another_program_has_the_file_open(home: Filled, vault: BackupFolder) -> None:
    script = (
        "import sqlite3, sys\nconnection = sqlite3.connect(sys.argv[1])\n"
        "connection.execute('SELECT count(*) FROM reviews').fetchall(); print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(home.file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        before = home.file.read_bytes()
        with pytest.raises(StudyError, match="Another program holds"):
            salvage.mend(vault, MONDAY)
        assert home.file.read_bytes() == before
        other.communicate()
    salvage.mend(vault, MONDAY)


def test_two_repairs_keep_two_files(home: Filled, vault: BackupFolder) -> None:
    first, second = (salvage.mend(vault, MONDAY).aside for _ in range(2))
    assert first != second
    assert Path(str(first)).stat().st_mode & 0o077 == Path(str(second)).stat().st_mode & 0o077 == 0
    assert home.file.stat().st_mode & 0o077 == 0
