"""How sure the learner was, against what came out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt

from studyapp.core.log import Mode, Review
from studyapp.core.proportion import wilson
from studyapp.core.sm2 import PASSING_GRADE

PROBABILITY = {1: 0.25, 2: 0.5, 3: 0.75, 4: 0.95}
"""What each confidence says: guess, unsure, fairly, certain, as the chance of being right.

Four steps cannot say more than this. "Certain" is 0.95, not 1: nobody who says it is right every time,
and a score that expects it would punish the word instead of the misjudgement.
"""
CONFIDENCE_NAMES = ("guess", "unsure", "fairly", "certain")
SURE = 3
"""Confidence from which a wrong answer is a surprise."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One answer for which the learner first said how sure he was."""

    card_id: str
    topic: str
    confidence: int
    success: bool
    """Graded 3 or better."""
    day: date

    @property
    def probability(self) -> float:
        return PROBABILITY[self.confidence]


def judgements(reviews: Iterable[Review], topics: Mapping[str, str]) -> list[Judgement]:
    """The reviews that carry a confidence, in their order; not the drills, whose answer was seen minutes before.

    Args:
        topics: card id to topic; a card that is not there has none.
    """
    return [
        Judgement(
            review.card_id,
            topics.get(review.card_id, ""),
            review.confidence,
            review.grade >= PASSING_GRADE,
            review.study_day,
        )
        for review in reviews
        if review.confidence in PROBABILITY and review.mode is not Mode.DRILL
    ]


def brier(said: Sequence[Judgement]) -> float | None:
    """Mean squared distance of the stated chance from the outcome (G. W. Brier, 1950); None without judgements.

    0 is perfect; always saying 0.5 gives 0.25; certain and always wrong 0.9025.
    """
    if not said:
        return None
    return sum((one.probability - one.success) ** 2 for one in said) / len(said)


@dataclass(frozen=True, slots=True)
class Level:
    """All answers given with one confidence."""

    confidence: int
    answers: int
    right: int

    @property
    def stated(self) -> float:
        return PROBABILITY[self.confidence]

    @property
    def share(self) -> float | None:
        """Share of right answers; None without answers."""
        return self.right / self.answers if self.answers else None

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.right, self.answers)

    @property
    def verdict(self) -> str:
        """`too sure` or `too unsure` when the interval excludes what was stated; else `fits`, or `no answers`."""
        low, high = self.interval
        if not self.answers:
            return "no answers"
        if high < self.stated:
            return "too sure"
        return "too unsure" if low > self.stated else "fits"


@dataclass(frozen=True, slots=True)
class Reliability:
    """One topic, or everything: score and levels."""

    answers: int
    right: int
    brier: float | None
    interval: tuple[float, float]
    """Where the Brier score may lie (95 %)."""
    levels: tuple[Level, ...]
    """Confidence 1 to 4."""

    @property
    def stated(self) -> float | None:
        """Mean of the stated chances."""
        if not self.answers:
            return None
        return sum(level.stated * level.answers for level in self.levels) / self.answers

    @property
    def share(self) -> float | None:
        """Share of right answers; None without answers."""
        return self.right / self.answers if self.answers else None

    @property
    def share_interval(self) -> tuple[float, float]:
        return wilson(self.right, self.answers)

    @property
    def verdict(self) -> str:
        """How the stated chances compare with the share that was right, in the words of `Level.verdict`."""
        stated = self.stated
        if stated is None:
            return "no answers"
        low, high = self.share_interval
        if high < stated:
            return "too sure"
        return "too unsure" if low > stated else "fits"


def reliability(said: Sequence[Judgement]) -> Reliability:
    """Score and levels of these judgements."""
    levels = []
    for confidence in PROBABILITY:
        of_level = [one.success for one in said if one.confidence == confidence]
        levels.append(Level(confidence, len(of_level), sum(of_level)))
    right = sum(level.right for level in levels)
    return Reliability(len(said), right, brier(said), _brier_interval(levels), tuple(levels))


def _brier_interval(levels: Sequence[Level]) -> tuple[float, float]:
    """The score is a sum of the levels' shares, each with a weight, so its interval follows from theirs.

    Wilson limits combined as in Zou, Huang and Zhang, "A note on confidence interval estimation for a linear
    function of binomial proportions", 2009: honest with three answers too, where a bootstrap sees no spread.
    """
    answers = sum(level.answers for level in levels)
    if not answers:
        return 0.0, 1.0
    score = below = above = 0.0
    for level in levels:
        if level.share is None:
            continue
        weight, stated = level.answers / answers, level.stated
        slope = weight * (1 - 2 * stated)  # p² (1 - r) + (1 - p)² r  =  p² + r (1 - 2p)
        score += weight * stated**2 + slope * level.share
        low, high = level.interval
        at_least, at_most = (low, high) if slope > 0 else (high, low)
        below += (slope * (level.share - at_least)) ** 2
        above += (slope * (at_most - level.share)) ** 2
    return max(0.0, score - sqrt(below)), min(1.0, score + sqrt(above))


@dataclass(frozen=True, slots=True)
class SureButWrong:
    """A card on which the learner was sure and wrong."""

    card_id: str
    topic: str
    confidence: int
    """The highest with which it was wrong."""
    day: date
    """The last time."""
    times: int
    repaired: bool
    """It was right on a later day."""


def sure_but_wrong(reviews: Iterable[Review], topics: Mapping[str, str]) -> list[SureButWrong]:
    """The cards that surprised the learner: those still standing first, the surest first, the latest first.

    A card is as the last day says on which it was asked, with a confidence or without, and a miss stands for its day:
    what is said after the answer was shown proves nothing.

    Args:
        topics: card id to topic; a card that is not there has none.
    """
    asked: dict[str, list[Review]] = {}
    for review in reviews:
        if review.mode is not Mode.DRILL:
            asked.setdefault(review.card_id, []).append(review)
    found = []
    for card_id, answers in asked.items():
        wrong = [one for one in judgements(answers, topics) if not one.success and one.confidence >= SURE]
        if not wrong:
            continue
        last = max(answer.study_day for answer in answers)
        found.append(
            SureButWrong(
                card_id,
                wrong[0].topic,
                max(one.confidence for one in wrong),
                max(one.day for one in wrong),
                len(wrong),
                all(answer.grade >= PASSING_GRADE for answer in answers if answer.study_day == last),
            )
        )
    return sorted(found, key=lambda s: (s.repaired, -s.confidence, -s.day.toordinal(), s.card_id))
