"""Foreign text made safe for any terminal."""

from __future__ import annotations

import re

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
