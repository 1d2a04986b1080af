"""A quiz on the screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studyapp.bootstrap import Program
from studyapp.core.log import EventKind, Mode
from studyapp.core.quiz import Kind
from tests.scored import write_rich
from tests.tui.scored import SIZES, fits, letters, modes, page, quiz_of
from tests.tui.screens import Ticks, key_words, press, running, screen_name, settle, shown, toasts, write


@pytest.fixture
def program(content: Path, open_again: Callable[[], Program]) -> Program:
    write_rich(content / "module_1")
    return open_again()


@pytest.mark.parametrize("size", SIZES)
async def test_a_quiz_from_its_choices_to_its_score(program: Program, size: tuple[int, int]) -> None:
    async with running(program, "quiz", size=size) as pilot:
        assert "Start" in shown(pilot)
        assert fits(pilot, size)
        await press(pilot, "n", "m", "m")
        assert " 20" in page(pilot)
        await press(pilot, "n", "n", "n", "enter")
        assert "Quiz 1/8" in shown(pilot)  # ten were wanted, the cards give eight
        screen: Any = pilot.app.screen
        while screen.quiz.current is not None:
            question = screen.quiz.current
            assert fits(pilot, size)
            if question.kind is Kind.NUMBER:
                await write(pilot, "0.068")
                await press(pilot, "enter", "4", "enter")
            else:
                await press(pilot, *letters(question), "4", "enter")
            assert "✓ Right." in page(pilot)
            assert fits(pilot, size)
            await press(pilot, "enter")
        assert "the score" in shown(pilot)
        assert fits(pilot, size)
        assert "100%" in page(pilot)
        assert screen.quiz.command in page(pilot)
        await press(pilot, "enter")
        assert screen_name(pilot) == "today"
    (event,) = program.store.events_of_kind("me", EventKind.QUIZ)
    assert event.data["complete"]
    assert set(modes(program)) == {Mode.QUIZ}


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("size", SIZES)
async def test_every_kind_answered_wrongly_is_explained(program: Program, kind: Kind, size: tuple[int, int]) -> None:
    quiz = quiz_of(program, kind)
    question = quiz.paper[0]
    async with running(program, "quiz", size=size, arguments=(quiz,)) as pilot:
        if kind is Kind.NUMBER:
            await write(pilot, "7")
            await press(pilot, "enter")
            assert "Read as 7" in shown(pilot)
        elif kind.ordered:
            await press(pilot, *letters(question)[::-1])
        else:
            await press(pilot, "abcdef"[(question.right[0] + 1) % len(question.options)])
        await press(pilot, "space")
        words = page(pilot)
        assert "✗" in words
        assert "again today" in words
        if kind is not Kind.MATCH:
            assert "Why" in words
        await press(pilot, *["space"] * 12)
        assert len(quiz.answers) == 1


@pytest.mark.parametrize("kind", Kind)
async def test_the_line_of_keys_names_the_letters_that_there_are(program: Program, kind: Kind) -> None:
    quiz = quiz_of(program, kind)
    last = "abcdef"[len(quiz.paper[0].options) - 1]
    async with running(program, "quiz", arguments=(quiz,)) as pilot:
        if kind is Kind.NUMBER:
            assert key_words(pilot) == "esc done typing   enter done   f1 help"
        else:
            assert f"enter check   a-{last} choose   1-4 how sure   esc back" in key_words(pilot)
            await press(pilot, *letters(quiz.paper[0]))
            assert ("backspace takes the last letter back" in shown(pilot)) is kind.ordered
            await press(pilot, "enter")
            assert "u undo" in key_words(pilot)


async def test_a_match_says_what_is_asked_and_how_much_was_missed(program: Program) -> None:
    quiz = quiz_of(program, Kind.MATCH)
    wrong = ["abcdef"[n] for n in quiz.paper[0].right]
    async with running(program, "quiz", arguments=(quiz,), size=(40, 24)) as pilot:
        assert "For each idea in turn, the letter of its picture." in page(pilot)
        await press(pilot, *wrong[:2][::-1], *wrong[2:], "enter")
        assert "1 of 3 pairs right. 2 cards come again today." in page(pilot)
        said = [line for line in shown(pilot).splitlines() if "✗ " in line][1:]
        after = shown(pilot).splitlines()[shown(pilot).splitlines().index(said[0]) + 1]
        assert after.startswith("      ") or "✗" in after or "✓" in after, "what goes on stands below its first letter"


async def test_an_answer_is_needed_and_an_incomplete_order_is_none(program: Program) -> None:
    quiz = quiz_of(program, Kind.ORDER)
    async with running(program, "quiz", arguments=(quiz,)) as pilot:
        await press(pilot, "enter")
        assert toasts(pilot)[-1] == "4 letters are missing; one after the other."
        await press(pilot, "a", "b", "a", "c", "backspace", "enter")
        assert "[b] 1." in shown(pilot)
        assert quiz.answers == []
        await press(pilot, "f")  # there is no such option
        assert "[b] 1." in shown(pilot)


async def test_a_number_that_is_none_is_not_counted(program: Program) -> None:
    quiz = quiz_of(program, Kind.NUMBER)
    async with running(program, "quiz", arguments=(quiz,)) as pilot:
        await write(pilot, "u")
        await press(pilot, "enter")
        assert "That is no number yet" in shown(pilot)
        await press(pilot, "enter")
        assert "Type a number first" in toasts(pilot)[-1]
        assert quiz.answers == []
        await press(pilot, "t", "backspace")
        await write(pilot, "6.8 %")
        await press(pilot, "enter")
        assert "Read as 0.068" in shown(pilot)
        await press(pilot, "enter")
        assert "✓ Right." in shown(pilot)


async def test_undo_goes_back_to_the_question(program: Program) -> None:
    quiz = quiz_of(program, Kind.CHOICE)
    question = quiz.paper[0]
    async with running(program, "quiz", arguments=(quiz,)) as pilot:
        await press(pilot, "u")
        assert "nothing to take back" in toasts(pilot)[-1]
        await press(pilot, *letters(question), "enter", "u")
        assert "Quiz 1/" in shown(pilot)
        assert "Took back the last answer." in shown(pilot)
        assert quiz.answers == []
        assert program.recall.state(question.cards[0]).reviews == 0
        await press(pilot, *letters(question), "enter", "enter", "u")
        assert quiz.answers == []


async def test_an_early_end_shows_the_score_and_enter_goes_on(program: Program) -> None:
    quiz = quiz_of(program)
    async with running(program, "quiz", arguments=(quiz,)) as pilot:
        question = quiz.paper[0]
        if question.number is not None:
            await write(pilot, "0.068")
            await press(pilot, "enter", "enter")
        else:
            await press(pilot, *letters(question), "enter")
        await press(pilot, "escape")
        assert "1 of 1 right" in shown(pilot)
        assert "questions not answered: enter goes on, esc ends the quiz." in page(pilot)
        assert key_words(pilot).startswith("enter go on")
        assert program.store.events_of_kind("me", EventKind.QUIZ) == []
        await press(pilot, "enter")
        assert "Quiz 2/" in shown(pilot)
        await press(pilot, "escape", "escape", "escape")
        assert screen_name(pilot) == "today"
    (event,) = program.store.events_of_kind("me", EventKind.QUIZ)
    assert (event.data["answered"], event.data["complete"]) == (1, False)


async def test_quitting_in_mid_quiz_logs_what_was_answered(program: Program) -> None:
    quiz = quiz_of(program, Kind.CHOICE)
    async with running(program, "quiz", arguments=(quiz,)) as pilot:
        await press(pilot, *letters(quiz.paper[0]), "enter", "ctrl+q")
    assert len(program.store.events_of_kind("me", EventKind.QUIZ)) == 1


async def test_the_time_ends_a_quiz_and_stands_still_under_help(program: Program) -> None:
    ticks = Ticks()
    quiz = quiz_of(program, Kind.CHOICE, minutes=5)
    async with running(program, "quiz", arguments=(quiz,), ticks=ticks) as pilot:
        assert "5:00 left" in shown(pilot)
        await press(pilot, *letters(quiz.paper[0]), "enter", "enter", "question_mark")
        ticks.now += 290
        await press(pilot, "escape")
        ticks.now += 60
        screen: Any = pilot.app.screen
        screen.tick()
        await pilot.pause()
        assert "4:00 left" in shown(pilot)
        ticks.now += 250
        screen.tick()
        await pilot.pause()
        assert "The time is over" in toasts(pilot)[-1]
        assert "1 of 1 right" in shown(pilot)


async def test_reading_an_explanation_costs_no_time_and_what_was_not_reached_cannot_be_gone_on_with(
    program: Program,
) -> None:
    ticks = Ticks()
    quiz = quiz_of(program, Kind.CHOICE, minutes=0.2)
    async with running(program, "quiz", arguments=(quiz,), ticks=ticks) as pilot:
        screen: Any = pilot.app.screen
        ticks.now += 4
        await press(pilot, *letters(quiz.paper[0]), "enter")
        ticks.now += 600
        screen.tick()
        await pilot.pause()
        assert "Why" in page(pilot)
        assert "the clock stands" in shown(pilot)
        await press(pilot, "enter")
        assert "0:08 left" in shown(pilot)
        ticks.now += 3
        await press(pilot, "escape")  # a look at the score, where the clock stands too
        ticks.now += 600
        await press(pilot, "enter")
        assert "0:05 left" in shown(pilot)
        ticks.now += 6
        await press(pilot, *letters(quiz.paper[1]), "enter")
        assert "1 of 1 right" in shown(pilot), "an answer that comes too late does not count"
        missing = len(quiz.paper) - 1
        assert f"{missing} question{'s' * (missing > 1)} not reached in time." in page(pilot)
        assert "goes on" not in page(pilot)
        assert key_words(pilot).startswith("enter done")
        await press(pilot, "enter")
        assert screen_name(pilot) == "today"
    (event,) = program.store.events_of_kind("me", EventKind.QUIZ)
    assert (event.data["answered"], event.data["seconds"], event.data["minutes"]) == (1, 4, 0.2)


async def test_what_was_missed_is_repaired_from_the_score(program: Program) -> None:
    quiz = quiz_of(program, Kind.CHOICE, count=20)
    quiz.paper = quiz.paper[:1]
    wrong = "abcd"[(quiz.paper[0].right[0] + 1) % len(quiz.paper[0].options)]
    async with running(program, "quiz", arguments=(quiz,)) as pilot:
        await press(pilot, wrong, "enter", "enter")
        assert "Comes again today: 1 card" in shown(pilot)
        await press(pilot, "r")
        await settle(pilot)
        assert screen_name(pilot) == "review"
    assert len(program.store.events_of_kind("me", EventKind.QUIZ)) == 1


async def test_last_quizzes_are_listed(program: Program) -> None:
    quiz = quiz_of(program, Kind.CHOICE)
    quiz.answer(quiz.paper[0].right)
    quiz.finish()
    async with running(program, "quiz") as pilot:
        assert "23 Nov 2026 · 1 of 1 right, 100%" in shown(pilot)
        await press(pilot, "t")
        assert "Fog" in shown(pilot)
