"""How a review looks: the question, the answer with its key points, and the two lines at the foot."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Static

from studyapp.core.course import Card
from studyapp.core.grading import proposed_grade
from studyapp.services.session import Session
from studyapp.tui import views
from studyapp.tui.screens.card_actions import CardActions
from studyapp.tui.text import ends, joined, lines, plain

if TYPE_CHECKING:
    from studyapp.tui.widgets.answer_box import AnswerBox

SIDE_WIDTH = 46
WIDE = 100
"""Columns from which the screen has two panes; both figures stand in the style sheet too."""


class ReviewFace(CardActions):
    """The state of one card's review, and its picture."""

    def __init__(self, session: Session | None = None) -> None:
        super().__init__()
        self.session = session
        self.card: Card | None = None
        self.box: AnswerBox | None = None
        """Mounted after the first picture."""
        self.revealed = False
        self.confidence: int | None = None
        self.ticked: set[int] = set()
        self.started = 0.0
        self._drawn_for: Size | None = None
        self.elapsed_ms: int | None = None
        self.days: list[date | None] = []
        self.drilling = False
        self.last_effect = Content("")
        self.restored = ""

    # -- parts

    def parts(self) -> ComposeResult:
        with VerticalScroll(id="body", can_focus=False):
            yield Static(id="question")
            yield Static(id="answer-hint")
            with VerticalScroll(id="side", can_focus=False):
                yield Static(id="points")
            yield Static(id="answer")
        yield Static(id="foot")

    @property
    def draft(self) -> str:
        return self.box.text if self.box is not None else self.restored

    # -- drawing

    def draw(self) -> None:
        if self.card is None:
            return
        self._drawn_for = self.app.size
        self._draw_title()
        self.query_one("#question", Static).update(plain(self.card.prompt, "bold"))
        self.draw_hint()
        self.draw_side()
        answer = self.query_one("#answer", Static)
        answer.display = self.revealed
        if self.revealed:
            answer.update(self._answer_content(self.card))
        self._draw_lab(self.card)
        self.draw_foot()
        self.refresh_bindings()

    def _draw_lab(self, card: Card) -> None:
        """What the card's lab measured, under the answer; painted after it, so that the answer need not wait."""
        if self.revealed and card.lab:
            self.call_after_refresh(self._show_lab, card)
        elif self.query("LabGlimpse"):
            self.query("LabGlimpse").remove()

    def _show_lab(self, card: Card) -> None:
        from studyapp.tui.widgets.lab_glimpse import show_glimpse

        if self.revealed and self.card is card:
            show_glimpse(self.query_one("#body"), card)

    def _draw_title(self) -> None:
        card, session = self.card, self.session
        assert card is not None
        assert session is not None
        what = "Again" if self.drilling else "Recall"
        flag = Content.styled(" ⚑", "$warning") if self.recall.state(card.id).flag else Content("")
        left = joined([Content.styled(f"{what} {session.position}/{session.total}", "bold"), flag])
        right = joined(
            [plain(self.study.topic_title(card.topic)), views.difficulty(card.difficulty), card.kind.words], " · "
        )
        self.title_line(left, right)

    def draw_hint(self) -> None:
        hint = self.query_one("#answer-hint", Static)
        box = self.box
        typing = box is not None and box.display
        if self.revealed:
            words = lines(["You wrote", plain(self.draft)]) if self.draft.strip() else Content("")
        elif typing:
            words = Content("Your answer")
        else:
            words = Content("Say it aloud, then reveal. Or press t and type.")
        hint.display = bool(words)
        hint.update(words)

    def draw_side(self) -> None:
        side, points = self.query_one("#side"), self.query_one("#points", Static)
        wide = self.wide
        side.display = self.revealed or wide
        card = self.card
        if card is None or not side.display:
            return
        state = self.recall.state(card.id)
        if self.revealed:
            width = self._side_width()
            blocks = [views.key_points(card, self.ticked, width)]
            if wide:
                blocks.append(views.background(card, width, state))
            points.update(Content("\n\n").join([block for block in blocks if block]))
        else:
            points.update(views.standing(state, self.recall.day))

    def _answer_content(self, card: Card) -> Content:
        from studyapp.tui.markdown import rendered

        width = self._text_width()
        blocks = [views.formulas(card), rendered(card.answer, width)]
        if not self.wide:
            blocks.append(views.background(card, width, self.recall.state(card.id)))
        return Content("\n\n").join([block for block in blocks if block])

    @property
    def wide(self) -> bool:
        """Whether the key points stand beside the card."""
        return self.app.size.width >= WIDE

    def _text_width(self) -> int:
        side = SIDE_WIDTH + 2 if self.wide else 0
        return max(20, min(96, self.app.size.width - side - 5))

    def _side_width(self) -> int:
        return SIDE_WIDTH - 5 if self.wide else self._text_width()

    def draw_foot(self) -> None:
        """Two lines: how sure and the time, or the grades with their dates."""
        if self.card is None or not self.is_current:
            return
        width = self.app.size.width - 2
        if self.revealed:
            content = views.grade_lines(self.days, self.recall.day, self.proposed, self.drilling, width)
        else:
            sure = views.confidence_line(self.confidence, width) if self.recall.settings.ask_confidence else Content("")
            seconds = int(self.study.ticks() - self.started)
            content = lines(
                [
                    self.last_effect.truncate(width, ellipsis=True),
                    ends(sure, Content(f"{seconds // 60}:{seconds % 60:02}"), width),
                ]
            )
        self.query_one("#foot", Static).update(content, layout=False)

    @property
    def proposed(self) -> int | None:
        """The grade that the ticks propose; none before the first tick."""
        if self.card is None or not self.ticked:
            return None
        return proposed_grade(len(self.ticked), len(self.card.key_points))

    def on_resize(self, event: events.Resize) -> None:
        if self.app.size != self._drawn_for:
            self.draw()
