"""Finding cards and showing where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from studyapp.core.log import voided
from studyapp.core.schedule import CardState
from studyapp.core.search import terms
from studyapp.services.ports import CardListing
from studyapp.services.recall import Recall

AT_ONCE = 500
"""Cards read together."""


def state_word(listing: CardListing, recall: Recall) -> str:
    """retired, draft, suspended, buried, new, due or waiting: what the content says comes first."""
    if listing.retired:
        return "retired"
    return "draft" if listing.draft else listing.state.name(recall.day)


def search(recall: Recall, words: str) -> list[str]:
    """Ids of the cards that every word fits: a part of the question, of a note, of `core.search.FIELDS`, or flagged."""
    return recall.store.search(recall.learner, terms(words), recall.day)


def found(recall: Recall, words: str) -> Iterator[CardListing]:
    """The cards that every word fits."""
    ids = search(recall, words)
    for start in range(0, len(ids), AT_ONCE):
        yield from recall.store.listings(recall.learner, ids[start : start + AT_ONCE])


def described(listing: CardListing, recall: Recall) -> dict[str, Any]:
    """A line of `card list --json`."""
    return {
        "id": listing.id,
        "kind": listing.kind,
        "topic": listing.topic,
        "difficulty": listing.difficulty,
        "lab": listing.lab or None,
        "state": state_word(listing, recall),
    }


def shown(card_id: str, recall: Recall) -> dict[str, Any]:
    """Everything about a card, as `card show --json`.

    Raises:
        UsageError: no such card.
    """
    card = recall.card(card_id)
    listing = recall.store.listing(recall.learner, card_id)[0]
    undone = voided(recall.store.events_of(recall.learner, card_id))
    reviews = [
        {
            "id": review.id,
            "at": review.reviewed_at.isoformat(),
            "grade": review.grade,
            "mode": review.mode.value,
            "confidence": review.confidence,
            "voided": review.id in undone,
        }
        for review in recall.store.reviews_of(recall.learner, card_id)
    ]
    return {
        **card.to_dict(),
        "place": recall.store.card_place(card_id),
        "note": listing.state.note,
        "flag": listing.state.flag,
        "schedule": schedule_values(listing.state) | {"state": state_word(listing, recall)},
        "reviews": reviews,
    }


def schedule_values(state: CardState) -> dict[str, Any]:
    return {
        "repetitions": state.memory.repetitions,
        "interval_days": state.memory.interval_days,
        "ease": round(state.memory.ease, 4),
        "due": state.due.isoformat() if state.due else None,
        "lapses": state.lapses,
    }
