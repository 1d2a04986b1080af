"""Changing a setting, and what follows from it."""

from __future__ import annotations

from studyapp import settings as known
from studyapp.services.ports import Writing
from studyapp.services.recall import Recall, replay_all
from studyapp.settings import Settings


def change_setting(recall: Recall, name: str, value: str) -> int:
    """Stores one setting; a change of the scheduler replays the log.

    Returns:
        How many cards moved to another day.

    Raises:
        UsageError: no such setting, or a value it cannot have.
    """
    changed = known.changed(recall.settings, name, value)
    with recall.store.transaction() as tx:
        tx.put_setting(recall.learner, name, known.stored_value(changed, name))
        moved = _moved(tx, recall.learner, changed) if name in known.SCHEDULER_SETTINGS else 0
    recall.settings = changed
    return moved


def _moved(tx: Writing, learner: str, changed: Settings) -> int:
    before = {card.id: card.state.due for card in tx.listing(learner)}
    replay_all(tx, learner, changed)
    return sum(card.state.due != before[card.id] for card in tx.listing(learner))
