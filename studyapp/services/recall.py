"""Daily recall: what is due, answering a card, taking an answer back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

from studyapp.core.ids import after
from studyapp.core.log import Event, EventKind, Mode, Record, Review, last_action, last_undo, twins
from studyapp.core.schedule import CardState, replay, with_event, with_review
from studyapp.core.sm2 import DRILL_BELOW, GRADES
from studyapp.errors import UsageError
from studyapp.services.day import Today, today
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
LARGEST = 2**31 - 1
"""Milliseconds that every database holds: a card that was left open for 25 days."""
RECENT = 10
"""Reviews looked at first for what an undo takes back; ten times as many, and so on, when nothing is found there."""
WHOLE_LOG = 2**62


Chosen = tuple[Record, Record] | None  # the record to void, and the one that this is about
Choice = Callable[[Sequence[Review], Sequence[Event]], Chosen]  # looks through a stretch of the log


@dataclass(frozen=True, slots=True)
class Answered:
    """What one grade did."""

    review: Review
    before: CardState
    after: CardState

    @property
    def scheduled(self) -> bool:
        """Whether the card's schedule moved."""
        return (self.before.due, self.before.memory) != (self.after.due, self.after.memory)


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo or redo concerned."""

    what: str
    """`review`, `quiz answer`, `suspend`, `flag`, …"""
    card_id: str
    record_id: str
    grade: int | None = None
    scored: bool = False
    """An answer of a quiz, interview or revision."""


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
        """What stands open now, in study order."""
        return today(self)

    def minutes(self, known: int, new: int) -> int:
        """How long so many known and new cards may take, at the learner's own pace."""
        latest = self.store.latest_reviews(self.learner, 50)
        answers = [review for review in latest if review.elapsed_ms and not review.mode.scored]
        times = sorted(min(r.elapsed_ms or 0, LONGEST_ANSWER_MS) / 1000 for r in answers)
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
            raise _no_card(card_id)
        return card

    def state(self, card_id: str) -> CardState:
        return self.store.state(self.learner, card_id) or CardState(card_id)

    def preview(self, card_id: str) -> list[date | None]:
        """For each grade 0 to 5 the day on which the card would come again; None: as planned already."""
        moment = self.clock()
        answers = self._answers(self.store, card_id, GRADES, moment)
        return [answer.after.due if answer.scheduled else None for answer in answers]

    def forecast(self, days: int = 7) -> list[int]:
        """Cards that fall due tomorrow and on the days after it."""
        first = self.day + timedelta(days=1)
        counts = self.store.due_counts(self.learner, first, first + timedelta(days=days - 1))
        return [counts.get(first + timedelta(days=n), 0) for n in range(days)]

    def streak(self) -> int:
        """Study days in a row up to today; today counts once something was answered."""
        in_row = self.store.days_in_row
        return in_row(self.learner, self.day) or in_row(self.learner, self.day - timedelta(days=1))

    def shaky(self, limit: int = 3) -> list[str]:
        """Cards due today that were below 4 last time or have lapsed, worst grade first."""
        return self.store.shaky(self.learner, self.day, DRILL_BELOW, limit)

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
        mode: Mode | None = None,
    ) -> Answered:
        """Records one answer. It is on disk when this returns.

        Args:
            mode: quiz, interview or revision; else it follows from where the card stands.

        Raises:
            UsageError: unknown card, or a grade or confidence out of range.
        """
        if grade not in GRADES:
            raise UsageError(f"A grade is a whole number from 0 (blackout) to 5 (perfect), not {grade}.")
        if confidence is not None and confidence not in range(1, 5):
            raise UsageError(f"Confidence is 1 (guess) to 4 (certain), not {confidence}.")
        moment = at or self.clock()
        with self.store.transaction() as tx:
            (answered,) = self._answers(
                tx,
                card_id,
                (grade,),
                moment,
                confidence=confidence,
                aloud=aloud,
                answer=answer,
                key_points=tuple(sorted(set(key_points))),
                elapsed_ms=None if elapsed_ms is None else min(elapsed_ms, LARGEST),
                **({"mode": mode} if mode else {}),
            )
            tx.add_review(answered.review)
            tx.put_state(self.learner, answered.after)
            if not answered.review.mode.scored:  # these have drafts of their own
                tx.put_draft(self.learner, card_id, "")
        return answered

    def _answers(
        self, reader: Reading, card_id: str, grades: Iterable[int], moment: datetime, **details: Any
    ) -> list[Answered]:
        """What an answer at that moment does, for each of these grades.

        One from the past takes its place in the log, which is replayed.
        """
        before = self._known_state(reader, card_id)
        schedule, day = self.settings.schedule, self.settings.calendar.day_of(moment)
        last = reader.last_reviewed_at(self.learner, card_id)
        in_order = last is None or last <= moment
        known = in_order and not self.settings.replays
        reviews = [] if known else reader.reviews_of(self.learner, card_id)
        events = [] if known else reader.events_of(self.learner, card_id)
        earlier = (review for review in reviews if review.reviewed_at <= moment)
        then = before if known else replay(card_id, earlier, events, schedule)
        values: dict[str, Any] = {"id": self._id(reader), "learner": self.learner, "card_id": card_id}
        values |= {"reviewed_at": moment, "study_day": day, "mode": then.next_mode(day), **details}
        answers = []
        for grade in grades:
            review = Review(grade=grade, **values)
            after = with_review(then, review, schedule)
            if not in_order:
                after = replay(card_id, [*reviews, review], events, schedule)
            answers.append(Answered(review, before, after))
        return answers

    def _known_state(self, reader: Reading, card_id: str) -> CardState:
        state = reader.state(self.learner, card_id)
        if state is None:
            raise _no_card(card_id)
        return state

    def _id(self, reader: Reading) -> str:
        return after(reader.newest_id(self.learner), self._new_id())

    # -- taking back

    def undo(self, *, reviews_only: bool = False) -> Undone | None:
        """Voids the last answer (or other change of a card); None when nothing is left to undo.

        The text of the answer becomes the draft again.
        """
        with self.store.transaction() as tx:
            record = self._void(tx, partial(_last, reviews_only=reviews_only))
            if isinstance(record, Review) and not record.mode.scored:
                tx.put_draft(self.learner, record.card_id, tx.draft(self.learner, record.card_id) or record.answer)
        return _undone(record)

    @property
    def undoable(self) -> bool:
        """Whether `undo` finds anything."""
        return self._chosen(self.store, _last) is not None

    def take_back(self, review_ids: Collection[str]) -> None:
        """Voids these answers, newest first; those that are undone already stay so."""

        def choose(reviews: Sequence[Review], events: Sequence[Event]) -> Chosen:
            return _last([review for review in reviews if review.id in review_ids], events, reviews_only=True)

        with self.store.transaction() as tx:
            for _ in review_ids:
                self._void(tx, choose)

    def redo(self) -> Undone | None:
        """Undoes the last undo; None when a new answer came after it or nothing was undone."""
        with self.store.transaction() as tx:
            record = self._void(tx, last_undo)
            draft_of = isinstance(record, Review) and not record.mode.scored and record
            if draft_of and tx.draft(self.learner, draft_of.card_id) == draft_of.answer:
                tx.put_draft(self.learner, draft_of.card_id, "")
        return _undone(record)

    def _void(self, tx: Writing, choose: Choice) -> Record | None:
        """Adds a void for the record that `choose` names, and returns the one that it is about."""
        chosen = self._chosen(tx, choose)
        if chosen is None:
            return None
        target, record = chosen
        card_id = record.card_id or ""  # only records of a card are chosen
        for stands in twins(target, tx.events_of(self.learner, card_id)):
            tx.add_event(self._event(tx, EventKind.VOID, card_id, subject=stands))
        log = tx.reviews_of(self.learner, card_id), tx.events_of(self.learner, card_id)
        tx.put_state(self.learner, replay(card_id, *log, self.settings.schedule))
        return record

    def _chosen(self, reader: Reading, choose: Choice) -> Chosen:
        """What `choose` names among the newest records, or among more and more of them."""
        for limit in (RECENT**power for power in count(1)):
            reviews = reader.latest_reviews(self.learner, limit)
            oldest = reviews[-1].id if len(reviews) == limit else ""
            chosen = choose(reviews, reader.events_since(self.learner, oldest))
            if chosen is not None or not oldest:
                break
        return chosen

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

    def finish_session(self, totals: dict[str, Any], replaces: str = "") -> str:
        """Logs what a sitting came to and returns the record's id.

        Args:
            replaces: id of the record that was made when the sitting seemed to be over; only the new one stands.
        """
        with self.store.transaction() as tx:
            if replaces:
                tx.add_event(self._event(tx, EventKind.VOID, None, subject=replaces))
            event = self._event(tx, EventKind.SESSION, None, totals)
            tx.add_event(event)
        return event.id

    def log_event(self, kind: EventKind, subject: str, data: dict[str, Any]) -> None:
        """Logs a fact that concerns no card's schedule."""
        with self.store.transaction() as tx:
            tx.add_event(self._event(tx, kind, None, data, subject))

    def save_draft(self, card_id: str, text: str) -> None:
        """Keeps an answer that is being typed."""
        with self.store.transaction() as tx:
            tx.put_draft(self.learner, card_id, text)

    def draft(self, card_id: str) -> str:
        return self.store.draft(self.learner, card_id)

    def _event(
        self,
        tx: Reading,
        kind: EventKind,
        card_id: str | None,
        data: Mapping[str, Any] | None = None,
        subject: str = "",
    ) -> Event:
        moment = self.clock()
        return Event(
            id=self._id(tx),
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
            before = self._known_state(tx, card_id)
            event = self._event(tx, kind, card_id, data)
            tx.add_event(event)
            after = with_event(before, event)
            tx.put_state(self.learner, after)
        return after


def replay_all(tx: Writing, learner: str, settings: Settings) -> int:
    """Rebuilds every card's state from the log; returns how many differed."""
    differing, schedule = 0, settings.schedule
    for history in tx.histories(learner):
        state = replay(history.stored.card_id, history.reviews, history.events, schedule)
        if history.stored != state:
            tx.put_state(learner, state)
            differing += 1
    return differing


def replay_cards(
    tx: Writing, learner: str, settings: Settings, cards: Iterable[str], done: Callable[[int], None]
) -> int:
    """Rebuilds these cards' states from the log; returns how many fall due on another day now.

    Args:
        done: told how many cards were rebuilt.
    """
    moved, schedule = 0, settings.schedule
    for number, history in enumerate(tx.histories(learner, cards), start=1):
        state = replay(history.stored.card_id, history.reviews, history.events, schedule)
        tx.put_state(learner, state)
        moved += history.stored.due != state.due
        done(number)
    return moved


def _last(reviews: Sequence[Review], events: Sequence[Event], *, reviews_only: bool = False) -> Chosen:
    action = last_action(reviews, events, reviews_only=reviews_only)
    return (action, action) if action is not None else None


def _undone(record: Record | None) -> Undone | None:
    match record:
        case Review(mode=mode):
            what = f"{mode.value} answer" if mode.scored else "review"
            return Undone(what, record.card_id, record.id, record.grade, mode.scored)
        case Event():
            return Undone(record.kind.value, record.card_id or "", record.id)
    return None


def _no_card(card_id: str) -> UsageError:
    return UsageError(f"There is no card {card_id!r}; `studyapp card list` shows them all.")
