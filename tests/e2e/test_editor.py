"""The learner's own editor, on the terminal that the app lends it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.e2e.program import PROGRAM
from tests.e2e.terminal import Terminal

NOTES_ITS_PLACE = """
import pathlib, sys
assert sys.stdin.isatty() and sys.stdout.isatty()
file = pathlib.Path(sys.argv[-1])
text = file.read_text(encoding="utf-8")
file.write_text(text.replace("What is c0 in fog?", CHANGE), encoding="utf-8")
print("the editor had the terminal")
"""


@pytest.fixture
def editor(tmp_path: Path) -> Path:
    """A program in the editor's place; `CHANGE` is what it writes over the first prompt."""
    return tmp_path / "editor.py"


def edit(editor: Path, change: str, shows: str) -> str:
    """Presses E on the first card with that editor, and returns the screen once it shows what is expected."""
    editor.write_text(f"CHANGE = {change!r}\n{NOTES_ITS_PLACE}", encoding="utf-8")
    env = os.environ | {"EDITOR": f"{sys.executable} {editor}", "STUDYAPP_NOW": "2026-11-23T09:00:00+00:00"}
    with Terminal([PROGRAM, "review"], env=env) as terminal:
        terminal.wait(r"What is c0 in fog\?")
        terminal.press("E")
        terminal.wait(shows)
        text = terminal.text
        terminal.press("ctrl+q")
        assert terminal.wait_for_end() == 0
    return text


def test_a_card_that_was_edited_is_read_again_at_once(module: Path, editor: Path) -> None:
    edit(editor, "What is the fog made of?", r"What is the fog made of\?[\s\S]*The card was read again")


def test_a_mistake_in_the_editor_leaves_the_card_as_it_was(module: Path, editor: Path) -> None:
    text = edit(editor, "'*", "Not taken over")
    assert "What is c0 in fog?" in text
