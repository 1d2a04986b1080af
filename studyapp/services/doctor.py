"""Proof that what is stored follows from the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studyapp.core.schedule import CardState, replay
from studyapp.services.recall import Recall, replay_all


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    check: str
    ok: bool
    text: str


def examine(recall: Recall) -> list[Finding]:
    """Looks at the database, at the schedule against the log, and at the log against the content."""
    store, learner = recall.store, recall.learner
    damage = store.integrity_errors()
    findings = [Finding("database", not damage, "; ".join(damage[:3]) or "sound")]
    cards = list(store.card_ids(learner))
    differing = [card_id for card_id in cards if _differs(recall, card_id)]
    text = f"all {len(cards)} cards stand as the log says"
    if differing:
        verb = "does" if len(differing) == 1 else "do"
        text = (
            f"{len(differing)} of {len(cards)} cards {verb} not stand as the log says ({_first(differing)});"
            " run studyapp doctor --repair"
        )
    findings.append(Finding("schedule", not differing, text))
    known = {listing.id for listing in store.listing(learner)}
    orphans = sorted(set(cards) - known)
    text = "every card with history is in the content"
    if orphans:
        have = "card has" if len(orphans) == 1 else "cards have"
        text = f"{len(orphans)} {have} history but no content ({_first(orphans)}); it is kept"
    findings.append(Finding("content", True, text))
    return findings


def _first(card_ids: Sequence[str]) -> str:
    return card_ids[0] + ", …" * (len(card_ids) > 1)


def _differs(recall: Recall, card_id: str) -> bool:
    store, learner = recall.store, recall.learner
    reviews, events = store.reviews_of(learner, card_id), store.events_of(learner, card_id)
    stored = store.state(learner, card_id) or CardState(card_id)
    return stored != replay(card_id, reviews, events, recall.settings.schedule)


def repair(recall: Recall) -> int:
    """Rebuilds the schedule from the log; returns how many cards moved."""
    with recall.store.transaction() as tx:
        return replay_all(tx, recall.learner, recall.settings)
