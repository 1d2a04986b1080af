"""Metrics that several labs report alike: mean and interval over seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from labs.common import stats
from labs.kit.context import Context, Line

if TYPE_CHECKING:
    from torch import Tensor

    from labs.common.exact import Exact


def counted(number: int, what: str) -> str:
    """'1 step', '2 steps'."""
    return f"{number} {what}{'s' * (number != 1)}"


def share(context: Context, name: str, values: Sequence[float], unit: str = "share", each: int = 0) -> None:
    """A number in 0..1; if it says how many of `each` trials with every seed went so, the interval knows that."""
    bounds = stats.of_shares(values, each) if each else stats.interval(values, stats.SHARE)
    context.metric(name, stats.mean(values), unit, bounds)


def positive(context: Context, name: str, values: Sequence[float], unit: str) -> None:
    """A number that cannot be negative: a distance, a ratio."""
    context.metric(name, stats.mean(values), unit, stats.interval(values, stats.POSITIVE))


def floor(near: float, count: int) -> str:
    """How far chance alone moves a share of `count` pictures."""
    strays = (near * (1 - near) / count) ** 0.5
    return f"Noise floor of a share near {near:g} of {count} pictures: {strays:.3f}, one s.e."


def at_least(bounds: tuple[float, float], limit: float) -> str:
    """Whether a number known to lie within `bounds` keeps a lower limit, in words; all that is known may not tell."""
    low, high = bounds
    return "kept" if low >= limit else "missed" if high < limit else "too close to tell"


def at_most(bounds: tuple[float, float], limit: float) -> str:
    """The same of an upper limit."""
    low, high = bounds
    return at_least((-high, -low), -limit)


def decibels(context: Context, name: str, values: Sequence[float]) -> None:
    """A PSNR."""
    context.metric(name, stats.mean(values), "dB", stats.interval(values))


def error(context: Context, name: str, values: Sequence[float], unit: str = "RMSE") -> None:
    """A number that is not negative."""
    context.metric(name, stats.mean(values), unit, stats.interval(values, stats.POSITIVE))


def rate(context: Context, name: str, macs: float, ms: float, best: float) -> None:
    """What part of `best`, a matrix product's multiply-adds a second, `macs` of them in `ms` milliseconds are."""
    context.metric(f"rate, {name}", 1000 * macs / ms / best, "of the matrix product's")


def samples_in_the_plane(
    context: Context,
    truth: Exact,
    arms: Mapping[str, Mapping[int, Tensor]],
    steps: Sequence[int],
    name: str,
    title: str,
    log_x: bool = False,
) -> None:
    """Distance to data, and the share of points on a mode, which tells more, of end points [S, N, 2] of every arm after
    each number of steps; curves over `steps`, beside what data themselves have."""
    from labs.common.exact import ON_MODE

    chance, points = truth.chance(context.seeds), truth.starts.shape[1]
    error(context, "to data, floor", chance, "real against real")
    for measure, unit, measured, level, each in (
        ("to data", "sliced W1", truth.far, stats.mean(chance), 0),
        ("on a mode", "share", truth.on_mode, ON_MODE, points),
    ):
        lines: list[Line] = [("data", [level] * len(steps))]
        for arm, ends in arms.items():
            found = {number: measured(end) for number, end in ends.items()}
            lines.append(stats.line(arm, [found[number] for number in steps], stats.POSITIVE, each))
            for number, values in found.items():
                label = f"{measure}, {arm}, {counted(number, 'step')}"
                if each:
                    share(context, label, values, unit, each)
                else:
                    error(context, label, values, unit)
        curves = f"{name}_{measure.replace(' ', '_')}"
        context.series(curves, f"{title}: {measure}", ("steps", steps), unit, lines, log_x=log_x)
