"""The coming days as a chart of text: every bar has its figure and its day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from textual.content import Content

from studyapp.tui.text import MUTED, lines

_EIGHTHS = " ▁▂▃▄▅▆▇█"
COLUMN = 7
HEIGHT = 3
"""Rows of a full bar."""


def forecast(counts: Sequence[int], tomorrow: date, width: int) -> Content:
    """Cards that fall due on each day; as many days as fit in `width` cells."""
    shown = counts[: max(1, width // COLUMN)]
    top = max(*shown, 1)
    eighths = [-(-n * 8 * HEIGHT // top) for n in shown]
    bars = [
        "".join(_EIGHTHS[max(0, min(8, full - 8 * level))].center(1) * 3 + " " * (COLUMN - 3) for full in eighths)
        for level in reversed(range(HEIGHT))
    ]
    figures = "".join(f"{n:^3}".ljust(COLUMN) for n in shown)
    days = "".join(f"{tomorrow + timedelta(days=i):%a}".ljust(COLUMN) for i in range(len(shown)))
    return lines([*(Content.styled(bar, "$primary") for bar in bars), figures, Content.styled(days, MUTED)])
