"""A learner's first two days with the installed program and the real module, in a terminal of 80x24."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.program import PROGRAM, logged, run_json
from tests.e2e.terminal import Terminal

MONDAY = {"STUDYAPP_NOW": "2026-11-23T09:00:00+00:00"}
TUESDAY = {"STUDYAPP_NOW": "2026-11-24T09:00:00+00:00"}
GRADES = (4, 5, 3, 4, 2, 4, 5, 4, 1, 4)
UNDONE = 5
"""The card, from 1, that is first graded 0 and then taken back."""
HALF, REST = "the variances add up so that", " the total stays one"


@pytest.fixture
def real_content(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STUDYAPP_CONTENT")


def opened(*arguments: str, now: Mapping[str, str]) -> Terminal:
    return Terminal([PROGRAM, *arguments], env=os.environ | now)


def reveal(terminal: Terminal, typed: str = "") -> None:
    """Answers the card on the screen, aloud or in writing, and turns it over."""
    if typed:
        begin_typing(terminal)
        terminal.press(typed)
        terminal.wait(typed)
        terminal.press("escape")
        terminal.wait("space reveal")
    terminal.press("space")
    terminal.wait("0 blackout")


def begin_typing(terminal: Terminal) -> None:
    terminal.press("t")
    terminal.wait("esc done typing")


def test_two_days(real_content: None, own_home: Path) -> None:
    first_day = run_json("due", env=MONDAY)
    with opened(now=MONDAY) as terminal:
        terminal.wait("Welcome")
        terminal.press("enter")
        for number, grade in enumerate(GRADES, start=1):
            terminal.wait(rf"Recall {number}/\d+")
            reveal(terminal, typed=f"my answer {number}" if number % 2 else "")
            if number == UNDONE:
                terminal.press("0")
                terminal.wait(rf"Recall {number + 1}/")
                terminal.press("u")
                terminal.wait(rf"Recall {number}/")
                terminal.wait(f"my answer {number}")
                reveal(terminal)
            terminal.press("a", str(grade))
        terminal.wait(r"Recall 11/\d+")
        begin_typing(terminal)
        terminal.press(HALF)
        terminal.wait(HALF)
        terminal.resize(120, 40)
        terminal.wait(r"(?s)new.*" + HALF)
        terminal.resize(80, 24)
        terminal.wait(HALF)
        assert terminal.hang_up() == 0, "it should end by itself when its terminal is closed"

    reviews = logged(own_home)
    given = list(GRADES)
    given.insert(UNDONE - 1, 0)
    assert [review["grade"] for review in reviews] == given
    assert all(review["key_points"] == "[0]" for review in reviews if review["grade"])
    cards = [review["card_id"] for review in reviews if review["grade"]]
    assert len(set(cards)) == 10
    by_card = {review["card_id"]: review for review in reviews}
    for number, card in enumerate(cards, start=1):
        spoken = number % 2 == 0
        assert by_card[card]["answer"] == ("" if spoken else f"my answer {number}")
        assert bool(by_card[card]["aloud"]) is spoken

    same_day = run_json("due", env=MONDAY)
    shaky = {card for card, grade in zip(cards, GRADES, strict=True) if grade < 4}
    left = first_day["new"] - len(GRADES)
    assert (same_day["due"], same_day["new"], same_day["drill"]) == (0, left, len(shaky))
    half_answered = same_day["cards"][0]
    assert set(same_day["cards"][left:]) == shaky

    next_day = run_json("due", env=TUESDAY)
    assert (next_day["due"], next_day["drill"]) == (10, 0)
    assert {*cards, half_answered} <= set(next_day["cards"])
    for card, grade in zip(cards, GRADES, strict=True):
        shown = run_json("card", "show", card, env=TUESDAY)
        assert (shown["schedule"]["state"], shown["schedule"]["due"]) == ("due", "2026-11-24")
        assert [r["grade"] for r in shown["reviews"] if not r["voided"]] == [grade]
    voided = run_json("card", "show", cards[UNDONE - 1], env=TUESDAY)["reviews"]
    assert [(r["grade"], r["voided"]) for r in voided] == [(0, True), (GRADES[UNDONE - 1], False)]
    assert run_json("doctor", env=TUESDAY)["ok"]

    with opened(now=TUESDAY) as terminal:
        terminal.wait("10 due")
        terminal.press("enter")
        total = next_day["due"] + next_day["new"]
        place = next_day["cards"].index(half_answered) + 1
        for number in range(1, place):
            terminal.wait(rf"Recall {number}/{total}")
            reveal(terminal)
            terminal.press("5")
        terminal.wait(rf"Recall {place}/{total}")
        terminal.wait(HALF)
        begin_typing(terminal)
        terminal.press(REST, "ctrl+r")
        terminal.wait("0 blackout")
        terminal.press("4")
        terminal.wait(rf"Recall {place + 1}/{total}")
        terminal.press("ctrl+q")
        assert terminal.wait_for_end() == 0

    last = logged(own_home)[-1]
    assert (last["card_id"], last["grade"], last["answer"]) == (half_answered, 4, HALF + REST)
    after = run_json("due", env=TUESDAY)
    assert after["due"] + after["new"] == total - place
    again = run_json("card", "show", next_day["cards"][0], env=TUESDAY)["schedule"]
    assert (again["interval_days"], again["due"]) == (6, "2026-11-30")
    assert run_json("doctor", env=TUESDAY)["ok"]


def test_a_sitting_to_its_end(module: Path, own_home: Path) -> None:
    with opened(now=MONDAY) as terminal:
        terminal.wait("Welcome")
        terminal.press("enter")
        for number, grade in enumerate((2, 4), start=1):
            terminal.wait(f"Recall {number}/")
            reveal(terminal)
            terminal.press(str(grade))
        terminal.wait("Again 3/3")
        reveal(terminal)
        terminal.press("4")
        terminal.wait("2 cards")
        terminal.press("enter")
        terminal.wait("Done for today")
        terminal.press("ctrl+q")
        assert terminal.wait_for_end() == 0
    assert [(review["grade"], review["mode"]) for review in logged(own_home)] == [
        (2, "recall"),
        (4, "recall"),
        (4, "drill"),
    ]


def test_an_answer_is_on_disk_before_the_next_card_is_shown(module: Path, own_home: Path) -> None:
    run_json("settings", env=MONDAY)
    with opened("review", now=MONDAY) as terminal:
        terminal.wait("Recall 1/2")
        reveal(terminal)
        terminal.press("4")
        terminal.wait("Recall 2/2")
        os.kill(terminal.process.pid, signal.SIGKILL)
    assert [review["grade"] for review in logged(own_home)] == [4]
    assert run_json("due", env=MONDAY)["new"] == 1


def test_an_app_that_is_stopped_and_continued_ends_with_its_terminal(real_content: None) -> None:
    terminal = opened("review", now=MONDAY)
    terminal.wait("Say it aloud")
    terminal.close()
    for _ in range(200):
        with suppress(subprocess.TimeoutExpired):
            terminal.process.wait(0.02)
        terminal.process.send_signal(signal.SIGCONT)  # as a shell does that puts its jobs in the foreground
    assert terminal.hang_up() == 0
