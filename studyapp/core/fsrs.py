"""FSRS-6 (package `fsrs`, its published default parameters) behind the same port as SM-2.

A card is asked once a study day, so there are no learning steps of minutes, and no fuzz: the same log always
gives the same schedule.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from studyapp.core.sm2 import GRADES, LONGEST_INTERVAL, PASSING_GRADE, Memory, next_ease

if TYPE_CHECKING:
    from fsrs import Card, Rating, Scheduler

RETENTION = 0.9
_START = datetime(2000, 1, 1, tzinfo=UTC)
"""Any moment would do: only the days between two reviews count."""


def next_memory(memory: Memory, grade: int, days: int = 0, *, retention: float = RETENTION) -> Memory:
    """The memory after one repetition.

    Args:
        grade: 0, 1, 2 are Again; 3 is Hard; 4 is Good; 5 is Easy.
        days: whole days since the repetition before; not asked for at the first one.
        retention: probability of recall at which a card falls due.

    Raises:
        ValueError: the grade is not 0 to 5, or the memory was not replayed from the log.
    """
    moment = _START + timedelta(days=days)
    card, _ = _scheduler(retention).review_card(_card(memory), _rating(grade), moment)
    assert card.stability is not None
    assert card.difficulty is not None
    passed = grade >= PASSING_GRADE
    return Memory(
        repetitions=memory.repetitions + 1 if passed else 0,
        interval_days=(card.due - moment).days,
        ease=next_ease(memory.ease, grade) if passed else memory.ease,  # FSRS has none: as SM-2 would have it
        stability=card.stability,
        difficulty=card.difficulty,
    )


def recall_probability(memory: Memory, days: int) -> float:
    """R(t, S) = (1 + F t / S) ** -w20: how probably a card is recalled that many days after its last repetition."""
    return _scheduler(RETENTION).get_card_retrievability(_card(memory), _START + timedelta(days=days))


def _card(memory: Memory) -> Card:
    from fsrs import Card, State

    if not memory.stability:
        if memory.interval_days:
            raise ValueError("FSRS needs the card's log, not only its row in the schedule")
        return Card(card_id=1)  # an id, or the package sleeps to make one
    return Card(
        card_id=1,
        state=State.Review,
        stability=memory.stability,
        difficulty=memory.difficulty,
        last_review=_START,
    )


def _rating(grade: int) -> Rating:
    from fsrs import Rating

    if grade not in GRADES:
        raise ValueError(f"a grade is 0 to 5, not {grade}")
    return Rating.Again if grade < PASSING_GRADE else Rating(grade - 1)


@cache
def _scheduler(retention: float) -> Scheduler:
    from fsrs import Scheduler

    return Scheduler(
        desired_retention=retention,
        learning_steps=(),
        relearning_steps=(),
        maximum_interval=LONGEST_INTERVAL,
        enable_fuzzing=False,
    )
