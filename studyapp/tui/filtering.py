"""Finding cards by words: in their text, or by topic, kind, state and difficulty."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from studyapp.services.ports import CardListing

FIELDS = ("topic", "kind", "state", "difficulty", "lab", "module", "id")


def state_word(card: CardListing, today: date) -> str:
    """One word for where a card stands; what the content says of it comes first."""
    if card.retired:
        return "retired"
    return "draft" if card.draft else card.state.name(today)


def matching(cards: Iterable[CardListing], query: str, today: date) -> list[CardListing]:
    """The cards that every word fits: `trap`, `due`, `topic:forward`, or a part of the question."""
    words = query.casefold().split()
    return [card for card in cards if all(_fits(word, card, today) for word in words)]


def _fits(word: str, card: CardListing, today: date) -> bool:
    values = {
        "topic": card.topic,
        "kind": card.kind.replace("_", "-"),
        "state": state_word(card, today) + (" flagged" if card.state.flag else ""),
        "difficulty": card.difficulty,
        "lab": card.lab,
        "module": card.module,
        "id": card.id,
    }
    name, colon, value = word.partition(":")
    if colon and name in values:
        return value in values[name].casefold()
    return word in " ".join([card.prompt, card.state.note, *values.values()]).casefold()
