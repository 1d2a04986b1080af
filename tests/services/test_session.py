"""One sitting: the queue, its count, and stepping back and forth in it."""

from __future__ import annotations

import pytest

from studyapp.bootstrap import Program
from studyapp.core.log import EventKind, voided
from studyapp.services.recall import Recall
from studyapp.services.session import Session

A, B, C = "t1.fog.c0", "t1.fog.c1", "t1.fog.c2"


@pytest.fixture
def recall(program: Program) -> Recall:
    return program.recall


@pytest.fixture
def session(recall: Recall) -> Session:
    return Session.start(recall, [A, B, C])


def at(session: Session) -> tuple[str | None, int, int]:
    return session.current, session.position, session.total


def test_a_sitting_is_over_today_s_plan(recall: Recall) -> None:
    assert tuple(Session.start(recall).queue) == recall.today().order


def test_cards_below_good_come_again_at_the_end_until_they_are_good(session: Session) -> None:
    seen = []
    for grade in (4, 1, 5, 3, 4):
        seen.append((*at(session), session.drilling))
        session.answer(grade)
    assert seen == [(A, 1, 3, False), (B, 2, 3, False), (C, 3, 4, False), (B, 4, 4, True), (B, 5, 5, True)]
    assert at(session) == (None, 5, 5)
    summary = session.summary()
    assert (summary.answered, summary.grades, summary.shaky, summary.complete) == (3, (4, 1, 5), (B,), True)
    assert summary.due_tomorrow == 3


@pytest.mark.parametrize("grade", range(6))
def test_an_undo_brings_the_card_and_the_count_back(session: Session, grade: int) -> None:
    session.answer(5)
    before = at(session)
    session.answer(grade)
    undone = session.undo()
    assert undone is not None
    assert (undone.what, at(session), list(session.queue)) == ("review", before, [B, C])
    assert session.summary().answered == 1


def test_undo_all_redo_all(session: Session) -> None:
    places = [at(session)]
    for grade in (2, 4, 3, 5, 4):
        session.answer(grade)
        places.append(at(session))
    grades = session.summary().grades
    for place in reversed(places[:-1]):
        assert session.undo() is not None
        assert at(session) == place
    assert session.undo() is None
    for place in places[1:]:
        assert session.redo() is not None
        assert at(session) == place
    assert session.redo() is None
    assert session.summary().grades == grades


def test_a_skipped_card_comes_last(session: Session) -> None:
    session.skip()
    assert list(session.queue) == [B, C, A]
    assert at(session) == (B, 1, 3)
    session.answer(5)
    session.undo()
    assert list(session.queue) == [B, C, A]


def test_a_suspended_card_leaves_the_sitting_and_undo_brings_it_back(session: Session, recall: Recall) -> None:
    session.answer(5)
    recall.suspend(B)
    session.drop()
    assert at(session) == (C, 2, 2)
    undone = session.undo()
    assert undone is not None
    assert (undone.what, at(session)) == ("suspend", (B, 2, 3))
    assert session.redo() is not None
    assert at(session) == (C, 2, 2)


def test_a_mark_taken_back_asks_no_answered_card_again(session: Session, recall: Recall) -> None:
    session.answer(5)
    recall.flag(A, 1)
    session.undo()
    assert at(session) == (B, 2, 3)
    recall.note(C, "mine")
    session.undo()
    assert list(session.queue) == [C, B]  # back to the card that it was about
    session.redo()
    assert at(session) == (C, 2, 3)


def test_an_answer_from_before_the_sitting_can_be_taken_back(recall: Recall) -> None:
    recall.grade(A, 4)
    session = Session.start(recall, [B])
    session.undo()
    assert (at(session), list(session.queue)) == ((A, 1, 2), [A, B])
    session.redo()
    assert at(session) == (B, 1, 1)


def test_a_sitting_over_named_cards_stays_so_after_a_redo(recall: Recall) -> None:
    session = Session.start(recall, [C, B])
    session.answer(4)
    session.undo()
    session.redo()
    assert list(session.queue) == [B]


def test_nothing_to_undo(session: Session) -> None:
    assert (session.undo(), session.redo(), at(session)) == (None, None, (A, 1, 3))


def test_an_empty_sitting(recall: Recall) -> None:
    session = Session.start(recall, [])
    session.skip()
    session.drop()
    assert (at(session), session.drilling) == ((None, 0, 0), False)
    assert not session.finish().complete, "today's cards wait"
    assert recall.store.events_of_kind("me", EventKind.SESSION) == []


def test_the_end_of_a_sitting_is_logged(session: Session, recall: Recall) -> None:
    session.answer(4, aloud=True, elapsed_ms=1500)
    session.answer(2, aloud=False, elapsed_ms=700)
    session.finish()
    (event,) = recall.store.events_of_kind("me", EventKind.SESSION)
    assert event.data == {"answered": 2, "aloud": 1, "seconds": 2, "complete": False}
    undone = recall.undo()
    assert undone is not None
    assert undone.card_id == B  # the log entry stands in nobody's way


def records(recall: Recall) -> list[dict[str, object]]:
    """The totals of every sitting that stand, oldest first."""
    events = recall.store.facts("me", (EventKind.SESSION, EventKind.VOID))
    undone = voided(events)
    return [dict(e.data) for e in reversed(events) if e.kind is EventKind.SESSION and e.id not in undone]


def test_a_sitting_leaves_one_record_however_often_its_end_is_seen(session: Session, recall: Recall) -> None:
    session.answer(4, aloud=True)
    session.finish()
    session.finish()
    assert len(recall.store.events_of_kind("me", EventKind.SESSION)) == 1
    session.answer(5, aloud=True)
    session.finish()
    assert records(recall) == [{"answered": 2, "aloud": 2, "seconds": 0, "complete": False}]
    session.undo()
    session.undo()
    session.finish()
    assert records(recall) == [{"answered": 0, "aloud": 0, "seconds": 0, "complete": False}]


def test_two_sittings_leave_two_records(recall: Recall) -> None:
    for card in (A, B):
        session = Session.start(recall, [card])
        session.answer(5)
        session.finish()
    assert len(records(recall)) == 2


def test_a_renewed_record_is_no_undo_that_could_be_undone(session: Session, recall: Recall) -> None:
    session.answer(4)
    session.finish()
    session.answer(5)
    session.undo()
    session.answer(3)
    session.finish()
    assert recall.redo() is None
    session.undo()
    session.finish()
    redone = recall.redo()
    assert redone is not None
    assert (redone.what, redone.card_id) == ("review", B)
    assert len(records(recall)) == 1
