"""One card after another: question, answer, key points, grade."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.timer import Timer

from studyapp.core.course import Card
from studyapp.core.sm2 import GRADE_NAMES
from studyapp.errors import UsageError
from studyapp.services.recall import Answered, Undone
from studyapp.services.session import Session
from studyapp.tui.screens import make_screen
from studyapp.tui.screens.card_actions import CARD_KEYS
from studyapp.tui.screens.review_face import ReviewFace
from studyapp.tui.screens.review_keys import KEYS, available
from studyapp.tui.text import MUTED, count, day_words, plain
from studyapp.tui.widgets.page import Page

if TYPE_CHECKING:
    from textual.widgets import TextArea


SAVE_AFTER = 1.0
"""Seconds after the last keystroke at which a draft is saved."""
PREPARE_AFTER = 0.3
"""Seconds after a question is shown at which its answer is made ready."""


class ReviewScreen(ReviewFace):
    TOPIC = "review"
    BINDINGS = [*KEYS, *CARD_KEYS]

    def __init__(self, session: Session | None = None) -> None:
        super().__init__(session)
        self._paused: float | None = None
        self._type_at_once = False
        self._saved_draft = ""
        self._draft_timer: Timer | None = None
        self._prepare_timer: Timer | None = None

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
        main = self.query_one("#main")
        if not main.is_attached:  # the app ends
            return
        from studyapp.tui.widgets.answer_box import AnswerBox

        self.box = box = AnswerBox()
        box.display = False
        await main.mount(box)
        self._show_draft()
        self.draw_card()
        if self._type_at_once:
            self.action_type()
        self.set_interval(1.0, self.draw_foot)

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
        self.card, self.revealed, self.confidence, self.ticked, self.aloud = card, False, None, set(), None
        self.drilling = self.session.drilling
        self.restored = self._saved_draft = self.recall.draft(card.id)
        self.started, self.elapsed_ms = self.study.ticks(), None
        self.forget()
        self._show_draft()
        self.draw(top=True)
        if self._prepare_timer is not None:
            self._prepare_timer.stop()
        self._prepare_timer = self.set_timer(PREPARE_AFTER, self.prepare)

    def _show_draft(self) -> None:
        box = self.box
        if box is not None:
            if box.text != self.restored:
                box.load_text(self.restored)
            box.display = bool(self.restored) and not self.revealed
            box.leave()

    # -- events

    def on_screen_suspend(self) -> None:
        """The clock stands still while another screen is on top."""
        self._paused = self.study.ticks()

    def on_screen_resume(self) -> None:
        if self._paused is None or self.card is None or self.session is None:
            return
        self.started += self.study.ticks() - self._paused
        self._paused = None
        with self.told():
            if self.recall.state(self.card.id).name(self.recall.day) in ("suspended", "buried"):
                self.card_changed(gone=True)
            else:
                self.forget()
                self.draw()

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
            self.forget()
            self.draw()

    def card_edited(self) -> None:
        if self.card is not None:
            self.card = self.recall.card(self.card.id)
            self.forget()
            self.draw()

    # -- actions

    @property
    def undoable(self) -> bool:
        return (self.session is not None and bool(self.session.answers)) or super().undoable

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return available(self, action, parameters)

    def action_type(self) -> None:
        box = self.box
        if box is None:  # pressed before the box was there
            self._type_at_once = True
        else:
            box.display = True
            box.enter()
            self.draw_card()

    def action_leave_box(self) -> None:
        box = self.box
        if box is not None:
            self.keep()
            box.leave()
            box.display = bool(box.text)
            self.draw_card()

    def action_reveal(self) -> None:
        if self.card is None:
            return
        self.elapsed_ms = round((self.study.ticks() - self.started) * 1000)
        self.revealed = True
        if self.box is not None and self.box.display:
            self.keep()
            self.box.leave()
            self.box.display = False
        self.draw()

    def action_aloud(self) -> None:
        self.aloud = not self.recall.settings.said_aloud(self.draft, self.aloud)
        self.draw_title()

    def action_tick(self, number: int) -> None:
        self.ticked ^= {number}
        self.draw_ticks()
        self.draw_foot()

    def action_digit(self, number: int) -> None:
        if not self.revealed:
            self.confidence = None if self.confidence == number else number
            self.draw_foot()
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
            aloud=self.recall.settings.said_aloud(typed, self.aloud),
            answer=self.draft if typed else "",
            key_points=sorted(self.ticked),
            elapsed_ms=self.elapsed_ms,
        )
        self.last_effect = self._effect(answered)
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
        for page in self.query(Page):
            page.scroll_pages(pages)

    def action_line(self, by: int) -> None:
        for page in self.query(Page):
            page.scroll_lines(by)

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
        self.last_effect = Content.styled("Skipped: it comes again at the end.", MUTED)
        self._next()

    def action_undo(self) -> None:
        session = self.session
        assert session is not None
        undone = session.undo()
        self._went_back(undone, "Took back", "There is nothing to take back.")
        answered = session.taken_back.get(undone.record_id) if undone is not None else None
        if answered is not None and self.card is not None and self.card.id == answered.review.card_id:
            # what was said comes back with the card, as the typed answer does
            review = answered.review
            self.confidence, self.ticked = review.confidence, set(review.key_points)
            by_itself = self.recall.settings.said_aloud(review.answer)
            self.aloud = None if review.aloud is by_itself else review.aloud
            self.forget()
            self.draw()

    def action_redo(self) -> None:
        assert self.session is not None
        self._went_back(self.session.redo(), "Did again", "There is nothing to do again.")

    def _went_back(self, undone: Undone | None, verb: str, nothing: str) -> None:
        if undone is None:
            self.study.tell(nothing)
            return
        what = undone.what if undone.grade is None else f"grade {undone.grade} {GRADE_NAMES[undone.grade]}"
        self.last_effect = plain(f"{verb}: {what}.", MUTED)
        self._next()
