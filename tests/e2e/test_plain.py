"""Recall in line mode, through a pipe."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.program import logged, run, run_json


@pytest.fixture(autouse=True)
def monday(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDYAPP_NOW", "2026-11-23T09:00:00+00:00")


def answers(home: Path) -> list[tuple[object, ...]]:
    names = ("grade", "mode", "aloud", "answer", "key_points", "confidence")
    return [tuple(review[name] for name in names) for review in logged(home)]


def lines(*typed: str) -> str:
    return "".join(f"{line}\n" for line in typed)


def test_a_whole_sitting_through_a_pipe(own_home: Path) -> None:
    first = ("it is fog", "", "ab", "4")
    second = ("", "3", "", "2")
    again = ("", "", "abc", "")
    done = run("review", "--plain", typed=lines(*first, *second, *again))
    assert "\x1b" not in done.stdout
    assert "Card 1 of 2. Fog, green (easy), concept." in done.stdout
    assert "Card 3 of 3, again." in done.stdout
    assert "first point of c0" in done.stdout
    assert "2 cards answered, 1 aloud. Tomorrow: 2 due.\nShaky:\n  What is c0 in sketch?\n" in done.stdout
    assert answers(own_home) == [
        (4, "recall", 0, "it is fog", "[0, 1]", None),
        (2, "recall", 1, "", "[]", 3),
        (4, "drill", 1, "", "[0, 1, 2]", None),
    ]
    assert run_json("due")["cards"] == []


@pytest.mark.parametrize("setting", ["yes", "no"])
def test_what_counts_as_said_aloud(own_home: Path, setting: str) -> None:
    run("settings", "aloud", setting)
    first = ("", "", "abc", "5")
    second = ("v", "", "", "v", "v", "abc", "5")
    done = run("review", "--plain", typed=lines(*first, *second))
    counts, not_so = "This answer counts as said aloud.", "This answer does not count as said aloud."
    told = [line.rpartition(": ")[2] for line in done.stdout.splitlines() if "as said aloud." in line]
    assert told == ([not_so, counts, not_so] if setting == "yes" else [counts, not_so, counts])
    assert "2 cards answered, 1 aloud." in done.stdout
    assert [row[2] for row in answers(own_home)] == ([1, 0] if setting == "yes" else [0, 1])


def test_a_typed_answer_may_have_been_said_too(own_home: Path) -> None:
    run("review", "--plain", typed=lines("fog, and noise", "v", "3", "abc", "5"))
    assert [row[2:4] for row in answers(own_home)] == [(1, "fog, and noise")]


def test_the_end_of_input_in_mid_card_keeps_what_was_answered(own_home: Path) -> None:
    done = run("review", "--plain", typed=lines("fog", "", "", "5") + "half an ans")
    assert [row[:2] for row in answers(own_home)] == [(5, "recall")]
    assert "Every answer is saved" in done.stdout
    assert run_json("due")["new"] == 1


def test_an_answer_that_was_typed_but_not_graded_is_there_again(own_home: Path) -> None:
    run("review", "--plain", typed=lines("half of an answer"))
    again = run("review", "--plain", typed=lines("", "", "a", "4"))
    assert "Your answer so far: half of an answer" in again.stdout
    assert [row[3] for row in answers(own_home)] == ["half of an answer"]
    assert "Your answer so far" not in run("review", "--plain").stdout


def test_undo_skip_help_and_wrong_input(own_home: Path) -> None:
    typed = lines("?", "s", "fog", "7", "2", "xyz", "a", "9", "3", "u", "q")
    done = run("review", "--plain", typed=typed)
    assert "Commands at any question" in done.stdout
    assert "A number from 1 to 4" in done.stdout
    assert "Only the letters" in done.stdout
    assert "A number from 0 to 5" in done.stdout
    assert "Undone: review" in done.stdout
    assert len(logged(own_home)) == 1
    assert run_json("due")["new"] == 2
