"""Going back to a backup: all or nothing, beside open programs, and itself undone."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import db.restore
from db.backup import BackupFolder
from studyapp.bootstrap import Program, find_backups
from studyapp.errors import DataError, StudyError, UsageError
from studyapp.services.backups import Backups
from studyapp.services.doctor import examine

A, B = "t1.fog.c0", "t1.fog.c1"
Open = Callable[[], Program]
TABLES = ("reviews", "events", "settings", "drafts", "schedule", "cards", "modules")


def records(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with closing(sqlite3.connect(path)) as connection:
        return {table: sorted(connection.execute(f"SELECT * FROM {table}"), key=repr) for table in TABLES}


@pytest.fixture
def backups(program: Program) -> Backups:
    return find_backups(program.paths, program.recall.clock)


@pytest.fixture
def home(program: Program, backups: Backups) -> Path:
    """A home with one answer in a backup, and one more after it; the program is closed."""
    program.recall.grade(A, 4)
    backups.make()
    program.recall.grade(B, 2, answer="later")
    program.recall.save_draft(A, "half")
    program.close()
    return program.paths.home


def test_back_and_back_again_is_as_it_was(home: Path, backups: Backups, open_again: Open) -> None:
    file = home / "studyapp.sqlite"
    now, then = records(file), records(home / "backups" / "2026-11-23T090000-by-hand.sqlite")
    done = backups.restore()
    assert (done.name, done.reviews, done.aside) == ("2026-11-23T090000-by-hand", 1, None)
    assert records(file) == then
    assert done.before == "2026-11-23T090001-before-restore"
    assert records(home / "backups" / f"{done.before}.sqlite") == now
    again = backups.restore(done.before)
    assert records(file) == now
    assert again.before is not None
    assert records(home / "backups" / f"{again.before}.sqlite") == then
    assert all(finding.ok for finding in examine(open_again().recall))
    assert sorted(path.name for path in home.iterdir() if "-" not in path.name) == ["backups", "studyapp.sqlite"]


def test_an_open_program_goes_on_with_what_was_restored(program: Program, backups: Backups) -> None:
    recall = program.recall
    recall.grade(A, 4)
    backups.make()
    recall.grade(B, 4)
    done = backups.restore()
    assert recall.state(B).reviews == 0
    assert recall.grade(B, 5).after.reviews == 1
    assert all(finding.ok for finding in examine(recall))
    backups.restore(done.before)
    assert [review.grade for review in recall.store.reviews_of("me", B)] == [4]


def test_an_answer_given_meanwhile_is_in_the_backup_that_undoes_it(
    program: Program, backups: Backups, monkeypatch: pytest.MonkeyPatch
) -> None:
    recall = program.recall
    recall.grade(A, 4)
    backups.make()
    recall.grade(B, 3)
    make, late = BackupFolder.make, iter([A, B])

    def then_answered(*given: object) -> object:
        made = make(*given)  # type: ignore[arg-type]
        for card_id in late:
            recall.grade(card_id, 1)
            break
        return made

    monkeypatch.setattr(BackupFolder, "make", then_answered)
    done = backups.restore("2026-11-23T090000")
    assert done.before is not None
    kept = [review["grade"] for review in grades(program.paths.backups / f"{done.before}.sqlite")]
    assert kept == [4, 3, 1, 1]
    assert len(recall.store.latest_reviews("me", 9)) == 1
    endless = iter([A] * 99)
    late = endless
    with pytest.raises(StudyError, match=r"keeps writing to .*; nothing was changed"):
        backups.restore("2026-11-23T090000")
    assert len(recall.store.latest_reviews("me", 99)) == 1 + db.restore.ATTEMPTS


def grades(path: Path) -> list[sqlite3.Row]:
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute("SELECT * FROM reviews ORDER BY id").fetchall()


def test_a_held_file_is_left_alone(home: Path, backups: Backups, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.backup.BUSY_SECONDS", 0.1)
    before = records(home / "studyapp.sqlite")
    with closing(sqlite3.connect(home / "studyapp.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StudyError, match=r"Another program holds .*; nothing was changed"):
            backups.restore("2026-11-23T090000")
        other.execute("ROLLBACK")
    assert records(home / "studyapp.sqlite") == before


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda data: data[:20_000], "is damaged; nothing was changed"),
        (lambda data: data[:12_288] + b"\xff" * 4096 + data[16_384:], "is damaged; nothing was changed"),
        (lambda data: b"notes" * 1000, "is no backup of studyapp; nothing was changed"),
        (lambda data: b"\0" * 100 + data[100:], "is damaged; nothing was changed"),
        (lambda data: b"", "is no backup of studyapp; nothing was changed"),
    ],
    ids=["cut off", "a page", "text", "a header", "empty"],
)
def test_a_bad_backup_changes_nothing(
    home: Path, backups: Backups, spoil: Callable[[bytes], bytes], sentence: str
) -> None:
    backup = home / "backups" / "2026-11-23T090000-by-hand.sqlite"
    backup.write_bytes(spoil(backup.read_bytes()))
    before = (home / "studyapp.sqlite").read_bytes()
    with pytest.raises(DataError, match=sentence):
        backups.restore()
    assert (home / "studyapp.sqlite").read_bytes() == before
    assert len(list(home.iterdir())) == 2


def test_a_newer_and_a_foreign_backup_change_nothing(home: Path, backups: Backups, tmp_path: Path) -> None:
    backup = home / "backups" / "2026-11-23T090000-by-hand.sqlite"
    with closing(sqlite3.connect(backup)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9000'")
    before = (home / "studyapp.sqlite").read_bytes()
    with pytest.raises(DataError, match="was written by a newer studyapp"):
        backups.restore()
    with closing(sqlite3.connect(tmp_path / "other.sqlite")) as connection, connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    with pytest.raises(DataError, match="is no backup of studyapp"):
        backups.restore(str(tmp_path / "other.sqlite"))
    assert (home / "studyapp.sqlite").read_bytes() == before


def test_names_that_are_none_or_several(home: Path, backups: Backups) -> None:
    backups.make()
    with pytest.raises(UsageError, match="Several backups begin with '2026'; write more of one: "):
        backups.restore("2026")
    with pytest.raises(UsageError, match="There is no backup 'yesterday'"):
        backups.restore("yesterday")
    with pytest.raises(UsageError, match="~nouser/x names the home of a user who is not here"):
        backups.restore("~nouser/x")


def test_a_file_of_any_place_can_be_restored(home: Path, backups: Backups, tmp_path: Path) -> None:
    stick = tmp_path / "stick" / "old.sqlite"
    stick.parent.mkdir()
    (home / "backups" / "2026-11-23T090000-by-hand.sqlite").rename(stick)
    assert backups.restore(str(stick)).reviews == 1


def test_an_older_backup_is_brought_up_to_date(home: Path, backups: Backups, open_again: Open) -> None:
    """As the second version of the tables left it."""
    from alembic import command
    from alembic.config import Config

    import db.migrate
    from db.engine import make_engine

    backup = home / "backups" / "2026-11-23T090000-by-hand.sqlite"
    config = Config()
    config.set_main_option("script_location", str(Path(db.migrate.__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    engine = make_engine(backup)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0002")
    engine.dispose()
    old = backup.read_bytes()
    assert backups.restore().reviews == 1
    assert backup.read_bytes() == old, "the backup itself stays as it is"
    assert open_again().recall.state(A).reviews == 1


@pytest.mark.parametrize("damage", [lambda data: bytes([data[0] ^ 1]) + data[1:], lambda data: data[:9000]])
def test_a_damaged_file_is_kept_aside(
    home: Path, backups: Backups, open_again: Open, damage: Callable[[bytes], bytes]
) -> None:
    file = home / "studyapp.sqlite"
    spoilt = damage(file.read_bytes())
    file.write_bytes(spoilt)
    (home / "studyapp.sqlite-wal").write_bytes(b"half a log")
    done = backups.restore()
    assert (done.before, done.aside) == (None, str(home / "studyapp-damaged-2026-11-23T090000-1.sqlite"))
    assert Path(str(done.aside)).read_bytes() == spoilt
    assert not file.with_name("studyapp.sqlite-wal").exists(), "it would be taken for the new file's"
    assert open_again().recall.state(A).reviews == 1


def test_a_lost_file_comes_back(home: Path, backups: Backups, open_again: Open) -> None:
    (home / "studyapp.sqlite").unlink()
    (home / "studyapp.sqlite-wal").write_bytes(b"of the lost file")
    done = backups.restore()
    assert (done.before, done.aside) == (None, None)
    assert open_again().recall.state(A).reviews == 1


def test_a_database_of_another_program_is_not_replaced(home: Path, backups: Backups) -> None:
    file = home / "studyapp.sqlite"
    file.unlink()
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    before = file.read_bytes()
    with pytest.raises(DataError, match="belongs to another program"):
        backups.restore()
    assert file.read_bytes() == before


HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("SELECT count(*) FROM reviews").fetchall(); print("open", flush=True); sys.stdin.read()
"""


def test_a_damaged_file_that_another_program_has_open_is_not_moved(home: Path, backups: Backups) -> None:
    """Its answers would go to a file that has no name any more."""
    file = home / "studyapp.sqlite"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with file.open("r+b") as spoilt:
            spoilt.seek(4096 * 5)
            spoilt.write(os.urandom(4096 * 5))
        before = file.read_bytes()
        with pytest.raises(StudyError, match=r"Another program holds .*; nothing was changed"):
            backups.restore()
        assert file.read_bytes() == before
        other.communicate()
    assert backups.restore().aside is not None


@pytest.mark.parametrize("step", ["put", "_second_name", "_replace_pages"])
def test_a_kill_on_the_way_back_leaves_the_old_data_or_the_new(home: Path, step: str, open_again: Open) -> None:
    file = home / "studyapp.sqlite"
    if step != "_replace_pages":
        file.write_bytes(b"\0" + file.read_bytes()[1:])
    before = file.read_bytes()
    script = (
        "import os, signal, sys, db.restore\n"
        "def die(*given): os.kill(os.getpid(), signal.SIGKILL)\n"
        f"db.restore.{step} = die\n"
        "from studyapp.cli import main; main(['backup', 'restore'])\n"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9
    assert file.read_bytes() == before
    subprocess.run([sys.executable, "-c", "from studyapp.cli import main; main(['backup', 'restore'])"], check=True)
    assert open_again().recall.state(A).reviews == 1
