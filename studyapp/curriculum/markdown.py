"""The headings of a Markdown document and their anchors."""

from __future__ import annotations

import re

_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$")
_FENCE = re.compile(r"^\s*(```|~~~)")


def anchors(text: str) -> list[str]:
    """Anchors of all headings in order, as GitHub makes them."""
    found: list[str] = []
    met: dict[str, int] = {}
    fenced = False
    for line in text.splitlines():
        if _FENCE.match(line):
            fenced = not fenced
        heading = None if fenced else _HEADING.match(line)
        if heading:
            slug = slugified(heading[2])
            repeats = met.get(slug, 0)
            met[slug] = repeats + 1
            found.append(f"{slug}-{repeats}" if repeats else slug)
    return found


def slugified(heading: str) -> str:
    """`Chapter 1: The fog` becomes `chapter-1-the-fog`."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")
