"""Whatever a learner does, in whatever order: the schedule is what the log says, and nothing is lost."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from studyapp.bootstrap import Program, open_program
from studyapp.core.log import EventKind, Mode, voided
from studyapp.core.schedule import CardState
from studyapp.services.doctor import examine, repair
from studyapp.services.preferences import change_setting
from studyapp.settings import Settings
from tests.conftest import FrozenClock, card_values, small_module, write_module

if TYPE_CHECKING:
    from tests.postgres import Postgres

CARDS = [f"t1.{topic}.c{number}" for topic in ("fog", "rails") for number in range(2)]
CARD = st.sampled_from(CARDS)
GRADE = st.integers(0, 5)
SCHEDULERS = [("scheduler", "sm2"), ("scheduler", "fsrs")]


class Learner(RuleBasedStateMachine):
    """Keeps a list of what should be in the log, and compares."""

    renewed: Callable[[], object] = staticmethod(lambda: None)
    """Takes away what an earlier history left on a server."""

    def __init__(self) -> None:
        super().__init__()
        self.renewed()
        self.folder = Path(tempfile.mkdtemp())
        cards = small_module(2)
        del cards["sketch"]
        self.cards = cards
        self.module = write_module(self.folder / "content" / "m", cards)
        self.clock = FrozenClock()
        self.reviews: list[str] = []
        self.drafts: dict[str, str] = {}
        self.before_undo: list[tuple[Settings, dict[str, CardState]]] = []
        """For each undo that may be redone: the settings, and where the cards stood."""
        self.program = self._open()

    def _open(self) -> Program:
        home, content = str(self.folder / "home"), str(self.folder / "content")
        with patch.dict(os.environ, {"STUDYAPP_HOME": home, "STUDYAPP_CONTENT": content}):
            program = open_program(say=lambda text: None)
        program.recall.clock = self.clock
        return program

    def teardown(self) -> None:
        self.program.close()
        shutil.rmtree(self.folder)

    def states(self) -> dict[str, CardState]:
        return {card_id: self.program.recall.state(card_id) for card_id in CARDS}

    # -- what a learner does

    @rule(card=CARD, grade=GRADE, days_ago=st.sampled_from([0, 0, 0, 1, 3, 30]), text=st.text(max_size=5))
    def grade(self, card: str, grade: int, days_ago: int, text: str) -> None:
        recall = self.program.recall
        preview = recall.preview(card) if not days_ago else None
        moment = self.clock() - timedelta(days=days_ago)
        before = recall.state(card)
        answered = recall.grade(card, grade, at=moment if days_ago else None, answer=text)
        if not days_ago and (before.due is None or before.due <= recall.day):  # whatever a quiz said before
            assert (answered.review.mode, answered.scheduled) == (Mode.RECALL, True)
        if preview:
            assert preview[grade] == (answered.after.due if answered.scheduled else None)
        assert recall.draft(card) == ""
        self.reviews.append(answered.review.id)
        self.before_undo = []

    @rule(card=CARD, grade=GRADE, mode=st.sampled_from([mode for mode in Mode if mode.scored]))
    def is_tested(self, card: str, grade: int, mode: Mode) -> None:
        recall = self.program.recall
        before, draft = recall.state(card), recall.draft(card)
        last = self.program.store.last_reviewed_at("me", card)
        answered = recall.grade(card, grade, mode=mode, answer="typed in a test")
        assert not answered.scheduled
        if last is None or last <= self.clock():  # under a clock set back, what was answered later decides
            assert answered.after.needs_drill(recall.day) == (grade < 3 or before.needs_drill(recall.day))
        assert recall.draft(card) == draft
        self.reviews.append(answered.review.id)
        self.before_undo = []

    @precondition(lambda self: self.reviews)
    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        ids = data.draw(st.sets(st.sampled_from(self.reviews), max_size=3))
        self.program.recall.take_back(ids)
        self.mark(CARDS[0], 0, "")  # the next thing done: what was taken back is not to be redone now
        assert ids <= voided(self.program.store.events_of_kind("me", EventKind.VOID))

    @rule()
    def undo(self) -> None:
        before = self.states()
        undone = self.program.recall.undo()
        if undone is not None:
            self.before_undo.append((self.program.recall.settings, before))

    @precondition(lambda self: self.before_undo)
    @rule()
    def redo(self) -> None:
        assert self.program.recall.redo() is not None
        then, states = self.before_undo.pop()
        assert self.states() == states or then != self.program.recall.settings

    @precondition(lambda self: not self.before_undo)
    @rule()
    def redo_nothing(self) -> None:
        assert self.program.recall.redo() is None

    @rule(card=CARD, change=st.sampled_from(["suspend", "resume", "bury"]))
    def change(self, card: str, change: str) -> None:
        getattr(self.program.recall, change)(card)
        self.before_undo = []

    @rule(card=CARD, flag=st.integers(0, 1), note=st.text(max_size=3))
    def mark(self, card: str, flag: int, note: str) -> None:
        self.program.recall.flag(card, flag)
        state = self.program.recall.note(card, note)
        assert (state.flag, state.note) == (flag, note)
        self.before_undo = []

    @rule(hours=st.sampled_from([0.01, 5, 24, 24, 50, 24 * 40, -3, -24, -80]))
    def time_passes(self, hours: float) -> None:
        self.clock.forward(hours=hours)

    @rule()
    def close_and_open(self) -> None:
        self.program.close()
        self.program = self._open()

    @rule(change=st.sampled_from([("failure_ease", "keep"), ("failure_ease", "update"), *SCHEDULERS]))
    def another_scheduler(self, change: tuple[str, str]) -> None:
        change_setting(self.program.recall, *change)

    @rule(gone=st.sampled_from(["fog", "rails", ""]))
    def content_changes(self, gone: str) -> None:
        write_module(self.module, self.cards | ({gone: [card_values(f"t1.{gone}.other")]} if gone else {}))
        self.close_and_open()

    # -- what holds at all times

    @invariant()
    def the_schedule_is_what_the_log_says(self) -> None:
        assert [finding for finding in examine(self.program.recall) if not finding.ok] == []

    @invariant()
    def no_review_is_lost(self) -> None:
        store = self.program.store
        assert sorted(review.id for review in store.latest_reviews("me", 10**6)) == sorted(self.reviews)
        assert len(set(self.reviews)) == len(self.reviews)

    @invariant()
    def counts_agree(self) -> None:
        recall, today = self.program.recall, self.program.recall.today()
        assert len(set(today.order)) == len(today.order) == today.due + today.new + today.drill
        for card_id in today.order:
            assert recall.state(card_id).name(today.day) in ("due", "new", "waiting")
        drills = today.order[len(today.order) - today.drill :]
        assert all(recall.state(card_id).needs_drill(today.day) for card_id in drills)
        assert sum(day.reviews for day in recall.store.log_sums("me", recall.day, 600_000).days) <= len(self.reviews)


def test_any_history(database: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    examples = 30
    if database == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        monkeypatch.setattr(Learner, "renewed", staticmethod(server.emptied))
        examples = 10
    run_state_machine_as_test(
        Learner, settings=hypothesis_settings(max_examples=examples, stateful_step_count=30, deadline=None)
    )


def test_a_repair_after_any_history_moves_nothing(program: Program, clock: FrozenClock) -> None:
    recall = program.recall
    for day in range(20):
        for number, card_id in enumerate(recall.today().order):
            recall.grade(card_id, (day + number) % 6)
        clock.forward(days=1)
    assert repair(recall) == 0
