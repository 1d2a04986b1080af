"""SM-2 as published (P. A. Wozniak, "Optimization of learning", 1990, section 3.2).

The text leaves four questions open; each is a named option whose default is the literal reading.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

GRADES = range(6)
GRADE_NAMES = ("blackout", "wrong", "almost", "hard", "good", "perfect")
PASSING_GRADE = 3
DRILL_BELOW = 4
STARTING_EASE = 2.5
LOWEST_EASE = 1.3
LONGEST_INTERVAL = 36_500
"""Days. The text has no bound; a century keeps every due date a valid date."""


@dataclass(frozen=True, slots=True)
class Sm2Options:
    """The four choices that the published text leaves to the implementer."""

    failure_ease: Literal["keep", "update"] = "keep"
    after_failure: Literal["first", "before_first"] = "first"
    interval_ease: Literal["updated", "previous"] = "updated"
    rounding: Literal["up", "nearest"] = "up"


@dataclass(frozen=True, slots=True)
class Memory:
    """What the scheduler knows of one card."""

    repetitions: int = 0
    """Successful repetitions in the current run (n)."""
    interval_days: int = 0
    """Days to the next repetition (I); 0 before the first."""
    ease: float = STARTING_EASE
    """E-Factor."""
    stability: float = field(default=0.0, compare=False)
    """FSRS alone: days until the probability of recall is 90 %. Not stored: a replay of the card's log gives it."""
    difficulty: float = field(default=0.0, compare=False)
    """FSRS alone: 1 to 10. Not stored either."""


def next_memory(memory: Memory, grade: int, days: int = 0, options: Sm2Options = Sm2Options()) -> Memory:
    """The memory after one repetition graded 0 to 5.

    Args:
        days: since the repetition before; SM-2 asks only for the interval that was planned.

    Raises:
        ValueError: the grade is not 0 to 5.
    """
    if grade not in GRADES:
        raise ValueError(f"a grade is 0 to 5, not {grade}")
    updated_ease = next_ease(memory.ease, grade)
    if grade < PASSING_GRADE:
        ease = updated_ease if options.failure_ease == "update" else memory.ease
        # The failed repetition counts as the new first one, unless the first is to come again.
        return Memory(1 if options.after_failure == "first" else 0, 1, ease)
    repetitions = memory.repetitions + 1
    ease = updated_ease if options.interval_ease == "updated" else memory.ease
    return Memory(repetitions, _interval(repetitions, memory.interval_days, ease, options), updated_ease)


def next_ease(ease: float, grade: int) -> float:
    """EF' = EF + (0.1 - (5-q)(0.08 + (5-q) 0.02)), at least 1.3."""
    miss = 5 - grade
    return max(LOWEST_EASE, ease + (0.1 - miss * (0.08 + miss * 0.02)))


def _interval(repetitions: int, previous_days: int, ease: float, options: Sm2Options) -> int:
    if repetitions == 1:
        return 1
    if repetitions == 2:
        return 6
    product = round(previous_days * ease, 9)  # 6 * 2.6 must not round up from 15.600000000000001 noise
    days = math.ceil(product) if options.rounding == "up" else math.floor(product + 0.5)
    return min(days, LONGEST_INTERVAL)
