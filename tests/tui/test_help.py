"""Help and the command palette."""

from __future__ import annotations

from typing import cast

import pytest
from textual.command import CommandPalette
from textual.pilot import Pilot

from studyapp.bootstrap import Program
from studyapp.tui.commands import commands
from studyapp.tui.screens.base import StudyScreen
from studyapp.tui.screens.help import key_table
from tests.tui.screens import press, running, screen_name, settle, shown, welcomed, write


@pytest.mark.parametrize("start", ["today", "review", "browse", "settings"])
@pytest.mark.parametrize("key", ["question_mark", "f1"])
async def test_help_opens_over_every_screen_and_closes(program: Program, start: str, key: str) -> None:
    async with running(welcomed(program), start) as pilot:
        await press(pilot, key)
        assert f"Keys: {start}" in shown(pilot)
        await press(pilot, "space", "down", "up", "pageup", "pagedown")
        await press(pilot, "escape")
        assert screen_name(pilot) == start


async def test_help_names_a_key_once_where_a_screen_gives_it_another_meaning(program: Program) -> None:
    async with running(program, "welcome") as pilot:
        await press(pilot, "question_mark")
        keys = [line.split()[1] for line in shown(pilot).splitlines() if " │ " in line and len(line.split()) > 2]
        assert keys.count("esc") == 1
        assert "look around" in shown(pilot)


def table(pilot: Pilot[None]) -> str:
    """The keys of the screen that help is open over."""
    return str(key_table(cast(StudyScreen, pilot.app.screen_stack[-2]), 70))


@pytest.mark.parametrize("start", ["review", "quiz", "interview", "revision", "reader", "audit", "gate", "settings"])
async def test_help_has_each_key_once(program: Program, start: str) -> None:
    async with running(welcomed(program), start) as pilot:
        for key in ("enter", "space", "a"):
            await press(pilot, "f1")
            rows = [line for line in table(pilot).splitlines() if line[:1].strip() and line[16:17] == " "]
            keys = [name for line in rows for name in line[:16].split()]
            assert {"esc", "f1"} < set(keys), table(pilot)
            assert len(keys) == len(set(keys))
            await press(pilot, "escape", key)


async def test_help_says_what_a_key_does_here_and_what_comes_later(program: Program) -> None:
    async with running(welcomed(program), "interview") as pilot:
        await press(pilot, "question_mark")
        now, later = table(pilot).split("At other moments")
        assert "enter            start" in now
        assert "end the answer and see the rubric" in later
        assert "enter" not in later
        await press(pilot, "escape", "enter", "question_mark")
        now, later = table(pilot).split("At other moments")
        assert "space            end the answer and see the rubric" in now
        assert "tick what you said" in later
        await press(pilot, "escape", "space", "escape", "escape")
    async with running(program, "audit") as pilot:
        await press(pilot, "question_mark")
        assert "enter            cards" in shown(pilot), "a key of the list"


async def test_help_has_every_key_of_the_review_and_the_words(program: Program) -> None:
    async with running(program, "review", size=(80, 90)) as pilot:
        await press(pilot, "question_mark")
        await pilot.resize_terminal(80, 90)
        words = ""
        for _ in range(12):
            words += shown(pilot)
            await press(pilot, "pagedown")
        for expected in (
            "tick a key point",
            "skip",
            "suspend or resume",
            "edit the card's file",
            "U ctrl+y",
            "blackout",
        ):
            assert expected in words


async def test_the_palette_runs_what_works_now(program: Program) -> None:
    async with running(welcomed(program), "review") as pilot:
        names = [command.title for command in commands(pilot.app, pilot.app.screen)]  # type: ignore[arg-type]
        assert "review: reveal" in names
        assert "review: take back the last answer or change" in names
        assert "go: browse" in names
        assert "theme: studyapp-light" in names
        assert not any("accept" in name for name in names), "there is nothing to accept before the reveal"
        await press(pilot, "ctrl+p")
        assert isinstance(pilot.app.screen, CommandPalette)
        await write(pilot, "reveal")
        await settle(pilot)
        await pilot.pause(0.3)
        await press(pilot, "enter")
        await settle(pilot)
        assert "[ ] a" in shown(pilot)


async def test_the_palette_goes_to_other_screens(program: Program) -> None:
    async with running(welcomed(program)) as pilot:
        for command in commands(pilot.app, pilot.app.screen):  # type: ignore[arg-type]
            if command.title == "go: settings":
                command.callback()
        await settle(pilot)
        assert screen_name(pilot) == "settings"
