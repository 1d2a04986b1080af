"""Finding cards and showing where they stand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from studyapp.core.log import voided
from studyapp.core.schedule import CardState
from studyapp.services.ports import CardListing
from studyapp.services.recall import Recall


def state_word(listing: CardListing, recall: Recall) -> str:
    """draft, retired, suspended, buried, new, due or waiting."""
    if listing.draft:
        return "draft"
    return "retired" if listing.retired else listing.state.name(recall.day)


def matching(listings: Iterable[CardListing], words: str, recall: Recall) -> list[CardListing]:
    """The cards in which every word occurs: in id, prompt, kind, topic, difficulty, lab or state."""
    wanted = words.casefold().split()
    found = []
    for card in listings:
        text = f"{card.id} {card.prompt} {card.kind.replace('_', ' ')} {card.topic} {card.difficulty} {card.lab}"
        text = f"{text} {state_word(card, recall)}{' flagged' * bool(card.state.flag)}".casefold()
        if all(word in text for word in wanted):
            found.append(card)
    return found


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
