"""The log: what happened, append-only. Everything else is computed from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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

    A void may itself be undone by a later void, so a record is undone when at least one of its
    voids stands. Order in time plays no part: logs merged from two machines give the same answer.
    """
    voids: dict[str, list[str]] = {}
    for event in events:
        if event.kind is EventKind.VOID:
            voids.setdefault(event.subject, []).append(event.id)
    known: dict[str, bool] = {}

    def undone(record: str) -> bool:
        if record not in known:
            known[record] = False  # a damaged log may hold a circle: then nothing in it is undone
            known[record] = any(not undone(void) for void in voids.get(record, ()))
        return known[record]

    return {record for record in voids if undone(record)}
