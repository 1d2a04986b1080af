"""A change of the scheduler replays the log; the doctor proves that nothing else may differ from it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

import pytest

from studyapp.bootstrap import Program
from studyapp.core.schedule import CardState
from studyapp.errors import UsageError
from studyapp.services.browse import described, found, search, shown
from studyapp.services.doctor import Finding, Verdict, examine, repair
from studyapp.services.preferences import change_setting
from tests.conftest import FrozenClock

A, B = "t1.fog.c0", "t1.fog.c1"
Open = Callable[[], Program]


def findings(program: Program) -> dict[str, Finding]:
    return {finding.check: finding for finding in examine(program.recall)}


def test_another_reading_of_sm_2_replays_the_log_and_back_again(
    program: Program, clock: FrozenClock, open_again: Open
) -> None:
    recall = program.recall
    for grade in (4, 4, 1):
        recall.grade(A, grade)
        clock.forward(days=7)
    recall.grade(B, 4)
    before = recall.state(A)
    assert change_setting(recall, "failure_ease", "update") == 0, "the next interval will differ, no day does"
    assert recall.state(A).memory.ease == pytest.approx(1.96)
    assert findings(open_again())["schedule"].ok
    assert change_setting(recall, "failure_ease", "keep") == 0
    assert recall.state(A) == before
    assert change_setting(recall, "scheduler", "fsrs") == 2
    assert change_setting(recall, "scheduler", "sm2") == 2
    assert recall.state(A) == before
    assert change_setting(recall, "theme", "nord") == 0


def test_a_refused_setting_changes_nothing(program: Program, open_again: Open) -> None:
    before = program.recall.settings
    with pytest.raises(UsageError):
        change_setting(program.recall, "rounding", "sideways")
    assert (program.recall.settings, open_again().recall.settings) == (before, before)


def test_the_doctor_finds_and_mends_a_schedule_that_does_not_follow_from_the_log(program: Program) -> None:
    recall = program.recall
    recall.grade(A, 4)
    recall.grade(B, 4)
    recall.flag(B, 1)
    assert findings(program)["schedule"] == Finding("schedule", Verdict.OK, "all 12 cards stand as the log says")
    good = recall.state(A)
    with recall.store.transaction() as tx:
        tx.put_state("me", replace(good, lapses=7))
    assert findings(program)["schedule"].text == (
        f"1 of 12 cards does not stand as the log says ({A}); run studyapp doctor --repair"
    )
    with recall.store.transaction() as tx:
        tx.put_state("me", CardState(B))
    assert findings(program)["schedule"].text == (
        f"2 of 12 cards do not stand as the log says ({A}, …); run studyapp doctor --repair"
    )
    assert repair(recall) == 2
    assert recall.state(A) == good
    assert all(finding.ok for finding in examine(recall))
    assert repair(recall) == 0


def test_history_without_content_is_told_and_kept(program: Program) -> None:
    recall = program.recall
    answered = recall.grade(A, 4)
    with recall.store.transaction() as tx:
        tx.add_review(replace(answered.review, id="01ad0000-0000-7000-8000-000000000000", card_id="t9.old.card"))
    assert repair(recall) == 1
    found = findings(program)
    assert found["content"] == Finding(
        "content", Verdict.NOTE, "1 card has history but no content (t9.old.card); it is kept"
    )
    assert found["schedule"].ok


@pytest.mark.local_file
def test_a_row_that_points_nowhere_is_found(program: Program) -> None:
    program.recall.grade(A, 4)
    with closing(sqlite3.connect(program.paths.database)) as other, other:
        other.execute("UPDATE cards SET module = 'gone' WHERE id = ?", (B,))
    assert not findings(program)["database"].ok
    assert "cards: row" in findings(program)["database"].text


def test_cards_are_found_by_every_word(program: Program) -> None:
    recall = program.recall
    recall.suspend(A)
    recall.flag(B, 1)
    assert search(recall, "suspended") == [A]
    assert search(recall, "FLAGGED fog") == [B]
    assert len(search(recall, "rails")) == 4
    assert len(search(recall, "")) == 12
    assert search(recall, "rails fog") == []
    assert described(next(found(recall, "suspended")), recall) == {
        "id": A,
        "kind": "concept",
        "topic": "fog",
        "difficulty": "green",
        "lab": None,
        "state": "suspended",
    }


def test_what_is_shown_of_a_card_tells_what_was_undone(program: Program, clock: FrozenClock) -> None:
    recall = program.recall
    recall.grade(A, 2)
    recall.undo()
    recall.grade(A, 4)
    values = shown(A, recall)
    assert [(review["grade"], review["voided"]) for review in values["reviews"]] == [(2, True), (4, False)]
    assert values["schedule"] == {
        "repetitions": 1,
        "interval_days": 1,
        "ease": 2.5,
        "due": "2026-11-24",
        "lapses": 0,
        "state": "waiting",
    }
