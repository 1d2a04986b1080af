"""A box for several lines of the learner's own words, safe whatever stands in them."""

from __future__ import annotations

from contextlib import suppress

from rich.cells import get_character_cell_size
from rich.text import Text
from textual.widgets import TextArea

NOTHING, SOMETHING = "\u034f", "\N{REPLACEMENT CHARACTER}"
"""Painted for a letter that steers the terminal: no cell wide, or one, as Textual takes that letter to be."""


class TextBox(TextArea):
    """The text stays as it is, letters that cannot be shown too; they are painted as others."""

    def get_line(self, line_index: int) -> Text:
        line = self.document.get_line(line_index)
        return Text("".join(map(_painted, line)), end="", no_wrap=True)

    def _recompute_cursor_offset(self) -> None:
        with suppress(ValueError):  # Textual asks in the middle of an undo, when the cursor's line may be gone
            super()._recompute_cursor_offset()  # type: ignore[no-untyped-call]


def _painted(letter: str) -> str:
    if letter.isprintable() or letter == "\t":
        return letter
    return SOMETHING if get_character_cell_size(letter) else NOTHING
