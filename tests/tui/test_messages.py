"""The sentences in the corner: one at a time, and an error until it is read."""

from __future__ import annotations

from typing import cast

from textual.pilot import Pilot
from textual.widgets._toast import Toast

from studyapp.bootstrap import Program
from studyapp.tui.app import StudyApp
from tests.tui.screens import key_words, press, running, screen_name, shown, welcomed


async def tell(pilot: Pilot[None], text: str, *, error: bool = False) -> None:
    cast(StudyApp, pilot.app).tell(text, error=error)
    await pilot.pause()


def corner(pilot: Pilot[None]) -> list[str]:
    """What stands in the corner now, oldest first."""
    return [str(toast.render()).splitlines()[-1] for toast in pilot.app.screen.query(Toast)]


async def test_a_newer_message_takes_the_place_of_the_older(program: Program) -> None:
    async with running(welcomed(program)) as pilot:
        await press(pilot, "u", "U", "escape")
        assert corner(pilot) == ["esc only steps back; ctrl+q ends the program."]
        covered = [line for line in shown(pilot).splitlines() if "▌" in line]
        assert len(covered) == 1, "a short message is one line"


async def test_two_messages_of_one_key_leave_the_second(program: Program) -> None:
    async with running(welcomed(program)) as pilot:
        app = cast(StudyApp, pilot.app)
        app.tell("The first.")
        await tell(pilot, "The second.")
        assert corner(pilot) == ["The second."]


async def test_an_error_stays_until_esc_closes_it(program: Program) -> None:
    async with running(welcomed(program), "review") as pilot:
        await tell(pilot, "The disk is full.", error=True)
        await tell(pilot, "The disk is full.", error=True)
        await tell(pilot, "The lab failed.", error=True)
        await press(pilot, "1", "space", "a", "question_mark", "escape")
        assert screen_name(pilot) == "HelpScreen", "esc closed the message, not what is below it"
        await press(pilot, "escape")
        assert screen_name(pilot) == "review"
        assert corner(pilot) == []


async def test_a_message_replaces_no_error(program: Program) -> None:
    async with running(welcomed(program)) as pilot:
        await tell(pilot, "The disk is full.", error=True)
        await tell(pilot, "The disk is full.", error=True)
        assert "esc close   ? help" in key_words(pilot)
        await press(pilot, "u")
        assert corner(pilot) == ["The disk is full.", "There is nothing to take back."]
        assert "✗ esc closes this" in shown(pilot), "colour alone does not make it an error"
        await press(pilot, "escape")
        assert "esc" not in key_words(pilot)
        assert corner(pilot) == ["There is nothing to take back."]
        assert screen_name(pilot) == "today"
