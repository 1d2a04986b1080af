"""The cards and reviews that both sides are filled with. Standard library alone: the peer's Python reads it too."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from studyapp.core.sm2 import Memory, next_memory

REVIEWS = 10
"""Of each card."""
NEW = 50
"""Cards without a review, in every collection."""
DUE_PERCENT = 5
"""Cards due today or overdue by up to a week."""
MODULES = 20
LONGEST = 200
"""Days between two reviews; the cards of a long interval were asked before their day."""
RARE = "zirconium"
"""A word in every 150th question: what is searched for."""
_GRADES, _WEIGHTS = (1, 2, 3, 4, 5), (4, 4, 17, 50, 25)
_LAST = (4, 4, 5)
"""Grades of the last two reviews: the interval is then six days or more, and not every card is due."""
_WORDS = [a + b + c for a in ("no", "si", "gra", "ve", "lo") for b in ("ra", "mi", "te", "ko") for c in ("", "n", "st")]
_ZIPF = list(accumulate(1 / rank for rank in range(1, len(_WORDS) + 1)))


@dataclass(frozen=True, slots=True)
class Sample:
    """One card with its history, in days relative to today."""

    number: int
    module: int
    prompt: str
    answer: str
    key_points: tuple[str, ...]
    reviews: tuple[tuple[int, int, int], ...]
    """Day (negative), grade 0 to 5, milliseconds; all recalls."""
    memories: tuple[Memory, ...]
    """After each review."""
    due: int
    """Day on which it comes again; 0 is today."""


def samples(cards: int) -> Iterator[Sample]:
    """`cards` cards with ten reviews each and a few new ones; the same for every call."""
    dice = random.Random(cards)
    for number in range(cards + NEW):
        words = dice.choices(_WORDS, cum_weights=_ZIPF, k=66)
        rare = f" {RARE}" if number % 150 == 7 else ""
        prompt = f"What does {' '.join(words[:8])}{rare} say about number {number}?"
        points = tuple(" ".join(words[at : at + 5]).capitalize() for at in (8, 13, 18))
        answer = " ".join(words[23:]).capitalize() + "."
        reviews, memories, due = _history(dice) if number < cards else ((), (), 0)
        yield Sample(number, number % MODULES, prompt, answer, points, reviews, memories, due)


def _history(dice: random.Random) -> tuple[tuple[tuple[int, int, int], ...], tuple[Memory, ...], int]:
    memory, day, reviews, memories = Memory(), 0, [], []
    is_due = dice.randrange(100) < DUE_PERCENT
    grades = [*dice.choices(_GRADES, _WEIGHTS, k=REVIEWS - 2), *dice.choices(_LAST, k=2)]
    if is_due:
        grades[-3] = 1  # what is due comes often
    for grade in grades:
        memory = next_memory(memory, grade)
        reviews.append((day, grade, dice.randint(3_000, 40_000)))
        memories.append(memory)
        day += min(memory.interval_days, LONGEST)
    interval = memory.interval_days
    day = reviews[-1][0] + interval
    due = -dice.randint(0, 7) if is_due else interval - dice.randint(1, min(interval - 1, LONGEST))
    shift = due - day
    return tuple((at + shift, grade, ms) for at, grade, ms in reviews), tuple(memories), day + shift
