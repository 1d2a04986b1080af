"""The headings of a Markdown document, their anchors, and the chapters that they open."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from studyapp.core.chapter import Chapter, Heading
from studyapp.core.text import spoken
from studyapp.curriculum.files import LARGEST_DOCUMENT, NotRead, read_text
from studyapp.errors import StudyError

_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_FENCE = re.compile(r"^\s*(```|~~~)")
CHAPTER_LEVEL = 2


def headings(text: str) -> list[Heading]:
    """All headings in order, with anchors as GitHub makes them."""
    found: list[Heading] = []
    met: dict[str, int] = {}
    fenced = False
    for number, line in enumerate(text.split("\n")):
        if _FENCE.match(line):
            fenced = not fenced
        heading = None if fenced else _HEADING.match(line)
        if heading:
            title = heading[2].rstrip().rstrip("#").rstrip()  # a pattern for it could take the square of the length
            slug = slugified(title)
            repeats = met.get(slug, 0)
            met[slug] = repeats + 1
            anchor = f"{slug}-{repeats}" if repeats else slug
            found.append(Heading(len(heading[1]), spoken(title), anchor, number))
    return found


def anchors(text: str) -> list[str]:
    """Anchors of all headings in order."""
    return [heading.anchor for heading in headings(text)]


def chapters(text: str, title: str) -> tuple[Chapter, ...]:
    """The chapters of a document; together they are its whole text.

    A chapter begins at a heading of level 2 (of level 1 where there is none of level 2); what stands
    before the first belongs to the first. Without headings the document is one chapter.

    Args:
        title: for a document without headings.
    """
    found = headings(text)
    level = CHAPTER_LEVEL if any(heading.level == CHAPTER_LEVEL for heading in found) else 1
    openings = [heading for heading in found if heading.level == level]
    if not openings:
        return (Chapter("", title, text, tuple(found)),)
    lines = text.split("\n")
    starts = [0, *(heading.line for heading in openings[1:])]
    ends = [*starts[1:], len(lines)]
    return tuple(
        Chapter(opening.anchor, opening.title, "\n".join(lines[start:end]), _between(found, start, end))
        for opening, start, end in zip(openings, starts, ends, strict=True)
    )


def read_chapters(folder: Path, file: str, title: str) -> tuple[Chapter, ...]:
    """The chapters of a document in a module folder.

    Raises:
        StudyError: it cannot be read.
    """
    try:
        return chapters(read_text(folder, file, LARGEST_DOCUMENT), title)
    except NotRead as error:
        raise StudyError(f"{folder / file}: {error.problem}.") from error


def _between(found: Sequence[Heading], start: int, end: int) -> tuple[Heading, ...]:
    return tuple(replace(heading, line=heading.line - start) for heading in found if start <= heading.line < end)


def slugified(heading: str) -> str:
    """`Chapter 1: The fog` becomes `chapter-1-the-fog`."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")
