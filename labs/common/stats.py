"""Means over seeds with honest intervals.

They cover what the seeds vary, which is data, noise, captions, and networks that a lab itself trains. The tiny pipeline
was trained once: how another training of it would differ, no interval tells.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

# Two-sided 95 % points of Student's t for 1 to 10 degrees of freedom.
STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)

NORMAL = 1.96
"""The same point of the normal distribution."""


def mean(values: Sequence[float]) -> float:
    """The arithmetic mean."""
    return math.fsum(values) / len(values)


ANYTHING = (-math.inf, math.inf)
SHARE = (0.0, 1.0)
POSITIVE = (0.0, math.inf)


def interval(values: Sequence[float], possible: tuple[float, float] = ANYTHING) -> tuple[float, float]:
    """The 95 % interval of the mean of 2 to 11 independent repetitions, by Student's t, cut to what is possible."""
    middle = mean(values)
    variance = math.fsum((value - middle) ** 2 for value in values) / (len(values) - 1)
    half = STUDENT[len(values) - 2] * math.sqrt(variance / len(values))
    return max(middle - half, possible[0]), min(middle + half, possible[1])


def wilson(share: float, total: int) -> tuple[float, float]:
    """The 95 % interval of a share found in `total` independent trials (Wilson 1927)."""
    middle, above = share + NORMAL**2 / (2 * total), 1 + NORMAL**2 / total
    half = NORMAL * math.sqrt(share * (1 - share) / total + (NORMAL / (2 * total)) ** 2)
    return (middle - half) / above, (middle + half) / above


def of_shares(values: Sequence[float], each: int) -> tuple[float, float]:
    """The 95 % interval of a share found with every seed in `each` independent trials: over seeds, and at least as wide
    as all trials together allow. Where every trial ends alike the seeds alone would claim certainty."""
    (low, high), (least, most) = interval(values, SHARE), wilson(mean(values), each * len(values))
    return max(0.0, min(low, least)), min(1.0, max(high, most))


def of_gains(after: Sequence[float], before: Sequence[float], each: int) -> tuple[float, float]:
    """The 95 % interval of after - before for shares of the same `each` trials with every seed: seed by seed, and at
    least as wide as for trials that are not the same."""
    low, high = interval([a - b for a, b in zip(after, before, strict=True)], (-1.0, 1.0))
    least, most = newcombe(mean(after), mean(before), each * len(after))
    return max(-1.0, min(low, least)), min(1.0, max(high, most))


def newcombe(after: float, before: float, total: int) -> tuple[float, float]:
    """The 95 % interval of after - before for shares of `total` independent trials each (Newcombe 1998, method 10)."""
    (a_low, a_high), (b_low, b_high) = wilson(after, total), wilson(before, total)
    gain = after - before
    return gain - math.hypot(after - a_low, b_high - before), gain + math.hypot(a_high - after, before - b_low)


def sides(bounds: Mapping[str, tuple[float, float]], at: float = 0.0, none: str = "none") -> tuple[str, str]:
    """The names whose interval lies below `at`, and those above it, or `none`; the rest cannot be told from it."""
    below = ", ".join(name for name, (_, high) in bounds.items() if high < at)
    above = ", ".join(name for name, (low, _) in bounds.items() if low > at)
    return below or none, above or none


def compared(gap: float, bounds: tuple[float, float]) -> str:
    """A difference of two in words, as its interval allows: 'less (-0.2 [-0.3, -0.1])'."""
    word = "less" if bounds[1] < 0 else "more" if bounds[0] > 0 else "not told apart"
    return f"{word} ({gap:+.3f} [{bounds[0]:+.3f}, {bounds[1]:+.3f}])"


def paired(of: Sequence[float], than: Sequence[float]) -> tuple[float, float]:
    """The 95 % interval of of - than, seed by seed."""
    return interval([a - b for a, b in zip(of, than, strict=True)])


def line(
    label: str, by_x: Sequence[Sequence[float]], possible: tuple[float, float] = ANYTHING, each: int = 0
) -> tuple[str, list[float], list[float], list[float]]:
    """A curve with its band: for every x the repetitions' mean and 95 % interval; shares of `each` trials if given."""
    bounds = [of_shares(values, each) if each else interval(values, possible) for values in by_x]
    return label, [mean(values) for values in by_x], [low for low, _ in bounds], [high for _, high in bounds]
