"""`studyapp backup` and `studyapp doctor`: what they print, their exit codes, and each check seen to fail."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from studyapp.bootstrap import Program, open_program
from studyapp.cli import main
from studyapp.services.recall import LONGEST_ANSWER_MS
from tests.conftest import MONDAY
from tests.db.damage import Filled, filled, log_of, overwritten

A, B = "t1.fog.c0", "t1.fog.c1"
DAY = MONDAY.date().toordinal()
DIGEST = "UPDATE digests SET"
Run = Callable[..., tuple[int, str, str]]
Doctor = Callable[..., tuple[int, dict[str, str]]]


@pytest.fixture
def run(module: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("STUDYAPP_NOW", (MONDAY + timedelta(hours=1)).isoformat())

    def command(*words: str) -> tuple[int, str, str]:
        code = main(words)
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        assert "error of its own" not in err, err
        return code, out, err

    return command


@pytest.fixture
def doctor(run: Run) -> Doctor:
    """Runs the doctor: exit code, and verdict with sentence by check."""

    def command(*words: str) -> tuple[int, dict[str, str]]:
        code, out, _ = run("doctor", *words, "--json")
        values = json.loads(out)
        assert values["ok"] == (code == 0)
        return code, {check["check"]: f"{check['verdict']} {check['text']}" for check in values["checks"]}

    return command


@pytest.fixture
def home(program: Program) -> Filled:
    return filled(program)


def change(file: Path, sql: str, *values: Any) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(sql, values)


# -- backups


def test_now_list_restore_and_back(run: Run, own_home: Path) -> None:
    assert run("backup") == (
        0,
        "",
        "There is no backup yet; one is made after each session, or by studyapp backup now.\n",
    )
    run("grade", A, "4")
    code, out, err = run("backup", "now", "--json")
    assert (code, err) == (0, "")
    made = json.loads(out)
    assert made | {"size": 0} == {
        "name": "2026-11-23T100001-by-hand",
        "at": "2026-11-23T10:00:01+00:00",
        "label": "by-hand",
        "size": 0,
        "reviews": 1,
    }
    run("grade", B, "4")
    code, out, err = run("backup", "list")
    assert [line.split()[-1] for line in out.splitlines()] == ["2026-11-23T100001-by-hand", "2026-11-23T100000-auto"]
    assert "1 review  " in out
    code, out, err = run("backup", "restore", "2026-11-23T100001")
    assert (code, err) == (0, "")
    undo = "studyapp backup restore 2026-11-23T100002-before-restore"
    assert out == f"Restored 2026-11-23T100001-by-hand: 1 review.\nTo go back: {undo}\n"
    assert len(log_of(own_home / "studyapp.sqlite")["reviews"]) == 1
    code, out, err = run(*undo.split()[1:], "--json")
    values = json.loads(out)
    assert (values["reviews"], values["before"]) == (2, "2026-11-23T100003-before-restore")
    assert values["undo"] == "studyapp backup restore 2026-11-23T100003-before-restore"
    assert len(log_of(own_home / "studyapp.sqlite")["reviews"]) == 2


def test_another_database_has_backups_of_its_own(
    run: Run, own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("grade", A, "4")
    monkeypatch.setenv("STUDYAPP_DB", f"sqlite:///{tmp_path / 'elsewhere' / 'other.sqlite'}")
    run("grade", B, "3")
    out = run("backup", "list", "--json")[1]
    assert [backup["reviews"] for backup in json.loads(out)] == [1]
    assert len(list((tmp_path / "elsewhere" / "other-backups").iterdir())) == 1
    assert len(list((own_home / "backups").iterdir())) == 1


def test_a_damaged_backup_is_listed_as_such_and_refused(run: Run, own_home: Path) -> None:
    run("grade", A, "4")
    (backup,) = (own_home / "backups").iterdir()
    backup.write_bytes(backup.read_bytes()[:5000])
    assert "damaged" in run("backup", "list")[1]
    code, out, err = run("backup", "restore")
    assert (code, out) == (3, "")
    assert err == f"{backup} is damaged; nothing was changed. Choose another: studyapp backup list.\n"
    assert run("backup", "restore", "nonsense")[0] == 2


def test_a_server_has_backups_of_its_own(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDYAPP_DB", "postgresql://somewhere/studyapp")
    code, out, err = run("backup", "now")
    assert (code, out, "pg_dump" in err) == (1, "", True)


# -- the doctor


def test_a_sound_home_is_all_ok(home: Filled, doctor: Doctor, run: Run) -> None:
    run("backup", "now")
    code, checks = doctor()
    assert code == 0
    assert {name: text.split()[0] for name, text in checks.items()} == dict.fromkeys(
        ("database", "log", "schedule", "content", "kept", "clock", "tables", "disk", "files", "backups", "modules"),
        "ok",
    )
    assert checks["clock"] == "ok 2026-11-23 10:00 (UTC+00:00); a study day begins at 04:00"
    assert checks["log"].startswith(f"ok all {300 + len(home.log['events'])} records")
    code, out, _ = run("doctor")
    assert out.splitlines()[0] == "ok    database: sound"


@pytest.mark.parametrize(
    ("sql", "check", "words"),
    [
        ("UPDATE reviews SET grade = 6 WHERE rowid = 1", "log", "1 review has a grade that is none"),
        (
            "UPDATE reviews SET grade = 'x' WHERE rowid < 3",
            "database",
            "2 of the stored reviews cannot be read (grade)",
        ),
        ("UPDATE reviews SET confidence = 9 WHERE rowid = 1", "log", "1 review has a confidence that is none"),
        ("UPDATE reviews SET mode = 'dreamt' WHERE rowid = 1", "log", "1 review has a mode that is unknown"),
        ("UPDATE reviews SET reviewed_at = -5 WHERE rowid = 1", "log", "1 review has a time that is absurd"),
        ("UPDATE reviews SET study_day = 5 WHERE rowid = 1", "log", "1 review has a time that is absurd"),
        ("UPDATE reviews SET reviewed_at = 9e18 WHERE rowid = 1", "log", "1 review has a time that is absurd"),
        ("UPDATE reviews SET elapsed_ms = -1 WHERE rowid = 1", "log", "1 review has a duration that is none"),
        ("UPDATE reviews SET elapsed_ms = 1 << 62 WHERE rowid = 1", "log", "1 review has a duration that is none"),
        ("UPDATE reviews SET elapsed_ms = 'x' WHERE rowid = 1", "database", "cannot be read (elapsed_ms)"),
        ("UPDATE reviews SET confidence = 1.5 WHERE rowid = 1", "database", "cannot be read (confidence)"),
        ("UPDATE reviews SET aloud = 'x' WHERE rowid = 1", "database", "cannot be read (aloud)"),
        ("UPDATE reviews SET id = 'x' WHERE rowid = 1", "log", "1 review has an id that is none"),
        ("UPDATE reviews SET card_id = '' WHERE rowid = 1", "log", "1 review has no card"),
        ("UPDATE reviews SET key_points = '[' WHERE rowid < 3", "log", "2 reviews have key points that are none"),
        ("UPDATE reviews SET key_points = '[0,01]' WHERE rowid = 1", "log", "1 review has key points that are none"),
        ("UPDATE reviews SET key_points = '[\"a\"]' WHERE rowid = 1", "log", "1 review has key points that are none"),
        ("UPDATE reviews SET key_points = '5' WHERE rowid = 1", "database", "cannot be read (key_points)"),
        ("UPDATE events SET kind = 'dreamt' WHERE rowid = 1", "log", "1 of the dreamt records cannot be understood"),
        ("UPDATE events SET data = '[' WHERE rowid = 1", "log", "1 of the note records cannot be understood"),
        ("UPDATE events SET id = (SELECT min(id) FROM reviews) WHERE rowid = 1", "log", "1 id stand"),
        ("UPDATE schedule SET lapses = 9 WHERE card_id = 't1.fog.c0'", "schedule", "1 of 12 cards does not stand"),
        ("UPDATE schedule SET due = due - (1 << 23) WHERE due > 0", "schedule", "12 of 12 cards do not stand"),
        ("UPDATE schedule SET seen_on = 1 << 40 WHERE card_id = 't1.fog.c0'", "schedule", "1 of 12 cards does not"),
        ("UPDATE cards SET module = 'gone' WHERE id = 't1.fog.c0'", "database", "cards: row"),
        (
            "UPDATE cards SET difficulty = 'purple', prompt = 'Wrong?' WHERE id > 't1.s'",
            "kept",
            "lists of 4 cards (t1.s",
        ),
        (
            "UPDATE modules SET body = replace(body, '\"title\"', '\"tidle\"')",
            "modules",
            "what is kept of t1 is not what",
        ),
        (
            "UPDATE card_bodies SET body = replace(body, 'a list', 'a lisp')",
            "modules",
            "what is kept of t1 is not what",
        ),
        ("UPDATE card_bodies SET body = replace(body, 'fog', 'fxg')", "kept", "lists of 4 cards (t1.fog.c0, …)"),
        ("DELETE FROM card_bodies WHERE card_id = 't1.fog.c0'", "kept", "lists of 1 card (t1.fog.c0)"),
        (f"{DIGEST} sums = replace(sums, '{DAY}, ', '{DAY}, 1')", "kept", "sums of the log: not what the log"),
        (f"{DIGEST} sums = replace(sums, '{DAY}, ', '{DAY}. ')", "kept", "sums of the log: not"),
        (f"{DIGEST} sums = replace(sums, '{DAY}', '\"{DAY}\"')", "kept", "sums of the log: not"),
        (f"{DIGEST} sums = '[[[5]], [], []]'", "kept", "sums of the log: not"),
        (f"{DIGEST} up_to = replace(up_to, '[', '[1')", "kept", "sums of the log: not"),
        (f"{DIGEST} up_to = '[5'", "kept", "sums of the log: not"),
        (
            "UPDATE card_words SET words = 'fog' WHERE card_id LIKE '%0'",
            "kept",
            "search words of 3 cards",
        ),
        ("DELETE FROM card_words WHERE card_id = 't1.fog.c0'", "kept", "search words of 1 card (t1.fog.c0)"),
        ("UPDATE schedule SET askable = 0 WHERE card_id = 't1.fog.c0'", "kept", "places in the order of 1 card"),
        ("UPDATE schedule SET position = 99", "kept", "places in the order of 12 cards (t1.fog.c0, …)"),
        ("DELETE FROM schedule WHERE card_id = 't1.rails.c3'", "kept", "places in the order of 1 card (t1.rails.c3)"),
        ("UPDATE modules SET size = 500", "kept", "numbers of cards of 1 module (t1)"),
    ],
)
def test_each_check_is_seen_to_fail_and_is_mended(
    home: Filled, doctor: Doctor, run: Run, sql: str, check: str, words: str
) -> None:
    run("due")
    _keep_sums()
    assert doctor()[0] == 0
    cards = [run("card", "list")[1], run("card", "show", A, "--json")[1]]
    change(home.file, sql)
    code, checks = doctor()
    damaged = 3 if check in ("database", "log") else 1
    assert (code, checks[check].startswith("WRONG"), words in checks[check]) == (damaged, True, True), checks[check]
    assert "studyapp doctor --repair" in checks[check]
    code, checks = doctor("--repair")
    assert (code, checks[check].split()[0]) == (0, "ok")
    assert doctor()[0] == 0
    kept = len(log_of(home.file)["reviews"])
    assert kept >= 298
    if damaged == 1:  # nothing is lost
        assert [run("card", "list")[1], run("card", "show", A, "--json")[1]] == cards


def test_an_answer_whose_key_points_are_spoilt_keeps_its_words(home: Filled, doctor: Doctor, run: Run) -> None:
    words = log_of(home.file)["reviews"]
    change(home.file, "UPDATE reviews SET key_points = '['")
    assert run("due")[0] == 3
    assert doctor("--repair")[0] == 0
    assert [row[:11] for row in log_of(home.file)["reviews"]] == [row[:11] for row in words]


def _keep_sums() -> None:
    """As the figures do after a thousand answers."""
    with closing(open_program(say=lambda text: None)) as opened, opened.store.transaction() as tx:
        tx.keep_sums("me", LONGEST_ANSWER_MS)


def test_notes_are_no_errors(home: Filled, doctor: Doctor, module: Path) -> None:
    change(home.file, "INSERT INTO events VALUES (?, 'me', ?, ?, 'void', ?, ?, '{}')", *_void(A))
    change(home.file, "UPDATE reviews SET reviewed_at = reviewed_at + 30 * 86400000000, study_day = study_day + 30")
    (module / "cards" / "fog.yaml").write_text("- nonsense")
    code, checks = doctor("--repair")
    assert code == 0
    assert checks["undo"] == "note 1 undo of records that are not in this log; merge the log that has them"
    assert "the latest answer is of 2026-12-23 09:04: set the clock right" in checks["clock"]
    assert checks["backups"] == "note there is none yet; studyapp backup now makes one"
    assert checks["modules"].startswith("note ")
    assert "studyapp content check tells all" in checks["modules"]


def _void(card: str) -> tuple[Any, ...]:
    micros = int(MONDAY.timestamp()) * 10**6
    return "01ad0000-0000-7000-8000-000000000009", micros, DAY, card, "01ad0000-0000-7000-8000-000000000000"


def test_old_and_damaged_backups(home: Filled, doctor: Doctor, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("backup", "now")
    monkeypatch.setenv("STUDYAPP_NOW", (MONDAY + timedelta(days=20)).isoformat())
    change(home.file, "UPDATE reviews SET reviewed_at = reviewed_at + 20 * 86400000000, study_day = study_day + 20")
    assert doctor("--repair")[1]["backups"] == (
        "note 1, the newest of 2026-11-23 10:00, a while before your last answers; run studyapp backup now"
    )
    (backup,) = (home.file.parent / "backups").iterdir()
    backup.write_bytes(b"")
    assert doctor()[1]["backups"] == f"note 1 backup cannot be read ({backup}); delete it"


def test_files_that_others_can_read(home: Filled, doctor: Doctor, run: Run) -> None:
    run("backup", "now")
    folder = home.file.parent / "backups"
    (backup,) = folder.iterdir()
    for path, mode in ((home.file, 0o644), (folder, 0o755), (backup, 0o640)):
        path.chmod(mode)
    code, checks = doctor()
    assert code == 1
    assert checks["files"].startswith(f"WRONG others can read 5 files and folders ({home.file}, …)")
    code, checks = doctor("--repair")
    assert (code, checks["files"]) == (0, "ok only you can read them")
    assert [path.stat().st_mode & 0o777 for path in (home.file, folder, backup)] == [0o600, 0o700, 0o600]


def test_a_disk_that_is_nearly_full(home: Filled, doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=20_000_000))
    code, checks = doctor()
    assert code == 1
    assert checks["disk"] == "WRONG 20.0 MB free, your data take 0.6 MB; free some space, or no backup can be made"


@pytest.mark.parametrize("sql", ["DROP INDEX ix_schedule_new", "DROP TABLE drafts", "DROP TABLE alembic_version"])
def test_tables_that_are_not_as_the_models_say(home: Filled, doctor: Doctor, sql: str) -> None:
    change(home.file, sql)
    code, checks = doctor()
    assert (code, list(checks)) == (3, ["database", "disk", "files"])
    assert checks["database"].startswith("WRONG damaged (")
    assert "would save 300 answers" in checks["database"]
    code, checks = doctor("--repair")
    assert (code, checks["tables"].split()[0]) == (0, "ok")
    assert log_of(home.file)["reviews"] == home.log["reviews"]


def test_a_damaged_file_is_looked_at_and_mended(home: Filled, run: Run) -> None:
    spoilt = overwritten(home.data, {0, 5, 6})
    home.put(spoilt)
    code, out, err = run("doctor")
    assert (code, err) == (3, "")
    assert out.splitlines()[-1] == "ok    files: only you can read them"
    assert out.startswith("WRONG database: damaged (file is not a database); studyapp doctor --repair would save ")
    assert home.file.read_bytes() == spoilt
    code, out, err = run("doctor", "--repair")
    aside = home.file.with_name("studyapp-damaged-2026-11-23T100000-1.sqlite")
    assert (code, err) == (0, "")
    assert out.startswith("saved: ")
    assert f"kept: the damaged file is {aside} now" in out
    assert aside.read_bytes() == spoilt
    assert run("doctor")[0] == 0
    assert run("due")[0] == 0


def test_the_schedule_follows_from_what_was_saved(home: Filled, run: Run) -> None:
    before = json.loads(run("card", "show", A, "--json")[1])
    home.put(overwritten(home.data, {0}))
    assert run("doctor", "--repair")[0] == 0
    after = json.loads(run("card", "show", A, "--json")[1])
    assert after["schedule"] == before["schedule"]
    assert len(after["reviews"]) == len(before["reviews"]) > 20


def test_what_was_saved_for_a_program_to_read(home: Filled, run: Run) -> None:
    run("backup", "now")
    one = next(min(pages) for pages in home.pages_of.values() if len(pages) == 1)
    home.put(overwritten(home.data, {one}))
    code, out, err = run("doctor", "--repair", "--json")
    saved = json.loads(out)["saved"]
    assert (code, err, saved["reviews"], saved["lost"], saved["torn"]) == (0, "", 300, 0, 0)
    assert list(saved["from_backups"]) == ["2026-11-23T100000-by-hand"]
    assert log_of(home.file) == home.log


def test_every_learner_of_a_file_is_mended(
    home: Filled, run: Run, doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDYAPP_LEARNER", "ann")
    assert run("grade", B, "5")[0] == 0
    before = run("card", "show", B, "--json")[1]
    monkeypatch.delenv("STUDYAPP_LEARNER")
    data = home.file.read_bytes()
    home.put(bytes(100) + data[100:])
    assert doctor("--repair")[0] == 0
    monkeypatch.setenv("STUDYAPP_LEARNER", "ann")
    assert doctor()[0] == 0
    assert run("card", "show", B, "--json")[1] == before


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"These are my notes on diffusion.\n" * 99, "is not a studyapp database; it was left untouched."),
        (os.urandom(20_000), "is not a studyapp database; it was left untouched."),
    ],
    ids=["text", "noise"],
)
@pytest.mark.parametrize("repair", [(), ("--repair",)], ids=["look", "repair"])
def test_what_is_no_database_is_left_alone(
    home: Filled, run: Run, data: bytes, words: str, repair: tuple[str, ...]
) -> None:
    home.put(data)
    code, out, err = run("doctor", *repair)
    assert (code, out, words in err) == (3, "", True)
    assert ("studyapp backup restore" in err, "studyapp doctor" in err) == (True, False)
    assert home.file.read_bytes() == data


@pytest.mark.parametrize("repair", [(), ("--repair",)], ids=["look", "repair"])
def test_newer_and_foreign_files_are_left_alone(home: Filled, run: Run, repair: tuple[str, ...]) -> None:
    change(home.file, "UPDATE alembic_version SET version_num = '9000'")
    before = home.file.read_bytes()
    code, out, err = run("doctor", *repair)
    assert (code, out, "was written by a newer studyapp" in err) == (3, "", True)
    assert home.file.read_bytes() == before
    home.file.unlink()
    change(home.file, "CREATE TABLE bookmarks (url TEXT)")
    before = home.file.read_bytes()
    code, out, err = run("doctor", *repair)
    assert (code, out, "belongs to another program" in err) == (3, "", True)
    assert home.file.read_bytes() == before
