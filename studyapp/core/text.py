"""Foreign text made safe for any terminal."""

from __future__ import annotations

import re

_EMPHASIS = re.compile(r"(\*\*|\*|`)(?=\S)(.+?)(?<=\S)\1", re.DOTALL)


def visible(text: str) -> str:
    """The text without control codes; line ends and tabs stay."""
    return "".join(letter for letter in text if letter.isprintable() or letter in "\n\t ")


def spoken(markdown: str) -> str:
    """Markdown as words for a screen reader: no emphasis marks, no control codes."""
    return visible(_EMPHASIS.sub(r"\2", markdown)).strip()


def one_line(text: str, width: int) -> str:
    """The text on one line of at most `width` characters."""
    line = " ".join(visible(text).split())
    return line if len(line) <= width else line[: width - 1] + "…"
