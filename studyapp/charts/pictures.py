"""What a chart shows, apart from how it is drawn: as text, as an image, or as a table for those who see neither."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from studyapp.charts.terminal import Axis, Curve

Table = tuple[tuple[str, ...], list[tuple[str, ...]]]
"""The head, and the rows."""


@dataclass(frozen=True, slots=True)
class Columns:
    """One upright bar for each step along x."""

    title: str
    x: str
    y: str
    labels: tuple[str, ...]
    values: tuple[float, ...]
    newest_last: bool = False
    """Where there is no room for all: keep the last ones."""

    def table(self) -> Table:
        return (self.x, self.y), [(label, f"{value:g}") for label, value in zip(self.labels, self.values, strict=True)]


@dataclass(frozen=True, slots=True)
class Bar:
    """A value with its interval; no value while nothing was measured."""

    label: str
    value: float | None
    low: float
    high: float
    words: str
    """The figures that stand beside the bar."""


@dataclass(frozen=True, slots=True)
class Bars:
    """One lying bar a row, each with an interval, all from 0 to `top`."""

    title: str
    x: str
    bars: tuple[Bar, ...]
    top: float = 100.0

    def table(self) -> Table:
        return ("", self.x), [(bar.label, bar.words) for bar in self.bars]


@dataclass(frozen=True, slots=True)
class Stacks:
    """One lying bar a row, made of parts that are counted."""

    title: str
    x: str
    parts: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]

    def table(self) -> Table:
        return ("", *self.parts), [(label, *map(str, counts)) for label, counts in self.rows]


@dataclass(frozen=True, slots=True)
class Heat:
    """A calendar: a column a week, from Monday to Sunday."""

    title: str
    unit: str
    days: Mapping[date, int]
    last: date

    def monday(self, weeks: int) -> date:
        """The first day of that many weeks, of which `last` is in the newest."""
        return self.last - timedelta(days=self.last.weekday() + 7 * (weeks - 1))

    def bounds(self) -> list[int]:
        """The least number of each shade: quarters of the days that have any."""
        counted = sorted(count for count in self.days.values() if count > 0)
        return sorted({counted[len(counted) * quarter // 4] for quarter in range(4)}) if counted else []

    def level(self, day: date) -> int:
        """0 for none, else the shade from 1."""
        count = self.days.get(day, 0)
        return sum(count >= bound for bound in self.bounds()) if count > 0 else 0

    def table(self) -> Table:
        """By month: two figures tell more than 365 numbers read aloud."""
        months: dict[str, list[int]] = {}
        for day, count in sorted(self.days.items()):
            if count and day >= self.monday(53):
                months.setdefault(f"{day:%b %Y}", []).append(count)
        return ("month", "days", self.unit), [(m, str(len(counts)), str(sum(counts))) for m, counts in months.items()]


@dataclass(frozen=True, slots=True)
class Lines:
    """Curves over a common x, with intervals where they have some."""

    title: str
    x: Axis
    xs: tuple[float, ...]
    y: Axis
    curves: tuple[Curve, ...]

    def table(self) -> Table:
        rows = [
            (f"{x:g}", *(_number(curve, place) for curve in self.curves))
            for place, x in enumerate(self.xs)
            if any(curve.values[place] is not None for curve in self.curves)
        ]
        return (self.x.label, *(curve.label for curve in self.curves)), rows


def _number(curve: Curve, place: int) -> str:
    value = curve.values[place]
    if value is None:
        return "–"
    low, high = (end[place] if end else None for end in (curve.low, curve.high))
    return f"{value:.3g}" if low is None or high is None else f"{value:.3g} ({low:.3g} to {high:.3g})"


Picture = Columns | Bars | Stacks | Heat | Lines


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report: what matters in words, then the pictures."""

    title: str
    words: tuple[str, ...]
    pictures: Sequence[Picture] = ()
