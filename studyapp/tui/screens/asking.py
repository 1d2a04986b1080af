"""What quiz, interview and revision share: a page, a box to type in, a clock, and two lines at the foot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Static

from studyapp.tui import views
from studyapp.tui.screens.base import StudyScreen
from studyapp.tui.views import LETTERS
from studyapp.tui.widgets.page import Page, Part

if TYPE_CHECKING:
    from studyapp.tui.widgets.answer_box import AnswerBox, LineBox

SCROLL_KEYS: list[BindingType] = [
    Binding("pagedown", "scroll(1)", "page down", show=False),
    Binding("pageup", "scroll(-1)", "page up", show=False),
    Binding("down,j", "line(1)", "line down", show=False),
    Binding("up,k", "line(-1)", "line up", show=False),
]


def letter_keys(words: str, tooltip: str) -> list[BindingType]:
    """Keys a to f; those that mean something are one entry in the line of keys."""
    return [Binding(letter, f"letter({n})", words, show=not n, tooltip=tooltip) for n, letter in enumerate(LETTERS)]


def sure_keys() -> list[BindingType]:
    """Keys 1 to 4, one entry in the line of keys."""
    words = "how sure you are, 1 guess to 4 certain, before the answer is shown"
    return [Binding(str(n), f"sure({n})", "how sure", show=n == 1, tooltip=words) for n in range(1, 5)]


class AskingScreen(StudyScreen):
    """Subclasses give `page`, `foot` and `heads`, and call `draw` after every change."""

    CSS_PATH = "../styles/asking.tcss"

    def __init__(self) -> None:
        super().__init__()
        self.box: AnswerBox | None = None
        self.line: LineBox | None = None
        self.confidence: int | None = None
        self.aloud: bool | None = None
        """What the learner told of this answer; None: as the settings say."""
        self.started = 0.0
        self.said = Content("")
        """What the last key did, at the foot."""
        self._paused: float | None = None
        self._drawn_for: Size | None = None

    # -- for subclasses to fill in

    def page(self) -> list[Part]:
        return []

    def foot(self, width: int) -> list[Content]:
        """Two lines at the foot."""
        return []

    def heads(self) -> tuple[Content, Content]:
        """The two ends of the title."""
        return Content(""), Content("")

    def tick(self) -> None:
        """Once a second."""
        self.draw_foot()

    # -- parts

    def parts(self) -> ComposeResult:
        with Vertical(id="main"):
            yield Page(id="body")
        yield Static(id="foot")

    async def _mount_boxes(self) -> None:
        from studyapp.tui.widgets.answer_box import AnswerBox, LineBox

        if not self.is_attached:
            return
        self.box, self.line = AnswerBox(), LineBox()
        for box in (self.box, self.line):
            box.display = False
        await self.query_one("#main").mount(self.box, self.line)
        self.boxes_ready()
        self.set_interval(1.0, self._tick)

    def on_mount(self) -> None:
        self.started = self.study.ticks()
        self.call_after_refresh(self._mount_boxes)

    def boxes_ready(self) -> None:
        """Called once the boxes can be used."""

    def _tick(self) -> None:
        if self.is_current:
            self.tick()

    # -- drawing

    def draw(self, top: bool = False) -> None:
        """Paints everything; `top` scrolls to the first line."""
        self._drawn_for = self.app.size
        self.title_line(*self.heads())
        self.query_one("#body", Page).show(*self.page(), top=top)
        self.draw_foot()
        self.refresh_bindings()

    def draw_foot(self) -> None:
        width = self.app.size.width - 2
        lines = [line.truncate(width, ellipsis=True) for line in self.foot(width)]
        self.query_one("#foot", Static).update(Content("\n").join(lines), layout=False)

    @property
    def width(self) -> int:
        """Cells of a line of text on the page."""
        return max(20, min(Page.MEASURE, self.app.size.width - 5))

    @property
    def sure_line(self) -> Content:
        return views.confidence_line(self.confidence, self.app.size.width - 10)

    def on_resize(self, event: events.Resize) -> None:
        if self._drawn_for not in (None, self.app.size):
            self.draw()

    # -- the clock, which stands still while another screen is on top

    @property
    def seconds(self) -> float:
        return (self._paused if self._paused is not None else self.study.ticks()) - self.started

    def on_screen_suspend(self) -> None:
        self._paused = self.study.ticks()

    def on_screen_resume(self) -> None:
        if self._paused is not None:
            away = self.study.ticks() - self._paused
            self._paused = None
            self.came_back(away)
        self.draw()

    def came_back(self, away: float) -> None:
        """The clocks were stopped for so many seconds."""
        self.started += away

    # -- how sure

    def action_sure(self, number: int) -> None:
        self.confidence = None if self.confidence == number else number
        self.draw_foot()

    # -- saying it, or typing

    def action_aloud(self) -> None:
        self.aloud = not self.recall.settings.said_aloud(self.typed, self.aloud)
        self.draw()

    @property
    def typed(self) -> str:
        return self.box.text if self.box is not None else ""

    def empty_boxes(self, text: str = "") -> None:
        """Both boxes away; the large one holds `text`."""
        for box, words in ((self.box, text), (self.line, "")):
            if box is not None:
                box.load_text(words)
                box.leave()
                box.display = False

    def open_box(self, box: AnswerBox | None) -> None:
        if box is not None:
            box.display = True
            box.enter()
            self.draw()

    def action_leave_box(self) -> None:
        for box in (self.box, self.line):
            if box is not None and box.display:
                box.leave()
                box.display = bool(box.text)
        self.draw()

    def action_entered(self) -> None:
        """Enter in the box of one line."""
        self.action_leave_box()

    # -- scrolling

    def action_scroll(self, pages: int) -> None:
        self.query_one("#body", Page).scroll_pages(pages)

    def action_line(self, by: int) -> None:
        self.query_one("#body", Page).scroll_lines(by)

    def more_below(self) -> bool:
        """Whether the page goes on below its lower edge."""
        page = self.query_one("#body", Page)
        return page.top + page.content_size.height < len(page.lines)
