"""Metrics that several labs report alike: mean and interval over seeds."""

from __future__ import annotations

from collections.abc import Sequence

from labs.common import stats
from labs.kit.context import Context


def share(context: Context, name: str, values: Sequence[float], unit: str = "share") -> None:
    """A number in 0..1."""
    context.metric(name, stats.mean(values), unit, stats.interval(values, stats.SHARE))


def decibels(context: Context, name: str, values: Sequence[float]) -> None:
    """A PSNR."""
    context.metric(name, stats.mean(values), "dB", stats.interval(values))
