"""Quiz, interview, revision and calibration on a learner's data: what is logged, taken back, and found again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studyapp.bootstrap import Program
from studyapp.core.log import EventKind, Mode, Review
from studyapp.core.quiz import Kind
from studyapp.errors import StudyError, UsageError
from studyapp.services import interview as interviews
from studyapp.services import quiz as quizzes
from studyapp.services.calibration import calibration, described
from studyapp.services.doctor import examine
from studyapp.services.revision import draft_key, open_revision, signed_revisions
from studyapp.services.session import Session
from studyapp.services.standing import standing
from tests.conftest import FrozenClock, card_values, small_module, write_module
from tests.scored import write_rich


@pytest.fixture
def program(content: Path, open_again: Callable[[], Program]) -> Program:
    write_rich(content / "module_1", gate=[{"id": "revision", "text": "revised", "rule": "revision_done"}])
    return open_again()


def new_quiz(program: Program, **options: Any) -> quizzes.Quiz:
    return quizzes.start_quiz(program.recall, program.library, **{"seed": 1, "count": 8, **options})


def give(quiz: quizzes.Quiz, right: bool, **options: Any) -> quizzes.Answer:
    """Answers the current question rightly or wrongly."""
    question = quiz.current
    assert question is not None
    if question.number is not None:
        return quiz.answer(typed="0.068" if right else "7", **options)
    return quiz.answer(question.right if right else [], **options)


def log(program: Program) -> list[Review]:
    """Every review, oldest first."""
    return program.store.latest_reviews("me", 10**6)[::-1]


def events(program: Program, kind: EventKind) -> list[dict[str, Any]]:
    return [dict(event.data) for event in program.store.events_of_kind("me", kind)]


def sound(program: Program) -> bool:
    return all(finding.ok for finding in examine(program.recall))


# -- quiz


def test_every_answer_is_a_review_and_the_score_an_event(program: Program) -> None:
    quiz = new_quiz(program)
    for number in range(8):
        give(quiz, number % 2 == 0, confidence=3, elapsed_ms=9000)
    assert quiz.current is None
    quiz.finish()
    quiz.finish()
    cards = [card for question in quiz.paper for card in question.cards]
    reviews = log(program)
    assert [review.card_id for review in reviews] == cards
    assert {review.mode for review in reviews} == {Mode.QUIZ}
    assert {review.confidence for review in reviews} == {3}
    grades = {
        (question.kind.made, answer.marked.right): set(answer.marked.grades)
        for question, answer in zip(quiz.paper, quiz.answers, strict=True)
    }
    assert all(found == ({5} if made else {4}) for (made, right), found in grades.items() if right)
    assert all(1 in found for (_, right), found in grades.items() if not right)
    (event,) = events(program, EventKind.QUIZ)
    assert (event["asked"], event["answered"], event["right"], event["complete"]) == (8, 8, 4, True)
    assert event["seed"] == 1
    assert sum(right for right, _ in event["topics"].values()) == 4
    assert sound(program)


def test_a_seed_repeats_a_quiz_after_everything_was_learnt(program: Program, clock: FrozenClock) -> None:
    paper = new_quiz(program).paper
    for card in program.recall.today().order:
        program.recall.grade(card, 1)
    clock.forward(days=3)
    assert new_quiz(program).paper == paper
    assert new_quiz(program, seed=2).paper != paper


def test_what_was_missed_comes_today_and_moves_the_schedule_once(program: Program) -> None:
    recall = program.recall
    quiz = new_quiz(program)
    while quiz.current is not None:
        give(quiz, False)
    missed = quiz.missed_cards()
    today = recall.today()
    assert set(missed) <= set(today.order)
    assert today.answered == 0
    session = Session.start(recall)
    while session.current is not None:
        first = session.current
        answered = session.answer(4)
        assert (answered.review.mode, answered.scheduled) == (Mode.RECALL, True)
        assert answered.review.card_id == first
    assert recall.today().order == ()
    assert sound(program)


def test_a_known_card_that_is_missed_is_repaired_and_keeps_its_day(program: Program) -> None:
    recall = program.recall
    quiz = new_quiz(program)
    card = quiz.paper[0].cards[0]
    due = recall.grade(card, 5).after.due
    give(quiz, False)
    assert card in recall.today().order
    repaired = recall.grade(card, 4)
    assert (repaired.review.mode, repaired.after.due) == (Mode.DRILL, due)
    assert card not in recall.today().order


def test_a_right_answer_asks_for_nothing(program: Program) -> None:
    before = program.recall.today()
    quiz = new_quiz(program)
    while quiz.current is not None:
        give(quiz, True)
    assert program.recall.today() == before


def test_an_early_end_keeps_what_was_answered(program: Program) -> None:
    quiz = new_quiz(program)
    give(quiz, True)
    quiz.finish()
    (event,) = events(program, EventKind.QUIZ)
    assert (event["answered"], event["asked"], event["complete"]) == (1, 8, False)
    new_quiz(program).finish()
    assert len(events(program, EventKind.QUIZ)) == 1


def test_undo_goes_back_a_question_and_takes_all_its_cards_back(program: Program) -> None:
    recall = program.recall
    order = recall.today().order
    quiz = new_quiz(program)
    while quiz.current is not None and quiz.current.kind is not Kind.MATCH:
        give(quiz, True)
    before = len(quiz.answers)
    assert quiz.current is not None
    give(quiz, False)
    assert recall.today().order != order
    assert quiz.undo()
    assert (len(quiz.answers), recall.today().order) == (before, order)
    assert sound(program)
    while quiz.undo():
        pass
    assert quiz.score.answered == 0
    assert all(not recall.state(card.id).reviews for card in quiz.course.cards)


def test_undo_from_outside_takes_the_answer_out_of_the_score(program: Program) -> None:
    quiz = new_quiz(program, count=3, topic="fog")
    while quiz.current is not None:
        give(quiz, True)
    quiz.finish()
    undone = program.recall.undo(reviews_only=True)
    assert undone is not None
    assert (undone.what, undone.card_id) == ("quiz answer", quiz.paper[-1].cards[-1])
    assert program.recall.draft(undone.card_id) == ""
    assert quizzes.past_quizzes(program.recall)[0].score.answered == 2
    assert program.recall.redo() is not None
    assert quizzes.past_quizzes(program.recall)[0].score.answered == 3
    assert sound(program)


def test_undo_in_a_review_of_an_answer_in_a_quiz_before_it(program: Program) -> None:
    recall = program.recall
    quiz = new_quiz(program)
    card = quiz.paper[0].cards[0]
    recall.grade(card, 5)
    give(quiz, False)
    session = Session.start(recall)
    assert card in session.queue
    assert session.undo() is not None
    assert card not in session.queue  # it was only to be repaired
    assert session.redo() is not None
    assert card in session.queue


def test_the_topic_of_a_quiz(program: Program) -> None:
    assert {question.topic for question in new_quiz(program, topic="fog").paper} == {"fog"}
    assert new_quiz(program, topic="FOG").paper == new_quiz(program, topic="fog").paper


@pytest.mark.parametrize(
    "options",
    [{"count": 0}, {"count": 101}, {"minutes": 0}, {"minutes": -1.0}, {"minutes": 1e9}, {"seed": -1}, {"topic": "x"}],
)
def test_options_out_of_range_are_wrong_usage(program: Program, options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        new_quiz(program, **options)
    assert log(program) == []


def test_a_module_with_nothing_to_ask_says_so(content: Path, open_again: Callable[[], Program]) -> None:
    write_module(content / "module_1", small_module())
    program = open_again()
    with pytest.raises(StudyError, match="nothing to make a quiz from"):
        new_quiz(program)
    with pytest.raises(StudyError, match="nothing to revise"):
        open_revision(program.recall, program.library)


def test_without_content_there_is_a_sentence(open_again: Callable[[], Program]) -> None:
    program = open_again()
    for start in (new_quiz, lambda p: open_revision(p.recall, p.library)):
        with pytest.raises(StudyError, match="no cards yet"):
            start(program)


def test_a_module_of_one_card(content: Path, open_again: Callable[[], Program]) -> None:
    card = card_values(
        "t1.fog.one", kind="trap", wrong_answers=[{"answer": "no", "why": "so"}, {"answer": "nay", "why": "so"}]
    )
    write_module(content / "module_1", {"fog": [card]})
    program = open_again()
    quiz = new_quiz(program)
    assert {question.kind for question in quiz.paper} == {Kind.CHOICE, Kind.TRAP}
    while quiz.current is not None:
        give(quiz, False)
    assert program.recall.today().order == ("t1.fog.one",)
    assert len(open_revision(program.recall, program.library).cards) == 1
    assert len(interviews.start_interview(program.recall, program.library).cards) == 1


# -- interview


def new_interview(program: Program, **options: Any) -> interviews.Interview:
    return interviews.start_interview(program.recall, program.library, **{"seed": 1, "count": 3, **options})


def hold(interview: interviews.Interview, said: set[int]) -> None:
    while interview.current is not None:
        interview.mark(said, elapsed_ms=4000)


def test_a_round_with_follow_ups(program: Program) -> None:
    interview = new_interview(program, count=1)
    turn = interview.current
    assert turn is not None
    assert (turn.prompt, turn.limit, interview.position) == ("What is talk in rails?", 180, 1)
    interview.mark({1, 2}, typed="it is", confidence=4, elapsed_ms=61_000)
    follow = interview.current
    assert follow is not None
    assert (follow.prompt, follow.limit, interview.position) == ("Why the first?", 90, 1)
    interview.mark({0}, elapsed_ms=5000)
    assert interview.current is not None
    assert interview.current.prompt == "And what else?"
    interview.mark(set(), elapsed_ms=5000)
    assert interview.current is None
    card = interview.finish()
    (one,) = card.rounds
    assert (one.said, one.missed, one.typed, one.seconds) == (
        ("second point of talk", "third point of talk"),
        ("first point of talk",),
        "it is",
        61,
    )
    assert [(mark.prompt, mark.said) for mark in one.follow_ups] == [
        ("Why the first?", True),
        ("And what else?", False),
    ]
    (review,) = log(program)
    assert (review.mode, review.grade, review.key_points, review.aloud, review.answer, review.confidence) == (
        Mode.INTERVIEW,
        3,
        (1, 2),
        False,
        "it is",
        4,
    )
    (event,) = events(program, EventKind.INTERVIEW)
    assert (event["points"], event["said"], event["follow_ups"], event["follow_ups_said"]) == (3, 2, 2, 1)
    assert interviews.past_interviews(program.recall) == [card]
    assert sound(program)


def test_undo_in_an_interview_goes_back_turn_by_turn(program: Program) -> None:
    interview = new_interview(program, count=2)
    turns = []
    while interview.current is not None:
        turns.append(interview.current)
        interview.mark(set())
    for turn in reversed(turns):
        assert interview.undo()
        assert interview.current == turn
    assert not interview.undo()
    assert program.recall.today().drill == 0
    assert sound(program)


def test_an_answer_that_was_taken_back_later_leaves_the_scorecard(program: Program) -> None:
    interview = new_interview(program)
    hold(interview, {0, 1, 2})
    interview.finish()
    undone = program.recall.undo(reviews_only=True)
    assert undone is not None
    assert undone.what == "interview answer"
    assert len(interviews.past_interviews(program.recall)[0].rounds) == 2


def test_the_scorecard_as_a_file(program: Program, tmp_path: Path) -> None:
    interview = new_interview(program)
    hold(interview, {0})
    file = tmp_path / "card.md"
    interviews.export(interview.scorecard(), "Test module", file)
    text = file.read_text("utf-8")
    assert text.startswith("# Mock interview: Test module\n")
    assert "- Say: second point of" in text
    with pytest.raises(UsageError, match="exists already"):
        interviews.export(interview.scorecard(), "Test module", file)
    assert file.read_text("utf-8") == text
    with pytest.raises(UsageError, match="no folder"):
        interviews.check_target(tmp_path / "none" / "card.md")
    with pytest.raises(StudyError, match="could not be written"):
        interviews.export(interview.scorecard(), "x", tmp_path / ("n" * 300))


@pytest.mark.parametrize("options", [{"count": 0}, {"count": 51}, {"minutes": 0.0}, {"seed": -1}, {"topic": "x"}])
def test_options_of_an_interview(program: Program, options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        new_interview(program, **options)


# -- revision

CARDS = ["t1.sketch.check", "t1.sketch.other", "t1.rails.trap"]


def test_a_revision_goes_on_after_a_restart_and_is_signed_once(
    program: Program, open_again: Callable[[], Program], clock: FrozenClock
) -> None:
    revision = open_revision(program.recall, program.library)
    assert sorted(card.id for card in revision.cards) == sorted(CARDS)
    first = revision.current
    assert first is not None
    program.recall.save_draft(draft_key(first.id), "half")
    revision.answer(4, confidence=4, said=[0, 1], typed="all of it", elapsed_ms=5)
    assert program.recall.draft(draft_key(first.id)) == ""
    with pytest.raises(StudyError, match="2 of 3 questions are open"):
        revision.sign("Ada")
    clock.forward(days=1)
    again = open_again()
    revision = open_revision(again.recall, again.library)
    assert (revision.position, revision.current == first) == (2, False)
    revision.answer(1, confidence=4)
    revision.answer(3, confidence=1)
    assert revision.current is None
    assert "2 of 3 passed" in revision.statement()
    for name in ("", "  ", "x" * 201):
        with pytest.raises(UsageError, match="Sign with your name"):
            revision.sign(name)
    signed = revision.sign("Ada")
    assert signed.data["questions"] == 3
    assert (signed.data["passed"], signed.data["signed"], signed.data["begun"]) == (2, "Ada", "2026-11-23")
    assert signed.data["brier"] == pytest.approx((0.05**2 + 0.95**2 + 0.75**2) / 3)
    assert signed.data["cards"] == [card.id for card in revision.cards]
    assert signed_revisions(again.recall, "t1") == [signed]
    assert open_revision(again.recall, again.library).position == 1
    assert {review.mode for review in log(again)} == {Mode.REVISION}
    assert sound(again)


@pytest.mark.parametrize("confidence", [None, 0, 5])
def test_no_answer_without_a_confidence(program: Program, confidence: int | None) -> None:
    revision = open_revision(program.recall, program.library)
    with pytest.raises(UsageError, match="how sure"):
        revision.answer(4, confidence=confidence)
    assert log(program) == []


def test_undo_in_a_revision_brings_question_and_text_back(program: Program) -> None:
    revision = open_revision(program.recall, program.library)
    assert not revision.undo()
    first = revision.current
    assert first is not None
    revision.answer(0, confidence=2, typed="some words")
    assert program.recall.today().drill == 1 or first.id in program.recall.today().order
    assert revision.undo()
    assert revision.current == first
    assert program.recall.draft(draft_key(first.id)) == "some words"
    assert program.recall.draft(first.id) == ""


def test_undo_from_outside_opens_the_question_again(program: Program) -> None:
    revision = open_revision(program.recall, program.library)
    revision.answer(4, confidence=2)
    undone = program.recall.undo()
    assert undone is not None
    assert undone.what == "revision answer"
    assert open_revision(program.recall, program.library).position == 1


# -- calibration


def test_calibration_over_all_modes(program: Program) -> None:
    recall = program.recall
    recall.grade("t1.fog.choice", 4, confidence=4)
    recall.grade("t1.fog.gap", 1, confidence=4)
    recall.grade("t1.rails.trap", 5, mode=Mode.QUIZ, confidence=2)
    recall.grade("t1.rails.talk", 5)
    recall.grade("t1.sketch.check", 0, confidence=4)
    recall.undo()
    found = calibration(recall, program.library)
    assert (found.total.answers, found.total.right, found.unsaid) == (3, 2, 1)
    assert found.total.brier == pytest.approx((0.05**2 + 0.95**2 + 0.5**2) / 3)
    assert [topic.title for topic in found.topics] == ["Fog", "Rails"]
    assert [one.found.card_id for one in found.surprises] == ["t1.fog.gap"]
    assert found.surprises[0].prompt == "What is gap in fog?"
    values = described(found)
    assert values["topics"][0]["answers"] == 2
    assert values["sure_but_wrong"][0]["card"] == "t1.fog.gap"


def test_calibration_of_an_empty_history(program: Program) -> None:
    found = calibration(program.recall, program.library)
    assert (found.total.brier, found.topics, found.surprises) == (None, (), ())
    assert described(found)["brier"] is None


def test_a_card_that_left_the_content_keeps_its_judgement(
    program: Program, content: Path, open_again: Callable[[], Program]
) -> None:
    program.recall.grade("t1.fog.gap", 1, confidence=4)
    write_module(content / "module_1", {"fog": [card_values("t1.fog.choice")]})
    again = open_again()
    found = calibration(again.recall, again.library)
    assert found.surprises[0].prompt == "What is gap in fog?"


def gate_is_open(program: Program) -> bool:
    found = standing(program.recall, program.library)
    return found is not None and found.open


def test_a_signed_revision_stands_while_its_answers_do(program: Program) -> None:
    revision = open_revision(program.recall, program.library)
    for _ in revision.cards:
        revision.answer(4, confidence=3)
    revision.sign("Ada")
    assert gate_is_open(program)
    assert program.recall.undo() is not None
    assert signed_revisions(program.recall, "t1") == []
    assert not gate_is_open(program)
    again = open_revision(program.recall, program.library)
    assert (again.position, len(again.progress.open)) == (3, 1)
    assert program.recall.redo() is not None
    assert len(signed_revisions(program.recall, "t1")) == 1
    assert gate_is_open(program)
    assert open_revision(program.recall, program.library).position == 1
