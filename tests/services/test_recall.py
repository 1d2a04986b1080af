"""Recall on a real store: what is due, what a grade does, what an undo takes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from studyapp.bootstrap import Program
from studyapp.core.log import Mode
from studyapp.core.schedule import CardState
from studyapp.errors import UsageError
from studyapp.services.doctor import examine
from studyapp.services.recall import Recall
from tests.conftest import MONDAY, FrozenClock, card_values, write_module

A, B, C = "t1.fog.c0", "t1.fog.c1", "t1.fog.c2"
Open = Callable[[], Program]


@pytest.fixture
def recall(program: Program) -> Recall:
    return program.recall


def sound(recall: Recall) -> bool:
    return all(finding.ok for finding in examine(recall))


# -- grades


def test_the_first_grade_of_a_study_day_schedules_and_later_ones_drill(recall: Recall) -> None:
    first, second, third = (recall.grade(A, grade) for grade in (2, 3, 5))
    assert [a.review.mode for a in (first, second, third)] == [Mode.RECALL, Mode.DRILL, Mode.DRILL]
    assert [a.scheduled for a in (first, second, third)] == [True, False, False]
    assert first.after.due == second.after.due == third.after.due == date(2026, 11, 24)
    assert third.after.reviews == 3


def test_a_repaired_card_is_only_practised_until_it_is_due(recall: Recall, clock: FrozenClock) -> None:
    recall.grade(A, 4)
    clock.forward(hours=1)
    early = recall.grade(A, 0)
    assert (early.review.mode, early.scheduled, early.after.memory) == (Mode.PRACTICE, False, early.before.memory)
    assert not early.after.needs_drill(recall.day)
    clock.forward(days=1)
    assert recall.grade(A, 4).review.mode is Mode.RECALL


def test_the_study_day_ends_at_four_not_at_midnight(recall: Recall, clock: FrozenClock) -> None:
    recall.grade(A, 2)
    clock.forward(hours=18)  # three in the morning
    assert recall.grade(A, 5).review.mode is Mode.DRILL
    clock.forward(hours=1)
    assert recall.grade(A, 5).review.mode is Mode.RECALL


@pytest.mark.parametrize("history", [[], [4], [2], [4, 5], [4, 4, 1], [5, 5, 5], [2, 5]])
@pytest.mark.parametrize("wait", [0, 1, 9])
def test_the_preview_is_what_a_grade_then_does(
    recall: Recall, clock: FrozenClock, history: list[int], wait: int
) -> None:
    for grade in history:
        recall.grade(A, grade)
        clock.forward(days=1)
    clock.forward(days=wait - bool(history))
    preview = recall.preview(A)
    for grade in range(6):
        answered = recall.grade(A, grade)
        assert preview[grade] == (answered.after.due if answered.scheduled else None)
        recall.undo()
    assert sound(recall)


@pytest.mark.parametrize(
    ("grade", "confidence", "sentence"),
    [
        (6, None, "A grade is a whole number from 0 (blackout) to 5 (perfect), not 6."),
        (-1, None, "A grade is a whole number from 0 (blackout) to 5 (perfect), not -1."),
        (3, 0, "Confidence is 1 (guess) to 4 (certain), not 0."),
        (3, 5, "Confidence is 1 (guess) to 4 (certain), not 5."),
    ],
)
def test_what_is_out_of_range_is_refused_and_changes_nothing(
    recall: Recall, grade: int, confidence: int | None, sentence: str
) -> None:
    with pytest.raises(UsageError) as refused:
        recall.grade(A, grade, confidence=confidence)
    assert str(refused.value) == sentence
    assert recall.store.latest_reviews("me", 9) == []
    assert recall.state(A) == CardState(A)


@pytest.mark.parametrize("use", ["grade", "suspend", "resume", "bury", "flag", "note", "preview", "card"])
def test_an_unknown_card_is_refused(recall: Recall, use: str) -> None:
    arguments: dict[str, list[object]] = {"grade": [4], "flag": [1], "note": ["x"]}
    with pytest.raises(UsageError, match=r"There is no card 't1.no.where'; `studyapp card list` shows them all."):
        getattr(recall, use)("t1.no.where", *arguments.get(use, []))
    assert recall.store.newest_id("me") == ""


def test_everything_about_an_answer_is_kept(recall: Recall, open_again: Open) -> None:
    recall.grade(A, 3, confidence=2, aloud=True, answer="x\x00[/]\n", key_points=[2, 0, 2], elapsed_ms=4200)
    (review,) = open_again().recall.store.reviews_of("me", A)
    assert (review.grade, review.confidence, review.aloud, review.answer) == (3, 2, True, "x\x00[/]\n")
    assert (review.key_points, review.elapsed_ms) == ((0, 2), 4200)
    assert (review.reviewed_at, review.study_day) == (MONDAY, MONDAY.date())


# -- answers from the past, clocks set back


def test_an_answer_from_the_past_takes_its_place(recall: Recall, clock: FrozenClock) -> None:
    clock.forward(days=7)
    recall.grade(A, 4)
    late = recall.grade(A, 4, at=MONDAY)
    assert late.review.mode is Mode.RECALL
    assert late.scheduled
    assert (late.after.introduced, late.after.memory.repetitions) == (MONDAY.date(), 2)
    assert late.after.due == MONDAY.date() + timedelta(days=7 + 6)
    assert sound(recall)


def test_an_earlier_answer_of_the_same_day_is_the_one_that_counts(recall: Recall, clock: FrozenClock) -> None:
    recall.grade(A, 5)
    earlier = recall.grade(A, 1, at=clock.now - timedelta(hours=1))
    assert earlier.review.mode is Mode.RECALL
    assert earlier.after.memory.ease == 2.5
    assert not earlier.after.needs_drill(recall.day)
    assert sound(recall)


def test_an_undo_takes_back_what_was_entered_last_not_what_happened_last(recall: Recall, clock: FrozenClock) -> None:
    recall.grade(A, 4)
    before = recall.state(A)
    recall.grade(A, 1, at=clock.now - timedelta(days=3))
    assert recall.state(A) != before
    undone = recall.undo()
    assert undone is not None
    assert undone.grade == 1
    assert recall.state(A) == before
    assert sound(recall)


def test_a_clock_set_back_loses_nothing_and_mixes_nothing_up(recall: Recall, clock: FrozenClock) -> None:
    clock.forward(days=2)
    recall.grade(A, 4)
    recall.suspend(A)
    recall.note(A, "late")
    clock.forward(days=-2)
    assert not recall.resume(A).suspended
    assert recall.note(A, "last").note == "last"
    preview = recall.preview(A)
    answered = recall.grade(A, 3)
    assert (answered.after.due if answered.scheduled else None) == preview[3]
    assert answered.after.reviews == 2
    assert (recall.state(A).suspended, recall.state(A).note) == (False, "last")
    assert sound(recall)


def test_undo_finds_the_last_answer_when_the_machine_s_own_clock_was_set_back(
    recall: Recall, monkeypatch: pytest.MonkeyPatch
) -> None:
    recall.grade(A, 5)
    real = recall._new_id
    monkeypatch.setattr(recall, "_new_id", lambda: "00000000" + real()[8:])
    recall.grade(B, 2)
    recall.flag(B, 1)
    assert [(u.what, u.card_id) for u in (recall.undo(), recall.undo(), recall.undo()) if u] == [
        ("flag", B),
        ("review", B),
        ("review", A),
    ]
    assert sound(recall)


# -- undo and redo


def test_undo_and_redo_outlive_the_program(recall: Recall, open_again: Open, clock: FrozenClock) -> None:
    recall.grade(A, 4)
    clock.forward(days=1)
    states = [recall.state(A)]
    for grade in (2, 5):
        recall.grade(A, grade)
        states.append(recall.state(A))
    for expected in reversed(states[:-1]):
        undone = open_again().recall.undo()
        assert undone is not None
        assert (undone.what, undone.card_id) == ("review", A)
        assert recall.state(A) == expected
    for expected, grade in zip(states[1:], (2, 5), strict=True):
        redone = open_again().recall.redo()
        assert redone is not None
        assert redone.grade == grade
        assert recall.state(A) == expected
    assert open_again().recall.redo() is None
    assert sound(recall)


def test_every_kind_of_change_is_undone_and_redone(recall: Recall) -> None:
    changes: list[tuple[str, Callable[[], object]]] = [
        ("suspend", lambda: recall.suspend(A)),
        ("resume", lambda: recall.resume(A)),
        ("flag", lambda: recall.flag(A, 1)),
        ("note", lambda: recall.note(A, "mine")),
        ("bury", lambda: recall.bury(A)),
        ("review", lambda: recall.grade(A, 3)),
    ]
    states = [recall.state(A)]
    for _, change in changes:
        change()
        states.append(recall.state(A))
    for (what, _), expected in zip(reversed(changes), reversed(states[:-1]), strict=True):
        undone = recall.undo()
        assert undone is not None
        assert (undone.what, undone.card_id) == (what, A)
        assert recall.state(A) == expected
    assert recall.undo() is None
    for (what, _), expected in zip(changes, states[1:], strict=True):
        redone = recall.redo()
        assert redone is not None
        assert (redone.what, recall.state(A)) == (what, expected)
    assert recall.redo() is None
    assert sound(recall)


def test_nothing_is_redone_over_a_new_answer(recall: Recall) -> None:
    recall.grade(A, 1)
    recall.undo()
    recall.grade(B, 4)
    assert recall.redo() is None
    recall.undo()
    redone = recall.redo()
    assert redone is not None
    assert redone.card_id == B
    assert recall.redo() is None
    assert recall.state(A).due is None


def test_the_command_line_s_undo_passes_over_other_changes(recall: Recall) -> None:
    recall.grade(A, 1)
    recall.grade(B, 1)
    recall.suspend(C)
    for expected in (B, A):
        undone = recall.undo(reviews_only=True)
        assert undone is not None
        assert undone.card_id == expected
    assert recall.undo(reviews_only=True) is None
    assert recall.state(C).suspended


def test_an_undone_answer_stays_undone_under_any_number_of_later_changes(recall: Recall) -> None:
    """The void is found even when hundreds of events were made after it."""
    recall.grade(A, 4)
    recall.grade(B, 4)
    recall.undo()
    for number in range(120):
        recall.flag(C, number % 2)
    undone = recall.undo(reviews_only=True)
    assert undone is not None
    assert undone.card_id == A


def test_undo_goes_back_as_far_as_the_log_does(recall: Recall, clock: FrozenClock) -> None:
    cards = sorted(recall.store.card_ids("me"))
    for _ in range(6):
        for card_id in cards:
            recall.grade(card_id, 4)
        clock.forward(days=1)
    total = 6 * len(cards)
    undone = [recall.undo() for _ in range(total + 1)]
    assert undone[-1] is None
    assert len({u.record_id for u in undone if u}) == total
    assert all(recall.state(card_id) == CardState(card_id) for card_id in cards)
    redone = [recall.redo() for _ in range(total + 1)]
    assert [r and (r.what, r.record_id) for r in redone[:-1]] == [u and (u.what, u.record_id) for u in undone[-2::-1]]
    assert redone[-1] is None
    assert sound(recall)


def test_nothing_to_undo_or_redo_on_a_fresh_start(recall: Recall) -> None:
    assert (recall.undo(), recall.redo()) == (None, None)


# -- drafts


def test_a_draft_is_kept_until_its_card_is_graded_and_returns_on_undo(recall: Recall, open_again: Open) -> None:
    recall.save_draft(A, "half an ans")
    again = open_again().recall
    assert again.draft(A) == "half an ans"
    again.grade(A, 3, answer="half an answer")
    assert recall.draft(A) == ""
    recall.undo()
    assert open_again().recall.draft(A) == "half an answer"
    recall.redo()
    assert recall.draft(A) == ""  # or the box would give the answer away next time


def test_an_undo_and_a_redo_never_overwrite_what_was_typed_since(recall: Recall) -> None:
    recall.grade(A, 2, answer="first")
    recall.save_draft(A, "second, half")
    recall.undo()
    assert recall.draft(A) == "second, half"
    recall.redo()
    assert recall.draft(A) == "second, half"


def test_a_new_card_s_draft_and_note_survive_in_cards_that_look_like_markup(content: Path, open_again: Open) -> None:
    write_module(content / "m", {"fog": [card_values("t1.fog.one", prompt="[/] [@click=app.quit] {x}")]})
    recall = open_again().recall
    for hostile in ("[/]", "[@click=app.quit]x", "'; DROP TABLE reviews; --", "\x1b[2J", "\x00", "😀" * 1000):
        recall.save_draft("t1.fog.one", hostile)
        recall.note("t1.fog.one", hostile)
        again = open_again().recall
        assert (again.draft("t1.fog.one"), again.state("t1.fog.one").note) == (hostile, hostile)
