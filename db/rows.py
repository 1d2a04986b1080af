"""Rows to core objects, the same for every driver. JSON columns may arrive as text or decoded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from studyapp.core.log import Event, EventKind, Mode, Review
from studyapp.core.plan import Candidate
from studyapp.core.schedule import CardState
from studyapp.core.sm2 import Memory

if TYPE_CHECKING:
    from studyapp.core.course import Card

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Row = Sequence[Any]


def to_micros(instant: datetime) -> int:
    """Microseconds since 1970 UTC, exact (no float on the way)."""
    return (instant - EPOCH) // timedelta(microseconds=1)


def from_micros(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


def to_ordinal(day: date | None) -> int | None:
    return None if day is None else day.toordinal()


def to_day(ordinal: int | None) -> date | None:
    return None if ordinal is None else date.fromordinal(ordinal)


def decoded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


REVIEW = "id, learner, card_id, reviewed_at, study_day, grade, mode, elapsed_ms, confidence, aloud, answer, key_points"


def review(row: Row) -> Review:
    return Review(
        id=row[0],
        learner=row[1],
        card_id=row[2],
        reviewed_at=from_micros(row[3]),
        study_day=date.fromordinal(row[4]),
        grade=row[5],
        mode=Mode(row[6]),
        elapsed_ms=row[7],
        confidence=row[8],
        aloud=bool(row[9]),
        answer=row[10],
        key_points=tuple(decoded(row[11])),
    )


def review_values(item: Review) -> dict[str, Any]:
    return {
        "id": item.id,
        "learner": item.learner,
        "card_id": item.card_id,
        "reviewed_at": to_micros(item.reviewed_at),
        "study_day": item.study_day.toordinal(),
        "grade": item.grade,
        "mode": item.mode.value,
        "elapsed_ms": item.elapsed_ms,
        "confidence": item.confidence,
        "aloud": item.aloud,
        "answer": item.answer,
        "key_points": list(item.key_points),
    }


EVENT = "id, learner, at, study_day, kind, card_id, subject, data"


def event(row: Row) -> Event:
    return Event(
        id=row[0],
        learner=row[1],
        at=from_micros(row[2]),
        study_day=date.fromordinal(row[3]),
        kind=EventKind(row[4]),
        card_id=row[5],
        subject=row[6],
        data=decoded(row[7]),
    )


def event_values(item: Event) -> dict[str, Any]:
    return {
        "id": item.id,
        "learner": item.learner,
        "at": to_micros(item.at),
        "study_day": item.study_day.toordinal(),
        "kind": item.kind.value,
        "card_id": item.card_id,
        "subject": item.subject,
        "data": dict(item.data),
    }


STATE = (
    "card_id, repetitions, interval_days, ease, due, introduced, scheduled_on, seen_on, last_grade,"
    " reviews, lapses, suspended, buried_until, flag, note"
)


def state(row: Row) -> CardState:
    return CardState(
        card_id=row[0],
        memory=Memory(row[1], row[2], row[3]),
        due=to_day(row[4]),
        introduced=to_day(row[5]),
        scheduled_on=to_day(row[6]),
        seen_on=to_day(row[7]),
        last_grade=row[8],
        reviews=row[9],
        lapses=row[10],
        suspended=bool(row[11]),
        buried_until=to_day(row[12]),
        flag=row[13],
        note=row[14],
    )


def state_values(item: CardState) -> dict[str, Any]:
    return {
        "repetitions": item.memory.repetitions,
        "interval_days": item.memory.interval_days,
        "ease": item.memory.ease,
        "due": to_ordinal(item.due),
        "introduced": to_ordinal(item.introduced),
        "scheduled_on": to_ordinal(item.scheduled_on),
        "seen_on": to_ordinal(item.seen_on),
        "last_grade": item.last_grade,
        "reviews": item.reviews,
        "lapses": item.lapses,
        "suspended": item.suspended,
        "buried_until": to_ordinal(item.buried_until),
        "flag": item.flag,
        "note": item.note,
    }


def candidate(row: Row) -> Candidate:
    card_id, topic, kind, needs, due, interval_days = row
    needed = () if needs == "[]" else tuple(decoded(needs))  # most cards need none
    return Candidate(card_id, topic, kind, needed, to_day(due), interval_days)


def card(body: Any) -> Card:
    from studyapp.core.course import Card  # counts need no cards: `studyapp due` saves this import

    return Card.from_dict(decoded(body))
