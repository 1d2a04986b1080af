"""Foreign text on its way to the screen. Every card, answer, note and file name comes through here.

Textual reads plain strings as markup: a closing tag in a card would crash the app, an action link
would run. `Content` is text with styles beside it, never parsed, so whatever stands in it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from textual.content import Content

from studyapp.core.text import one_line, visible

MUTED = "$foreground 65%"
STRONG = "bold"
KEY = "bold $primary"


def cleaned(text: str) -> str:
    """The text without control codes, tabs as four spaces."""
    return visible(text).replace("\t", "    ")


def plain(text: str, style: str = "") -> Content:
    """The text exactly as it is, whatever stands in it."""
    return Content.styled(cleaned(text), style) if style else Content(cleaned(text))


def short(text: str, width: int, style: str = "") -> Content:
    """The text on one line of at most `width` cells; an ellipsis tells that there is more."""
    line = Content(one_line(cleaned(text), 4 * width + 4)).truncate(width, ellipsis=True)
    return line.stylize(style) if style else line


def joined(parts: Iterable[Content | str], between: str = "") -> Content:
    """Contents side by side; empty ones are left out."""
    return Content(between).join([part for part in parts if part])


def flowing(parts: Iterable[Content], between: str, width: int) -> Content:
    """Contents side by side; one that does not fit whole begins the next line."""
    rows: list[list[Content]] = [[]]
    for part in parts:
        if rows[-1] and joined([*rows[-1], part], between).cell_length > width:
            rows.append([])
        rows[-1].append(part)
    return lines(joined(row, between) for row in rows)


def lines(parts: Iterable[Content | str | None]) -> Content:
    """Contents below each other; None is left out, an empty one is an empty line."""
    return Content("\n").join([Content(part) if isinstance(part, str) else part for part in parts if part is not None])


def ends(left: Content, right: Content, width: int) -> Content:
    """One line with a part at each end; the right part yields when it is too narrow."""
    room = width - left.cell_length - 1
    if room < 4:
        return left.truncate(max(1, width), ellipsis=True)
    right = right.truncate(room, ellipsis=True)
    return joined([left, " " * (width - left.cell_length - right.cell_length), right])


def day_words(day: date, today: date) -> str:
    """`tomorrow`, `6 d, 29 Nov`, `29 Nov 2027`: at most 11 cells."""
    days = (day - today).days
    if days <= 1:
        return "today" if days <= 0 else "tomorrow"
    calendar = f"{day.day} {day:%b}"
    return f"{days} d, {calendar}" if days < 100 else f"{calendar} {day.year}"


def count(number: int, one: str, many: str = "") -> str:
    """`1 card`, `2 cards`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def hanging(mark: Content, body: Content, width: int, *, repeat: bool = False) -> Content:
    """A mark and a text beside it, whose later lines stand below its first letter.

    Args:
        repeat: the mark stands before every line (a quotation's bar).
    """
    indent = mark.cell_length
    wrapped = body.wrap(max(8, width - indent)) or [Content("")]
    rest = mark if repeat else Content(" " * indent)
    return lines([joined([mark, wrapped[0]]), *(joined([rest, line]) for line in wrapped[1:])])
