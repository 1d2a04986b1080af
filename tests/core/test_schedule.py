from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from studyapp.core.log import Event, EventKind, Mode, Review, voided
from studyapp.core.schedule import CardState, replay, with_review
from studyapp.core.sm2 import next_memory

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def review(number: int, grade: int, mode: Mode = Mode.RECALL, day: int | None = None) -> Review:
    at = START + timedelta(days=number if day is None else day, minutes=number)
    return Review(
        id=f"r{number:04}",
        learner="me",
        card_id="c",
        reviewed_at=at,
        study_day=at.date(),
        grade=grade,
        mode=mode,
    )


def void(number: int, target: str) -> Event:
    at = START + timedelta(days=number)
    return Event(
        id=f"v{number:04}",
        learner="me",
        at=at,
        study_day=at.date(),
        kind=EventKind.VOID,
        card_id="c",
        subject=target,
    )


def test_only_the_first_recall_of_a_day_schedules() -> None:
    once = replay("c", [review(0, 2, day=0)], [], next_memory)
    twice = replay("c", [review(0, 2, day=0), review(1, 5, day=0)], [], next_memory)
    assert (twice.due, twice.memory) == (once.due, once.memory)
    assert twice.last_grade == 5
    assert not twice.needs_drill(START.date())


def test_drill_and_practice_move_no_schedule() -> None:
    first = replay("c", [review(0, 4)], [], next_memory)
    for mode in set(Mode) - {Mode.RECALL}:
        assert replay("c", [review(0, 4), review(3, 0, mode)], [], next_memory).due == first.due


def test_due_day_is_the_day_of_the_review_and_the_interval() -> None:
    state = replay("c", [review(0, 4), review(1, 4)], [], next_memory)
    assert state.due == date(2026, 11, 24) + timedelta(days=6)


def test_a_lapse_is_a_failure_after_a_success() -> None:
    assert replay("c", [review(0, 0)], [], next_memory).lapses == 0
    assert replay("c", [review(0, 4), review(1, 1)], [], next_memory).lapses == 1


def test_an_undone_undo_counts_again() -> None:
    undo, redo = void(1, "r0000"), void(2, "v0001")
    assert voided([undo]) == {"r0000"}
    assert voided([undo, redo]) == {"v0001"}
    assert voided([redo, undo]) == {"v0001"}
    assert voided([undo, redo, void(3, "r0000")]) == {"r0000", "v0001"}


def test_a_void_undoes_only_what_was_made_before_it() -> None:
    circle = [void(1, "v0002"), void(2, "v0001")]
    assert voided(circle) == voided(circle[::-1]) == {"v0001"}
    assert voided([void(1, "v0001")]) == set()


def test_undos_of_undos_may_go_on_for_long() -> None:
    chain = [void(1, "r0000"), *(void(n, f"v{n - 1:04}") for n in range(2, 5000))]
    assert voided(chain) == {"r0000", *(f"v{n:04}" for n in range(2, 5000, 2))}
    assert voided(chain[:-1]) == {f"v{n:04}" for n in range(1, 4998, 2)}


HISTORIES = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from(Mode), st.integers(0, 40)),
    max_size=25,
)


@given(HISTORIES, st.randoms(use_true_random=False))
def test_replay_does_not_depend_on_the_order_of_the_log(
    history: list[tuple[int, Mode, int]], rng: random.Random
) -> None:
    reviews = [review(n, grade, mode, day) for n, (grade, mode, day) in enumerate(history)]
    shuffled = reviews[:]
    rng.shuffle(shuffled)
    assert replay("c", reviews, [], next_memory) == replay("c", shuffled, [], next_memory)


@given(HISTORIES)
def test_one_review_at_a_time_is_replay(history: list[tuple[int, Mode, int]]) -> None:
    reviews = [review(n, grade, mode, day) for n, (grade, mode, day) in enumerate(sorted(history, key=lambda h: h[2]))]
    state = CardState("c")
    for item in sorted(reviews, key=lambda r: (r.reviewed_at, r.id)):
        state = with_review(state, item, next_memory)
    assert state == replay("c", reviews, [], next_memory)


@given(HISTORIES, st.data())
def test_a_voided_review_might_never_have_been(history: list[tuple[int, Mode, int]], data: st.DataObject) -> None:
    reviews = [review(n, grade, mode, day) for n, (grade, mode, day) in enumerate(history)]
    gone = data.draw(st.sets(st.sampled_from(reviews))) if reviews else set()
    voids = [void(n, item.id) for n, item in enumerate(gone)]
    assert replay("c", reviews, voids, next_memory) == replay("c", set(reviews) - gone, [], next_memory)


SCORED = st.sampled_from([mode for mode in Mode if mode.scored])


@given(HISTORIES, SCORED, st.integers(0, 5), st.integers(0, 5), st.integers(0, 60))
def test_what_is_missed_in_a_quiz_is_repaired_today_and_moves_no_schedule(
    history: list[tuple[int, Mode, int]], mode: Mode, score: int, grade: int, later: int
) -> None:
    reviews = [review(n, *item) for n, item in enumerate(history)]
    before = replay("c", reviews, [], next_memory)
    day = max((item.study_day for item in reviews), default=START.date()) + timedelta(days=later)
    quiz = review(50, score, mode, (day - START.date()).days)
    after = with_review(before, quiz, next_memory)
    assert (after.due, after.memory, after.lapses) == (before.due, before.memory, before.lapses)
    assert after.needs_drill(day) == (score < 3 or before.needs_drill(day))
    assert after.next_mode(day) in (before.next_mode(day), Mode.DRILL)
    if before.due is None or before.due <= day:  # due: the recall comes, and moves the schedule as without the quiz
        assert after.next_mode(day) is Mode.RECALL
        recall = review(51, grade, Mode.RECALL, (day - START.date()).days)
        then, without = with_review(after, recall, next_memory), with_review(before, recall, next_memory)
        assert (then.due, then.memory, then.lapses) == (without.due, without.memory, without.lapses)
        assert then.needs_drill(day) == (grade < 4)
        assert then.due is not None
        assert then.due > day
        assert then.next_mode(day) is (Mode.DRILL if grade < 4 else Mode.PRACTICE)


def test_being_right_in_a_quiz_repairs_nothing() -> None:
    state = replay("c", [review(0, 2, day=0), review(1, 5, Mode.QUIZ, day=0)], [], next_memory)
    assert state.needs_drill(START.date())
