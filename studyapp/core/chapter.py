"""A chapter of a document: what is read, and counted as read, in one piece."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

READING_WORDS = 600
"""Words a minute that nobody reads with understanding: less time than this takes was not reading."""
_WORD = re.compile(r"\w[\w'’-]*")
_ADDRESS = re.compile(r"\]\([^)\s]*\)")


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    title: str
    anchor: str
    line: int
    """Of the text in which it stands, from 0."""


@dataclass(frozen=True)
class Chapter:
    anchor: str
    """Of the heading that opens it; empty in a document without headings."""
    title: str
    text: str
    """Markdown, the heading included."""
    headings: tuple[Heading, ...] = ()
    """Its own heading and those below it; their lines count from the chapter's first."""

    @cached_property
    def words(self) -> int:
        """Words that are read; the addresses of links are none."""
        return len(_WORD.findall(_ADDRESS.sub("]", self.text)))

    @cached_property
    def version(self) -> str:
        """Changes when the words do; spaces and line breaks do not count."""
        return sha256(" ".join(self.text.split()).encode()).hexdigest()[:16]

    @property
    def least_seconds(self) -> float:
        """Less than this nobody needs who reads it."""
        return 60 * self.words / READING_WORDS

    def has(self, anchor: str) -> bool:
        """Whether a heading of this chapter has the anchor."""
        return anchor == self.anchor or any(heading.anchor == anchor for heading in self.headings)
