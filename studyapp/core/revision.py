"""Revision: closed book over every self-check and trap, how sure before each answer is shown, signed at the end.

What is left behind is one event of kind REVISION:

| part      | holds |
|-----------|-------|
| `subject` | the module's id |
| `data`    | `questions` how many were asked, `passed` how many were graded 3 or better, `brier` of the confidences, |
|           | `closed_book` true, `signed` the learner's name or words as typed, `cards` their ids in order, |
|           | `reviews` the ids of their reviews in the same order, `begun` the study day of the first (ISO), |
|           | `content` the hash of the module as it was (`services/standing.py`); older ones lack it |

It is written once everything is answered and signed, never before: an event means a revision that is complete. It
stands while its answers stand (`stands`).
The answers themselves are reviews with mode REVISION, on disk one by one, so a revision goes on after a restart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from studyapp.core.calibration import brier, judgements
from studyapp.core.course import Card, CardKind
from studyapp.core.log import Event, EventKind, Mode, Review
from studyapp.core.sm2 import PASSING_GRADE

KINDS = (CardKind.SELF_CHECK, CardKind.TRAP)
"""What a revision asks, in this order."""
OPEN_DAYS = 7
"""Study days for which an answer of a revision that was left open counts: spread over more it is no closed book."""


def asked(cards: Iterable[Card]) -> tuple[Card, ...]:
    """The cards of a module that its revision asks."""
    found = [card for card in cards if card.kind in KINDS and not card.draft]
    return tuple(sorted(found, key=lambda card: KINDS.index(card.kind)))


@dataclass(frozen=True, slots=True)
class Progress:
    """A revision that has begun, or not yet."""

    cards: tuple[str, ...]
    """All that are asked, in order."""
    answers: Mapping[str, Review]
    """The answer that counts, by card."""

    @property
    def open(self) -> tuple[str, ...]:
        return tuple(card_id for card_id in self.cards if card_id not in self.answers)

    @property
    def complete(self) -> bool:
        return bool(self.cards) and not self.open

    @property
    def reviews(self) -> tuple[Review, ...]:
        """The answers in the order of the questions."""
        return tuple(self.answers[card_id] for card_id in self.cards if card_id in self.answers)


def progress(cards: Sequence[str], reviews: Iterable[Review], *, signed: str, today: date) -> Progress:
    """Where a revision stands, from the log.

    Args:
        reviews: those that stand; other modes may be among them.
        signed: id of the last signed revision, or "": what was answered before it belongs to it.
    """
    since = today - timedelta(days=OPEN_DAYS - 1)
    mine = [r for r in reviews if r.mode is Mode.REVISION and r.id > signed and r.study_day >= since]
    latest = {review.card_id: review for review in sorted(mine, key=lambda review: review.id)}
    return Progress(tuple(cards), {card_id: latest[card_id] for card_id in cards if card_id in latest})


def stands(event: Event, undone: Collection[str]) -> bool:
    """False for an event that was undone, and for a revision one of whose answers was: that one is open again."""
    answers = event.data.get("reviews") if event.kind is EventKind.REVISION else None
    return event.id not in undone and not (isinstance(answers, list) and any(answer in undone for answer in answers))


def record(done: Progress, name: str) -> dict[str, Any]:
    """The data of the event, as the table above.

    Raises:
        ValueError: questions are open, or nobody signed.
    """
    if not done.complete or not name.strip():
        raise ValueError("a revision is signed once every question is answered")
    reviews = done.reviews
    return {
        "questions": len(reviews),
        "passed": sum(review.grade >= PASSING_GRADE for review in reviews),
        "brier": brier(judgements(reviews, {})),
        "closed_book": True,
        "signed": name.strip(),
        "cards": list(done.cards),
        "reviews": [review.id for review in reviews],
        "begun": min(review.study_day for review in reviews).isoformat(),
    }
