"""The doctor on a server: it looks at what is the program's, says what is not, and advises nothing it cannot do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from db.engine import make_engine
from studyapp.cli import main
from tests.db.conftest import OpenAs

A = "t1.fog.c0"
Doctor = Callable[..., tuple[int, dict[str, str]]]


@pytest.fixture
def doctor(module: Path, open_as: OpenAs, capsys: pytest.CaptureFixture[str]) -> Doctor:
    """Runs the doctor on a server with an answer: exit code, and verdict with sentence by check."""
    open_as("ada").recall.grade(A, 4)

    def command(*words: str) -> tuple[int, dict[str, str]]:
        code = main(["doctor", "--json", *words])
        out, err = capsys.readouterr()
        assert err == ""
        return code, {check["check"]: f"{check['verdict']} {check['text']}" for check in json.loads(out)["checks"]}

    return command


def change(url: str, sql: str) -> None:
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(sql)
    engine.dispose()


def test_it_does_not_call_sound_what_it_did_not_look_at(server_url: str, doctor: Doctor) -> None:
    code, checks = doctor()
    assert (code, checks["database"]) == (0, "ok the tables are whole; all else is the server's own to check")
    change(server_url, "ALTER TABLE drafts RENAME COLUMN text TO words")
    try:
        code, checks = doctor("--repair")
    finally:  # the tables stay for the next test
        change(server_url, "ALTER TABLE drafts RENAME COLUMN words TO text")
    assert code == 3
    assert checks["database"] == "WRONG drafts has no column text; ask whoever looks after the server"


def test_it_takes_no_record_out_of_a_server_and_says_so(server_url: str, doctor: Doctor) -> None:
    change(server_url, "UPDATE reviews SET mode = 'dreamt'")
    for words in ((), ("--repair",)):
        code, checks = doctor(*words)
        assert code == 3
        assert checks["log"] == (
            "WRONG 1 review has a mode that is unknown: no studyapp writes this; studyapp takes nothing out of a"
            " server: keep a pg_dump, then mend or delete these rows there"
        )


@pytest.mark.parametrize(
    ("sql", "check"),
    [
        ("UPDATE schedule SET due = -5 WHERE due > 0", "schedule"),
        ("UPDATE card_bodies SET body = '{}'", "kept"),
        ("UPDATE cards SET difficulty = 'purple'", "kept"),
        ("UPDATE cards SET needs = '5'", "kept"),
    ],
)
def test_what_follows_from_log_and_content_is_made_anew(server_url: str, doctor: Doctor, sql: str, check: str) -> None:
    change(server_url, sql)
    code, checks = doctor()
    assert (code, checks[check].split()[0]) == (1, "WRONG")
    assert [doctor("--repair")[0], doctor()[0]] == [0, 0]
