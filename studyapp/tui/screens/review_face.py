"""How a review looks: the question, the answer with its key points, and the two lines at the foot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Static

from studyapp.core.course import Card
from studyapp.core.grading import proposed_grade
from studyapp.services.session import Session
from studyapp.tui import views
from studyapp.tui.screens.card_actions import CardActions
from studyapp.tui.text import MUTED, ends, joined, lines, plain
from studyapp.tui.widgets.page import Page, Part

if TYPE_CHECKING:
    from studyapp.tui.widgets.answer_box import AnswerBox


@dataclass(slots=True)
class Back:
    """The other side of a card: what a reveal shows."""

    points: Content
    text: Content
    background: Content
    days: list[date | None]
    """For each grade the day on which the card would come again."""
    lab: list[Part] | None = None
    """None until it was read."""

    def main(self, wide: bool) -> list[Part]:
        """What stands below the question."""
        beside: list[Part] = [] if wide else [self.points]
        below: list[Part] = [] if wide else [self.background]
        return [*beside, self.text, *below, *(self.lab or ())]


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
        self.aloud: bool | None = None
        """What the learner told of this answer; None: as the settings say."""
        self.started = 0.0
        self._drawn_for: tuple[Size, date] | None = None
        self._back: Back | None = None
        self.elapsed_ms: int | None = None
        self.drilling = False
        self.last_effect = Content("")
        self.restored = ""

    # -- parts

    def parts(self) -> ComposeResult:
        with Horizontal(id="panes"):
            with Vertical(id="main"):
                yield Page(id="body")
            yield Page(id="side")
        yield Static(id="foot")

    @property
    def draft(self) -> str:
        return self.box.text if self.box is not None else self.restored

    # -- drawing

    def draw(self, top: bool = False) -> None:
        """Paints everything.

        Args:
            top: scroll to the first line.
        """
        card = self.card
        if card is None:
            return
        drawn_for = (self.app.size, self.recall.day)
        if self._drawn_for != drawn_for:
            self._drawn_for, self._back = drawn_for, None
        self.draw_title()
        self.draw_card(top)
        self.draw_foot()
        self.call_after_refresh(self.refresh_bindings)  # the card first, then the line of keys

    def draw_card(self, top: bool = False) -> None:
        """The question, and the answer once it is revealed; from 100 columns the key points stand beside them."""
        card = self.card
        if card is None:
            return
        back = self._read_back(card) if self.revealed else None
        main: list[Part] = [plain(card.prompt, "bold"), self._hint()]
        side: list[Part] = [views.standing(self.recall.state(card.id), self.recall.day)]
        if back is not None:
            main += back.main(self.wide)
            side = [back.points, back.background]
            if back.lab is None:
                self.call_after_refresh(self._add_lab, card)
        self.query_one("#body", Page).show(*main, top=top)
        if self.wide:
            self.query_one("#side", Page).show(*side, top=top)

    def _read_back(self, card: Card) -> Back:
        from studyapp.tui.markdown import rendered

        if self._back is None:
            width, side = self._text_width(), self._side_width()
            self._back = Back(
                points=views.key_points(card, self.ticked, side),
                text=Content("\n\n").join([b for b in (views.formulas(card), rendered(card.answer, width)) if b]),
                background=views.background(card, side, self.recall.state(card.id)),
                days=self.recall.preview(card.id),
            )
        return self._back

    def _add_lab(self, card: Card) -> None:
        """What the card's lab measured comes a moment after the answer, if it was not read before."""
        if self.card is card and self.revealed and self._back is not None and self._back.lab is None:
            self._back.lab = self._glimpse(card)
            self.draw_card()

    def _glimpse(self, card: Card) -> list[Part]:
        from studyapp.tui.widgets.lab_glimpse import glimpse

        return glimpse(card, self.app, self._text_width()) if card.lab else []

    def prepare(self) -> None:
        """Reads and draws the answer while the learner thinks, so that the reveal need not."""
        card = self.card
        if card is None or self.revealed or self._back is not None:
            return
        back = self._read_back(card)
        back.lab = self._glimpse(card)
        self.query_one("#body", Page).prepare(*back.main(self.wide))
        if self.wide:
            self.query_one("#side", Page).prepare(back.points, back.background)

    def draw_ticks(self) -> None:
        """The key points after one was ticked or not."""
        if self.card is not None and self._back is not None:
            self._back.points = views.key_points(self.card, self.ticked, self._side_width())
            self.draw_card()

    def forget(self) -> None:
        """The card or what belongs to it changed."""
        self._back = None

    def draw_title(self) -> None:
        card, session = self.card, self.session
        assert card is not None
        assert session is not None
        what = "Again" if self.drilling else "Recall"
        flag = Content.styled(" ⚑", "$warning") if self.recall.state(card.id).flag else Content("")
        left = joined(
            [Content.styled(f"{what} {session.position}/{session.total}", "bold"), flag, views.aloud_mark(self.aloud)]
        )
        right = joined([plain(self.study.topic_title(card)), views.difficulty(card.difficulty), card.kind.words], " · ")
        self.title_line(left, right)

    def _hint(self) -> Content:
        box = self.box
        if self.revealed:
            return lines([Content.styled("You wrote", MUTED), plain(self.draft)]) if self.draft.strip() else Content("")
        if box is not None and box.display:
            return Content.styled("Your answer stands below.", MUTED)
        aloud = "Say it aloud" if self.recall.settings.aloud else "Say it aloud and press v"
        return Content.styled(f"{aloud}, then reveal. Or press t and type.", MUTED)

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
            days = self._read_back(self.card).days
            content = views.grade_lines(days, self.recall.day, self.proposed, self.drilling, width)
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
        if self._drawn_for is None or self.app.size != self._drawn_for[0]:
            self.draw()
