"""The end of a sitting."""

from __future__ import annotations

from studyapp.bootstrap import Program
from studyapp.core.log import EventKind
from tests.tui.screens import press, running, screen_name, settle, shown, write


async def test_it_tells_what_was_shaky_and_what_comes(program: Program) -> None:
    async with running(program, "review") as pilot:
        first = program.recall.card(program.recall.today().order[0]).prompt
        await press(pilot, "space", "2", "t")
        await write(pilot, "typed")
        await press(pilot, "escape", "space", "5", "space", "4")
        await settle(pilot)
        words = shown(pilot)
        assert "✓ 2 cards in 0:00" in words
        assert "1 answered aloud" in words
        assert "5 perfect" in words
        assert "2 almost" in words
        assert "Shaky at the first try, then repaired" in words
        assert first in words
        assert "Tomorrow: 2 cards due." in words
        await press(pilot, "enter")
        assert screen_name(pilot) == "today"
    (event,) = program.recall.store.events_of_kind("me", EventKind.SESSION)
    assert event.data == {"answered": 2, "aloud": 1, "seconds": 0, "complete": True}


async def test_the_last_answer_can_be_taken_back_from_here(program: Program) -> None:
    async with running(program, "review") as pilot:
        await press(pilot, "space", "4", "space", "4")
        await settle(pilot)
        assert "Every card was good at the first try." in shown(pilot)
        await press(pilot, "u")
        await settle(pilot)
        assert "Recall 2/2" in shown(pilot)
        await press(pilot, "space", "5")
        await settle(pilot)
        assert screen_name(pilot) == "summary"
        await press(pilot, "b", "escape", "escape")
        assert screen_name(pilot) == "today"
