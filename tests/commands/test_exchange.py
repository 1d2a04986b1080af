"""`studyapp export|import|merge` as a shell sees them."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from db.schema import HEAD
from studyapp.bootstrap import Program
from studyapp.cli import main
from tests.postgres import Postgres
from tests.services.logs import Machine

A, B = "t1.fog.c0", "t1.fog.c1"
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def laptop(tmp_path: Path, module: Path) -> Path:
    """The database of another machine, with an answer and a flag."""
    other = Machine(tmp_path / "laptop", module.parent)
    other.recall.grade(A, 4)
    other.recall.flag(A, 1)
    other.close()
    return other.program.paths.database


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_merge_reports_what_it_did_and_leaves_the_other_database_alone(laptop: Path, capfd: Capture) -> None:
    assert main(["grade", B, "3"]) == 0
    before = files_of(laptop.parent)
    capfd.readouterr()
    assert main(["merge", str(laptop), "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found.pop("backup").endswith("-auto")
    assert {name: value for name, value in found.items() if value} == {
        "reviews": 1,
        "events": 1,
        "cards": 1,
        "moved": 1,
        "learner": "me",
    }
    assert main(["merge", f"sqlite:///{laptop}"]) == 0
    assert "nothing new: all 2 records were there already" in capfd.readouterr().out
    assert files_of(laptop.parent) == before
    assert main(["backup", "restore"]) == 0
    assert main(["doctor"]) == 0


def test_a_database_that_is_open_on_the_other_machine_is_read_with_what_waits_in_its_log(
    tmp_path: Path, module: Path, capfd: Capture
) -> None:
    other = Machine(tmp_path / "laptop", module.parent)
    other.recall.grade(A, 4)
    database = other.program.paths.database
    assert database.with_name(database.name + "-wal").stat().st_size
    assert main(["merge", str(database)]) == 0
    assert "1 review and 0 other records added" in capfd.readouterr().out
    other.recall.grade(B, 4)
    other.close()


def test_a_file_that_may_only_be_read_is_merged(laptop: Path, capfd: Capture) -> None:
    laptop.chmod(0o400)
    laptop.parent.chmod(0o500)
    try:
        assert main(["merge", str(laptop)]) == 0
    finally:
        laptop.parent.chmod(0o700)
    assert "1 review and 1 other record added" in capfd.readouterr().out


def test_an_older_database_is_read_through_a_copy(laptop: Path, capfd: Capture) -> None:
    from alembic import command
    from alembic.config import Config

    from db.engine import make_engine

    engine = make_engine(laptop)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[2] / "db" / "migrations"))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
    engine.dispose()
    before = laptop.read_bytes()
    assert main(["merge", str(laptop)]) == 0
    assert "1 review and 1 other record added" in capfd.readouterr().out
    assert laptop.read_bytes() == before


def newer(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")


def foreign(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("DROP TABLE events")


def damaged(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[4096 : len(data) // 2] = b"\x55" * (len(data) // 2 - 4096)
    file.write_bytes(data)


def no_utf8(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE reviews SET answer = CAST(x'ff' AS TEXT)")


def no_version(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE alembic_version SET version_num = '0000'")


def no_header(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[16:100] = bytes(84)
    file.write_bytes(data)


def no_database(file: Path) -> None:
    file.write_bytes(b"GIF89a" * 1000)


def odd_grade(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE reviews SET grade = 'five'")


def odd_kind(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE events SET kind = 'dream'")


OTHER_DAMAGED = " is damaged; nothing was changed. Run studyapp doctor --repair on the other machine, then merge again."
"""Advice for one's own file would harm one's own data."""


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (newer, "was written by a newer studyapp"),
        (foreign, "is a database of another program; nothing was changed"),
        *((spoil, OTHER_DAMAGED) for spoil in (damaged, no_utf8, no_version, no_header)),
        (no_database, "is no database of studyapp; nothing was changed"),
        (odd_grade, "grade should be a whole number from 0 to 5, not 'five'. Nothing was changed"),
        (odd_kind, "cannot be understood ('dream' is not a valid EventKind). If a newer studyapp wrote it, update"),
    ],
)
def test_what_cannot_be_trusted_is_refused_with_code_3(
    laptop: Path, capfd: Capture, break_it: Callable[[Path], None], words: str
) -> None:
    assert main(["grade", B, "3"]) == 0
    main(["export", "jsonl", "-"])
    before = capfd.readouterr().out
    with closing(sqlite3.connect(laptop)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
    break_it(laptop)
    content = laptop.read_bytes()
    assert main(["merge", str(laptop)]) == 3
    err = capfd.readouterr().err
    assert words in err
    assert "backup restore" not in err
    assert str(laptop) in err
    assert laptop.read_bytes() == content
    main(["export", "jsonl", "-"])
    assert capfd.readouterr().out[-200:] == before[-200:]


def test_one_of_several_learners_is_chosen(laptop: Path, capfd: Capture) -> None:
    with closing(sqlite3.connect(laptop)) as db, db:
        db.execute("UPDATE reviews SET learner = 'anna'")
        db.execute("UPDATE events SET learner = 'bert'")
    assert main(["merge", str(laptop)]) == 2
    err = capfd.readouterr().err
    assert "holds the answers of anna and bert, and none of yours (me)" in err
    assert "--learner anna" in err
    assert main(["merge", str(laptop), "--learner", "carl"]) == 2
    assert "has no learner 'carl'; there are: anna, bert." in capfd.readouterr().err
    assert main(["merge", str(laptop), "--learner", "anna"]) == 0
    assert "(the log of anna, now yours): 1 review and 0 other records added" in capfd.readouterr().out


def test_the_answers_of_somebody_else_become_ones_own_only_by_name(laptop: Path, capfd: Capture) -> None:
    with closing(sqlite3.connect(laptop)) as db, db:
        db.execute("UPDATE reviews SET learner = 'anna'")
        db.execute("UPDATE events SET learner = 'anna'")
    assert main(["merge", str(laptop)]) == 2
    assert "--learner anna" in capfd.readouterr().err
    assert main(["merge", str(laptop), "--learner", "anna", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert (found["learner"], found["reviews"], found["events"]) == ("anna", 1, 1)


def test_nor_do_those_on_a_server(
    module: Path, server_url: str, postgres: Postgres, monkeypatch: pytest.MonkeyPatch, capfd: Capture
) -> None:
    monkeypatch.setenv("STUDYAPP_LEARNER", "anna")
    assert main(["grade", A, "4"]) == 0
    for name in ("STUDYAPP_DB", "STUDYAPP_LEARNER"):
        monkeypatch.delenv(name)
    assert main(["grade", B, "3"]) == 0
    assert main(["merge", server_url]) == 2
    assert "holds the answers of anna, and none of yours (me)" in capfd.readouterr().err
    assert main(["merge", server_url, "--learner", "anna"]) == 0
    assert "(the log of anna, now yours): 1 review and 0 other records added" in capfd.readouterr().out
    postgres.sql("UPDATE alembic_version SET version_num = '0000'", server_url)
    code = main(["merge", server_url, "--learner", "anna"])
    postgres.sql(f"UPDATE alembic_version SET version_num = '{HEAD}'", server_url)
    assert code == 3
    assert OTHER_DAMAGED in capfd.readouterr().err


@pytest.mark.parametrize("words", [["merge", ""], ["export", "jsonl", ""], ["import", "csv", ""]])
def test_an_empty_name_is_told_as_such(module: Path, words: list[str], capfd: Capture) -> None:
    assert main(words) == 2
    assert "is empty; name" in capfd.readouterr().err


def test_a_name_that_is_too_long_is_told_with_what_to_do(module: Path, capfd: Capture) -> None:
    for words in (["export", "jsonl"], ["merge"]):
        assert main([*words, "x" * 300]) == 1
        assert "(file name too long); nothing was changed. Choose a shorter name." in capfd.readouterr().err


def test_a_log_goes_from_machine_to_machine_through_a_pipe(module: Path, tmp_path: Path) -> None:
    assert main(["grade", A, "4"]) == 0
    studyapp = f"{sys.executable} -m studyapp.cli"
    pipe = f"{studyapp} export jsonl - | STUDYAPP_HOME={tmp_path / 'other'} {studyapp} import jsonl - --json"
    done = subprocess.run(["bash", "-c", pipe], capture_output=True, text=True, check=True, env=os.environ)
    assert json.loads(done.stdout)["reviews"] == 1


def test_ctrl_c_in_an_import_leaves_everything_as_it_was(
    program: Program, tmp_path: Path, capfd: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.recall.grade(A, 4)
    program.close()
    file = tmp_path / "log.jsonl"
    assert main(["export", "jsonl", str(file)]) == 0
    shutil.rmtree(program.paths.home)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("studyapp.services.merge.replay_cards", interrupted)
    assert main(["import", "jsonl", str(file)]) == 130
    assert "Stopped; everything is as it was." in capfd.readouterr().err
    assert main(["export", "jsonl", "-"]) == 0
    assert json.loads(capfd.readouterr().out)["reviews"] == 0


@pytest.mark.parametrize("verb", ["export", "import"])
def test_without_a_format_the_formats_are_told(verb: str, capfd: Capture) -> None:
    assert main([verb]) == 2
    assert "jsonl (the whole log), csv or apkg (Anki)" in capfd.readouterr().err


def test_module_goes_with_cards(module: Path, capfd: Capture) -> None:
    assert main(["export", "csv", "-", "--module", "t1"]) == 2
    assert "--module goes with --cards" in capfd.readouterr().err


@pytest.mark.parametrize("what", ["jsonl", "csv", "apkg"])
def test_a_file_that_is_not_there_is_told(module: Path, what: str, capfd: Capture) -> None:
    assert main(["import", what, "/nowhere/file"]) == 1
    err = capfd.readouterr().err
    assert "/nowhere/file cannot be read (no such file or directory); nothing was changed. Check the name" in err
