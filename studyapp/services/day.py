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
    day, store, learner, settings = recall.day, recall.store, recall.learner, recall.settings
    seen = store.seen_on(learner, day)
    repeated = sum(state.scheduled_on == day and state.introduced != day for state in seen)
    new = store.new(learner, day, max(0, new_limit(recall) - introduced(seen, day)))
    room = max(0, settings.due_per_day - repeated)
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
        postponed=max(0, store.due_total(learner, day) - plan.due - asked_anyway),
        answered=sum(state.scheduled_on == day or not state.needs_drill(day) for state in seen),
        asked=len(wished),
    )


def introduced(seen: list[CardState], day: date) -> int:
    """How many of these cards were met for the first time that day."""
    return sum(state.introduced == day for state in seen)


def new_limit(recall: Recall) -> int:
    """New cards allowed today: the learner's own number, else the module over a week, faster towards a target."""
    settings = recall.settings
    module = recall.store.next_module(recall.learner)
    usual = new_per_day(module.size if module else 0, settings.new_limit)
    if settings.target is None or settings.new_limit is not None:
        return usual
    from studyapp.services.target import hurried  # only for learners with a target

    return hurried(recall, usual, settings.target)
