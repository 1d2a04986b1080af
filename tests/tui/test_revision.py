"""Revision and calibration on the screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studyapp.bootstrap import Program
from studyapp.services.revision import open_revision, signed_revisions
from studyapp.tui.commands import commands
from studyapp.tui.widgets.page import Page
from tests.scored import write_rich
from tests.tui.scored import SIZES, fits, modes, page
from tests.tui.screens import key_words, press, running, screen_name, shown, toasts, write


@pytest.fixture
def program(content: Path, open_again: Callable[[], Program]) -> Program:
    write_rich(content / "module_1")
    return open_again()


@pytest.mark.parametrize("size", SIZES)
async def test_a_revision_to_its_signature(program: Program, size: tuple[int, int]) -> None:
    async with running(program, "revision", size=size) as pilot:
        assert "All 3 self-checks and traps" in page(pilot)
        assert fits(pilot, size)
        await press(pilot, "1", "u", "0", "enter")
        for number in range(3):
            assert f"Revision {number + 1}/3" in shown(pilot)
            assert fits(pilot, size)
            await press(pilot, "space")
            assert "how sure" in toasts(pilot)[-1]
            assert "first point" not in page(pilot)
            await press(pilot, "3", "space")
            assert "first point" in page(pilot)
            assert "Tick what you said, or grade it" in shown(pilot)
            assert "a-c tick" in key_words(pilot) or size == (40, 10)
            assert fits(pilot, size)
            if number:
                await press(pilot, "a", "b", "c", "enter")
            else:
                await press(pilot, "1")
        assert "Comes again today" in page(pilot)
        assert "2 of 3 passed" in page(pilot)
        assert fits(pilot, size)
        await press(pilot, "pagedown", "enter")
        assert "Type your name; enter signs" in shown(pilot)
        assert pilot.app.screen.query_one(Page).top == 0, "what is signed is there to be read"
        await press(pilot, "enter")
        assert signed_revisions(program.recall, "t1") == []
        await press(pilot, "enter")
        await write(pilot, "Ada [x")
        await press(pilot, "enter")
        assert "complete and signed" in page(pilot)
        assert "Signed by Ada [x The gate counts it." in page(pilot)
        assert "enter done" in key_words(pilot)
        await press(pilot, "enter")
        assert screen_name(pilot) == "today"
    (signed,) = signed_revisions(program.recall, "t1")
    assert (signed.data["signed"], signed.data["questions"], signed.data["passed"]) == ("Ada [x", 3, 2)


async def test_a_revision_goes_on_with_its_draft(program: Program, open_again: Callable[[], Program]) -> None:
    async with running(program, "revision") as pilot:
        await press(pilot, "space", "2", "space", "4", "t")
        await write(pilot, "half an answer")
        await press(pilot, "ctrl+q")
    again = open_again()
    async with running(again, "revision") as pilot:
        assert "Revision 2/3" in shown(pilot)
        assert "half an answer" in shown(pilot)
        await press(pilot, "u")
        assert "Revision 1/3" in shown(pilot)
        assert open_revision(again.recall, again.library).progress.answers == {}
        await press(pilot, "2", "space", "4")
        assert "half an answer" in shown(pilot)
        await press(pilot, "escape")
        assert "Kept: 1 of 3 answered." in toasts(pilot)


async def test_the_book_stays_closed(program: Program) -> None:
    async with running(program, "revision") as pilot:
        await press(pilot, "enter")
        app: Any = pilot.app
        names = [command.title for command in commands(app, app.screen)]
        assert not any(name.startswith("go: ") for name in names)
        await press(pilot, "l", "e", "E", "a", "4", "0")
        assert screen_name(pilot) == "revision"
        assert "first point" not in shown(pilot)
        assert modes(program) == []


@pytest.mark.parametrize("size", SIZES)
async def test_calibration_shows_surprises_first(program: Program, size: tuple[int, int]) -> None:
    for card, grade, confidence in (("fog.choice", 1, 4), ("fog.gap", 4, 4), ("rails.trap", 5, 2)):
        program.recall.grade(f"t1.{card}", grade, confidence=confidence)
    async with running(program, "calibration", size=size) as pilot:
        assert "Sure but wrong" in shown(pilot)
        assert "space page down" in key_words(pilot)
        assert "✗ certain" in shown(pilot)
        assert fits(pilot, size)
        words = page(pilot)
        for told in ("4 certain stands for 95%, 1 of 2 were right", "how sure you were, %", "Fog, 2 answers"):
            assert told in words
        assert "said 95 %, right 50 % (9–91): too sure; Brier 0.45 (0.09–0.82)" in words
