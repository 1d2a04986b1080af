"""Proof that what is stored follows from the log."""

from __future__ import annotations

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
        text = f"{len(differing)} cards do not stand as the log says ({differing[0]}, …); run studyapp doctor --repair"
    findings.append(Finding("schedule", not differing, text))
    known = {listing.id for listing in store.listing(learner)}
    orphans = sorted(set(cards) - known)
    text = "every card with history is in the content"
    if orphans:
        text = f"{len(orphans)} cards have history but no content ({orphans[0]}, …); their history is kept"
    findings.append(Finding("content", True, text))
    return findings


def _differs(recall: Recall, card_id: str) -> bool:
    store, learner = recall.store, recall.learner
    reviews, events = store.reviews_of(learner, card_id), store.events_of(learner, card_id)
    stored = store.state(learner, card_id) or CardState(card_id)
    return stored != replay(card_id, reviews, events, recall.settings.scheduler)


def repair(recall: Recall) -> int:
    """Rebuilds the schedule from the log; returns how many cards moved."""
    with recall.store.transaction() as tx:
        return replay_all(tx, recall.learner, recall.settings)
