"""A lab's reference under a card's answer: one row of pictures, one chart, and the key to the whole."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.content import Content
from textual.strip import Strip

from studyapp.core.course import Card
from studyapp.errors import UsageError
from studyapp.lab_runner import shelf
from studyapp.lab_runner.events import Pictures
from studyapp.lab_runner.results import Results
from studyapp.tui.text import KEY, MUTED, STRONG, joined, lines, plain, short
from studyapp.tui.widgets.chart import chart_content
from studyapp.tui.widgets.page import Part
from studyapp.tui.widgets.picture import Tiles

CHART_HEIGHT = 6


def glimpse(card: Card, app: App[Any], width: int) -> list[Part]:
    """Parts of a page for the lab of `card`; none if this version does not have that lab."""
    try:
        lab = shelf.find_lab(card.lab)
    except UsageError:
        return []
    found = shelf.reference(card.lab)
    head: list[Content | str] = [
        plain(f"Lab: {lab.title}", "bold $secondary"),
        Content.styled("   l", KEY),
        " predicts and runs it",
    ]
    if found is not None and found.pictures:
        head += [Content.styled("   o", KEY), " full size"]
    parts: list[Part] = [lines([joined(head), plain(lab.question), plain(_made(found), MUTED)])]
    if found is None:
        return parts
    for pictures in found.pictures[:1]:
        parts.append(partial(_row_of_pictures, pictures, found.folder, app))
    for series in found.series[:1]:
        parts.append(lines([plain(series.title, STRONG), chart_content(series, width, CHART_HEIGHT)]))
    return parts


def _row_of_pictures(pictures: Pictures, folder: Path, app: App[Any], width: int) -> list[Strip]:
    title = Strip([Segment(short(pictures.title, width).plain, Style(bold=True))])
    return [title, *Tiles(pictures, folder, rows=1).lines(width, app)]


def _made(found: Results | None) -> str:
    if found is None or found.started is None:
        return "No reference yet."
    return f"Reference: {found.started.device}, seed {found.started.seed}, {found.date}"
