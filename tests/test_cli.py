"""The command line against everything that goes wrong: one sentence, the right exit code, nothing changed."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studyapp.bootstrap import Program, open_program
from studyapp.cli import GROUPS, OWN, build_parser, main, needed_groups
from tests.conftest import small_module, write_module

A = "t1.fog.c0"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(module: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process at nine on a Monday: exit code, standard output, standard error."""
    monkeypatch.setenv("STUDYAPP_NOW", "2026-11-23T09:00Z")

    def command(*arguments: str) -> tuple[int, str, str]:
        try:
            code = main(arguments)
        except SystemExit as left:  # argparse, on wrong usage
            code = int(left.code or 0)
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out, err

    return command


def kept() -> tuple[Any, ...]:
    """Everything that the learner could lose."""
    program = open_program()
    store = program.store
    reviews, events = store.latest_reviews("me", 999), store.events_since("me", "")
    states = [program.recall.state(card_id) for card_id in store.card_ids("me")]
    settings = store.settings("me")
    program.close()
    return reviews, events, states, settings


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["grade", "t1.no.where", "4"], 2, "There is no card 't1.no.where'; `studyapp card list` shows them all."),
        (["grade", A, "6"], 2, "A grade is a whole number from 0 (blackout) to 5 (perfect), not 6."),
        (["grade", A, "-1"], 2, "A grade is a whole number from 0 (blackout) to 5 (perfect), not -1."),
        (["grade", A, "good"], 2, "argument GRADE: invalid int value: 'good'"),
        (["grade", A], 2, "the following arguments are required: GRADE"),
        (["grade", A, "4", "--confidence", "5"], 2, "Confidence is 1 (guess) to 4 (certain), not 5."),
        (
            ["grade", A, "4", "--at", "yesterday"],
            2,
            "--at should be an ISO time such as 2026-11-23T09:00, not 'yesterday'.",
        ),
        (
            ["grade", A, "4", "--at", "9999-12-31"],
            2,
            "--at should be an ISO time such as 2026-11-23T09:00, not '9999-12-31'.",
        ),
        (["grade", "a\x1b[2Jb", "4"], 2, r"There is no card 'a\x1b[2Jb'; `studyapp card list` shows them all."),
        (["grade", "\udcff", "4"], 2, "This text holds a character that cannot be stored; write it anew in UTF-8."),
        (["card", "show", ""], 2, "There is no card ''; `studyapp card list` shows them all."),
        (["card", "show", "x'; DROP TABLE reviews; --"], 2, 'There is no card "x\'; DROP TABLE reviews; --"'),
        (["card", "suspend", "t1.no.where"], 2, "There is no card 't1.no.where'; `studyapp card list` shows them all."),
        (["card", "resume", "t1.no.where"], 2, "There is no card 't1.no.where'; `studyapp card list` shows them all."),
        (["undo"], 1, "There is nothing to undo."),
        (["redo"], 1, "There is nothing to redo."),
        (["settings", "colour"], 2, "There is no setting 'colour'; there are: rollover_hour, zone"),
        (["settings", "colour", "red"], 2, "There is no setting 'colour'; there are: rollover_hour, zone"),
        (
            ["settings", "due_per_day", "lots"],
            2,
            "The setting due_per_day takes a whole number from 1 to 9999, not 'lots'.",
        ),
        (["--content", "/no/where", "due"], 2, "There is no folder /no/where; name one with a module in it"),
        (["content", "check", "/no/where"], 1, "There is no module in /no/where: no folder there has a module.yaml."),
        (["dance"], 2, "There is no command 'dance'; there are: review, browse, due, grade"),
        (["revew"], 2, "There is no command 'revew'; did you mean 'review'?"),
        (["card", "serch", "fog"], 2, "There is no action 'serch'; did you mean 'search'?"),
        (["due", "--jsn"], 2, "unrecognized arguments: --jsn"),
        (["completion", "fish"], 2, "There is no shell 'fish'; there are: bash, zsh, tcsh."),
        ([], 1, "The app needs a terminal; in a pipe use `studyapp review --plain` or `studyapp due`."),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_a_wrong_request_is_refused_and_changes_nothing(
    run: Run, arguments: list[str], code: int, sentence: str
) -> None:
    before = kept()
    found, out, err = run(*arguments)
    assert (found, out) == (code, "")
    assert sentence in err.splitlines()[-1]
    assert "error of its own" not in err
    assert kept() == before


def test_an_interrupted_command_leaves_the_shell_a_line_of_its_own(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("studyapp.plain.review.review", interrupted)
    assert run("review", "--plain") == (130, "", "\n")


def test_a_nonsense_clock_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch, own_home: Path) -> None:
    monkeypatch.setenv("STUDYAPP_NOW", "soon")
    for command in (["due"], ["grade", A, "4"], ["doctor"]):
        code, out, err = run(*command)
        assert (code, out) == (2, "")
        assert err == "STUDYAPP_NOW should be an ISO time such as 2026-11-23T09:00, not 'soon'.\n"
    assert not own_home.exists()


def test_a_clock_set_back_is_no_error(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("grade", A, "4")
    monkeypatch.setenv("STUDYAPP_NOW", "2026-11-20T09:00Z")
    assert run("due")[0] == 0
    assert json.loads(run("grade", A, "3", "--json")[1])["at"] == "2026-11-20T09:00:00+00:00"
    code, out, _ = run("doctor")
    assert (code, "WRONG" in out) == (0, False)


def test_options_stand_before_or_after_the_command(run: Run, tmp_path: Path) -> None:
    other = write_module(tmp_path / "other", {"fog": []}, "t9")
    for arguments in (["--content", str(other), "content", "check"], ["content", "check", "--content", str(other)]):
        assert run(*arguments) == (0, "t9: 0 cards, nothing wrong\n", "")
    for arguments in (["--debug", "card", "show", "x"], ["card", "show", "x", "--debug"]):
        with pytest.raises(Exception, match="There is no card 'x'"):
            main(arguments)


def test_a_setting_is_shown_changed_and_told(run: Run) -> None:
    assert run("settings", "due_per_day") == (0, f"{'due_per_day':<18} 60\n", "")
    assert run("settings", "due_per_day", "7") == (0, f"{'due_per_day':<18} 7\n", "")
    assert json.loads(run("settings", "due_per_day", "--json")[1]) == {"due_per_day": "7"}
    assert json.loads(run("settings", "due_per_day", "8", "--json")[1]) == {"due_per_day": "8"}
    assert len(json.loads(run("settings", "--json")[1])) > 8
    run("grade", A, "5")
    words = "1 of 1 card moves, 0 earlier, 1 later; due today 0 → 0, within 30 days 1 → 1."
    assert run("settings", "scheduler", "fsrs", "--preview")[1] == f"With scheduler fsrs: {words}\n"
    assert run("settings", "scheduler")[1] == f"{'scheduler':<18} sm2\n"
    assert run("settings", "scheduler", "fsrs")[2] == f"{words} To go back: studyapp settings scheduler sm2\n"
    assert run("settings", "failure_ease", "update")[2] == ""
    assert run("settings", "scheduler", "--preview")[0] == 2


def test_an_error_of_the_program_itself_is_one_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("studyapp.services.recall.Recall.today", broken)
    assert run("due") == (
        1,
        "",
        "studyapp met an error of its own (ZeroDivisionError: by zero). "
        "Your answers are safe; run it again with --debug to see where.\n",
    )


def test_a_command_leaves_no_file_behind_but_the_database_and_its_backups(run: Run, own_home: Path) -> None:
    run("grade", A, "4")
    assert sorted(path.name for path in own_home.iterdir()) == ["backups", "studyapp.sqlite"]


def test_broken_content_is_told_beside_the_result(run: Run, module: Path) -> None:
    run("due")
    (module / "cards" / "fog.yaml").write_text("- id: x\n- id: y\n")
    code, out, err = run("due", "--json")
    assert (code, json.loads(out)["new"]) == (0, 2)
    first, second = err.splitlines()
    assert first.startswith(f"{module}/cards/fog.yaml:1: 1.answer: is missing; add it")
    assert second.endswith("more problems. The last good copy is in use; studyapp content check tells all.")
    code, out, err = run("content", "check")
    assert (code, err) == (1, "")
    assert "fog.yaml:2: 2.kind: is missing; add it" in out


# -- as a process: pipes, encodings, full disks


def process(*arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-W", "error", "-m", "studyapp.cli", *arguments]
    env = os.environ | options.pop("env", {})
    env.pop("PYTHONUNBUFFERED", None)  # a learner's output is buffered: what cannot be written shows at the end
    return subprocess.run(command, stderr=subprocess.PIPE, check=False, env=env, **options)


def test_a_reader_that_goes_away_is_no_error(module: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = process("card", "list", stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_result_that_cannot_be_written_is_told(module: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = process("card", "list", stdout=full)
    assert done.returncode == 1
    assert done.stderr == (b"The result could not be written (no space left on device). Your answers are safe.\n")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_terminal_without_unicode_still_shows_what_it_can(content: Path, encoding: str) -> None:
    cards = small_module()
    cards["fog"][0]["prompt"] = "Größe √ᾱₜ?"
    write_module(content / "m", cards)
    done = process("card", "show", A, stdout=subprocess.PIPE, env={"PYTHONIOENCODING": encoding})
    assert (done.returncode, done.stderr) == (0, b"")
    assert {"ascii": b"Gr??e ??", "latin-1": b"Gr\xf6\xdfe ?"}.get(encoding, "Größe √ᾱₜ?".encode()) in done.stdout


def test_an_argument_that_is_no_text_is_refused(module: Path) -> None:
    done = subprocess.run(
        [sys.executable.encode(), b"-m", b"studyapp.cli", b"card", b"show", b"\xff\xfe"],
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"This text holds a character that cannot be stored; write it anew in UTF-8.\n"


def test_a_line_of_control_codes_never_reaches_the_terminal(program: Program, run: Run) -> None:
    program.recall.note(A, "\x1b]0;owned\x07")
    program.recall.grade(A, 4, answer="\x1b[2J")
    for arguments in (["card", "show", A], ["card", "list"], ["due"], ["doctor"], ["undo"]):
        out = "".join(run(*arguments)[1:])
        assert out.replace("\n", "").isprintable()


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
def test_the_completion_is_a_script_that_the_shell_accepts(run: Run) -> None:
    code, script, _ = run("completion", "bash")
    assert code == 0
    assert subprocess.run(["bash", "-n"], input=script.encode(), check=False).returncode == 0
    assert "suspend" in script


@pytest.mark.parametrize("group", GROUPS)
def test_the_table_of_groups_names_what_each_adds(group: str) -> None:
    alone = {name for name in commands_of(build_parser([group])) if name not in OWN}
    assert alone == set(GROUPS[group])


@pytest.mark.parametrize(
    ("words", "groups"),
    [
        ([], []),
        (["review", "--plain"], []),
        (["due"], ["recall"]),
        (["--content", "due", "gate"], ["standing"]),
        (["card", "search", "quiz"], ["cards"]),
        (["--help"], list(GROUPS)),
        (["dues"], list(GROUPS)),
        (["--debug", "due"], list(GROUPS)),
    ],
)
def test_only_the_groups_that_are_needed_are_read(words: list[str], groups: list[str]) -> None:
    assert list(needed_groups(words)) == groups


def commands_of(parser: argparse.ArgumentParser) -> set[str]:
    levels = [action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return {name for level in levels for name in level}
