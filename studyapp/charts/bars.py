"""Pictures as text. Axes, numbers and legends are real text; shades differ by sign, colour only repeats it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import singledispatch
from unicodedata import combining, east_asian_width

from studyapp.charts.pictures import Bars, Columns, Heat, Lines, Picture, Stacks
from studyapp.charts.scale import Scale, fitted
from studyapp.charts.terminal import Row, chart, cut, foot

EIGHTHS = " ▁▂▃▄▅▆▇█"
SHADES = "·░▒▓█"
FILLS = "█▒░"
HEIGHT = 6
NARROWEST = 30
WEEKS = 53


def drawn(picture: Picture, width: int) -> list[Row]:
    """The picture with its title, in rows of at most `width` cells."""
    width = max(NARROWEST, width)
    return [[(fit(picture.title, width).rstrip(), None)], *_draw(picture, width)]


def fit(text: str, width: int) -> str:
    """The text in exactly so many cells: cut with an ellipsis, or filled with spaces."""
    cells = [0 if combining(letter) else 2 if east_asian_width(letter) in "WF" else 1 for letter in text]
    if sum(cells) > width:
        room, kept = width - 1, ""
        for letter, cell in zip(text, cells, strict=True):
            if cell > room:
                break
            kept, room = kept + letter, room - cell
        return kept + "…" + " " * room
    return text + " " * (width - sum(cells))


@singledispatch
def _draw(picture: Picture, width: int) -> list[Row]:
    raise TypeError(picture)


@_draw.register
def _(picture: Lines, width: int) -> list[Row]:
    return chart(picture.x, picture.xs, picture.y, picture.curves, width, HEIGHT + 2)


@_draw.register
def _(picture: Columns, width: int) -> list[Row]:
    up = fitted([0.0, *picture.values, 2.0], log=False, most_ticks=HEIGHT // 2 + 1)
    gaps = len(up.ticks) - 1
    height = max(1, HEIGHT // gaps) * gaps
    numbers = up.labels()
    margin = max(map(len, numbers))
    room = width - margin - 1
    step = max(1, min(8, room // max(1, len(picture.values))))
    shown = slice(-(room // step), None) if picture.newest_last else slice(room // step)
    values, labels = picture.values[shown], picture.labels[shown]
    beside = {
        height - round((up.place(tick) or 0.0) * height): text for tick, text in zip(up.ticks, numbers, strict=True)
    }
    rows: list[Row] = [[(cut(picture.y, width), None)]]
    for row in range(height):
        level = height - 1 - row
        bars = "".join(_column(up.place(value) or 0.0, height, level, step) for value in values)
        label = beside.get(row, "")
        rows.append([(f"{label:>{margin}}{'┤' if label else '│'}", None), (bars.rstrip(), 0)])
    ticks, names = _names(labels, step, room)
    rows.append([(f"{beside[height]:>{margin}}└{ticks}", None)])
    rows.append([(" " * (margin + 1) + names, None)])
    return [*rows, [(cut(picture.x, width).rjust(width), None)]]


def _column(place: float, height: int, level: int, step: int) -> str:
    """The piece of an upright bar in one row; the least that is not zero can still be seen."""
    eighths = max(round(place * 8 * height), 1 if place > 0 else 0)
    return EIGHTHS[max(0, min(8, eighths - 8 * level))] * max(1, step - 1) + " " * (step > 1)


def _names(labels: Sequence[str], step: int, room: int) -> tuple[str, str]:
    """The axis with its ticks, and the labels below those that have room, the first and then as they fit."""
    line, names = ["─"] * room, ""
    for number, label in enumerate(labels):
        start = number * step
        if start >= len(names) + (2 if names else 0) and start + len(label) <= room:
            line[start] = "┬"
            names = names.ljust(start) + label
    return "".join(line), names


@_draw.register
def _(picture: Bars, width: int) -> list[Row]:
    label, words = _label_width([bar.label for bar in picture.bars], width), max(len(b.words) for b in picture.bars)
    room = max(8, width - label - words - 2)
    scale = fitted([0.0, picture.top], log=False, most_ticks=max(2, room // 6), snug=True)
    rows: list[Row] = []
    for bar in picture.bars:
        filled = "" if bar.value is None else _interval(scale, room, bar.value, bar.low, bar.high)
        words_there = cut(bar.words, max(8, width - label - room - 2))
        rows.append([(f"{fit(bar.label, label)}│", None), (f"{filled:<{room}}", 0), (f" {words_there}", None)])
    legend = cut("┃ estimate   ▓▒ its 95 % interval", width)
    return [[(legend, None)], *rows, *foot(scale, label, room, picture.x, label + 1 + room)]


def _interval(scale: Scale, room: int, value: float, low: float, high: float) -> str:
    """A bar: sure up to the low end, then to the value, then where it may end."""
    ends = [round((scale.place(end) or 0.0) * (room - 1)) for end in (low, value, high)]
    return "█" * ends[0] + "▓" * (ends[1] - ends[0]) + "┃" + "▒" * (ends[2] - ends[1])


def _label_width(labels: Sequence[str], width: int) -> int:
    return min(max(map(len, labels), default=1), max(10, width // 3))


@_draw.register
def _(picture: Stacks, width: int) -> list[Row]:
    label = _label_width([name for name, _ in picture.rows], width)
    texts = [" + ".join(map(str, counts)) for _, counts in picture.rows]
    room = max(8, width - label - 2 - max(map(len, texts), default=1))
    top = max((sum(counts) for _, counts in picture.rows), default=1)
    scale = fitted([0.0, max(1, top)], log=False, most_ticks=max(2, min(room // 6, top + 1)), snug=True)
    rows: list[Row] = []
    for (name, counts), text in zip(picture.rows, texts, strict=True):
        row: Row = [(f"{fit(name, label)}│", None)]
        done = start = 0
        for number, count in enumerate(counts):
            done += count
            end = max(round((scale.place(done) or 0.0) * room), start + (count > 0 and start < room))
            row.append((FILLS[number % len(FILLS)] * (end - start), number))
            start = end
        rows.append([*row, (" " * (room - start) + " " + cut(text, max(4, width - label - room - 2)), None)])
    parts = "  ".join(f"{FILLS[number % len(FILLS)]} {part}" for number, part in enumerate(picture.parts))
    return [[(cut(parts, width), None)], *rows, *foot(scale, label, room, picture.x, label + 1 + room)]


@_draw.register
def _(picture: Heat, width: int) -> list[Row]:
    weeks = min(WEEKS, width - 4)
    first = picture.monday(weeks)
    rows: list[Row] = [[("    " + _months(first, weeks), None)]]
    for weekday in range(7):
        days = [first + timedelta(days=7 * week + weekday) for week in range(weeks)]
        cells = "".join(SHADES[picture.level(day)] if day <= picture.last else " " for day in days)
        rows.append([(f"{days[0]:%a} ", None), (cells.rstrip(), 0)])
    bounds = picture.bounds()
    shades = [f"{SHADES[0]} none"]
    for shade, bound, end in zip(SHADES[1:], bounds, [*bounds[1:], None], strict=False):
        shades.append(f"{shade} {bound}{'+' if end is None else f'–{end - 1}' if end - 1 > bound else ''}")
    return [*rows, [(cut("  ".join(shades) + f"  {picture.unit}", width), None)]]


def _months(first: date, weeks: int) -> str:
    """The month's name above the week in which it begins, where there is room."""
    names = ""
    for week in range(weeks):
        days = [first + timedelta(days=7 * week + n) for n in range(7)]
        begins = next((day for day in days if day.day == 1), None)
        if begins is not None and week >= len(names) + bool(names) and week + 3 <= weeks:
            names = names.ljust(week) + f"{begins:%b}"
    return names
