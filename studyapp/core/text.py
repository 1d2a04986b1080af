"""Foreign text made safe for any terminal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

_EMPHASIS = re.compile(r"(\*\*|\*|`)(?=\S)(.+?)(?<=\S)\1", re.DOTALL)


def visible(text: str) -> str:
    """The text without control codes; line ends and tabs stay, spaces of other widths become plain ones."""
    if text.isprintable():
        return text
    return "".join(map(_visible_letter, text))


def _visible_letter(letter: str) -> str:
    if letter.isprintable() or letter in "\n\t":
        return letter
    return " " if letter.isspace() and letter > "\x9f" else ""


def spoken(markdown: str) -> str:
    """Markdown as words for a screen reader: no emphasis marks, no control codes."""
    return visible(_EMPHASIS.sub(r"\2", markdown)).strip()


def one_line(text: str, width: int) -> str:
    """The text on one line of at most `width` characters."""
    line = " ".join(visible(text).split())
    return line if len(line) <= width else line[: width - 1] + "…"


def plural(number: int, one: str) -> str:
    """`1 card`, `2 cards`."""
    return f"{number} {one}{'s' * (number != 1)}"


def listed(items: Sequence[str], most: int = 3) -> str:
    """`a, b and c`; what is beyond `most` is counted."""
    shown = [*items[:most], *([f"{len(items) - most} more"] if len(items) > most else [])]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def date_words(day: date) -> str:
    """`23 Nov 2026`; a date in a sentence that may be read in another year."""
    return f"{day.day} {day:%b %Y}"
