"""A card's place in the schedule, computed from its part of the log."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from studyapp.core.log import Event, EventKind, Mode, voided
from studyapp.core.sm2 import DRILL_BELOW, PASSING_GRADE, Memory
from studyapp.core.target import Towards


class Graded(Protocol):
    """What the schedule needs of a review: a replay of a million is spared the rest."""

    @property
    def id(self) -> str: ...
    @property
    def reviewed_at(self) -> datetime: ...
    @property
    def study_day(self) -> date: ...
    @property
    def grade(self) -> int: ...
    @property
    def mode(self) -> Mode: ...


Scheduler = Callable[[Memory, int, int], Memory]
"""(memory before, grade, days since the last scheduling review or 0) -> memory after."""


@dataclass(frozen=True, slots=True)
class CardState:
    """Derived: equal to `replay` of the card's log at all times (`studyapp doctor` checks it)."""

    card_id: str
    memory: Memory = field(default_factory=Memory)
    due: date | None = None
    """None while the card is new."""
    introduced: date | None = None
    """Study day of the first scheduling review."""
    scheduled_on: date | None = None
    """Study day of the last scheduling review."""
    seen_on: date | None = None
    """Study day of the last recall or drill, or of a later miss in a quiz, interview or revision."""
    last_grade: int | None = None
    """Grade of that answer."""
    reviews: int = 0
    lapses: int = 0
    """Failed repetitions of a card that had been recalled before."""
    suspended: bool = False
    buried_until: date | None = None
    flag: int = 0
    note: str = ""

    def needs_drill(self, today: date) -> bool:
        """Graded below 4 or missed today, and not yet repaired by a later answer."""
        return self.seen_on == today and self.last_grade is not None and self.last_grade < DRILL_BELOW

    def next_mode(self, today: date) -> Mode:
        """How an answer counts now. New or due: recall. Else to be repaired: drill. Else early: practice.

        Due comes first: a miss in a quiz must not take from the day's recall what moves the schedule. After that
        recall the card is due on a later day.
        """
        if self.due is None or self.due <= today:
            return Mode.RECALL
        return Mode.DRILL if self.needs_drill(today) else Mode.PRACTICE

    def name(self, today: date) -> str:
        """One word for lists: suspended, buried, new, due or waiting."""
        if self.suspended:
            return "suspended"
        if self.buried_until is not None and self.buried_until > today:
            return "buried"
        if self.due is None:
            return "new"
        return "due" if self.due <= today else "waiting"


def with_review(state: CardState, review: Graded, schedule: Scheduler) -> CardState:
    """The state after one more review; reviews must come in order of time.

    Only the first recall of a study day moves the schedule. A miss in a quiz, interview or revision asks for a drill
    that day; being right there repairs nothing, for it may have been luck or a hint.
    """
    missed = review.mode.scored and review.grade < PASSING_GRADE
    if not missed and review.mode not in (Mode.RECALL, Mode.DRILL):
        return replace(state, reviews=state.reviews + 1)
    # A clock set back, or another machine's log, can bring a day that was scheduled already.
    again = state.scheduled_on is not None and review.study_day <= state.scheduled_on
    if review.mode is not Mode.RECALL or again:
        return replace(state, reviews=state.reviews + 1, seen_on=review.study_day, last_grade=review.grade)
    days = (review.study_day - state.scheduled_on).days if state.scheduled_on is not None else 0
    memory = schedule(state.memory, review.grade, days)
    due = review.study_day + timedelta(days=memory.interval_days)
    if isinstance(schedule, Towards):
        due = schedule.due(state.card_id, review.study_day, due)
    lapsed = review.grade < PASSING_GRADE and state.memory.repetitions > 0
    return CardState(  # not `replace`, which takes three times as long: a replay of a long log spends its time here
        state.card_id,
        memory=memory,
        due=due,
        introduced=state.introduced or review.study_day,
        scheduled_on=review.study_day,
        seen_on=review.study_day,
        last_grade=review.grade,
        reviews=state.reviews + 1,
        lapses=state.lapses + lapsed,
        suspended=state.suspended,
        buried_until=state.buried_until,
        flag=state.flag,
        note=state.note,
    )


def with_event(state: CardState, event: Event) -> CardState:
    """The state after a suspend, resume, bury, flag or note; other events leave it as it is."""
    match event.kind:
        case EventKind.SUSPEND:
            return replace(state, suspended=True)
        case EventKind.RESUME:
            return replace(state, suspended=False, buried_until=None)
        case EventKind.BURY:
            return replace(state, buried_until=event.study_day + timedelta(days=1))
        case EventKind.FLAG:
            return replace(state, flag=int(event.data.get("flag", 0)))
        case EventKind.NOTE:
            return replace(state, note=str(event.data.get("text", "")))
    return state


def replay(card_id: str, reviews: Iterable[Graded], events: Iterable[Event], schedule: Scheduler) -> CardState:
    """The state of one card from its whole log, in any order, with what was undone left out."""
    events = list(events)
    undone = voided(events)
    state = CardState(card_id)
    for review in sorted((r for r in reviews if r.id not in undone), key=lambda r: (r.reviewed_at, r.id)):
        state = with_review(state, review, schedule)
    for event in sorted((e for e in events if e.id not in undone), key=lambda e: e.id):  # in the order of making
        state = with_event(state, event)
    return state
