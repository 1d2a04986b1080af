"""What a study day holds, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from zlib import crc32

from studyapp.core.plan import new_per_day, plan_day
from studyapp.core.sm2 import DRILL_BELOW
from studyapp.services.asked import asked

if TYPE_CHECKING:
    from studyapp.core.schedule import CardState
    from studyapp.services.recall import Recall


@dataclass(frozen=True, slots=True)
class Today:
    """What stands open now."""

    day: date
    order: tuple[str, ...]
    """Cards in study order, drills last."""
    due: int
    new: int
    drill: int
    minutes: int
    postponed: int
    """Due cards above the daily cap."""
    answered: int
    """Cards answered today."""
    asked: int = 0
    """Cards asked for by the learner, before their day or beyond the limits."""


def today(recall: Recall) -> Today:
    """What stands open now: due and new cards in study order, those asked for, then the drills."""
    day, store, learner = recall.day, recall.store, recall.learner
    seen = store.seen_on(learner, day)
    repeated, met = answered_of(seen, day)
    due_total = store.due_total(learner, day)
    most_due, most_new = _limits(recall, due_total + repeated, met)
    new = store.new(learner, day, max(0, most_new - met))
    room = max(0, most_due - repeated)
    plan = plan_day(store.due(learner, day, room), new, today=day, due_cap=room)
    # A card that is due or new and was missed in a quiz is asked once; beyond the daily limits too.
    planned = set(plan.order)
    drills = [card_id for card_id in store.drills(learner, day, DRILL_BELOW) if card_id not in planned]
    drills.sort(key=lambda card_id: crc32(f"{day}{card_id}".encode()))  # another order than the recall's, every day
    wished = asked(store, learner, day, planned.union(drills))
    beside = [recall.state(card_id) for card_id in (*wished, *drills)]
    asked_anyway = sum(state.due is not None and state.due <= day for state in beside)
    return Today(
        day=day,
        order=(*plan.order, *wished, *drills),
        due=plan.due,
        new=plan.new,
        drill=len(drills),
        minutes=recall.minutes(plan.due + len(wished) + len(drills), plan.new),
        postponed=max(0, due_total - plan.due - asked_anyway),
        answered=sum(state.scheduled_on == day or not state.needs_drill(day) for state in seen),
        asked=len(wished),
    )


def answered_of(seen: list[CardState], day: date) -> tuple[int, int]:
    """How many of these cards were repeated that day, and how many were met for the first time."""
    met = sum(state.introduced == day for state in seen)
    return sum(state.scheduled_on == day for state in seen) - met, met


def new_limit(recall: Recall) -> int:
    """New cards on a usual day: the learner's own number, else the module over a week."""
    module = recall.store.next_module(recall.learner)
    return new_per_day(module.size if module else 0, recall.settings.new_limit)


def _limits(recall: Recall, waiting: int, met: int) -> tuple[int, int]:
    """Due and new cards that today may hold, those answered and met already among them."""
    day, target = recall.day, recall.settings.target
    if target is None or target <= day:
        return recall.settings.due_per_day, new_limit(recall)
    from studyapp.services.target import new_left, pace  # only for learners with a target

    return pace(recall).limits(waiting, new_left(recall) + met, (target - day).days)
