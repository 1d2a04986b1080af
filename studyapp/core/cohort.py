"""A group that studies one module: where each learner stands, and which cards the group gets wrong.

An answer is counted once a study day, the first recall of its card: a drill after a miss says nothing about memory.
The answers of one learner resemble each other, so many answers of few learners tell less than their number says. The
interval of a card's share uses the effective number of answers: the variance of a ratio over clusters of unequal size
(W. G. Cochran, Sampling Techniques, 3rd ed. 1977, section 9A.2), turned into the number of independent answers that
would have it (E. L. Korn and B. I. Graubard, Survey Methodology 24, 1998), in Wilson's interval.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from studyapp.core.proportion import wilson
from studyapp.core.statistics import Share

LEAST_ANSWERS = 10
"""Answers from which a card is ranked."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A learner's cards of the module, counted."""

    learner: str
    cards: int
    seen: int
    known: int
    """Recalled at least twice in a row, and well (4 or 5) the last time."""
    due: int


@dataclass(frozen=True, slots=True)
class Recalled:
    """First recalls of a day of cards that had been recalled before."""

    kept: int
    asked: int


@dataclass(frozen=True, slots=True)
class LastAnswer:
    """The answer by which the audit judges a card of a learner."""

    learner: str
    card_id: str
    day: date
    grade: int
    confidence: int | None


@dataclass(frozen=True, slots=True)
class Member:
    """One learner of the group."""

    standing: Standing
    last_day: date | None
    """The last study day with an answer."""
    streak: int
    """Study days in a row up to today or yesterday."""
    recall: Share
    ticked: int
    solid: int
    statements: int
    signed: int
    items: int

    @property
    def learner(self) -> str:
        return self.standing.learner

    @property
    def open(self) -> bool:
        """Every gate item is signed."""
        return 0 < self.items == self.signed


@dataclass(frozen=True, slots=True)
class CardSums:
    """The group's answers to one card: n answers and x wrong ones a learner, and sums over the learners."""

    card_id: str
    answers: int
    wrong: int
    sure: int
    """Wrong ones given with confidence: sure or certain."""
    learners: int
    nn: int
    nx: int
    xx: int

    @property
    def rate(self) -> float:
        return self.wrong / self.answers

    @property
    def effective(self) -> float:
        """How many independent answers would tell as much; never more than there are, and at least one."""
        spread = self.xx - 2 * self.rate * self.nx + self.rate**2 * self.nn
        if self.learners < 2 or spread <= 0 or self.wrong in (0, self.answers):
            return float(self.answers)
        variance = self.learners / (self.learners - 1) * spread / self.answers**2
        return max(1.0, min(float(self.answers), self.rate * (1 - self.rate) / variance))

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.rate * self.effective, self.effective)


def streak_of(run: tuple[date, int] | None, today: date) -> int:
    """Study days in a row that still go on: the last of them is today or yesterday."""
    return run[1] if run is not None and (today - run[0]).days <= 1 else 0


def hardest(cards: Iterable[CardSums], least: int = LEAST_ANSWERS) -> list[CardSums]:
    """Cards with wrong answers and enough of all, the worst share first, then the most answers, then by id."""
    counted = (card for card in cards if card.wrong and card.answers >= least)
    return sorted(counted, key=lambda card: (-card.rate, -card.answers, card.card_id))
