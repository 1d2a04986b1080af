"""What to study today, and in which order."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from studyapp.core.course import Card

WEEK = 7
PER_MODULE = 1_000_000
"""Positions kept free for each module, so that positions order cards across modules."""


class Candidate(NamedTuple):
    """The little that planning needs to know of a card; a day may have thousands."""

    card_id: str
    topic: str
    kind: str
    needs: tuple[str, ...] = ()
    due: date | None = None
    interval_days: int = 0

    def risk(self, today: date) -> float:
        """Elapsed time over interval: at 1 the card is due, at 2 twice the planned time has passed.

        Under any forgetting curve that is a function of elapsed/interval this orders the cards by
        their probability of being forgotten, whatever the curve.
        """
        if self.due is None:
            return 0.0
        late = (today - self.due).days
        return 1.0 + late / max(1, self.interval_days)


def introduction_order(cards: Sequence[Card], topic_order: Sequence[str]) -> list[Card]:
    """The order in which new cards are met: easy before hard, after what they need, topics in turn.

    A card waits for everything in its `needs`; among the cards that are ready the easiest comes
    first, then the topic met least often so far, then the author's order.
    """
    by_id = {card.id: card for card in cards}
    waiting = {card.id: {need for need in card.needs if need in by_id} for card in cards}
    children: dict[str, list[str]] = {card.id: [] for card in cards}
    for card in cards:
        for need in waiting[card.id]:
            children[need].append(card.id)
    topic_rank = {topic: rank for rank, topic in enumerate(topic_order)}
    author_rank = {card.id: rank for rank, card in enumerate(cards)}
    met = dict.fromkeys(topic_order, 0)
    ready: list[tuple[int, int, int, int, str]] = []

    def push(card_id: str) -> None:
        card = by_id[card_id]
        rank = topic_rank.get(card.topic, len(topic_rank))
        # A topic's n-th card of a level comes after every topic's (n-1)-th: the topics take turns.
        key = (card.difficulty.rank, met.get(card.topic, 0), rank, author_rank[card_id], card_id)
        met[card.topic] = met.get(card.topic, 0) + 1
        heapq.heappush(ready, key)

    for card in cards:
        if not waiting[card.id]:
            push(card.id)
    order: list[Card] = []
    while ready:
        card_id = heapq.heappop(ready)[-1]
        order.append(by_id[card_id])
        for child in children[card_id]:
            waiting[child].discard(card_id)
            if not waiting[child]:
                push(child)
    return order


def new_per_day(module_cards: int, setting: int | None) -> int:
    """New cards a day: the learner's own number, else the module spread over a week."""
    if setting is not None:
        return setting
    return -(-module_cards // WEEK)


@dataclass(frozen=True, slots=True)
class DayPlan:
    """Today's cards in study order. `postponed` counts the due cards above the daily cap."""

    order: tuple[str, ...]
    due: int
    new: int
    postponed: int = 0


def plan_day(due: Iterable[Candidate], new: Iterable[Candidate], *, today: date, due_cap: int) -> DayPlan:
    """Today's cards: due ones by risk up to the cap, new ones spread among them, neighbours unlike.

    Args:
        new: the new cards allowed today, in the order of introduction.
        due_cap: how many due cards today may still hold; the least at risk wait.
    """
    by_risk = sorted(due, key=lambda card: (-card.risk(today), card.due or today, card.card_id))
    chosen, later = by_risk[: max(0, due_cap)], by_risk[max(0, due_cap) :]
    fresh = list(new)
    order = _unlike_neighbours(_spread(chosen, fresh))
    return DayPlan(tuple(card.card_id for card in order), len(chosen), len(fresh), len(later))


def _spread(due: Sequence[Candidate], new: Sequence[Candidate]) -> list[Candidate]:
    """New cards at even distances among the due ones; a due card opens the session."""
    if not due or not new:
        return [*due, *new]
    mixed = list(due)
    for place in reversed(range(len(new))):
        mixed.insert(-(-(place + 1) * len(due) // len(new)), new[place])
    return mixed


_LOOK_AHEAD = 8
"""How far an unlike card may be brought forward: far enough to vary, near enough to keep the order."""

_MOST_ALIKE = 8
"""Above any likeness."""


def _unlike_neighbours(cards: Sequence[Candidate]) -> list[Candidate]:
    """The same cards, moved a few places so that no two neighbours give each other away."""
    coming = iter(cards)
    window = list(islice(coming, _LOOK_AHEAD))
    unmet = {card.card_id for card in cards if card.due is None}
    order: list[Candidate] = []
    previous: Candidate | None = None
    while window:
        pick, least = 0, _MOST_ALIKE
        for index, card in enumerate(window):
            if card.needs and not unmet.isdisjoint(card.needs):
                continue  # a new card waits for its new needs
            alike = likeness(previous, card)
            if alike < least:
                pick, least = index, alike
            if not alike:
                break
        previous = window.pop(pick)
        order.append(previous)
        unmet.discard(previous.card_id)
        window += islice(coming, 1)
    return order


def likeness(one: Candidate | None, other: Candidate) -> int:
    """How much one card helps with the next: linked by `needs` (4), same topic (2), same kind (1)."""
    if one is None:
        return 0
    linked = one.card_id in other.needs or other.card_id in one.needs
    return 4 * linked + 2 * (one.topic == other.topic) + (one.kind == other.kind)
