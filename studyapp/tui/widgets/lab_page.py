"""What a lab measured: pictures, charts, metrics beside the reference, checks, notes. It grows while the lab runs."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from labs.kit.spec import Lab
from studyapp.lab_runner.events import Failed, Pictures, Series
from studyapp.lab_runner.results import Compared, Results, compared
from studyapp.lab_runner.run import Run
from studyapp.tui import lab_views
from studyapp.tui.text import STRONG, hanging, lines, plain
from studyapp.tui.widgets.chart import ChartView
from studyapp.tui.widgets.picture import PictureGrid

EDGES = 6
"""Cells left and right of the text, with the scroll bar."""
WIDEST_TEXT = 100


class Figures(Vertical):
    """Pictures and charts one below the other."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown: list[object] = []

    async def clear(self) -> None:
        self._shown = []
        await self.remove_children()

    async def add(self, results: Results, reference: Results | None) -> None:
        """Mounts what has come since the last time."""
        others = {} if reference is None else {series.id: series for series in reference.series}
        figures: list[Pictures | Series] = [*results.pictures, *results.series]
        fresh = [figure for figure in figures if figure not in self._shown]
        for figure in fresh:
            self._shown.append(figure)
            await self.mount_all(self._widgets(figure, results, others.get(figure.id)))

    def _widgets(self, figure: Pictures | Series, results: Results, other: Series | None) -> list[Widget]:
        if isinstance(figure, Series):
            return [ChartView(figure, other)]
        return [Static(plain(figure.title, STRONG), classes="over-pictures"), PictureGrid(figure, results.folder)]


class LabPage(VerticalScroll):
    """One run, or a reference."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, can_focus=False)
        self.lab: Lab | None = None
        self.run: Run | None = None
        self.results: Results | None = None
        self._reference: Results | None = None
        self._prediction = ""
        self._cards: Sequence[str] = ()

    def compose(self) -> ComposeResult:
        yield Static(id="progress")
        yield Static(id="verdict")
        yield Figures(id="figures")
        yield Static(id="numbers")

    async def show_run(self, run: Run, cards: Sequence[str]) -> None:
        """A run of this session, ended or not."""
        self.run = run
        await self._show(run.lab, run.results, run.reference, run.prediction, cards)

    async def show_results(
        self, lab: Lab, results: Results, reference: Results | None, prediction: str, cards: Sequence[str]
    ) -> None:
        """An earlier run; or the reference itself, which has none beside it."""
        self.run = None
        await self._show(lab, results, reference, prediction, cards)

    async def _show(
        self, lab: Lab, results: Results, reference: Results | None, prediction: str, cards: Sequence[str]
    ) -> None:
        self.lab, self.results, self._reference, self._prediction, self._cards = (
            lab,
            results,
            reference,
            prediction,
            cards,
        )
        await self.query_one(Figures).clear()
        self.scroll_home(animate=False)
        await self.grow()

    @property
    def width_inside(self) -> int:
        return max(20, min(WIDEST_TEXT, self.app.size.width - EDGES))

    async def grow(self) -> None:
        """Draws what is there by now."""
        if self.results is None or self.lab is None:
            return
        self.draw_progress()
        await self.query_one(Figures).add(self.results, self._reference)
        self._draw_words()

    def draw_progress(self) -> None:
        """The bar of a run that goes on, or the sentence of one that failed."""
        line, run = self.query_one("#progress", Static), self.run
        line.display = run is not None and (run.ended is None or isinstance(run.ended, Failed))
        if run is None or not line.display:
            return
        width = self.width_inside
        if isinstance(run.ended, Failed):
            message = hanging(Content.styled("✗ ", "bold $error"), plain(run.ended.message, "bold $error"), width)
            line.update(lines([message, hanging(Content("  "), plain(run.ended.hint), width)]))
        else:
            words = lab_views.progress_line(run, width)
            line.update(lines([words, lab_views.said_before(run.lab, run.prediction)]))

    def _draw_words(self) -> None:
        lab, results, width = self.lab, self.results, self.width_inside
        assert lab is not None
        assert results is not None
        going_on = self.run is not None and self.run.ended is None
        failed = self.run is not None and isinstance(self.run.ended, Failed)
        found: list[Compared] = []
        if self._reference is not None or self.run is not None:
            found = compared(lab, results, self._reference)
        verdict = self.query_one("#verdict", Static)
        verdict.display = not going_on and not failed and bool(found or self._prediction)
        if verdict.display:
            verdict.update(lab_views.verdict_block(lab, results, self._prediction, found, width))
        self.query_one("#numbers", Static).update(self._numbers(results, found, width))

    def _numbers(self, results: Results, found: Sequence[Compared], width: int) -> Content:
        blocks = []
        if results.notes:
            blocks.append(lab_views.note_block(results.notes, width))
        if found:
            blocks.append(lab_views.metric_table(found, width))
        elif results.metrics:
            blocks.append(lab_views.metric_list(results.metrics, width))
        if results.checks:
            blocks.append(lab_views.check_block(results.checks, width))
        if results.started is not None:
            blocks.append(lab_views.provenance(results, width))
        if self._cards:
            blocks.append(lab_views.card_block(self._cards, width))
        return Content("\n\n").join(blocks)
