"""A chapter laid out for a page: its parts, its links, and where words occur in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from textual.content import Content
from textual.style import Style

from studyapp.core.chapter import Chapter
from studyapp.tui.markdown import FOLLOW, blocks
from studyapp.tui.widgets.page import Part

Draw = Callable[[str], Part]
"""The address of a picture to its drawing."""
HERE, FOUND = "bold reverse", "on $primary 40%"
SHORTEST_QUERY = 2
_BREAK = r"[\s│↪]+"
"""What may stand between two words on a page: a space, or a line's end and the next one's margin."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some letters of a part."""

    part: int
    start: int
    end: int
    address: str = ""
    """Of a link."""


class Leaf:
    def __init__(self, chapter: Chapter, width: int, draw: Draw) -> None:
        self.chapter = chapter
        self.parts: list[Part] = []
        self.lines: list[int] = []
        """The line of the chapter's text on which each part begins."""
        for block in blocks(chapter.text, width):
            for part in ([draw(block.picture)] if block.picture else []) + ([block.content] if block.content else []):
                self.parts.append(part)
                self.lines.append(block.line)
        self.links = [link for number, part in self._texts() for link in _links(number, part)]

    def _texts(self) -> Iterable[tuple[int, Content]]:
        return ((number, part) for number, part in enumerate(self.parts) if isinstance(part, Content))

    def part_at(self, line: int) -> int:
        """The part in which a line of the chapter's text stands."""
        return max((number for number, begins in enumerate(self.lines) if begins <= line), default=0)

    def part_of(self, anchor: str) -> int:
        """The part with a heading; the first one when there is none."""
        for heading in self.chapter.headings:
            if heading.anchor == anchor and anchor != self.chapter.anchor:
                return self.part_at(heading.line)
        return 0

    def row_of(self, stretch: Stretch) -> int:
        """The row of its part on which a stretch begins."""
        part = self.parts[stretch.part]
        return part.plain.count("\n", 0, stretch.start) if isinstance(part, Content) else 0

    def find(self, query: str) -> list[Stretch]:
        """Every place where the words stand one after the other, in whatever case."""
        pattern = re.compile(_BREAK.join(map(re.escape, query.split())), re.IGNORECASE)
        return [
            Stretch(number, *found.span()) for number, part in self._texts() for found in pattern.finditer(part.plain)
        ]

    def marked(self, stretches: Iterable[Stretch], here: Stretch | None) -> list[Part]:
        """The parts with some stretches marked, and one of them more than the others."""
        parts = list(self.parts)
        for stretch in [*stretches, *([here] if here else [])]:
            part = parts[stretch.part]
            if isinstance(part, Content):
                parts[stretch.part] = part.stylize(HERE if stretch == here else FOUND, stretch.start, stretch.end)
        return parts


def _links(number: int, part: Content) -> list[Stretch]:
    """The links of a part; one that goes on in the next line is one link."""
    found: list[Stretch] = []
    for span in sorted(part.spans, key=lambda span: span.start):
        address = str(span.style.meta.get(FOLLOW, "")) if isinstance(span.style, Style) else ""
        if not address:
            continue
        last = found[-1] if found else None
        if last and last.address == address and re.fullmatch(f"({_BREAK})?", part.plain[last.end : span.start]):
            found[-1] = Stretch(number, last.start, max(last.end, span.end), address)
        else:
            found.append(Stretch(number, span.start, span.end, address))
    return found


@dataclass(slots=True)
class Search:
    """Words searched in a whole document, and the hit that is looked at."""

    query: str = ""
    hits: tuple[tuple[int, Stretch], ...] = ()
    """Chapter and stretch."""
    at: int = 0

    @classmethod
    def through(cls, leaves: Iterable[Leaf], query: str, begin: tuple[int, int]) -> Search:
        """Finds the words in every chapter; the first hit from `begin` (chapter, part) on is looked at."""
        if not cls(query).is_on:
            return cls(query)
        hits = tuple((number, hit) for number, leaf in enumerate(leaves) for hit in leaf.find(query))
        later = [index for index, (number, hit) in enumerate(hits) if (number, hit.part) >= begin]
        return cls(query, hits, later[0] if later else 0)

    @property
    def is_on(self) -> bool:
        """Whether there are enough letters to search for."""
        return len("".join(self.query.split())) >= SHORTEST_QUERY

    @property
    def here(self) -> tuple[int, Stretch] | None:
        return self.hits[self.at] if self.hits else None

    def within(self, chapter: int) -> list[Stretch]:
        """The hits of one chapter."""
        return [hit for number, hit in self.hits if number == chapter]

    def step(self, by: int) -> None:
        """To another hit; after the last comes the first."""
        self.at = (self.at + by) % len(self.hits) if self.hits else 0
