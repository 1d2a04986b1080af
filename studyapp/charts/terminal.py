"""Curves as text: lines of Braille dots (Unicode 2800), a sign of its own for every curve, bands as loose dots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studyapp.charts.scale import Scale, fitted

SIGNS = "●■▲◆○□△◇"
"""Curves differ by sign; colour only repeats it."""
SIGNS_A_CURVE = 5
"""Signs on a curve of many points; one of few points has a sign at each."""
NARROWEST, LOWEST = 20, 3

_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # [row][column] of the dots of one Braille sign

Numbers = Sequence[float | None]
Span = tuple[str, int | None]
"""A piece of text and the number of the curve that it belongs to; None for axes and their text."""
Row = list[Span]


@dataclass(frozen=True, slots=True)
class Axis:
    label: str
    """What is measured, with its unit."""
    log: bool = False


@dataclass(frozen=True, slots=True)
class Curve:
    """One value for each x, None for none; `low` and `high` are an interval around it, or empty."""

    label: str
    values: Numbers
    low: Numbers = ()
    high: Numbers = ()


def chart(x: Axis, xs: Numbers, y: Axis, curves: Sequence[Curve], width: int, height: int) -> list[Row]:
    """The chart in rows of at most `width` cells.

    Args:
        height: about the rows of the plot itself; legend, ticks and the names of the axes come on top.
    """
    width, height = max(NARROWEST, width), max(LOWEST, height)
    numbers = [value for curve in curves for part in (curve.values, curve.low, curve.high) for value in part]
    up = fitted(numbers, y.log, most_ticks=height // 2 + 1)
    if not up.log:  # as many rows from each number to the next
        gaps = len(up.ticks) - 1
        height = max(1, round((height - 1) / gaps)) * gaps + 1
    labels = up.labels()
    margin = max(map(len, labels), default=1)
    plot_width = max(8, width - margin - 1)
    along = fitted(xs, x.log, most_ticks=plot_width // 9, snug=True)
    canvas = _Canvas(plot_width, height)
    places = [along.place(value) for value in xs]
    for number, curve in enumerate(curves):
        canvas.band(number, places, [up.place(v) for v in curve.low], [up.place(v) for v in curve.high])
    for number, curve in reversed(list(enumerate(curves))):
        canvas.line(number, places, [up.place(v) for v in curve.values])
    for number, curve in enumerate(curves):
        canvas.signs(number, len(curves), places, [up.place(v) for v in curve.values])
    beside = {height - 1 - round((up.place(t) or 0.0) * (height - 1)): s for t, s in zip(up.ticks, labels, strict=True)}
    rows: list[Row] = [[(cut(y.label, width), None)], *legend([curve.label for curve in curves], width)]
    for number, spans in enumerate(canvas.rows()):
        label = beside.get(number)
        rows.append([(f"{label or '':>{margin}}{'┤' if label else '│'}", None), *spans])
    return [*rows, *foot(along, margin, plot_width, x.label, width)]


def legend(labels: Sequence[str], width: int) -> list[Row]:
    """Each curve's sign and name, as many on a line as fit."""
    rows: list[Row] = [[]]
    used = 0
    for number, label in enumerate(labels):
        entry = cut(f"{SIGNS[number % len(SIGNS)]} {label}", width)
        if used and used + 3 + len(entry) > width:
            rows.append([])
            used = 0
        rows[-1] += [("   ", None), (entry, number)] if used else [(entry, number)]
        used += len(entry) + 3 * bool(used)
    return rows


def as_text(rows: Sequence[Row]) -> str:
    """The rows without colour."""
    return "\n".join("".join(text for text, _ in row).rstrip() for row in rows)


def foot(scale: Scale, margin: int, width: int, label: str, whole: int) -> list[Row]:
    """The x axis, its numbers and its name."""
    line, numbers = ["─"] * width, [" "] * (margin + 1 + width)
    free = 0
    for tick, text in zip(scale.ticks, scale.labels(), strict=True):
        column = round((scale.place(tick) or 0.0) * (width - 1))
        start = min(max(free, margin + 1 + column - len(text) // 2), len(numbers) - len(text))
        if start < free:
            continue
        line[column] = "┬"
        numbers[start : start + len(text)] = text
        free = start + len(text) + 1
    name = cut(label, whole)
    return [[(" " * margin + "└" + "".join(line), None)], [("".join(numbers), None)], [(name.rjust(whole), None)]]


def cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


class _Canvas:
    """Braille dots, 2 x 4 a cell, each cell owned by the curve that drew there last. y = 0 is the bottom."""

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._dots = [[0] * width for _ in range(height)]
        self._owner: list[list[int | None]] = [[None] * width for _ in range(height)]
        self._signs: dict[tuple[int, int], str] = {}

    def band(self, number: int, xs: Numbers, low: Numbers, high: Numbers) -> None:
        """Loose dots between two curves, so that a line drawn over them still stands out."""
        ends = [_ends(xs, edge) for edge in (low, high)]
        for (x0, low0, x1, low1), (_, high0, _, high1) in zip(*ends, strict=False):
            first, last = self._column(x0), self._column(x1)
            for column in range(first, last + 1):
                share = (column - first) / (last - first) if last > first else 0.0
                bottom, top = self._row(low0 + share * (low1 - low0)), self._row(high0 + share * (high1 - high0))
                for row in range(bottom, top + 1):
                    if column % 2 == 0 and (row + column // 2 * 2) % 4 == 0:
                        self._dot(number, column, row)

    def line(self, number: int, xs: Numbers, ys: Numbers) -> None:
        """Straight lines from point to point; a missing value is a gap."""
        for x0, y0, x1, y1 in _ends(xs, ys):
            from_x, from_y, to_x, to_y = self._column(x0), self._row(y0), self._column(x1), self._row(y1)
            steps = max(abs(to_x - from_x), abs(to_y - from_y), 1)
            for step in range(steps + 1):
                across = from_x + round(step * (to_x - from_x) / steps)
                self._dot(number, across, from_y + round(step * (to_y - from_y) / steps))

    def signs(self, number: int, count: int, xs: Numbers, ys: Numbers) -> None:
        """The curve's sign at its points, or at a few of them, elsewhere than those of other curves."""
        points = [(x, y) for x, y in zip(xs, ys, strict=True) if x is not None and y is not None]
        if len(points) > self._width // 3:
            wanted = [(k + (number + 1) / (count + 1)) / SIGNS_A_CURVE for k in range(SIGNS_A_CURVE)]
            points = [min(points, key=lambda point: abs(point[0] - x)) for x in wanted]
        for x, y in points:
            place = (self._height - 1 - self._row(y) // 4, self._column(x) // 2)
            self._signs[place] = SIGNS[number % len(SIGNS)]
            self._owner[place[0]][place[1]] = number

    def rows(self) -> list[Row]:
        """From top to bottom, neighbours of one curve joined."""
        return [self._joined(row) for row in range(self._height)]

    def _joined(self, row: int) -> Row:
        spans: Row = []
        for column, dots in enumerate(self._dots[row]):
            letter = self._signs.get((row, column)) or (chr(0x2800 + dots) if dots else " ")
            owner = self._owner[row][column]
            if spans and spans[-1][1] == owner:
                spans[-1] = (spans[-1][0] + letter, owner)
            else:
                spans.append((letter, owner))
        return spans

    def _column(self, x: float) -> int:
        return round(min(1.0, max(0.0, x)) * (2 * self._width - 1))

    def _row(self, y: float) -> int:
        return round(min(1.0, max(0.0, y)) * (4 * self._height - 1))

    def _dot(self, number: int, column: int, row: int) -> None:
        line = self._height - 1 - row // 4
        self._dots[line][column // 2] |= _BITS[3 - row % 4][column % 2]
        self._owner[line][column // 2] = number


def _ends(xs: Numbers, ys: Numbers) -> list[tuple[float, float, float, float]]:
    """Every piece between neighbouring points; a point without neighbours is a piece of no length."""
    points = list(zip(xs, ys, strict=False))
    found = []
    for (x0, y0), (x1, y1) in zip(points, [*points[1:], (None, None)], strict=False):
        if x0 is None or y0 is None:
            continue
        found.append((x0, y0, x0, y0) if x1 is None or y1 is None else (x0, y0, x1, y1))
    return found
