"""A server answers every question as a local file does, after the same history."""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from db.group import GroupReads
from db.reads import Reads
from studyapp.bootstrap import Program
from studyapp.core.ids import uuid7
from studyapp.core.log import EventKind, Mode
from studyapp.core.search import terms
from studyapp.services.preferences import change_setting
from tests.conftest import MONDAY, FrozenClock, small_module, write_module

Open = Callable[[], Program]
A, B = "t1.fog.c0", "t1.rails.c0"
TODAY = date(2026, 12, 6)
ARGUMENTS: dict[str, Any] = {
    "learner": "me",
    "card_id": A,
    "ids": [B, A, "t9.none.here"],
    "module": "t1",
    "today": TODAY,
    "day": TODAY,
    "first": TODAY - timedelta(days=30),
    "last": TODAY,
    "below": 4,
    "limit": 50,
    "longest_ms": 60_000,
    "record_id": "",
    "kind": EventKind.VOID,
    "kinds": tuple(EventKind),
    "card_ids": (A, B),
    "terms": terms("fog c"),
}
"""What a question is asked with, by the name of its parameter."""
NO_QUESTIONS = ("standing", "uncounted")
"""A part of other questions; and a server keeps no sums that could be behind."""
IN_ANY_ORDER = ("due", "card_ids", "seen_on", "card_counts", "recalls", "last_answers")
"""Whoever asks these has no use for an order."""


def studied(program: Program) -> Program:
    """Two weeks of answers, undos, notes and settings, the same each time."""
    numbers, dice, clock = count(1), random.Random(3), program.recall.clock
    program.recall._new_id = lambda: uuid7(int(MONDAY.timestamp() * 1e9) + next(numbers) * 10**9, 7)
    recall = program.recall
    assert isinstance(clock, FrozenClock)
    change_setting(recall, "new_per_day", "2")
    for _ in range(13):
        for card_id in recall.today().order:
            recall.grade(
                card_id, dice.randrange(6), confidence=dice.choice((None, 1, 4)), elapsed_ms=dice.randrange(9**6)
            )
        for _ in range(dice.randrange(4)):
            dice.choice((recall.undo, recall.undo, recall.redo))()
        recall.grade(B, dice.randrange(6), mode=dice.choice((Mode.QUIZ, Mode.REVISION)), answer="ünder \0 \ue000")
        recall.log_event(EventKind.LAB_RUN, "forward_noising", {"verdicts": {"a": "differs"}, "x": 1.5})
        clock.forward(days=1)
    recall.note(A, "a note")
    recall.flag(B, 1)
    recall.suspend("t1.sketch.c0")
    recall.bury("t1.sketch.c1")
    recall.save_draft(A, "half a")
    for card_id in recall.today().order[:1]:  # the day is left half done
        recall.grade(card_id, 1)
    return program


def asked(reads: Any, name: str) -> Any:
    """The answer, with all parameters that the question has; lazy ones are read to their end."""
    parameters = inspect.signature(getattr(reads, name)).parameters.values()
    wanted = {one.name: ARGUMENTS[one.name] for one in parameters if one.default is inspect.Parameter.empty}
    found: Any = getattr(reads, name)(**wanted)
    found = list(found) if isinstance(found, Iterator) else found
    if name == "recalls":
        return found[0], sorted(found[1], key=repr)
    if name == "log_sums":
        return [sorted(part, key=repr) for part in (found.days, found.by_period, found.by_topic)]
    return sorted(found, key=repr) if name in IN_ANY_ORDER else found


def questions(kind: type) -> list[str]:
    names = [name for name, _ in inspect.getmembers(kind, inspect.isfunction) if name[0] != "_"]
    return [name for name in names if name not in NO_QUESTIONS]


@pytest.fixture
def both(
    module: Path, open_again: Open, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> tuple[Program, Program]:
    """The same history on a local file and on a server."""
    cards = small_module(12)
    cards["fog"][0]["lab"] = "forward_noising"
    write_module(module, cards)
    local = studied(open_again())
    clock.now = MONDAY
    request.getfixturevalue("server_url")
    server = studied(open_again())
    monkeypatch.delenv("STUDYAPP_DB")
    return local, server


def test_every_question_has_the_same_answer(both: tuple[Program, Program]) -> None:
    local, server = both
    answers = {name: asked(local.store, name) for name in questions(Reads)}
    assert {name: asked(server.store, name) for name in answers} == answers
    empty = [name for name, answer in answers.items() if not answer]
    assert set(empty) <= {"broken_modules", "next_module"}, "each has something to tell"


def test_every_question_about_the_group_has_the_same_answer(both: tuple[Program, Program]) -> None:
    found = []
    for program in both:
        with program.store.group() as group:
            found.append({name: asked(group, name) for name in questions(GroupReads)} | {"all": group.modules()})
    local, server = ({**one, "all": [m.id for m in one["all"]]} for one in found)
    assert server == local
    assert all(local.values())


def test_a_whole_log_is_the_same(both: tuple[Program, Program]) -> None:
    logs = []
    for program in both:
        with program.store.whole_log("me") as log:
            logs.append(list(log.records()))
    assert logs[0] == logs[1]
    assert len(logs[0]) > 50
