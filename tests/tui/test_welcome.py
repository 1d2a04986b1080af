"""The first start."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from studyapp.bootstrap import Program
from tests.conftest import card_values, write_module
from tests.tui.screens import press, running, screen_name, settle, shown


async def test_from_nothing_to_the_first_card_with_one_key(program: Program) -> None:
    async with running(program) as pilot:
        words = shown(pilot)
        assert "Welcome" in words
        assert "Test module: 12 cards" in words
        assert "Recall" in words
        assert "Lab" in words
        assert "Gate" in words
        assert "2 cards a day, about 3 min: all in 6 days (recommended)" in words
        await press(pilot, "enter")
        await settle(pilot)
        assert "Recall 1/2" in shown(pilot)
    assert program.recall.settings.welcomed
    assert program.recall.settings.new_per_day == "auto"


async def test_the_key_that_starts_is_told_in_forty_columns_too(program: Program) -> None:
    async with running(program, size=(40, 10)) as pilot:
        assert "enter start" in shown(pilot).splitlines()[-1]


@pytest.mark.parametrize("size", [(60, 20), (40, 10)])
async def test_the_choice_is_seen_on_a_small_terminal(program: Program, size: tuple[int, int]) -> None:
    async with running(program, size=size) as pilot:
        for number in (2, 3, 4, 5, 1):
            await press(pilot, "down")
            assert f"▸ {number} (•)" in shown(pilot)


async def test_the_choice_of_new_cards_holds(program: Program) -> None:
    async with running(program) as pilot:
        await press(pilot, "3")
        assert "▸ 3 (•) 5 cards a day, about" in shown(pilot)
        await press(pilot, "down", "up", "down", "enter")
        await settle(pilot)
        assert "Recall 1/10" in shown(pilot)
    assert program.recall.settings.new_per_day == "10"


async def test_one_card_a_day_is_no_riddle(content: Path, open_again: Callable[[], Program]) -> None:
    write_module(content / "module_1", {"fog": [card_values("t1.fog.c0")]})
    async with running(open_again()) as pilot:
        assert "▸ 1 (•) 1 card a day, about 2 min: all in 1 day (recommended)" in shown(pilot)


async def test_a_home_with_a_history_is_not_greeted_as_new(program: Program, open_again: Callable[[], Program]) -> None:
    program.recall.grade(program.recall.today().order[0], 4)  # as after an import
    async with running(open_again()) as pilot:
        assert screen_name(pilot) == "today"


async def test_it_comes_only_once(program: Program, open_again: Callable[[], Program]) -> None:
    async with running(program) as pilot:
        await press(pilot, "escape")
        await settle(pilot)
        assert screen_name(pilot) == "today"
    async with running(open_again()) as pilot:
        assert screen_name(pilot) == "today"
