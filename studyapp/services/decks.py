"""Cards as another program groups them: a deck for each topic of a module."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studyapp.core.course import Card
from studyapp.errors import StudyError, UsageError
from studyapp.services.course import topic_titles
from studyapp.services.recall import Recall


@dataclass(frozen=True, slots=True)
class Deck:
    """Cards that stand together."""

    name: str
    """`::` parts a deck from the one above it, as Anki has it."""
    cards: Sequence[Card]


def decks(recall: Recall, module: str | None = None) -> list[Deck]:
    """The cards that can be asked, in the order of study.

    Args:
        module: only this one's.

    Raises:
        UsageError: no such module.
        StudyError: there is no card to be asked.
    """
    modules = {one.id: str(one.body.get("title", one.id)) for one in recall.store.modules() if one.folder}
    if module is not None and module not in modules:
        raise UsageError(f"There is no module {module!r}; there are: {', '.join(modules) or 'none'}.")
    topics = topic_titles(recall.store)
    found: dict[str, list[Card]] = {}
    for listing in recall.store.listing(recall.learner):
        if listing.retired or listing.draft or listing.module not in modules or module not in (None, listing.module):
            continue
        card = recall.store.card(listing.id)
        if card is not None:
            topic = topics.get((card.module, card.topic), card.topic)
            found.setdefault(f"{_part(modules[card.module])}::{_part(topic)}", []).append(card)
    if not found:
        raise StudyError("There are no cards with an answer; `studyapp content check` tells why.")
    return [Deck(name, cards) for name, cards in found.items()]


def _part(title: str) -> str:
    return " ".join(title.replace("::", ": ").replace('"', "'").split())
