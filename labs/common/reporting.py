"""Metrics that several labs report alike: mean and interval over seeds."""

from __future__ import annotations

from collections.abc import Sequence

from labs.common import stats
from labs.kit.context import Context


def share(context: Context, name: str, values: Sequence[float], unit: str = "share", each: int = 0) -> None:
    """A number in 0..1; if it says how many of `each` trials with every seed went so, the interval knows that."""
    bounds = stats.of_shares(values, each) if each else stats.interval(values, stats.SHARE)
    context.metric(name, stats.mean(values), unit, bounds)


def decibels(context: Context, name: str, values: Sequence[float]) -> None:
    """A PSNR."""
    context.metric(name, stats.mean(values), "dB", stats.interval(values))
