"""Several modules on every screen: whose title, whose cards, whose topics."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from studyapp.bootstrap import Program
from tests.conftest import card_values, small_module, write_module
from tests.tui.screens import press, running, settle, shown, welcomed, write


@pytest.fixture
def program(content: Path, open_again: Callable[[], Program]) -> Program:
    """A second module that stands first by its folder's name, builds on the small one and shares a topic's id."""
    write_module(content / "module_1", small_module())
    later = {"fog": [card_values("t2.fog.one")]}
    topics = [{"id": "fog", "title": "Mist at sea"}]
    builds_on = [{"module": "t1", "text": "What it says."}]
    folder = content / "a_module"
    write_module(folder, later, "t2", title="Later module", week=2, topics=topics, prerequisites=builds_on)
    return open_again()


async def test_the_first_start_tells_of_the_module_that_comes_first(program: Program) -> None:
    async with running(program) as pilot:
        assert "Test module: 12 cards" in shown(pilot)
        assert "2 cards a day, about 3 min: all in 6 days" in shown(pilot)


async def test_today_is_titled_by_the_module_that_the_learner_is_in(program: Program) -> None:
    async with running(welcomed(program)) as pilot:
        assert "Test module · week 1" in shown(pilot)
        for card in program.store.listing("me"):
            if card.module == "t1":
                program.recall.grade(card.id, 5)
        await press(pilot, "b", "escape")
        await settle(pilot)
        assert "Later module · week 2" in shown(pilot)


async def test_browse_says_whose_card_it_is_and_finds_a_module_s_cards(program: Program) -> None:
    async with running(welcomed(program), "browse") as pilot:
        assert shown(pilot).count("t1       new ") == 12
        assert "t2       new " in shown(pilot)
        await press(pilot, "slash")
        await write(pilot, "module:t2")
        assert "1 of 13 cards" in shown(pilot)
        await press(pilot, "enter", "enter")
        await settle(pilot)
        assert "Mist at sea" in shown(pilot)


async def test_topics_of_the_same_id_keep_their_titles(program: Program) -> None:
    async with running(welcomed(program), "browse") as pilot:
        await press(pilot, "enter")
        await settle(pilot)
        assert "Fog" in shown(pilot)
        assert "Mist at sea" not in shown(pilot)


async def test_one_module_needs_no_name_in_browse(module: Path, open_again: Callable[[], Program]) -> None:
    async with running(welcomed(open_again()), "browse") as pilot:
        assert "t1  " not in shown(pilot)
