"""The log: what happened, append-only. Everything else is computed from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class Mode(StrEnum):
    """Why a card was asked. Only `recall` moves its schedule."""

    RECALL = "recall"
    DRILL = "drill"
    QUIZ = "quiz"
    INTERVIEW = "interview"
    REVISION = "revision"
    PRACTICE = "practice"

    @property
    def scored(self) -> bool:
        """Whether it tests without moving the schedule; what is missed comes into today's drill."""
        return self in (Mode.QUIZ, Mode.INTERVIEW, Mode.REVISION)


class EventKind(StrEnum):
    """Facts other than reviews."""

    VOID = "void"
    SUSPEND = "suspend"
    RESUME = "resume"
    BURY = "bury"
    FLAG = "flag"
    NOTE = "note"
    SESSION = "session"
    LAB_RUN = "lab_run"
    CHAPTER = "chapter"
    """A chapter read to its end; subject `MODULE/DOCUMENT#ANCHOR`."""
    AUDIT_TICK = "audit_tick"
    """The learner's own tick; subject `MODULE/STATEMENT`, data `ticked`."""
    SIGN_OFF = "sign_off"
    """A gate item signed; subject `MODULE/ITEM`."""
    CHECKLIST = "checklist"
    """A line of a gate item's checklist; subject `MODULE/ITEM#LINE`, data `ticked`."""
    EXPLAIN = "explain"
    """An audit statement explained aloud; subject `MODULE/STATEMENT`, data `said` (card to points) and `seconds`."""
    ASK_TODAY = "ask_today"
    """Cards to be asked on this study day whatever their date; data `cards`."""
    QUIZ = "quiz"
    INTERVIEW = "interview"
    REVISION = "revision"


REVERSIBLE = (EventKind.SUSPEND, EventKind.RESUME, EventKind.BURY, EventKind.FLAG, EventKind.NOTE)
"""Changes of a card that can be undone, as its reviews can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One answer to one card."""

    id: str
    learner: str
    card_id: str
    reviewed_at: datetime
    """Aware, UTC."""
    study_day: date
    """The learner's study day at that moment; kept, so that a later change of zone moves nothing."""
    grade: int
    mode: Mode = Mode.RECALL
    elapsed_ms: int | None = None
    confidence: int | None = None
    """1 guess to 4 certain, given before the answer was shown."""
    aloud: bool = False
    answer: str = ""
    key_points: tuple[int, ...] = ()
    """Positions (from 0) of the key points that the learner ticked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Any other fact. `subject` is what a void undoes, else the name of a lab, chapter or item."""

    id: str
    learner: str
    at: datetime
    study_day: date
    kind: EventKind
    card_id: str | None = None
    subject: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def voided(events: Iterable[Event]) -> set[str]:
    """Ids of the records that stand undone.

    A void may itself be undone by a later void, so a record is undone when at least one of its voids stands.
    The order of the events plays no part: logs merged from two machines give the same answer. A void undoes only
    what was made before it, as its id tells; a damaged log with voids in a circle still has one answer.
    """
    voids = [(event.id, event.subject) for event in events if event.kind is EventKind.VOID]
    undone: set[str] = set()
    for void, record in sorted(voids, reverse=True):  # the newest stand; each decides about older ones
        if void not in undone and record < void:
            undone.add(record)
    return undone


Record = Review | Event


def last_action(reviews: Iterable[Review], events: Sequence[Event], *, reviews_only: bool = False) -> Record | None:
    """The newest review or change of a card that stands: what an undo takes back.

    Ids are in the order of making, whatever the clock said and whatever moment was recorded.
    """
    undone = voided(events)
    actions: list[Record] = [review for review in reviews if review.id not in undone]
    if not reviews_only:
        actions += [event for event in events if event.kind in REVERSIBLE and event.id not in undone]
    return max(actions, key=lambda action: action.id, default=None)


def last_undo(reviews: Sequence[Review], events: Sequence[Event]) -> tuple[Event, Record] | None:
    """The newest undo that stands and what it took back; None when something was done after it.

    None also when what was taken back is not among `reviews` and `events`. A void without a card replaced
    a record (a session's totals) or took back a fact of the gate, and is not meant.
    """
    undone = voided(events)
    log: list[Record] = [*reviews, *events]
    records = {record.id: record for record in log}
    voids = [event for event in events if event.kind is EventKind.VOID and event.id not in undone]
    undos = [void for void in voids if void.card_id and not _is_void(records.get(void.subject))]
    last = max(undos, key=lambda event: event.id, default=None)
    if last is None or last.subject not in records:
        return None
    action = last_action(reviews, events)
    return None if action is not None and action.id > last.id else (last, records[last.subject])


def twins(record: Record, events: Sequence[Event]) -> list[str]:
    """The record, and when it is an undo those that undo the same: two machines may both have undone one answer."""
    if not _is_void(record):
        return [record.id]
    undone = voided(events)
    voids = [event for event in events if event.kind is EventKind.VOID and event.id not in undone]
    return [event.id for event in voids if isinstance(record, Event) and event.subject == record.subject]


def _is_void(record: Record | None) -> bool:
    return isinstance(record, Event) and record.kind is EventKind.VOID
