"""FSRS-6 behind the scheduler's port, against the package itself and against its published formulas."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fsrs import Card, Rating, Scheduler
from hypothesis import given
from hypothesis import strategies as st

from studyapp.core.fsrs import next_memory, recall_probability
from studyapp.core.sm2 import LONGEST_INTERVAL, Memory

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
RATINGS = (Rating.Again, Rating.Again, Rating.Again, Rating.Hard, Rating.Good, Rating.Easy)


def on_time(grades: list[int]) -> list[Memory]:
    """The memory after each grade, every review on the day it fell due."""
    memories, memory = [], Memory()
    for grade in grades:
        memory = next_memory(memory, grade, memory.interval_days)
        memories.append(memory)
    return memories


@pytest.mark.parametrize(
    ("grades", "intervals"),
    [
        ([4] * 7, [2, 11, 46, 163, 497, 1346, 3292]),
        ([3] * 7, [1, 3, 7, 12, 18, 25, 33]),
        ([4, 4, 4, 2, 4, 4, 4], [2, 11, 46, 3, 8, 19, 42]),
    ],
)
def test_known_runs(grades: list[int], intervals: list[int]) -> None:
    assert [memory.interval_days for memory in on_time(grades)] == intervals


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 900)), min_size=1, max_size=12))
def test_any_history_is_what_the_package_says(reviews: list[tuple[int, int]]) -> None:
    scheduler = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    memory, card, moment = Memory(), Card(card_id=7), MONDAY
    for grade, days in reviews:
        if memory.interval_days:
            moment += timedelta(days=days)
            assert recall_probability(memory, days) == scheduler.get_card_retrievability(card, moment)
        memory = next_memory(memory, grade, days)
        card, _ = scheduler.review_card(card, RATINGS[grade], moment)
        assert (memory.stability, memory.difficulty) == (card.stability, card.difficulty)
        assert moment + timedelta(days=memory.interval_days) == card.due


@given(st.integers(0, 5), st.integers(0, 5), st.integers(1, 400))
def test_the_forgetting_curve_is_the_published_one(first: int, second: int, days: int) -> None:
    memory = next_memory(next_memory(Memory(), first), second, 3)
    factor = 0.9 ** (-1 / 0.1542) - 1
    assert recall_probability(memory, days) == pytest.approx((1 + factor * days / memory.stability) ** -0.1542)
    assert recall_probability(memory, 0) == 1


def test_a_card_falls_due_at_the_wanted_retention() -> None:
    for percent in (70, 80, 90, 97):
        memory = next_memory(next_memory(Memory(), 5), 4, 8, retention=percent / 100)
        assert recall_probability(memory, memory.interval_days) == pytest.approx(percent / 100, abs=0.01)


def test_no_interval_ends_beyond_the_calendar() -> None:
    memory = Memory()
    for _ in range(40):
        memory = next_memory(memory, 5, memory.interval_days)
    assert memory.interval_days == LONGEST_INTERVAL


def test_a_run_of_successes_is_counted_and_ease_stays_that_of_sm2() -> None:
    memories = on_time([4, 5, 1, 3])
    assert [memory.repetitions for memory in memories] == [1, 2, 0, 1]
    assert [round(memory.ease, 2) for memory in memories] == [2.5, 2.6, 2.6, 2.46]


@pytest.mark.parametrize("grade", [-1, 6])
def test_grades_out_of_range_are_refused(grade: int) -> None:
    with pytest.raises(ValueError, match="0 to 5"):
        next_memory(Memory(), grade)


def test_a_row_of_the_schedule_is_not_enough() -> None:
    with pytest.raises(ValueError, match="log"):
        next_memory(Memory(1, 6, 2.5), 4, 6)
