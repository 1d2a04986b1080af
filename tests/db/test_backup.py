"""Backups: whole or not there, the learner's alone, none without a change, old ones thinned out."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

import db.backup
from db.backup import BackupFolder
from studyapp.bootstrap import Program, find_backups
from studyapp.cli import main
from studyapp.errors import DataError, StudyError
from studyapp.services.backups import AUTO, Backups
from tests.conftest import FrozenClock

A, B = "t1.fog.c0", "t1.fog.c1"
Open = Callable[[], Program]


@pytest.fixture
def vault(program: Program) -> BackupFolder:
    return BackupFolder(program.paths.database, program.paths.backups)


@pytest.fixture
def backups(program: Program) -> Backups:
    return find_backups(program.paths, program.recall.clock)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def reviews(path: Path) -> list[tuple[str, int]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT card_id, grade FROM reviews ORDER BY id").fetchall()


def test_a_backup_of_an_open_program_is_whole_sound_and_private(program: Program, vault: BackupFolder) -> None:
    program.recall.grade(A, 4)
    made = vault.make(program.recall.clock(), "by-hand")
    path = vault.path(made.name)
    assert made.name == "2026-11-23T090000-by-hand"
    assert vault.all() == [made]
    assert (made.size, vault.reviews_in(made)) == (path.stat().st_size, 1)
    assert (mode(vault.folder), mode(path)) == (0o700, 0o600)
    assert list(vault.folder.iterdir()) == [path], "one file, with no log beside it, also after it was read"
    assert reviews(path) == [(A, 4)]


def test_two_backups_in_one_second_have_two_names(program: Program, vault: BackupFolder) -> None:
    program.recall.grade(A, 4)
    names = [vault.make(program.recall.clock(), label).name for label in (AUTO, AUTO, "by-hand")]
    assert names == ["2026-11-23T090000-auto", "2026-11-23T090001-auto", "2026-11-23T090002-by-hand"]


def test_files_of_others_in_the_folder_are_no_backups(program: Program, vault: BackupFolder) -> None:
    vault.folder.mkdir()
    for name in ("notes.sqlite", "2026-13-45T999999-auto.sqlite", ".2026-11-23T090000-auto.sqlite", "x-auto.txt"):
        (vault.folder / name).touch()
    assert vault.all() == []


def test_a_session_that_changed_nothing_makes_none(
    program: Program, backups: Backups, clock: FrozenClock, open_again: Open
) -> None:
    assert backups.after_session() is None, "there is nothing yet"
    changes: list[Callable[[], object]] = [
        lambda: program.recall.grade(A, 4),
        lambda: program.recall.undo(),
        lambda: program.recall.flag(A, 1),
        lambda: program.recall.save_draft(B, "typed"),
        lambda: program.recall.save_draft(B, "typed on"),
    ]
    for change in changes:
        change()
        clock.forward(minutes=1)
        assert backups.after_session() is not None
        assert backups.after_session() is None
    assert len(backups.all()) == len(changes)


def test_commands_make_one_in_half_an_hour(program: Program, backups: Backups, clock: FrozenClock) -> None:
    program.recall.grade(A, 4)
    assert backups.after_command() is not None
    program.recall.grade(B, 4)
    clock.forward(minutes=29)
    assert backups.after_command() is None
    backups.make()
    clock.forward(minutes=2)
    assert backups.after_command() is None, "the one by hand holds everything"
    program.recall.grade(A, 4)
    assert backups.after_command() is not None
    program.recall.grade(A, 4)
    clock.forward(days=-400)
    assert backups.after_command() is not None, "a clock set back does not stop them"


def test_a_command_that_reads_makes_none_and_one_that_writes_does(
    module: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = own_home / "backups"
    monkeypatch.setenv("STUDYAPP_NOW", "2026-11-23T09:00+00:00")
    assert main(["due"]) == 0
    assert not folder.exists()
    assert main(["grade", A, "4"]) == 0
    assert [path.name for path in folder.iterdir()] == ["2026-11-23T090000-auto.sqlite"]
    assert main(["grade", B, "4"]) == 0
    assert len(list(folder.iterdir())) == 1
    assert capsys.readouterr().err == ""


def test_only_automatic_ones_are_thinned_out(program: Program, backups: Backups, clock: FrozenClock) -> None:
    for number in range(60):
        program.recall.save_draft(A, str(number))
        backups.after_session()
        if number % 20 == 0:
            backups.make()
        clock.forward(days=1)
    names = [backup.name for backup in backups.all()]
    assert len([name for name in names if name.endswith("by-hand")]) == 3
    automatic = [backup.made_at.date() for backup in backups.all() if backup.label == AUTO]
    assert automatic[:14] == [clock.now.date() - timedelta(days=1 + n) for n in range(14)]
    assert len(automatic) < 25


def test_a_failed_backup_is_one_sentence_and_the_answer_stands(
    module: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own_home.mkdir()
    (own_home / "backups").write_text("a file in the place of the folder")
    assert main(["grade", A, "4"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"{A}: grade 4")
    assert (err.count("\n"), err.startswith("No backup was made. ")) == (1, True)
    assert reviews(own_home / "studyapp.sqlite") == [(A, 4)]


def test_a_full_disk_is_seen_before(program: Program, backups: Backups, monkeypatch: pytest.MonkeyPatch) -> None:
    program.recall.grade(A, 4)
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=5 << 20))
    with pytest.raises(StudyError, match="has 5 MB left, a copy of your data needs 16 MB; free some space"):
        backups.make()
    assert list(program.paths.backups.iterdir()) == []


def test_a_copy_of_a_damaged_file_never_has_a_name(program: Program, backups: Backups) -> None:
    program.recall.grade(A, 4)
    program.close()
    with program.paths.database.open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"\xff" * 4096)
    with pytest.raises(DataError, match=r"is damaged; it was left untouched. Run studyapp doctor --repair"):
        backups.make()
    assert list(program.paths.backups.iterdir()) == []


@pytest.mark.parametrize("moment", ["copy_database", "check_sound", "put"])
def test_a_kill_leaves_nothing_under_a_backup_s_name(program: Program, vault: BackupFolder, moment: str) -> None:
    """The program dies at the beginning of each step, and in the middle of the copy."""
    program.recall.grade(A, 4, answer="x" * 100_000)
    script = (
        "import os, signal, sys, db.backup\n"
        "from pathlib import Path\nfrom datetime import datetime, UTC\n"
        "def die(*given):\n"
        "    if sys.argv[1] == 'copy_database': given[1].write_bytes(given[0].read_bytes()[:50_000])\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "setattr(db.backup, sys.argv[1], die)\n"
        "db.backup.BackupFolder(Path(sys.argv[2]), Path(sys.argv[3])).make(datetime.now(UTC), 'auto')\n"
    )
    done = subprocess.run([sys.executable, "-c", script, moment, str(vault.database), str(vault.folder)], check=False)
    assert done.returncode == -9
    assert vault.all() == []
    assert len(list(vault.folder.iterdir())) == 1, "what it left has another name"
    made = vault.make(program.recall.clock(), AUTO)
    assert [path.stem for path in vault.folder.iterdir()] == [made.name]


def test_what_a_process_is_at_work_on_is_left_to_it(program: Program, vault: BackupFolder) -> None:
    name = ".studyapp.sqlite.{}.restoring"
    others, own = (vault.database.with_name(name.format(number)) for number in (os.getppid(), os.getpid()))
    notes = vault.database.with_name(".notes.1.restoring.txt")
    for path in (others, own, notes):
        path.touch()
    vault.make(program.recall.clock(), AUTO)
    assert others.exists()
    assert own.exists()
    old = time.time() - db.backup.LEFTOVER_AFTER_SECONDS - 1
    os.utime(own, (old, old))  # of a program that had this number before
    vault.make(program.recall.clock(), AUTO)
    assert [path.exists() for path in (others, notes, own)] == [True, True, False]


@pytest.mark.parametrize(
    ("words", "at"),
    [
        (("merge", "laptop.sqlite"), "db.other.check_sound"),
        (("merge", "laptop.sqlite"), "studyapp.services.merge.replay_cards"),
        (("backup", "restore"), "db.restore.diagnose"),
        (("backup", "restore"), "db.restore._data_version"),
        (("doctor", "--repair"), "db.salvage._added"),
    ],
)
def test_a_kill_leaves_no_copy_after_the_next_backup(
    program: Program, vault: BackupFolder, words: tuple[str, ...], at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each copy holds all that the learner ever wrote."""
    home = program.paths.home
    program.recall.grade(A, 4)
    vault.make(program.recall.clock(), AUTO)
    program.close()
    monkeypatch.chdir(home)
    shutil.copy(vault.database, home.parent / "laptop.sqlite")
    if words[0] == "doctor":
        with vault.database.open("r+b") as file:
            file.write(bytes(4096))
    script = (
        "import os, signal, sys\nfrom importlib import import_module\n"
        "module, _, name = sys.argv[1].rpartition('.')\n"
        "setattr(import_module(module), name, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))\n"
        "from studyapp.cli import main\nmain(sys.argv[2:])\n"
    )
    words = tuple(word.replace("laptop", str(home.parent / "laptop")) for word in words)
    done = subprocess.run([sys.executable, "-c", script, at, *words], check=False)
    assert done.returncode == -9
    assert list(home.glob(".*")), "a copy was under way"
    if words[0] == "doctor":
        shutil.copy(home.parent / "laptop.sqlite", vault.database)
    vault.make(program.recall.clock(), AUTO)
    assert list(home.glob(".*")) == []


def test_an_empty_file_makes_no_backup(module: Path, own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As a first start that was cut off leaves it; a backup of it would stand in the way of the next start."""
    own_home.mkdir()
    (own_home / "studyapp.sqlite").touch()
    assert main(["backup", "now"]) == 1
    assert "is empty yet, so there is nothing to back up. Start studyapp first." in capsys.readouterr().err
    assert main(["due"]) == 0


def test_a_backup_waits_for_no_reader_and_no_writer(program: Program, vault: BackupFolder) -> None:
    program.recall.grade(A, 4)
    with closing(sqlite3.connect(vault.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO settings VALUES ('me', 'half', 'done')")
        made = vault.make(program.recall.clock(), AUTO)
        other.execute("ROLLBACK")
    with closing(sqlite3.connect(vault.path(made.name))) as copy:
        assert copy.execute("SELECT count(*) FROM settings").fetchall() == [(0,)]
