"""Daily recall: what is due, answering a card, taking an answer back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from zlib import crc32

from studyapp.core.log import Event, EventKind, Mode, Review, voided
from studyapp.core.plan import new_per_day, plan_day
from studyapp.core.schedule import CardState, replay, with_event, with_review
from studyapp.core.sm2 import GRADES
from studyapp.errors import UsageError
from studyapp.services.ports import Clock, NewId, Reading, Store, Writing
from studyapp.settings import Settings

if TYPE_CHECKING:
    from studyapp.core.course import Card

DUE_SECONDS, NEW_SECONDS = 30.0, 75.0
"""Assumed time a card takes, until the learner's own median is known."""
OWN_PACE_FROM = 10
"""Answers needed before the learner's own median counts."""
LONGEST_ANSWER_MS = 10 * 60_000
"""A card left open over lunch counts as ten minutes."""
REVERSIBLE = (EventKind.SUSPEND, EventKind.RESUME, EventKind.BURY, EventKind.FLAG, EventKind.NOTE)


@dataclass(frozen=True, slots=True)
class Today:
    """What stands open now."""

    day: date
    order: tuple[str, ...]
    """Cards in study order, drills last."""
    due: int
    new: int
    drill: int
    minutes: int
    postponed: int
    """Due cards above the daily cap."""
    answered: int
    """Cards answered today."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What one grade did."""

    review: Review
    before: CardState
    after: CardState

    @property
    def scheduled(self) -> bool:
        return self.before.scheduled_on != self.after.scheduled_on


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo or redo concerned."""

    what: str
    """`review`, `suspend`, `flag`, …"""
    card_id: str
    record_id: str
    grade: int | None = None


class Recall:
    """One learner's recall. Every method that changes something is one durable transaction."""

    def __init__(self, store: Store, clock: Clock, new_id: NewId, settings: Settings, learner: str) -> None:
        self.store = store
        self.clock = clock
        self.settings = settings
        self.learner = learner
        self._new_id = new_id

    @property
    def day(self) -> date:
        """The study day of this moment."""
        return self.settings.calendar.day_of(self.clock())

    # -- looking

    def today(self) -> Today:
        """What stands open now: due, new and drill cards in study order."""
        day, store, learner = self.day, self.store, self.learner
        seen = store.seen_on(learner, day)
        drills = [state.card_id for state in seen if state.needs_drill(day) and state.name(day) != "buried"]
        introduced = sum(state.introduced == day for state in seen)
        repeated = sum(state.scheduled_on == day and state.introduced != day for state in seen)
        limit = new_per_day(store.next_module_size(learner), self.settings.new_limit)
        new = store.new(learner, day, max(0, limit - introduced))
        plan = plan_day(store.due(learner, day), new, today=day, due_cap=max(0, self.settings.due_per_day - repeated))
        drills.sort(key=lambda card_id: crc32(f"{day}{card_id}".encode()))  # another order than the recall's, every day
        return Today(
            day=day,
            order=(*plan.order, *drills),
            due=plan.due,
            new=plan.new,
            drill=len(drills),
            minutes=self._minutes(plan.due + len(drills), plan.new),
            postponed=plan.postponed,
            answered=len(seen),
        )

    def _minutes(self, known: int, new: int) -> int:
        latest = self.store.latest_reviews(self.learner, 50)
        times = sorted(min(r.elapsed_ms, LONGEST_ANSWER_MS) / 1000 for r in latest if r.elapsed_ms)
        pace = times[len(times) // 2] if len(times) >= OWN_PACE_FROM else DUE_SECONDS  # the median
        seconds = known * pace + new * pace * NEW_SECONDS / DUE_SECONDS
        return -(-round(seconds) // 60)

    def card(self, card_id: str) -> Card:
        """The card.

        Raises:
            UsageError: no such card.
        """
        card = self.store.card(card_id)
        if card is None:
            raise UsageError(f"There is no card {card_id!r}; `studyapp card list` shows them all.")
        return card

    def state(self, card_id: str) -> CardState:
        return self.store.state(self.learner, card_id) or CardState(card_id)

    def preview(self, card_id: str) -> list[date | None]:
        """For each grade 0 to 5 the day on which the card would come again; None: as planned already."""
        state, day = self.state(card_id), self.day
        mode = self._mode(state, day)
        days: list[date | None] = []
        for grade in GRADES:
            review = self._review(card_id, grade, self.clock(), mode, id="")
            after = with_review(state, review, self.settings.scheduler)
            days.append(after.due if after.scheduled_on != state.scheduled_on else None)
        return days

    def forecast(self, days: int = 7) -> list[int]:
        """Cards that fall due tomorrow and on the days after it."""
        first = self.day + timedelta(days=1)
        counts = self.store.due_counts(self.learner, first, first + timedelta(days=days - 1))
        return [counts.get(first + timedelta(days=n), 0) for n in range(days)]

    def streak(self) -> int:
        """Study days in a row up to today; today counts once something was answered."""
        days = {day for day, _ in self.store.study_days(self.learner)}
        last = self.day if self.day in days else self.day - timedelta(days=1)
        count = 0
        while last - timedelta(days=count) in days:
            count += 1
        return count

    def shaky(self, limit: int = 3) -> list[str]:
        """Cards due today that failed last time or have lapsed most, worst first."""
        states = [self.state(item.card_id) for item in self.store.due(self.learner, self.day)]
        worst = [s for s in states if s.lapses or (s.last_grade is not None and s.last_grade < 4)]
        worst.sort(key=lambda s: (s.memory.ease, -s.lapses, s.card_id))
        return [state.card_id for state in worst[:limit]]

    # -- answering

    def grade(
        self,
        card_id: str,
        grade: int,
        *,
        at: datetime | None = None,
        confidence: int | None = None,
        aloud: bool = False,
        answer: str = "",
        key_points: Sequence[int] = (),
        elapsed_ms: int | None = None,
    ) -> Answered:
        """Records one answer. It is on disk when this returns.

        Raises:
            UsageError: unknown card, or a grade or confidence out of range.
        """
        if grade not in GRADES:
            raise UsageError(f"A grade is a whole number from 0 (blackout) to 5 (perfect), not {grade}.")
        if confidence is not None and confidence not in range(1, 5):
            raise UsageError(f"Confidence is 1 (guess) to 4 (certain), not {confidence}.")
        moment = at or self.clock()
        with self.store.transaction() as tx:
            before = tx.state(self.learner, card_id)
            if before is None:
                raise UsageError(f"There is no card {card_id!r}; `studyapp card list` shows them all.")
            review = self._review(
                card_id,
                grade,
                moment,
                self._mode(before, self.settings.calendar.day_of(moment)),
                confidence=confidence,
                aloud=aloud,
                answer=answer,
                key_points=tuple(sorted(set(key_points))),
                elapsed_ms=elapsed_ms,
            )
            tx.add_review(review)
            if tx.last_reviewed_at(self.learner, card_id) == review.reviewed_at:
                after = with_review(before, review, self.settings.scheduler)
            else:  # an answer from the past: the order matters
                after = self._replayed(tx, card_id)
            tx.put_state(self.learner, after)
            tx.put_draft(self.learner, card_id, "")
        return Answered(review, before, after)

    def _mode(self, state: CardState, day: date) -> Mode:
        """Due or new: recall. Again on the same day: drill until repaired. Else early: practice."""
        if state.needs_drill(day):
            return Mode.DRILL
        return Mode.RECALL if state.due is None or state.due <= day else Mode.PRACTICE

    def _review(self, card_id: str, grade: int, moment: datetime, mode: Mode, **details: Any) -> Review:
        details.setdefault("id", self._new_id())
        return Review(
            learner=self.learner,
            card_id=card_id,
            reviewed_at=moment,
            study_day=self.settings.calendar.day_of(moment),
            grade=grade,
            mode=mode,
            **details,
        )

    def _replayed(self, tx: Reading, card_id: str) -> CardState:
        reviews, events = tx.reviews_of(self.learner, card_id), tx.events_of(self.learner, card_id)
        return replay(card_id, reviews, events, self.settings.scheduler)

    # -- taking back

    def undo(self, *, reviews_only: bool = False) -> Undone | None:
        """Voids the last answer (or other change of a card); None when nothing is left to undo."""
        return self._void(partial(_last_action, reviews_only=reviews_only))

    def redo(self) -> Undone | None:
        """Undoes the last undo; None when a new answer came after it or nothing was undone."""
        return self._void(_last_undo)

    def _void(self, choose: Callable[[list[Review], list[Event], set[str]], Review | Event | None]) -> Undone | None:
        with self.store.transaction() as tx:
            for limit in (50, 1_000_000):
                reviews, events = tx.latest_reviews(self.learner, limit), tx.latest_events(self.learner, limit)
                target = choose(reviews, events, voided(events))
                if target is not None or len(reviews) + len(events) < limit:
                    break
            if target is None or target.card_id is None:
                return None
            moment = self.clock()
            void = Event(
                id=self._new_id(),
                learner=self.learner,
                at=moment,
                study_day=self.settings.calendar.day_of(moment),
                kind=EventKind.VOID,
                card_id=target.card_id,
                subject=target.id,
            )
            tx.add_event(void)
            tx.put_state(self.learner, self._replayed(tx, target.card_id))
            subject = target.subject if isinstance(target, Event) and target.kind is EventKind.VOID else target.id
            records: list[Review | Event] = [*reviews, *events]
            record = next((item for item in records if item.id == subject), target)
            if isinstance(record, Review):
                if target is record:  # the answer text returns to the box it was typed in
                    tx.put_draft(self.learner, record.card_id, record.answer)
                return Undone("review", record.card_id, record.id, record.grade)
            return Undone(record.kind.value, target.card_id, record.id)

    # -- other changes of a card

    def suspend(self, card_id: str) -> CardState:
        """Asks the card no more until it is resumed."""
        return self._change(card_id, EventKind.SUSPEND)

    def resume(self, card_id: str) -> CardState:
        """Asks a suspended or buried card again."""
        return self._change(card_id, EventKind.RESUME)

    def bury(self, card_id: str) -> CardState:
        """Puts the card off until the next study day."""
        return self._change(card_id, EventKind.BURY)

    def flag(self, card_id: str, flag: int) -> CardState:
        """Marks the card (1) or takes the mark away (0)."""
        return self._change(card_id, EventKind.FLAG, {"flag": flag})

    def note(self, card_id: str, text: str) -> CardState:
        """Keeps a note of the learner's own with the card."""
        return self._change(card_id, EventKind.NOTE, {"text": text})

    def finish_session(self, summary: dict[str, Any]) -> None:
        """Logs that a session came to its end."""
        with self.store.transaction() as tx:
            tx.add_event(self._event(EventKind.SESSION, None, summary))

    def log_event(self, kind: EventKind, subject: str, data: dict[str, Any]) -> None:
        """Logs a fact that concerns no card's schedule."""
        with self.store.transaction() as tx:
            tx.add_event(self._event(kind, None, data, subject))

    def save_draft(self, card_id: str, text: str) -> None:
        """Keeps an answer that is being typed."""
        with self.store.transaction() as tx:
            tx.put_draft(self.learner, card_id, text)

    def draft(self, card_id: str) -> str:
        return self.store.draft(self.learner, card_id)

    def _event(self, kind: EventKind, card_id: str | None, data: dict[str, Any] | None, subject: str = "") -> Event:
        moment = self.clock()
        return Event(
            id=self._new_id(),
            learner=self.learner,
            at=moment,
            study_day=self.settings.calendar.day_of(moment),
            kind=kind,
            card_id=card_id,
            subject=subject,
            data=data or {},
        )

    def _change(self, card_id: str, kind: EventKind, data: dict[str, Any] | None = None) -> CardState:
        with self.store.transaction() as tx:
            before = tx.state(self.learner, card_id)
            if before is None:
                raise UsageError(f"There is no card {card_id!r}; `studyapp card list` shows them all.")
            event = self._event(kind, card_id, data)
            tx.add_event(event)
            after = with_event(before, event)
            tx.put_state(self.learner, after)
        return after


def replay_all(tx: Writing, learner: str, settings: Settings) -> int:
    """Rebuilds every card's state from the log; returns how many differed."""
    differing = 0
    for card_id in list(tx.card_ids(learner)):
        stored = tx.state(learner, card_id)
        state = replay(card_id, tx.reviews_of(learner, card_id), tx.events_of(learner, card_id), settings.scheduler)
        if stored != state:
            tx.put_state(learner, state)
            differing += 1
    return differing


def _last_action(
    reviews: list[Review], events: list[Event], undone: set[str], reviews_only: bool
) -> Review | Event | None:
    """The newest record that stands. Ids sort by the time of making, whatever the clock was set to."""
    actions: list[Review | Event] = [review for review in reviews if review.id not in undone]
    if not reviews_only:
        actions += [event for event in events if event.kind in REVERSIBLE and event.id not in undone]
    return max(actions, key=lambda action: action.id, default=None)


def _last_undo(
    reviews: list[Review], events: list[Event], undone: set[str], reviews_only: bool = False
) -> Event | None:
    """The newest undo that stands, unless something was done after it."""
    voids = {event.id: event for event in events if event.kind is EventKind.VOID}
    undos = [e for e in voids.values() if e.id not in undone and e.subject not in voids]
    last = max(undos, key=lambda event: event.id, default=None)
    action = _last_action(reviews, events, undone, reviews_only)
    return None if last is None or (action is not None and action.id > last.id) else last
