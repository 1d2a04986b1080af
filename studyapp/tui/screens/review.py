"""One card after another: question, answer, key points, grade."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.timer import Timer
from textual.widgets import Static

from studyapp.core.course import Card
from studyapp.core.grading import proposed_grade
from studyapp.core.sm2 import GRADE_NAMES
from studyapp.errors import UsageError
from studyapp.services.recall import Answered, Undone
from studyapp.services.session import Session
from studyapp.tui import views
from studyapp.tui.screens import make_screen
from studyapp.tui.screens.card_actions import CARD_KEYS, CardActions
from studyapp.tui.screens.review_keys import KEYS, available
from studyapp.tui.text import MUTED, count, day_words, ends, joined, lines, plain

if TYPE_CHECKING:
    from textual.widgets import TextArea

    from studyapp.tui.widgets.answer_box import AnswerBox

SAVE_AFTER = 1.0
"""Seconds after the last keystroke at which a draft is saved."""
SIDE_WIDTH = 46
WIDE = 100
"""Columns from which the screen has two panes; the same in the style sheet."""


class ReviewScreen(CardActions):
    TOPIC = "review"
    BINDINGS = [*KEYS, *CARD_KEYS]

    def __init__(self, session: Session | None = None) -> None:
        super().__init__()
        self.session = session
        self.card: Card | None = None
        self.box: AnswerBox | None = None
        """Mounted after the first picture."""
        self.revealed = False
        self.confidence: int | None = None
        self.ticked: set[int] = set()
        self._started = 0.0
        self._paused: float | None = None
        self._drawn_for: Size | None = None
        self._elapsed_ms: int | None = None
        self._days: list[date | None] = []
        self._drilling = False
        self._last = Content("")
        self._saved_draft = ""
        self._restored = ""
        self._draft_timer: Timer | None = None

    # -- parts

    def parts(self) -> ComposeResult:
        with VerticalScroll(id="body", can_focus=False):
            yield Static(id="question")
            yield Static(id="answer-hint")
            with VerticalScroll(id="side", can_focus=False):
                yield Static(id="points")
            yield Static(id="answer")
        yield Static(id="foot")

    def on_mount(self) -> None:
        with self.told():
            if self.session is None:
                self.session = Session.start(self.recall)
            self._next()
        self.call_after_refresh(self._complete)

    async def _complete(self) -> None:
        """What the first picture did not need."""
        if not self.is_current:  # nothing was due, the summary is shown
            return
        from studyapp.tui.widgets.answer_box import AnswerBox

        self.box = box = AnswerBox()
        box.display = False
        await self.query_one("#body").mount(box, after="#answer-hint")
        self._show_draft()
        self.set_interval(1.0, self._draw_foot)

    @property
    def draft(self) -> str:
        return self.box.text if self.box is not None else self._restored

    # -- going through the cards

    def _next(self) -> None:
        """Shows the session's current card, or the summary after the last."""
        session = self.session
        assert session is not None
        while session.current is not None:
            try:
                self._begin(self.recall.card(session.current))
                return
            except UsageError as error:  # the card left the content since the session began
                self.study.tell(str(error), error=True)
                session.drop()
        self.card = None
        self.app.switch_screen(make_screen("summary", session))

    def _begin(self, card: Card) -> None:
        assert self.session is not None
        self.card, self.revealed, self.confidence, self.ticked = card, False, None, set()
        self._drilling = self.session.drilling
        self._restored = self._saved_draft = self.recall.draft(card.id)
        self._started, self._elapsed_ms = self.study.ticks(), None
        self.query_one("#body").scroll_home(animate=False)
        self._show_draft()
        self._draw()

    def _show_draft(self) -> None:
        box = self.box
        if box is not None:
            box.load_text(self._restored)
            box.display = bool(self._restored) and not self.revealed
            box.leave()
        self._draw_hint()

    # -- drawing

    def _draw(self) -> None:
        if self.card is None:
            return
        self._drawn_for = self.app.size
        self._draw_title()
        self.query_one("#question", Static).update(plain(self.card.prompt, "bold"))
        self._draw_hint()
        self._draw_side()
        answer = self.query_one("#answer", Static)
        answer.display = self.revealed
        if self.revealed:
            answer.update(self._answer_content(self.card))
        self._draw_foot()
        self.refresh_bindings()

    def _draw_title(self) -> None:
        card, session = self.card, self.session
        assert card is not None
        assert session is not None
        what = "Again" if self._drilling else "Recall"
        flag = Content.styled(" ⚑", "$warning") if self.recall.state(card.id).flag else Content("")
        left = joined([Content.styled(f"{what} {session.position}/{session.total}", "bold"), flag])
        right = joined(
            [plain(self.study.topic_title(card.topic)), views.difficulty(card.difficulty), card.kind.words], " · "
        )
        self.title_line(left, right)

    def _draw_hint(self) -> None:
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

    def _draw_side(self) -> None:
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
        return SIDE_WIDTH - 4 if self.wide else self._text_width()

    def _draw_foot(self) -> None:
        """Two lines: how sure and the time, or the grades with their dates."""
        if self.card is None or not self.is_current:
            return
        width = self.app.size.width - 2
        if self.revealed:
            content = views.grade_lines(self._days, self.recall.day, self.proposed, self._drilling, width)
        else:
            sure = views.confidence_line(self.confidence) if self.recall.settings.ask_confidence else Content("")
            seconds = int(self.study.ticks() - self._started)
            content = lines(
                [
                    self._last.truncate(width, ellipsis=True),
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

    # -- events

    def on_resize(self, event: events.Resize) -> None:
        if self.app.size != self._drawn_for:
            self._draw()

    def on_screen_suspend(self) -> None:
        """The clock stands still while another screen is on top."""
        self._paused = self.study.ticks()

    def on_screen_resume(self) -> None:
        if self._paused is None or self.card is None or self.session is None:
            return
        self._started += self.study.ticks() - self._paused
        self._paused = None
        with self.told():
            if self.recall.state(self.card.id).name(self.recall.day) in ("suspended", "buried"):
                self.card_changed(gone=True)
            else:
                self._draw()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        if self._draft_timer is not None:
            self._draft_timer.stop()
        if event.text_area.text != self._saved_draft:
            self._draft_timer = self.set_timer(SAVE_AFTER, self.keep)

    def keep(self) -> None:
        """Saves the draft if it changed since it was last saved."""
        card = self.card
        if card is None or self.draft == self._saved_draft:
            return
        with self.told():
            self.recall.save_draft(card.id, self.draft)
            self._saved_draft = self.draft

    # -- changes of the card itself

    def card_here(self) -> Card | None:
        return self.card

    def card_changed(self, gone: bool) -> None:
        assert self.session is not None
        if gone:
            self.session.drop()
            self._next()
        else:
            self._draw()

    def card_edited(self) -> None:
        if self.card is not None:
            self.card = self.recall.card(self.card.id)
            self._draw()

    # -- actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return available(self, action, parameters)

    def action_type(self) -> None:
        box = self.box
        if box is not None:
            box.display = True
            box.enter()
            self._draw_hint()

    def action_leave_box(self) -> None:
        box = self.box
        if box is not None:
            self.keep()
            box.leave()
            box.display = bool(box.text)
            self._draw_hint()

    def action_reveal(self) -> None:
        if self.card is None:
            return
        self.action_leave_box()
        self._elapsed_ms = round((self.study.ticks() - self._started) * 1000)
        self._days = self.recall.preview(self.card.id)
        self.revealed = True
        if self.box is not None:
            self.box.display = False
        self._draw()

    def action_tick(self, number: int) -> None:
        self.ticked ^= {number}
        self._draw_side()
        self._draw_foot()

    def action_digit(self, number: int) -> None:
        if not self.revealed:
            self.confidence = None if self.confidence == number else number
            self._draw_foot()
        else:
            self._grade(number)

    def action_accept(self) -> None:
        if self.proposed is None:
            self.study.tell("Tick what you said with a, b, c …, or press a grade from 0 to 5.")
        else:
            self._grade(self.proposed)

    def _grade(self, grade: int) -> None:
        assert self.session is not None
        typed = self.draft.strip()
        answered = self.session.answer(
            grade,
            confidence=self.confidence,
            aloud=self.recall.settings.aloud and not typed,
            answer=self.draft if typed else "",
            key_points=sorted(self.ticked),
            elapsed_ms=self._elapsed_ms,
        )
        self._last = self._effect(answered)
        self._next()

    def _effect(self, answered: Answered) -> Content:
        review, after = answered.review, answered.after
        words = [f"Last: {review.grade} {GRADE_NAMES[review.grade]}"]
        if after.needs_drill(review.study_day):
            words.append("once more at the end")
        if answered.scheduled and after.due is not None:
            words.append(f"next {day_words(after.due, review.study_day)}")
        return Content.styled(" · ".join([*words, "u takes it back"]), MUTED)

    def action_scroll(self, pages: int) -> None:
        self._scroll(pages * max(1, self.query_one("#body").size.height - 2))

    def action_line(self, by: int) -> None:
        self._scroll(by)

    def _scroll(self, by: int) -> None:
        for pane in (self.query_one("#body"), self.query_one("#side")):
            pane.scroll_relative(y=by, animate=False)

    def action_back(self) -> None:
        """Leaves the sitting; what was answered stays answered, the rest comes again."""
        self.keep()
        if self.session is not None and self.session.answers:
            summary = self.session.finish()
            self.study.tell(f"{count(summary.answered, 'card')} answered; the rest waits.")
        self.study.go_back()

    def action_skip(self) -> None:
        assert self.session is not None
        self.keep()
        self.session.skip()
        self._last = Content.styled("Skipped: it comes again at the end.", MUTED)
        self._next()

    def action_undo(self) -> None:
        assert self.session is not None
        self._went_back(self.session.undo(), "Took back", "There is nothing to take back.")

    def action_redo(self) -> None:
        assert self.session is not None
        self._went_back(self.session.redo(), "Did again", "There is nothing to do again.")

    def _went_back(self, undone: Undone | None, verb: str, nothing: str) -> None:
        if undone is None:
            self.study.tell(nothing)
            return
        what = undone.what if undone.grade is None else f"grade {undone.grade} {GRADE_NAMES[undone.grade]}"
        self._last = plain(f"{verb}: {what}.", MUTED)
        self._next()
