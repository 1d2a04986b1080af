"""The list of all cards, and one card with its history."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from studyapp.bootstrap import Program
from studyapp.tui.widgets.choice_list import ChoiceList
from tests.conftest import card_values, small_module, write_module
from tests.tui.screens import NARROW, press, running, screen_name, settle, shown, toasts, write


async def test_all_cards_with_their_state_in_words(program: Program) -> None:
    program.recall.grade(program.recall.today().order[0], 4)
    program.recall.suspend("t1.rails.c3")
    async with running(program, "browse") as pilot:
        words = shown(pilot)
        assert "12 cards" in words
        assert words.count("new  ") == 10
        assert re.search(r"waiting +○ easy +What is c0 in fog\?", words)
        assert "suspended " in words


@pytest.mark.parametrize(
    ("query", "cards"),
    [
        ("rails", 4),
        ("topic:rails c1", 1),
        ("red", 3),
        ("difficulty:green fog", 2),
        ("suspended", 1),
        ("[/", 0),
        ("", 12),
    ],
)
async def test_words_narrow_the_list(program: Program, query: str, cards: int) -> None:
    program.recall.suspend("t1.rails.c3")
    async with running(program, "browse") as pilot:
        await press(pilot, "slash")
        await write(pilot, query)
        assert f"{cards} of 12 cards" in shown(pilot) or (cards == 12 and "12 cards" in shown(pilot))
        assert ("No card fits" in shown(pilot)) is (cards == 0)
        await press(pilot, "escape")
        assert "12 cards" in shown(pilot)
        await press(pilot, "escape")
        assert screen_name(pilot) == "today"


async def test_changes_from_the_list(program: Program) -> None:
    async with running(program, "browse") as pilot:
        await press(pilot, "j", "k", "X")
        assert "suspended" in shown(pilot)
        await press(pilot, "F")
        assert "⚑" in shown(pilot)
        await press(pilot, "X")
        assert toasts(pilot)[-1] == "Resumed: it is asked again."
        await press(pilot, "u", "u", "u")
        assert "suspended" not in shown(pilot).replace("Suspended", "")
        assert "⚑" not in shown(pilot)


async def test_a_card_with_its_history(program: Program) -> None:
    card = program.recall.today().order[0]
    program.recall.grade(card, 1, answer="not this", confidence=4)
    program.recall.undo()
    program.recall.grade(card, 4, aloud=True)
    async with running(program, "browse", size=(80, 50)) as pilot:
        await press(pilot, "enter")
        words = shown(pilot)
        assert screen_name(pilot) == "card"
        assert "waiting · next tomorrow · last grade 4 good · answered 1 time" in words
        assert "[ ] a  first point" in words
        assert "4 good · recall · aloud" in words
        assert "1 wrong · recall · felt certain · taken back" in words
        assert "not this" in words
        await press(pilot, "u")
        assert "new" in shown(pilot)
        await press(pilot, "space", "down", "up", "pageup", "escape")
        assert screen_name(pilot) == "browse"


async def test_one_card_can_be_practised_early(program: Program) -> None:
    card = program.recall.today().order[0]
    program.recall.grade(card, 4)
    before = program.recall.state(card)
    async with running(program, "browse") as pilot:
        await press(pilot, "enter", "p")
        await settle(pilot)
        assert "Recall 1/1" in shown(pilot)
        await press(pilot, "space")
        assert shown(pilot).splitlines()[-2].split()[:2] == ["as", "planned"]
        await press(pilot, "5")
        await settle(pilot)
        assert screen_name(pilot) == "summary"
        await press(pilot, "enter")
        assert screen_name(pilot) == "card"
    assert program.recall.state(card).due == before.due


async def test_a_long_list_grows_as_it_is_looked_through(content: Path, open_again: Callable[[], Program]) -> None:
    write_module(content / "module_1", small_module(150))
    async with running(open_again(), "browse") as pilot:
        options = pilot.app.screen.query_one(ChoiceList)
        assert "450 cards" in shown(pilot)
        assert options.option_count < 450
        for _ in range(4):
            await press(pilot, "end")
            await settle(pilot)
        assert options.option_count == 450
        assert options.highlighted == 449
        await press(pilot, "X")  # the card under the cursor stays there when the list is made anew
        await settle(pilot)
        assert options.highlighted == 449
        assert "suspended" in shown(pilot)


@pytest.mark.parametrize("size", [NARROW, (40, 10)])
async def test_a_note_stands_below_the_whole_question(
    content: Path, open_again: Callable[[], Program], size: tuple[int, int]
) -> None:
    prompt = "What is fog, " + "and what else is it, " * 4 + "in short?"
    write_module(content / "module_1", {"fog": [card_values("t1.fog.c0", prompt=prompt)]})
    async with running(open_again(), "browse", size=size) as pilot:
        await press(pilot, "n")
        assert "in short?" in shown(pilot) or size == (40, 10)
        await write(pilot, "why")
        assert "why" in shown(pilot)
