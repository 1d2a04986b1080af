"""Help and the command palette."""

from __future__ import annotations

import pytest
from textual.command import CommandPalette

from studyapp.bootstrap import Program
from studyapp.tui.commands import commands
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
