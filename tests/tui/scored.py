"""What the tests of quiz, interview and revision share."""

from __future__ import annotations

from typing import Any

from textual.pilot import Pilot

from studyapp.bootstrap import Program
from studyapp.core.log import Mode
from studyapp.core.quiz import Kind, Question
from studyapp.services.quiz import Quiz, start_quiz
from studyapp.tui.widgets.bars import MOST_KEYS, KeyBar
from studyapp.tui.widgets.page import Page
from tests.tui.screens import NARROW, WIDE, key_words

SIZES = [NARROW, WIDE, (40, 10)]


def modes(program: Program) -> list[Mode]:
    return [review.mode for review in program.store.latest_reviews("me", 1000)[::-1]]


def quiz_of(program: Program, kind: Kind | None = None, **options: Any) -> Quiz:
    """A quiz; of one kind, if that is asked for."""
    quiz = start_quiz(program.recall, program.library, **{"seed": 1, "count": 20, **options})
    if kind is not None:
        quiz.paper = tuple(question for question in quiz.paper if question.kind is kind)
        assert quiz.paper
    return quiz


def letters(question: Question) -> list[str]:
    return ["abcdef"[n] for n in question.right]


def page(pilot: Pilot[None]) -> str:
    """Everything on the page, also what must be scrolled to, as one line."""
    lines = pilot.app.screen.query_one(Page).lines
    return " ".join(" ".join(line.text for line in lines).split())


def fits(pilot: Pilot[None], size: tuple[int, int]) -> bool:
    bar = pilot.app.screen.query_one(KeyBar)
    words = key_words(pilot)
    few = len(words.split("   ")) <= MOST_KEYS and "…" not in words
    return bar.max_scroll_x == 0 and len(words) <= size[0] - 2 and few and "esc" in words and "help" in words
