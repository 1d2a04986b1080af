"""Where a number lies on an axis, and which numbers stand beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

SMALLEST = 1e-300
"""Anything nearer to zero is zero on a chart."""
LARGEST = 1e300
"""Anything beyond is not on the chart, nor is the difference of two such numbers a number."""
NARROWEST = 1e-9
"""Numbers that differ by less than this share of them are equal on a chart."""


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from `low` to `high`, linear or logarithmic, with the numbers that are written beside it."""

    low: float
    high: float
    log: bool
    ticks: tuple[float, ...]

    def place(self, value: float | None) -> float | None:
        """0 at the axis' low end, 1 at its high end; None for what it cannot show."""
        if value is None or (self.log and value <= SMALLEST):
            return None
        return (self._at(value) - self._at(self.low)) / (self._at(self.high) - self._at(self.low))

    def labels(self) -> list[str]:
        """The ticks as text, all with the same number of decimals."""
        if self.log or len(self.ticks) < 2:
            return [f"{tick:g}" for tick in self.ticks]
        step = self.ticks[1] - self.ticks[0]
        if step < 1e-4 or max(abs(self.low), abs(self.high)) >= 1e6:
            digits = math.ceil(math.log10(max(abs(self.low), abs(self.high)) / step)) + 1
            return [f"{tick:.{digits}g}" for tick in self.ticks]
        decimals = max(0, -math.floor(math.log10(step) + 1e-9))
        return [f"{tick:.{decimals}f}" for tick in self.ticks]

    def _at(self, value: float) -> float:
        return math.log10(value) if self.log else value


def fitted(values: Iterable[float | None], log: bool, most_ticks: int, snug: bool = False) -> Scale:
    """The axis for these numbers.

    Args:
        most_ticks: how many numbers there is room for.
        snug: the axis ends at the smallest and largest number, not at a round one beyond.
    """
    known = (value for value in values if value is not None and abs(value) <= LARGEST)
    shown = [value for value in known if value > SMALLEST or not log]
    low, high = min(shown, default=1.0 if log else 0.0), max(shown, default=10.0 if log else 1.0)
    return (_logarithmic if log else _linear)(low, high, max(2, most_ticks), snug)


def _linear(low: float, high: float, most_ticks: int, snug: bool) -> Scale:
    if high - low <= max(SMALLEST, NARROWEST * max(abs(low), abs(high))):
        apart = max(abs(low), abs(high)) * 0.1
        low, high = (low - apart, high + apart) if apart > SMALLEST else (-1.0, 1.0)
    step = _round_step((high - low) / most_ticks)
    while math.floor(high / step + 1e-9) - math.ceil(low / step - 1e-9) + 1 > most_ticks:
        step = _round_step(step * 1.5)
    if not snug:
        low, high = step * math.floor(low / step + 1e-9), step * math.ceil(high / step - 1e-9)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return Scale(low, high, False, tuple(step * n + 0.0 for n in range(first, last + 1)))


def _round_step(least: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is not below `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least * (1 - 1e-9))


def _logarithmic(low: float, high: float, most_ticks: int, snug: bool) -> Scale:
    if high / low <= 1 + NARROWEST:
        low, high = low / 2, high * 2
    bottom, top = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    for factors in ((1, 2, 5), (1, 3), (1,)):
        ticks = [factor * 10.0**power for power in range(bottom, top + 1) for factor in factors]
        inside = [tick for tick in ticks if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]
        if len(inside) <= most_ticks:
            break
    if not snug:
        below = [tick for tick in ticks if tick <= low * (1 + 1e-9)]
        above = [tick for tick in ticks if tick >= high * (1 - 1e-9)]
        low, high = (below or [low])[-1], (above or [high])[0]
        inside = [tick for tick in ticks if low <= tick <= high]
    return Scale(low, high, True, tuple(inside[:: -(-len(inside) // most_ticks) or 1]))
