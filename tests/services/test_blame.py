"""An error that nobody foresaw is the program's own, unless the learner's data cannot be what the program wrote."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from studyapp.bootstrap import Program
from studyapp.cli import main
from studyapp.errors import DataError, UsageError
from studyapp.services.blame import blame
from studyapp.tui.ending import apology

A = "t1.fog.c0"
SENTENCE = (
    "Your data hold something that studyapp did not write, so they are damaged."
    " Run studyapp doctor, which says what and how to mend it."
)
DAMAGE = {
    "a mode": "UPDATE reviews SET mode = 'practibe'",
    "a day": "UPDATE reviews SET study_day = 99999999999",
    "a number that is text": "UPDATE schedule SET last_grade = 'x', seen_on = 'y'",
    "a card": "UPDATE card_bodies SET body = '{\"id\": '",
    "a module": "UPDATE modules SET body = '[1,'",
    "a kind of event": "UPDATE events SET kind = 'suspent'",
}


def damaged(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(statement)


@pytest.fixture
def file(program: Program) -> Path:
    program.recall.grade(A, 4)
    program.recall.flag(A, 1)
    return program.paths.database


@pytest.mark.local_file
@pytest.mark.parametrize("statement", DAMAGE.values(), ids=DAMAGE)
def test_data_that_nobody_can_have_written_are_to_blame(program: Program, file: Path, statement: str) -> None:
    damaged(file, statement)
    with pytest.raises(DataError, match="did not write"):
        blame(ValueError("x"), program.recall, program.library)
    assert apology(ValueError("x"), program.recall, program.library).plain == SENTENCE


@pytest.mark.local_file
def test_a_command_ends_with_that_sentence(program: Program, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program.close()
    damaged(file, DAMAGE["a mode"])
    before = file.read_bytes()
    assert (main(["due"]), capsys.readouterr()) == (3, ("", f"{SENTENCE}\n"))
    assert file.read_bytes() == before


def test_of_sound_data_the_program_is_to_blame(program: Program) -> None:
    program.recall.grade(A, 4)
    blame(ValueError("x"), program.recall, program.library)
    assert apology(ValueError("x"), program.recall, program.library).plain.startswith(
        "studyapp met an error of its own (ValueError: x)"
    )


@pytest.mark.local_file
def test_what_is_the_learner_s_or_the_disk_s_stays_so(program: Program, file: Path) -> None:
    damaged(file, DAMAGE["a mode"])
    for error in (UsageError("x"), OSError("x"), KeyboardInterrupt()):
        blame(error, program.recall, program.library)
