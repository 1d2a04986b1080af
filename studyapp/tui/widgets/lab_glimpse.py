"""A lab's reference under a card's answer: one row of pictures, one chart, and the key to the whole."""

from __future__ import annotations

from contextlib import suppress

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from studyapp.core.course import Card
from studyapp.errors import UsageError
from studyapp.lab_runner import shelf
from studyapp.lab_runner.results import Results
from studyapp.tui.text import KEY, MUTED, STRONG, joined, lines, plain
from studyapp.tui.widgets.chart import ChartView
from studyapp.tui.widgets.picture import PictureGrid

CHART_HEIGHT = 6


class LabGlimpse(Vertical):
    DEFAULT_CSS = """
    LabGlimpse { height: auto; margin-top: 1; }
    LabGlimpse > Static, LabGlimpse > PictureGrid { height: auto; margin-bottom: 1; }
    LabGlimpse > .over-pictures { margin-bottom: 0; }
    """

    def __init__(self, card: Card) -> None:
        super().__init__()
        self.card_id = card.id
        self._lab = shelf.find_lab(card.lab)
        self._reference = shelf.reference(card.lab)

    def compose(self) -> ComposeResult:
        found = self._reference
        head = joined(
            [plain(f"Lab: {self._lab.title}", "bold $secondary"), Content.styled("   l", KEY), " predicts and runs it"]
        )
        yield Static(lines([head, plain(self._lab.question), plain(self._made(found), MUTED)]))
        if found is None:
            return
        for pictures in found.pictures[:1]:
            yield Static(plain(pictures.title, STRONG), classes="over-pictures")
            yield PictureGrid(pictures, found.folder, rows=1)
        for series in found.series[:1]:
            yield ChartView(series, height=CHART_HEIGHT)

    def _made(self, found: Results | None) -> str:
        if found is None or found.started is None:
            return "No reference yet."
        return f"Reference: {found.started.device}, seed {found.started.seed}, {found.date}"


def show_glimpse(body: Widget, card: Card) -> None:
    """Puts the lab of `card` at the end of `body`, once, in the place of another card's."""
    there = body.query(LabGlimpse)
    if [glimpse.card_id for glimpse in there] == [card.id]:
        return
    there.remove()
    with suppress(UsageError):  # a lab that this version does not have
        body.mount(LabGlimpse(card))
