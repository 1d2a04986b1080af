"""Revision and calibration on a learner's data: what goes on, is signed, and what confidence was worth."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from studyapp.bootstrap import Program
from studyapp.core.log import Mode
from studyapp.errors import StudyError, UsageError
from studyapp.services.calibration import calibration, described
from studyapp.services.revision import draft_key, open_revision, signed_revisions
from studyapp.services.standing import standing
from tests.conftest import FrozenClock, card_values, write_module
from tests.scored import log, sound, write_rich


@pytest.fixture
def program(content: Path, open_again: Callable[[], Program]) -> Program:
    write_rich(content / "module_1", gate=[{"id": "revision", "text": "revised", "rule": "revision_done"}])
    return open_again()


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
