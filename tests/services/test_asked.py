"""Cards asked for today, before their day."""

from __future__ import annotations

import pytest

from studyapp.bootstrap import Program
from studyapp.core.log import EventKind, Mode
from studyapp.services import standing
from studyapp.services.asked import ask_today
from studyapp.services.recall import Recall
from studyapp.services.session import Session
from tests.conftest import FrozenClock

EARLY, NEW, DUE = "t1.fog.c0", "t1.rails.c3", "t1.sketch.c0"


@pytest.fixture
def recall(program: Program, clock: FrozenClock) -> Recall:
    """One card known for six more days, one due today, the others new."""
    program.recall.grade(EARLY, 5)
    clock.forward(days=1)
    program.recall.grade(EARLY, 5)
    program.recall.grade(DUE, 5)
    clock.forward(days=1)
    return program.recall


def test_they_stand_in_the_queue_until_they_are_answered(recall: Recall) -> None:
    before = recall.today()
    assert ask_today(recall, [EARLY, NEW, DUE, EARLY]) == [EARLY, NEW, DUE]
    today = recall.today()
    assert (today.due, today.new, today.asked) == (before.due, before.new, 2), "what is due comes anyway"
    assert [card for card in today.order if card not in before.order] == [EARLY, NEW]
    assert today.minutes >= before.minutes
    session = Session.start(recall)
    modes = {}
    while session.current is not None:
        answered = session.answer(5)
        modes[answered.review.card_id] = answered.review.mode
    assert (modes[EARLY], modes[NEW], modes[DUE]) == (Mode.PRACTICE, Mode.RECALL, Mode.RECALL)
    assert recall.today().order == ()
    assert session.finish().complete


def test_an_early_answer_moves_no_schedule(recall: Recall) -> None:
    ask_today(recall, [EARLY])
    before = recall.state(EARLY)
    answered = recall.grade(EARLY, 1)
    assert not answered.scheduled
    assert recall.state(EARLY).due == before.due
    assert EARLY not in recall.today().order
    recall.undo()
    assert EARLY in recall.today().order, "an answer taken back leaves the wish open"


def test_the_wish_ends_with_the_day(recall: Recall, clock: FrozenClock) -> None:
    ask_today(recall, [EARLY])
    clock.forward(days=1)
    assert recall.today().asked == 0


def test_the_wish_can_be_taken_back(recall: Recall) -> None:
    ask_today(recall, [EARLY])
    assert standing.take_back(recall) == "the cards asked for today"
    assert recall.today().asked == 0


def test_what_cannot_be_asked_is_left_out_and_nothing_is_logged_twice(recall: Recall) -> None:
    recall.suspend(EARLY)
    assert ask_today(recall, [EARLY, "t1.no.card"]) == []
    assert recall.store.events_of_kind("me", EventKind.ASK_TODAY) == []
    recall.resume(EARLY)
    ask_today(recall, [EARLY])
    ask_today(recall, [EARLY])
    assert len(recall.store.events_of_kind("me", EventKind.ASK_TODAY)) == 1
    recall.bury(EARLY)
    assert recall.today().asked == 0


def test_a_quiz_answer_does_not_fulfil_the_wish(recall: Recall) -> None:
    ask_today(recall, [EARLY])
    recall.grade(EARLY, 5, mode=Mode.QUIZ)
    assert EARLY in recall.today().order
