"""A quiz on a learner's data: what is logged, taken back, and comes again."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studyapp.bootstrap import Program
from studyapp.core.log import EventKind, Mode
from studyapp.core.quiz import Kind
from studyapp.errors import StudyError, UsageError
from studyapp.plain.quiz import PlainQuiz
from studyapp.services import interview as interviews
from studyapp.services import quiz as quizzes
from studyapp.services.revision import open_revision
from studyapp.services.session import Session
from tests.conftest import FrozenClock, card_values, small_module, write_module
from tests.scored import events, log, sound, write_rich


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


def test_only_the_time_at_questions_counts_and_ends_a_quiz(program: Program) -> None:
    quiz = new_quiz(program, minutes=0.5)
    assert quiz.command == "studyapp quiz --count 8 --minutes 0.5 --seed 1"
    give(quiz, True, elapsed_ms=20_000)
    assert quiz.left == 10
    quiz.undo()
    assert quiz.left == 10, "taking an answer back gives no time"
    quiz.spent += 10
    assert (quiz.left, quiz.current) == (0, None)
    with pytest.raises(StudyError, match="time is over"):
        quiz.answer([0])
    assert new_quiz(program).left is None


class Slowly(io.StringIO):
    """Over every line that is asked for four seconds go by, over an explanation ten minutes."""

    now = 0.0

    def write(self, text: str, /) -> int:
        self.now += 600 if text.startswith("Explanation") else 4 * (not text.endswith("\n"))
        return super().write(text)


def test_line_by_line_an_explanation_costs_no_time_either(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    quiz = new_quiz(program, minutes=0.5)
    typed = [
        f"{'0.068' if question.number else ''.join('abcdef'[n] for n in question.right)}\n3\n"
        for question in quiz.paper
    ]
    target = Slowly()
    monkeypatch.setattr("time.monotonic", lambda: target.now)
    PlainQuiz(quiz, io.StringIO("u\n" + "".join(typed)), target).run()
    told = target.getvalue()
    assert "You have 0.5 minutes for the answers." in told
    assert "The time is over; this answer came too late." in told
    assert "Score: 3 of 3 right" in told, "4 s for the taking back and three times 8 s"
    assert "5 questions not reached in time." in told


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
