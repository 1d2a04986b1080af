"""One card with everything known of it, and its history."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from studyapp.core.course import Card
from studyapp.core.log import Review, voided
from studyapp.core.sm2 import GRADE_NAMES
from studyapp.services.session import Session
from studyapp.tui import markdown, views
from studyapp.tui.screens import make_screen
from studyapp.tui.screens.card_actions import CARD_KEYS, FULL_SIZE_KEY, LAB_KEY, CardActions
from studyapp.tui.text import MUTED, hanging, joined, lines, plain


class CardScreen(CardActions):
    TOPIC = "card"
    BINDINGS = [
        Binding("p", "practise", "practise now"),
        LAB_KEY,
        FULL_SIZE_KEY,
        *CARD_KEYS,
        Binding("u", "undo", "undo"),
        Binding("down,j", "line(1)", "line down", show=False),
        Binding("up,k", "line(-1)", "line up", show=False),
        Binding("space,pagedown", "page(1)", "more", key_display="space"),
        Binding("pageup", "page(-1)", "page up", show=False),
    ]

    def __init__(self, card_id: str) -> None:
        super().__init__()
        self.card_id = card_id

    def parts(self) -> ComposeResult:
        with VerticalScroll(id="body", can_focus=False):
            yield Static(id="text")

    def on_screen_resume(self) -> None:
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        self._draw()

    def _draw(self) -> None:
        with self.told():
            card = self.recall.card(self.card_id)
            left = joined([plain(self.study.topic_title(card), "bold")])
            self.title_line(left, joined([views.difficulty(card.difficulty), card.kind.words], " · "))
            self.query_one("#text", Static).update(self._content(card))
            self.refresh_bindings()

    def _content(self, card: Card) -> Content:
        width = max(20, min(100, self.app.size.width - 6))
        state, today = self.recall.state(card.id), self.recall.day
        blocks = [
            plain(card.prompt, "bold"),
            lines([views.standing(state, today), plain(card.id, MUTED)]),
            views.key_points(card, (), width),
            views.formulas(card),
            markdown.rendered(card.answer, width),
            views.background(card, width, state),
            self._history(width),
        ]
        return Content("\n\n").join([block for block in blocks if block])

    def _history(self, width: int) -> Content:
        store, learner = self.recall.store, self.recall.learner
        reviews = store.reviews_of(learner, self.card_id)
        if not reviews:
            return lines([views.heading("History"), "  not answered yet"])
        undone = voided(store.events_of(learner, self.card_id))
        rows = [self._answer(review, review.id in undone, width) for review in reversed(reviews)]
        return lines([views.heading("History"), *rows])

    def _answer(self, review: Review, undone: bool, width: int) -> Content:
        facts = [f"{review.grade} {GRADE_NAMES[review.grade]}", review.mode.value]
        if review.confidence is not None:
            facts.append(f"felt {views.CONFIDENCE[review.confidence - 1]}")
        if review.aloud:
            facts.append("aloud")
        if undone:
            facts.append("taken back")
        day = Content.styled(f"  {review.study_day:%d %b %Y}  ", MUTED)
        words = plain(" · ".join(facts), MUTED if undone else "")
        if review.answer:
            words = lines([words, plain(review.answer, MUTED)])
        return hanging(day, words, width)

    # -- actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action not in ("lab", "full_size"):
            return True
        card = self.recall.store.card(self.card_id)
        return card is not None and bool(card.lab)

    def card_here(self) -> Card | None:
        return self.recall.card(self.card_id)

    def card_changed(self, gone: bool) -> None:
        self._draw()

    def card_edited(self) -> None:
        self._draw()

    def action_practise(self) -> None:
        self.app.push_screen(make_screen("review", Session.start(self.recall, [self.card_id])))

    def action_undo(self) -> None:
        undone = self.recall.undo()
        self.study.tell(f"Took back: {undone.what}." if undone else "There is nothing to take back.")
        self._draw()

    def action_line(self, by: int) -> None:
        self.query_one("#body").scroll_relative(y=by, animate=False)

    def action_page(self, by: int) -> None:
        body = self.query_one("#body")
        body.scroll_relative(y=by * max(1, body.size.height - 2), animate=False)
