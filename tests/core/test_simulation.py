"""The simulated learner: the published model's behaviour, and a year that adds up."""

from __future__ import annotations

from functools import partial
from math import exp, log
from random import Random

import pytest

from studyapp.core import fsrs, sm2
from studyapp.core import simulation as sim
from studyapp.core.simulation import Plan, SimulatedCard
from studyapp.core.sm2 import Memory

YEAR = Plan(cards=60, new_a_day=9, due_a_day=60, days=365)


def card(*days: float) -> SimulatedCard:
    made = SimulatedCard(sim.THRESHOLD)
    for day in days:
        made.practise(day)
    return made


def test_activation_is_the_published_sum() -> None:
    first = sim.LEAST_DECAY
    active = log(sim.UNITS_A_DAY**-first)
    second = sim.DECAY_SCALE * exp(active) + sim.LEAST_DECAY
    expected = log((3 * sim.UNITS_A_DAY) ** -first + (2 * sim.UNITS_A_DAY) ** -second)
    assert card(0, 1).activation(3) == pytest.approx(expected)
    assert card().recall(5) == 0


def test_an_average_card_is_as_the_docstring_says() -> None:
    assert card(0).recall(1) == pytest.approx(0.6, abs=0.02)
    assert card(0, 1).recall(2) == pytest.approx(0.9, abs=0.02)


def test_it_forgets_with_time_and_gains_by_spacing() -> None:
    assert card(0).recall(1) > card(0).recall(10) > card(0).recall(100)
    massed, spaced = card(0, 0.1, 0.2, 0.3), card(0, 3, 6, 9)
    assert spaced.recall(9 + 60) > massed.recall(0.3 + 60)


def test_grades_follow_the_probability_of_recall() -> None:
    rng, probability = Random(5), card(0).recall(1)
    grades = [card(0).answer(1, rng) for _ in range(4000)]
    assert sum(grade >= 3 for grade in grades) / 4000 == pytest.approx(probability, abs=0.03)
    assert set(grades) == set(range(6))


def test_a_seed_is_a_life() -> None:
    one, again, other = (sim.simulate(YEAR, sm2.next_memory, Random(seed)) for seed in ("a", "a", "b"))
    assert one == again
    assert one != other


def test_a_year_adds_up() -> None:
    run = sim.simulate(YEAR, sm2.next_memory, Random(0))
    assert len(run.weeks) == 52
    assert run.answers - 60 <= sum(run.weeks) <= run.answers
    assert run.minutes * 60 == run.answers * sim.DUE_SECONDS + YEAR.cards * (sim.NEW_SECONDS - sim.DUE_SECONDS)
    assert 0.6 < run.recalled < 1
    assert 0.6 < run.known < 1
    assert run.busiest <= YEAR.due_a_day * 6


def test_nothing_is_asked_before_its_day_and_nothing_new_beyond_the_limit() -> None:
    seen: list[tuple[Memory, int]] = []

    def schedule(memory: Memory, grade: int, days: int) -> Memory:
        seen.append((memory, days))
        return Memory(memory.repetitions + 1, 3, 2.5)

    sim.simulate(Plan(5, 2, 60, 10), schedule, Random(0))
    assert all(days == 3 for memory, days in seen if memory.repetitions)
    assert len(seen) == 2 * 4 + 2 * 3 + 1 * 3  # days 0, 3, 6, 9; days 1, 4, 7; days 2, 5, 8
    assert sim.simulate(Plan(0, 1, 1, 3), schedule, Random(0)).answers == 0


def test_wishing_to_recall_more_costs_more_and_gives_more() -> None:
    runs = [sim.simulate(YEAR, partial(fsrs.next_memory, retention=wish), Random(0)) for wish in (0.8, 0.9, 0.95)]
    assert [run.answers for run in runs] == sorted(run.answers for run in runs)
    assert [run.recalled for run in runs] == sorted(run.recalled for run in runs)


def test_the_interval_over_the_runs_is_student_s() -> None:
    found = sim.estimate([float(n) for n in range(10)])
    assert (found.mean, found.low, found.high) == pytest.approx((4.5, 2.3342, 6.6658), abs=1e-3)
    with pytest.raises(ValueError, match="10 runs"):
        sim.estimate([1.0])
