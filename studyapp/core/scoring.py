"""How well a scheduler knows when a card is forgotten, by the learner's own log.

Before every first recall of a day of a card met before, each scheduler says how probably it is recalled; what came
out scores it. FSRS says so itself. SM-2 does not: its interval is taken for the time after which nine in ten are
recalled, on the curve by which the program also estimates a target date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log, sqrt

from studyapp.core.log import Review
from studyapp.core.proportion import Z95
from studyapp.core.schedule import CardState, Scheduler, with_review
from studyapp.core.sm2 import PASSING_GRADE, Memory
from studyapp.core.statistics import Share

ENOUGH_RECALLS, ENOUGH_FORGOTTEN = 100, 10
"""Fewer recalls, or fewer forgotten ones, tell more of chance than of a scheduler."""
BINS = 5
SUREST = 0.999
"""No prediction counts as surer than this: one surprise would outweigh all else."""

Probability = Callable[[Memory, int], float]
"""(memory, days since the last repetition) -> probability of recall."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a scheduler expected of one recall, and what came out."""

    card_id: str
    probability: float
    recalled: bool

    @property
    def loss(self) -> float:
        """Minus the logarithm of the probability given to what came out."""
        sure = min(SUREST, max(1 - SUREST, self.probability))
        return -log(sure if self.recalled else 1 - sure)


@dataclass(frozen=True, slots=True)
class Bin:
    """A fifth of the recalls, those of like expectation: what was expected on average, and what came out."""

    expected: float
    recalled: Share


@dataclass(frozen=True, slots=True)
class Score:
    log_loss: float
    """Lower is better; always saying 0.5 gives 0.693."""
    low: float
    high: float
    bins: tuple[Bin, ...]


def predictions(
    card_id: str, reviews: Iterable[Review], schedule: Scheduler, probability: Probability
) -> list[Prediction]:
    """What a scheduler expected of each recall of one card.

    Args:
        reviews: those that stand, in order of time.
    """
    found, state = [], CardState(card_id)
    for review in reviews:
        after = with_review(state, review, schedule)
        if state.scheduled_on is not None and after.scheduled_on != state.scheduled_on:
            days = (review.study_day - state.scheduled_on).days
            found.append(Prediction(card_id, probability(state.memory, days), review.grade >= PASSING_GRADE))
        state = after
    return found


def score(made: Sequence[Prediction]) -> Score:
    """The mean loss with its interval, and expectation against outcome from the least sure fifth to the surest.

    Raises:
        ValueError: there are no predictions.
    """
    mean, half = mean_of_cards([(one.card_id, one.loss) for one in made])
    ordered = sorted(made, key=lambda one: one.probability)
    cuts = [len(ordered) * number // BINS for number in range(BINS + 1)]
    parts = [ordered[start:end] for start, end in pairwise(cuts) if end > start]
    bins = [
        Bin(sum(p.probability for p in part) / len(part), Share(sum(p.recalled for p in part), len(part)))
        for part in parts
    ]
    return Score(mean, mean - half, mean + half, tuple(bins))


def constant_loss(made: Sequence[Prediction]) -> float:
    """The loss of who always says the learner's own average: what a scheduler must beat to know anything of cards."""
    rate = sum(one.recalled for one in made) / len(made)
    return sum(Prediction("", rate, one.recalled).loss for one in made) / len(made)


def mean_of_cards(values: Sequence[tuple[str, float]]) -> tuple[float, float]:
    """The mean, and half of its 95 % interval. Answers to one card are not independent, so cards are what counts."""
    mean = sum(value for _, value in values) / len(values)
    away: dict[str, float] = {}
    for card_id, value in values:
        away[card_id] = away.get(card_id, 0.0) + value - mean
    cards = len(away)
    if cards < 2:
        return mean, float("inf")
    variance = sum(sum_ * sum_ for sum_ in away.values()) / len(values) ** 2 * cards / (cards - 1)
    return mean, Z95 * sqrt(variance)
