"""Boxes for the learner's own words: whatever stands in them steers no terminal, stays as it is, and can be undone."""

from __future__ import annotations

import pytest

from studyapp.bootstrap import Program
from studyapp.tui.screens.note import NoteScreen
from studyapp.tui.widgets.text_box import TextBox
from tests.fuzz.texts import HOSTILE
from tests.tui.screens import press, running, settle, shown, welcomed

CARD = "t1.fog.c0"
NAMES = ("escape codes", "clipboard", "control codes", "bidi", "zero width", "emoji", "not characters", "line ends")


@pytest.mark.parametrize("name", NAMES)
async def test_old_words_are_painted_as_harmless_letters_and_kept(program: Program, name: str) -> None:
    program.recall.note(CARD, HOSTILE[name])
    program.recall.save_draft(CARD, HOSTILE[name])
    async with running(welcomed(program), "review") as pilot:
        for keys in (("n",), ("escape", "space"), ("escape",)):
            await press(pilot, *keys)
            await settle(pilot)
            assert all(letter.isprintable() or letter == "\n" for letter in shown(pilot)), keys
    assert program.recall.state(CARD).note == HOSTILE[name]


@pytest.mark.parametrize("size", [(80, 24), (40, 10)])
async def test_what_made_the_box_scroll_can_be_undone(program: Program, size: tuple[int, int]) -> None:
    """Textual looked for the cursor in a line that the undo had taken away."""
    async with running(welcomed(program), size=size) as pilot:
        await pilot.app.push_screen(NoteScreen("a card", "", lambda text: None))
        await press(pilot, *["x", "enter"] * 12, "ctrl+z")
        for keys in (["ctrl+z"] * 30, ["ctrl+y"] * 30, ["ctrl+z"] * 30):
            await press(pilot, *keys)
            assert pilot.app.is_running
        assert pilot.app.screen.query_one(TextBox).text == ""
