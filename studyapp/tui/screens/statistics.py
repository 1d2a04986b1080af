"""The learner's figures, one section at a time: words first, then charts of text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.style import Style
from textual.widgets import Static

from studyapp.charts.bars import drawn
from studyapp.charts.pictures import Picture, Section
from studyapp.charts.schedulers import comparison_section
from studyapp.charts.sections import sections
from studyapp.errors import StudyError
from studyapp.services.schedulers import compare
from studyapp.services.statistics import gather
from studyapp.tui.screens.asking import SCROLL_KEYS
from studyapp.tui.screens.base import StudyScreen
from studyapp.tui.text import KEY, MUTED, STRONG, joined, lines, plain
from studyapp.tui.widgets.chart import COLOURS
from studyapp.tui.widgets.page import Page, Part

NAMES = ("Days", "Due", "Retention", "Answers", "Topics", "Labs", "Schedulers")
SCHEDULERS = len(NAMES) - 1
"""The last section takes longest, so it is made when it is looked at."""
HINT = "studyapp simulate plays a year of both for a simulated learner; the settings change the one in use."


class StatisticsScreen(StudyScreen):
    TOPIC = "statistics"
    CSS_PATH = "../styles/statistics.tcss"
    BINDINGS = [
        Binding("right,l,tab", "step(1)", "next part", key_display="→"),
        Binding("left,h,shift+tab", "step(-1)", "part before", key_display="←"),
        Binding("space", "scroll(1)", "page down", key_display="space"),
        *SCROLL_KEYS,
        Binding("home,g", "line(-9999)", "to the top", show=False),
        Binding("end,G", "line(9999)", "to the end", show=False),
        *[Binding(str(n), f"part({n - 1})", name, show=False) for n, name in enumerate(NAMES, start=1)],
    ]

    @dataclass
    class Counted(Message):
        """Sections were made; where they could not be, they say why."""

        made: list[Section]
        first: int
        """Place of the first of them."""
        failed: str = ""

    def __init__(self) -> None:
        super().__init__()
        self._sections: dict[int, Section] = {}
        self._shown = 0

    def parts(self) -> ComposeResult:
        yield Static(id="parts")
        yield Page(id="body")

    def on_screen_resume(self) -> None:
        """Counted anew each time: a review may lie between."""
        self._sections = {}
        self._count(self._gather)
        self.action_part(self._shown)

    def on_resize(self, event: events.Resize) -> None:
        self._draw()

    # -- counting, in a thread: a history of years takes seconds

    def _count(self, job: Callable[[], None]) -> None:
        self.run_worker(job, thread=True, exclusive=True, group=job.__name__, exit_on_error=False, description="count")

    def _gather(self) -> None:
        try:
            made = sections(gather(self.recall, self.study.program.library.modules()))
            self.post_message(self.Counted(made, 0))
        except StudyError as error:
            self.post_message(self.Counted([Section(name, (str(error),)) for name in NAMES[:-1]], 0, str(error)))

    def _compare(self) -> None:
        try:
            made = comparison_section(compare(self.recall), self.recall.settings.scheduler)
            self.post_message(self.Counted([made], SCHEDULERS))
        except StudyError as error:
            self.post_message(self.Counted([Section(NAMES[-1], (str(error),))], SCHEDULERS, str(error)))

    def on_statistics_screen_counted(self, message: Counted) -> None:
        if message.failed:
            self.study.tell(message.failed, error=True)
        self._sections |= dict(enumerate(message.made, start=message.first))
        self._draw()

    # -- showing

    def _draw(self, *, top: bool = False) -> None:
        wide = self.app.size.width
        self.title_line(Content.styled("Statistics", STRONG), Content(f"{self.recall.day.isoformat()}"))
        self.query_one("#parts", Static).update(_tabs(self._shown, wide - 4))
        width = max(20, min(Page.MEASURE, wide - 5))
        section = self._sections.get(self._shown)
        shown: list[Part] = [Content.styled("Counting …", MUTED)] if section is None else _parts(section, width)
        if section is not None and self._shown == SCHEDULERS:
            shown.append(plain(HINT, MUTED))
        self.query_one("#body", Page).show(*shown, top=top)

    # -- actions

    def action_step(self, by: int) -> None:
        self.action_part((self._shown + by) % len(NAMES))

    def action_part(self, number: int) -> None:
        self._shown = number
        if number == SCHEDULERS and number not in self._sections:
            self._count(self._compare)
        self._draw(top=True)

    def action_scroll(self, pages: int) -> None:
        self.query_one("#body", Page).scroll_pages(pages)

    def action_line(self, by: int) -> None:
        self.query_one("#body", Page).scroll_lines(by)


def _tabs(shown: int, width: int) -> Content:
    """The parts with their keys, each clickable; the one that is shown is in brackets, not only in colour."""
    entries = []
    for number, name in enumerate(NAMES):
        label = joined([Content.styled(str(number + 1), KEY), f" {name}"])
        if number == shown:
            label = Content.styled(f"[{number + 1} {name}]", "bold reverse")
        entries.append(label.stylize(Style.from_meta({"@click": f"screen.part({number})"})))
    row = joined(entries, "  ")
    if row.cell_length <= width:
        return row
    return joined(
        [Content.styled(f"[{shown + 1} {NAMES[shown]}]", "bold reverse"), f" of {len(NAMES)}, ← and → for more"]
    )


def _parts(section: Section, width: int) -> list[Part]:
    words = lines(plain(line) for line in section.words)
    return [words, *(_picture(picture, width) for picture in section.pictures)]


def _picture(picture: Picture, width: int) -> Content:
    head, *rows = drawn(picture, width)
    spans = [
        [plain(text, MUTED if curve is None else COLOURS[curve % len(COLOURS)]) for text, curve in row] for row in rows
    ]
    title = plain("".join(text for text, _ in head), "bold $secondary")
    return lines([title, *(joined(row) for row in spans)])
