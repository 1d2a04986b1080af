"""A learner's file in which it is known where each record lies, and ways to spoil it."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from studyapp.bootstrap import Program
from tests.conftest import MONDAY

PAGE = 4096


@dataclass(frozen=True, slots=True)
class Filled:
    """A closed home."""

    file: Path
    data: bytes
    pages_of: dict[str, frozenset[int]]
    """By id of a review: the pages, from 0, that a record needs to be read whole, as SQLite itself tells."""
    log: dict[str, list[tuple[object, ...]]]

    @property
    def pages(self) -> int:
        return len(self.data) // PAGE

    def whole(self, damaged: set[int]) -> set[str]:
        """Ids of the reviews that lie on other pages."""
        return {record for record, pages in self.pages_of.items() if not pages & damaged}

    def put(self, data: bytes | bytearray) -> None:
        """Puts these bytes in the file's place; whatever lies beside it is taken away."""
        for path in self.file.parent.glob("studyapp*"):
            path.unlink()
        self.file.touch(mode=0o600)
        self.file.write_bytes(data)


_MADE: list[Filled] = []
"""The same for every test; it takes a while to make."""


def filled(program: Program) -> Filled:
    """A home with answers of all lengths, marks and notes; the program is closed."""
    if not _MADE:
        _MADE.append(_fill(program))
    program.close()
    home = replace(_MADE[0], file=program.paths.database)
    home.put(home.data)
    return home


def _fill(program: Program, count: int = 300) -> Filled:
    recall, dice = program.recall, random.Random(1)
    cards = sorted(recall.store.card_ids("me"))
    for number in range(count):
        moment = MONDAY + timedelta(seconds=number)
        mark = f"mark{number:04}"
        text = mark if number % 7 else f"{mark}{'long' * dice.choice([900, 1100, 4000])}{mark}"
        recall.grade(cards[number % len(cards)], number % 6, answer=text, key_points=(0, 2), at=moment)
        if number % 9 == 0:
            recall.note(cards[number % len(cards)], f"note {number}")
    recall.save_draft(cards[0], "half an answer")
    program.close()
    file = program.paths.database
    return Filled(file, file.read_bytes(), dict(_places(file)), log_of(file))


def log_of(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """What follows from nothing else, in order."""
    with closing(sqlite3.connect(file)) as connection:
        tables = ("reviews", "events", "settings", "drafts")
        return {name: connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in tables}


def _places(file: Path) -> Iterator[tuple[str, frozenset[int]]]:
    """A short answer is on the leaf with its mark; a long one is on those pages too that SQLite names as its own."""
    data = file.read_bytes()
    with closing(sqlite3.connect(file)) as connection:
        found = connection.execute("SELECT pageno, path, pagetype FROM dbstat WHERE name = 'reviews'").fetchall()
        answers = connection.execute("SELECT id, substr(answer, 1, 8), length(answer) FROM reviews").fetchall()
    leaves = {path: number - 1 for number, path, kind in found if kind == "leaf"}
    chains: dict[int, dict[str, set[int]]] = {number: {} for number in leaves.values()}
    for number, path, kind in found:
        if kind == "overflow":  # `/leaf/cell+place`
            cell = path.partition("+")[0]
            chains[leaves[f"{cell.rpartition('/')[0]}/"]].setdefault(cell, set()).add(number - 1)

    def holds(page: int, mark: bytes) -> bool:
        return mark in data[page * PAGE : (page + 1) * PAGE]

    for record, mark, length in answers:
        (leaf,) = (page for page in leaves.values() if holds(page, mark.encode()))
        flows = [pages for pages in chains[leaf].values() if any(holds(page, mark.encode()) for page in pages)]
        yield record, frozenset({leaf}.union(*flows) if length > PAGE else {leaf})


def overwritten(data: bytes, pages: set[int], dice: random.Random | None = None) -> bytearray:
    """With zeros, or with noise."""
    spoilt = bytearray(data)
    for page in pages:
        spoilt[page * PAGE : (page + 1) * PAGE] = dice.randbytes(PAGE) if dice else bytes(PAGE)
    return spoilt
