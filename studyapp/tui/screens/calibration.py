"""How sure the learner was against what came out."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content

from studyapp.charts.calibration import level_words, reliability_chart, topic_words
from studyapp.services.calibration import SHOWN, Calibration, Surprise, TopicCalibration, calibration
from studyapp.tui import views
from studyapp.tui.screens.asking import SCROLL_KEYS
from studyapp.tui.screens.base import StudyScreen
from studyapp.tui.text import MUTED, STRONG, count, hanging, joined, lines, plain, short
from studyapp.tui.widgets.chart import rows_content
from studyapp.tui.widgets.page import Page, Part

CHART_ROWS = 10
EMPTY = (
    "You have not said yet how sure you are. Press 1 (guess) to 4 (certain) before an answer is shown, in a review, a"
    " quiz or a revision; here it is compared with what came out."
)

NOTE = "Brier score: mean squared distance of what you said from what came out. 0 is perfect, 0.25 is always unsure."


class CalibrationScreen(StudyScreen):
    TOPIC = "calibration"
    BINDINGS = [Binding("space", "scroll(1)", "page down"), *SCROLL_KEYS]

    def __init__(self) -> None:
        super().__init__()
        self._found: Calibration | None = None

    def parts(self) -> ComposeResult:
        yield Page(id="body")

    def on_screen_resume(self) -> None:
        with self.told():
            self._found = calibration(self.recall, self.study.program.library)
            self._draw()

    def on_resize(self, event: events.Resize) -> None:
        self._draw()

    def _draw(self) -> None:
        found = self._found
        if found is None:
            return
        width = max(20, min(Page.MEASURE, self.app.size.width - 5))
        self.title_line(Content.styled("Calibration", STRONG), Content(count(found.total.answers, "answer")))
        self.query_one("#body", Page).show(*self._content(found, width))

    def _content(self, found: Calibration, width: int) -> list[Part]:
        if not found.total.answers:
            return [Content(EMPTY)]
        parts: list[Part] = []
        if found.surprises:
            rows = [_surprise(one, width) for one in found.standing[:SHOWN]]
            rest = plain(f"  {found.rest_words}", MUTED) if found.rest_words else None
            parts.append(lines([views.heading("Sure but wrong"), *rows, rest]))
        words = [hanging(Content("  "), plain(line), width) for line in level_words(found.total)]
        parts.append(lines([views.heading("What your words are worth"), *words]))
        parts.append(rows_content(reliability_chart(found.total, width, CHART_ROWS)))
        rows = [_topic(one, width) for one in found.topics]
        parts.append(lines([views.heading("By topic, the worst Brier score first"), *rows]))
        parts.append(plain(NOTE, MUTED))
        if found.unsaid:
            parts.append(plain(f"Not in here: {count(found.unsaid, 'answer')} before which you said nothing.", MUTED))
        return parts

    def action_scroll(self, pages: int) -> None:
        self.query_one("#body", Page).scroll_pages(pages)

    def action_line(self, by: int) -> None:
        self.query_one("#body", Page).scroll_lines(by)


def _surprise(one: Surprise, width: int) -> Content:
    mark = Content.styled(f"  ✗ {views.CONFIDENCE[one.found.confidence - 1]:<8} ", "bold $error")
    times = f"  {one.found.times} times" if one.found.times > 1 else ""
    return joined([mark, short(one.prompt, max(10, width - mark.cell_length - len(times))), plain(times, MUTED)])


def _topic(one: TopicCalibration, width: int) -> Content:
    told = f", {count(one.found.answers, 'answer')}"
    head = joined(["  ", short(one.title, max(10, width - 2 - len(told))), plain(told, MUTED)])
    return lines([head, hanging(Content("    "), plain(topic_words(one.found)), width)])
