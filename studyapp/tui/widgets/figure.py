"""A document's picture; in words where there are no colours or no picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.segment import Segment
from textual.app import App
from textual.strip import Strip

from studyapp.tui.text import short
from studyapp.tui.widgets.picture import NO_PICTURE, drawn, has_colours, in_words

LOWEST, HIGHEST = 6, 20
"""Rows of a picture: with its caption it should fit on the screen."""
ROWS_AROUND = 8


def figure(file: Path | None, app: App[Any]) -> Callable[[int], Sequence[Strip]]:
    """The drawing of a picture file, as wide and as high as there is room for."""

    def painted(width: int) -> Sequence[Strip]:
        if file is None:
            return [_words(f"({NO_PICTURE})", width)]
        rows = max(LOWEST, min(HIGHEST, app.size.height - ROWS_AROUND))
        picture = drawn(file, width, app, rows) if has_colours(app) else None
        return picture or [_words(f"({in_words(file)})", width)]

    return painted


def _words(text: str, width: int) -> Strip:
    return Strip([Segment(short(text, width).plain)])
