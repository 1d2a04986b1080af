"""A lab's series as a chart of text, drawn for the width there is."""

from __future__ import annotations

from collections.abc import Iterable

from textual import events
from textual.content import Content
from textual.widgets import Static

from studyapp.charts.terminal import Row
from studyapp.lab_runner.events import Series
from studyapp.lab_runner.report import drawn
from studyapp.tui.text import MUTED, STRONG, joined, lines, plain

COLOURS = ("$primary", "$warning", "$success", "$secondary", "$error", "$accent", "$foreground")
HEIGHT = 9
SIDE_BY_SIDE = 100
"""Cells from which two charts stand beside each other."""


def chart_content(series: Series, width: int, height: int = HEIGHT) -> Content:
    """The chart; its curves differ by sign, and by colour where there is any."""
    return rows_content(drawn(series, width, height))


def rows_content(rows: Iterable[Row]) -> Content:
    """A chart's rows in their colours."""
    return lines(_row(row) for row in rows)


def _row(row: Row) -> Content:
    return joined(
        [Content.styled(text, MUTED if curve is None else COLOURS[curve % len(COLOURS)]) for text, curve in row]
    )


class ChartView(Static):
    """One series, and beside or below it the reference's."""

    def __init__(self, series: Series, reference: Series | None = None, height: int = HEIGHT) -> None:
        super().__init__()
        self._series, self._reference, self._height = series, reference, height

    def compare_with(self, reference: Series | None) -> None:
        self._reference = reference
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        self._draw()

    def _draw(self) -> None:
        width = self.content_size.width
        if not width:
            return
        head = plain(self._series.title, STRONG)
        if self._reference is None:
            self.update(lines([head, chart_content(self._series, width, self._height)]))
        elif width >= SIDE_BY_SIDE:
            half = (width - 3) // 2
            own = [plain("your run", MUTED), *chart_content(self._series, half, self._height).split("\n")]
            other = [plain("reference", MUTED), *chart_content(self._reference, half, self._height).split("\n")]
            self.update(lines([head, *_beside(own, other, half)]))
        else:
            self.update(lines([head, chart_content(self._series, width, self._height)]))


def _beside(left: list[Content], right: list[Content], width: int) -> list[Content]:
    count = max(len(left), len(right))
    pairs = zip(left + [Content("")] * (count - len(left)), right + [Content("")] * (count - len(right)), strict=True)
    return [Content("").join([one.truncate(width, pad=True), Content("   "), other]) for one, other in pairs]
