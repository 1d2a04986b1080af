"""A document's picture, in half blocks; in words where there are no colours or no picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.segment import Segment
from textual.app import App
from textual.strip import Strip

from studyapp.tui.text import short
from studyapp.tui.widgets.picture import NO_PICTURE, half_blocks, has_colours, in_words, painted

LOWEST, HIGHEST = 6, 20
"""Rows of a picture: with its caption it should fit on the screen."""
ROWS_AROUND = 8


def figure(file: Path | None, app: App[Any]) -> Callable[[int], Sequence[Strip]]:
    """The drawing of a picture file, as wide and as high as there is room for."""

    def drawn(width: int) -> Sequence[Strip]:
        if file is None:
            return [_words(f"({NO_PICTURE})", width)]
        rows = max(LOWEST, min(HIGHEST, app.size.height - ROWS_AROUND))
        cells = half_blocks(file, width) if has_colours(app) else None
        if cells and len(cells) > rows:
            cells = half_blocks(file, max(1, width * rows // len(cells)))
        return [painted(row) for row in cells] if cells else [_words(f"({in_words(file)})", width)]

    return drawn


def _words(text: str, width: int) -> Strip:
    return Strip([Segment(short(text, width).plain)])
