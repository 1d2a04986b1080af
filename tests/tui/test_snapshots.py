"""Pictures of the screens: a change of them is looked at, not stumbled over.

After a change that is meant: pytest tests/tui/test_snapshots.py --snapshot-update
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studyapp.bootstrap import Program
from studyapp.services.standing import tick
from studyapp.tui.app import StudyApp
from tests.conftest import FrozenClock
from tests.standing import gated_module, now, read_all, study_day
from tests.tui.screens import NARROW, WIDE, Ticks, settle, welcomed

Compare = Callable[..., bool]


@pytest.fixture
def used(program: Program, clock: FrozenClock) -> Program:
    """The program after two days of study."""
    grades = (4, 2, 5, 3)
    for day in range(2):
        for card, grade in zip(program.recall.today().order, grades[2 * day :], strict=False):
            program.recall.grade(card, grade, confidence=3, aloud=True, elapsed_ms=30_000)
        clock.forward(days=1)
    return welcomed(program)


def app(program: Program, start: str = "today") -> StudyApp:
    return StudyApp(program, start=start, ticks=Ticks())


CASES: list[Any] = [
    pytest.param("today", NARROW, (), id="today"),
    pytest.param("review", NARROW, ("3",), id="question"),
    pytest.param("review", NARROW, ("space", "a", "c"), id="answer"),
    pytest.param("review", WIDE, ("space", "a", "c"), id="answer-wide"),
    pytest.param("browse", NARROW, (), id="browse"),
    pytest.param("browse", WIDE, ("enter",), id="card-wide"),
    pytest.param("settings", NARROW, (), id="settings"),
]


@pytest.mark.parametrize(("start", "size", "keys"), CASES)
def test_screen(snap_compare: Compare, used: Program, start: str, size: tuple[int, int], keys: tuple[str, ...]) -> None:
    assert snap_compare(app(used, start), terminal_size=size, press=keys)


def test_welcome(snap_compare: Compare, program: Program) -> None:
    assert snap_compare(app(program), terminal_size=NARROW)


def test_statistics(snap_compare: Compare, used: Program) -> None:
    assert snap_compare(app(used, "statistics"), terminal_size=NARROW, press=("5",), run_before=settle)


@pytest.mark.parametrize("start", ["audit", "gate"])
def test_standing(
    snap_compare: Compare, content: Path, open_again: Callable[[], Program], clock: FrozenClock, start: str
) -> None:
    gated_module(content / "module_1")
    program = welcomed(open_again())
    for _ in range(2):
        study_day(program, grade=3)
        clock.forward(days=1)
    read_all(program)
    tick(program.recall, now(program), "fog-and-back", True)
    assert snap_compare(app(program, start), terminal_size=NARROW, run_before=settle)
