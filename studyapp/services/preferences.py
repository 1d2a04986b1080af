"""Changing a setting, and what follows from it."""

from __future__ import annotations

from studyapp import settings as known
from studyapp.services.recall import Recall, replay_all


def change_setting(recall: Recall, name: str, value: str) -> int:
    """Stores one setting; a change of the scheduler replays the log.

    Returns:
        How many cards' schedules moved.

    Raises:
        UsageError: no such setting, or a value it cannot have.
    """
    changed = known.changed(recall.settings, name, value)
    with recall.store.transaction() as tx:
        tx.put_setting(recall.learner, name, known.stored_value(changed, name))
        moved = replay_all(tx, recall.learner, changed) if name in known.SCHEDULER_SETTINGS else 0
    recall.settings = changed
    return moved
