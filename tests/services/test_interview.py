"""A mock interview on a learner's data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studyapp.bootstrap import Program
from studyapp.core.log import EventKind, Mode
from studyapp.errors import StudyError, UsageError
from studyapp.services import interview as interviews
from tests.scored import events, log, sound, write_rich


@pytest.fixture
def program(content: Path, open_again: Callable[[], Program]) -> Program:
    write_rich(content / "module_1", gate=[{"id": "revision", "text": "revised", "rule": "revision_done"}])
    return open_again()


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
