"""How well a scheduler expects recalls: known losses, honest intervals, and simulated truth that it must find."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import log
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyapp.core import fsrs, scoring
from studyapp.core.log import Mode, Review
from studyapp.core.scoring import Prediction
from studyapp.core.sm2 import Memory, next_memory
from studyapp.core.statistics import Share
from studyapp.core.target import recall_probability

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
MADE = st.lists(
    st.builds(Prediction, st.sampled_from(["a", "b", "c"]), st.floats(0, 1), st.booleans()), min_size=1, max_size=60
)


def review(day: int, grade: int, mode: Mode = Mode.RECALL) -> Review:
    moment = MONDAY + timedelta(days=day)
    return Review(
        id=f"{day:04}{mode}",
        learner="me",
        card_id="c",
        reviewed_at=moment,
        study_day=moment.date(),
        grade=grade,
        mode=mode,
    )


def test_what_is_expected_comes_from_the_days_before() -> None:
    reviews = [review(0, 5), review(0, 1, Mode.DRILL), review(1, 4), review(9, 2), review(9, 4), review(10, 3)]

    def sm2(memory: object, days: int) -> float:
        return recall_probability(days, max(1, memory.interval_days))  # type: ignore[attr-defined]

    found = scoring.predictions("c", reviews, next_memory, sm2)
    assert [one.recalled for one in found] == [True, False, True]
    assert [one.probability for one in found] == [
        pytest.approx(0.9),
        pytest.approx(recall_probability(8, 6)),
        pytest.approx(0.9),
    ]
    other = scoring.predictions("c", reviews, fsrs.next_memory, fsrs.recall_probability)
    assert [one.recalled for one in other] == [True, False, True]
    assert other[0].probability == fsrs.recall_probability(fsrs.next_memory(Memory(), 5), 1)


def test_the_loss_of_known_guesses() -> None:
    assert Prediction("c", 0.5, True).loss == pytest.approx(log(2))
    assert Prediction("c", 0.9, False).loss == pytest.approx(-log(0.1))
    assert Prediction("c", 0.0, True).loss == Prediction("c", 1.0, False).loss == pytest.approx(-log(0.001))


@given(MADE)
def test_bins_hold_every_recall_once_and_rise(made: list[Prediction]) -> None:
    bins = scoring.score(made).bins
    total = sum((part.recalled for part in bins), Share())
    assert (total.hits, total.total) == (sum(one.recalled for one in made), len(made))
    assert [part.expected for part in bins] == pytest.approx(sorted(part.expected for part in bins))


@given(MADE)
def test_the_constant_guess_is_the_best_constant(made: list[Prediction]) -> None:
    best = scoring.constant_loss(made)
    for guess in (0.1, 0.5, 0.9):
        assert best <= sum(Prediction("", guess, one.recalled).loss for one in made) / len(made) + 1e-9


def test_cards_not_answers_make_a_mean_sure() -> None:
    """The same hundred answers: of a hundred cards, or of four that each answer alike."""
    apart = scoring.mean_of_cards([(str(n), float(n % 2)) for n in range(100)])
    alike = scoring.mean_of_cards([(str(n % 4), float(n % 2)) for n in range(100)])
    assert apart[0] == alike[0] == 0.5
    assert alike[1] > 4 * apart[1]
    assert scoring.mean_of_cards([("only", 1.0), ("only", 0.0)])[1] == float("inf")


def test_the_interval_of_the_mean_holds_the_truth_as_often_as_it_says() -> None:
    rng, held = Random(1), 0
    for _ in range(300):
        values = []
        for card in range(40):
            own = rng.gauss(0, 1)
            values += [(str(card), 2 + own + rng.gauss(0, 1)) for _ in range(rng.randint(1, 12))]
        mean, half = scoring.mean_of_cards(values)
        held += abs(mean - 2) <= half
    assert 0.88 <= held / 300 <= 0.985
