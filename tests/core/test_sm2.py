from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyapp.core.sm2 import LONGEST_INTERVAL, LOWEST_EASE, Memory, Sm2Options, next_memory

GRADES = st.integers(0, 5)
OPTIONS = st.builds(
    Sm2Options,
    failure_ease=st.sampled_from(["keep", "update"]),
    after_failure=st.sampled_from(["first", "before_first"]),
    interval_ease=st.sampled_from(["updated", "previous"]),
    rounding=st.sampled_from(["up", "nearest"]),
)


def run(grades: list[int], options: Sm2Options = Sm2Options()) -> tuple[list[int], float]:  # noqa: B008 - frozen
    memory, intervals = Memory(), []
    for grade in grades:
        memory = next_memory(memory, grade, options=options)
        intervals.append(memory.interval_days)
    return intervals, round(memory.ease, 2)


@pytest.mark.parametrize(
    ("grades", "intervals", "ease"),
    [
        ([4] * 7, [1, 6, 15, 38, 95, 238, 595], 2.5),
        ([5] * 6, [1, 6, 17, 50, 150, 465], 3.1),
        ([3] * 7, [1, 6, 13, 26, 47, 79, 121], 1.52),
        ([4, 4, 4, 2, 4, 4, 4], [1, 6, 15, 1, 6, 15, 38], 2.5),
    ],
)
def test_published_text(grades: list[int], intervals: list[int], ease: float) -> None:
    assert run(grades) == (intervals, ease)


@pytest.mark.parametrize(
    ("options", "grades", "intervals"),
    [
        (Sm2Options(failure_ease="update"), [4, 4, 4, 2, 4, 4, 4], [1, 6, 15, 1, 6, 14, 31]),
        (Sm2Options(interval_ease="previous"), [5] * 6, [1, 6, 17, 48, 140, 420]),
        (Sm2Options(rounding="nearest"), [5] * 6, [1, 6, 17, 49, 147, 456]),
        (Sm2Options(after_failure="before_first"), [4, 4, 2, 4, 4], [1, 6, 1, 1, 6]),
    ],
)
def test_the_other_reading_of_each_hole(options: Sm2Options, grades: list[int], intervals: list[int]) -> None:
    assert run(grades, options)[0] == intervals


@pytest.mark.parametrize("grade", [-1, 6])
def test_a_grade_out_of_range_is_refused(grade: int) -> None:
    with pytest.raises(ValueError, match="0 to 5"):
        next_memory(Memory(), grade)


@given(st.lists(GRADES, min_size=1, max_size=60), OPTIONS)
def test_bounds_hold_for_every_history(grades: list[int], options: Sm2Options) -> None:
    memory = Memory()
    for grade in grades:
        memory = next_memory(memory, grade, options=options)
        assert memory.ease >= LOWEST_EASE
        assert 1 <= memory.interval_days <= LONGEST_INTERVAL


@given(st.lists(st.integers(3, 5), min_size=3, max_size=30), OPTIONS)
def test_success_never_shortens_the_interval(grades: list[int], options: Sm2Options) -> None:
    intervals, _ = run(grades, options)
    assert intervals == sorted(intervals)


@given(st.lists(GRADES, max_size=20), st.integers(3, 4))
def test_a_better_grade_never_comes_back_sooner(history: list[int], grade: int) -> None:
    memory = Memory()
    for past in history:
        memory = next_memory(memory, past)
    assert next_memory(memory, grade).interval_days <= next_memory(memory, grade + 1).interval_days


@given(st.lists(GRADES, max_size=20), st.integers(0, 2))
def test_failure_keeps_the_ease_and_starts_again(history: list[int], grade: int) -> None:
    memory = Memory()
    for past in history:
        memory = next_memory(memory, past)
    assert next_memory(memory, grade) == Memory(1, 1, memory.ease)
