"""Settings: each with its values, errors in their place."""

from __future__ import annotations

from dataclasses import fields

import pytest

from studyapp.bootstrap import Program
from studyapp.settings import READERS, Settings
from studyapp.tui.screens.settings import FIELDS
from tests.conftest import FrozenClock
from tests.tui.screens import press, running, screen_name, settle, shown, write


def test_every_setting_of_the_learner_is_there() -> None:
    assert {field.name for field in FIELDS} == {field.name for field in fields(Settings)} - {"welcomed"}


@pytest.mark.parametrize("field", [field for field in FIELDS if field.choices], ids=lambda field: str(field.name))
def test_every_choice_is_allowed(field: object) -> None:
    for choice in field.choices:  # type: ignore[attr-defined]
        READERS[field.name](choice)  # type: ignore[attr-defined]


async def at(pilot: object, name: str) -> None:
    for _ in range([field.name for field in FIELDS].index(name)):
        await press(pilot, "down")  # type: ignore[arg-type]


async def test_a_wrong_value_is_told_in_place_and_changes_nothing(program: Program) -> None:
    async with running(program, "settings") as pilot:
        await press(pilot, "enter")
        await write(pilot, "[/")
        await press(pilot, "enter")
        assert "✗ New cards a day: auto, or a whole number" in shown(pilot)
        assert "not '[/'." in " ".join(shown(pilot).split())
        assert program.recall.settings.new_per_day == "auto"
        await press(pilot, "escape")
        assert screen_name(pilot) == "settings"
        assert "✗" not in shown(pilot)
        await press(pilot, "enter", *["backspace"] * 4, "7", "enter")
        assert "✓ Saved." in shown(pilot)
        assert program.recall.settings.new_per_day == "7"


@pytest.mark.parametrize("way", [("settings", "enter"), ("browse", "slash")])
async def test_the_line_of_keys_says_how_typing_ends(program: Program, way: tuple[str, str]) -> None:
    async with running(program, way[0]) as pilot:
        await press(pilot, way[1])
        await settle(pilot)
        assert "enter done" in shown(pilot).splitlines()[-1]


async def test_choices_go_round_with_enter_and_the_arrows(program: Program) -> None:
    async with running(program, "settings") as pilot:
        await at(pilot, "ask_confidence")
        await press(pilot, "enter")
        assert program.recall.settings.ask_confidence is False
        await press(pilot, "right")
        assert program.recall.settings.ask_confidence is True
        await press(pilot, "left")
        assert program.recall.settings.ask_confidence is False


async def test_a_change_of_the_scheduler_tells_how_many_cards_moved(program: Program, clock: FrozenClock) -> None:
    card = program.recall.today().order[0]
    for grade in (4, 4, 2):
        program.recall.grade(card, grade)
        clock.forward(days=30)
    due = program.recall.state(card).due
    async with running(program, "settings") as pilot:
        await at(pilot, "scheduler")
        await settle(pilot)
        assert "fsrs: 1 of 1 card moves, 0 earlier, 1 later; due today 1 → 1, within 30 days" in shown(pilot)
        assert program.recall.state(card).due == due, "looking ahead moves nothing"
        await press(pilot, "enter")
        assert "✓ Saved; 1 card moved to another day." in shown(pilot)
        await press(pilot, "left")
        assert program.recall.state(card).due == due


async def test_the_theme_is_put_on_and_remembered(program: Program) -> None:
    async with running(program, "settings") as pilot:
        await at(pilot, "theme")
        await press(pilot, "enter")
        assert pilot.app.theme == "studyapp-light"
    assert program.recall.settings.theme == "studyapp-light"
    async with running(program, "settings") as pilot:
        assert pilot.app.theme == "studyapp-light"
        pilot.app.theme = "nord"
        await pilot.pause()
    assert program.recall.settings.theme == "nord"
