"""The course's own sheet in its forms, and a module folder read back line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from studyapp.core.course import Connection, Module
from studyapp.curriculum.loader import read_module

HERE = Path(__file__).parent
PAGE = (HERE / "sheet_14.txt").read_text(encoding="utf-8")
"""Copied from the web page: pilcrows, emoji, nested bullets flattened."""
MARKDOWN = (HERE / "sheet_14.md").read_text(encoding="utf-8")
"""The same sheet, with headings, nesting, emphasis, links and wrapped lines."""

_PICTURES = re.compile(r"[\U0001F300-\U0001F9FF\u2600-\u27BF\u23F1\uFE0F] ?")
PRECISE = {
    "page": PAGE,
    "markdown": MARKDOWN,
    "without pilcrows": PAGE.replace("¶", ""),
    "without headings' emoji": re.sub(r"(?m)^[^\w\s-]+ (?=.*¶$)", "", PAGE),
    "plain": re.sub(r"(?m)^[^\w\s-]+ (?=.*¶$)", "", PAGE).replace("¶", ""),
    "indented": re.sub(r"(?m)^- ", "  • ", PAGE),
    "from Windows": "\ufeff" + PAGE.replace("\n", "\r\n"),
    "with invisible characters": PAGE.replace("diffusion", "diffu\u00adsion\u200b").replace("- ", "-\u00a0"),
}
"""Forms that carry everything the sheet says."""
WITHOUT_COLOURS = _PICTURES.sub("", PAGE)
"""Without any emoji: which difficulty a line has is lost."""


def lines_of_the_sheet() -> list[str]:
    """What the sheet says, without bullets, boxes, pilcrows and emoji."""
    lines = (re.sub(r"^(- )?(\[ \] )?", "", _PICTURES.sub("", line)) for line in PAGE.splitlines())
    return [line.removesuffix("¶") for line in lines]


def module_of(folder: Path) -> Module:
    """The module in a folder, which must pass the check."""
    reading = read_module(folder, ())
    assert [str(problem) for problem in reading.problems] == []
    assert reading.module is not None
    return reading.module


def files_of(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def lines_of_the_module(module: Module) -> Iterator[str]:
    """Every line that the fields of a module hold, as a sheet would say it."""
    for card in module.cards:
        yield from card.sheet
    yield from _connections("Builds on", module.prerequisites)
    yield from _connections("Feeds into", module.feeds_into)
    yield from (mark.text for mark in module.difficulty_marks)
    yield from (statement.text for statement in module.audit)
    yield from (item.text for item in module.gate)
    if module.bridge:
        yield module.bridge.text


def _connections(label: str, connections: tuple[Connection, ...]) -> Iterator[str]:
    yield from dict.fromkeys(f"{label}: {connection.text}" for connection in connections)
