"""Quiz, interview, revision and calibration on the screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from studyapp.bootstrap import Program
from studyapp.core.log import EventKind, Mode
from studyapp.core.quiz import Kind, Question
from studyapp.services.interview import start_interview
from studyapp.services.quiz import Quiz, start_quiz
from studyapp.services.revision import open_revision, signed_revisions
from studyapp.tui.commands import commands
from studyapp.tui.widgets.bars import MOST_KEYS, KeyBar
from studyapp.tui.widgets.page import Page
from tests.conftest import card_values, small_module, write_module
from tests.scored import write_rich
from tests.tui.screens import NARROW, WIDE, Ticks, key_words, press, running, screen_name, settle, shown, toasts, write
from tests.tui.test_hostile import HOSTILE

SIZES = [NARROW, WIDE, (40, 10)]


@pytest.fixture
def program(content: Path, open_again: Callable[[], Program]) -> Program:
    write_rich(content / "module_1")
    return open_again()


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


# -- quiz


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


async def test_an_answer_is_needed_and_an_incomplete_order_is_none(program: Program) -> None:
    quiz = quiz_of(program, Kind.ORDER)
    async with running(program, "quiz", arguments=(quiz,)) as pilot:
        await press(pilot, "enter")
        assert toasts(pilot)[-1] == "Choose 4 letters, one after the other first."
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


# -- interview


@pytest.mark.parametrize("size", SIZES)
async def test_an_interview_with_its_follow_ups(
    program: Program, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    ticks = Ticks()
    round_ = start_interview(program.recall, program.library, count=1, seed=1)
    async with running(program, "interview", size=size, arguments=(round_,), ticks=ticks) as pilot:
        assert "Interview 1/1" in shown(pilot)
        assert fits(pilot, size)
        await press(pilot, "4", "t")
        await write(pilot, "it is")
        await press(pilot, "escape")
        ticks.now += 200
        await press(pilot, "space")
        words = page(pilot)
        assert "You took 3:20 of 3:00, 0:20 too long." in words
        assert "it is" in words
        assert fits(pilot, size)
        await press(pilot, "b", "c", "enter")
        assert "follow-up" in shown(pilot)
        assert "Why the first?" in shown(pilot)
        assert "How sure" not in shown(pilot)
        await press(pilot, "space", "a", "enter", "space", "enter")
        assert "scorecard" in shown(pilot)
        assert fits(pilot, size)
        words = page(pilot)
        for told in ("2 of 3 key points, 67%", "1 of 2 follow-ups", "→ Say: first point of talk", "Shorten it"):
            assert told in words
        await press(pilot, "x", "x", "enter")
        assert screen_name(pilot) == "today"
    names = sorted(file.name for file in tmp_path.glob("interview-*.md"))
    assert names == ["interview-2026-11-23-0900-1.md", "interview-2026-11-23-0900.md"]
    assert len(program.store.events_of_kind("me", EventKind.INTERVIEW)) == 1
    (review,) = program.store.latest_reviews("me", 9)
    assert (review.mode, review.grade, review.confidence, review.elapsed_ms) == (Mode.INTERVIEW, 3, 4, 200_000)


async def test_an_interview_s_file_is_written_at_its_end(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "card.md"
    round_ = start_interview(program.recall, program.library, count=1, topic="fog", seed=1)
    async with running(program, "interview", arguments=(round_, file)) as pilot:
        await press(pilot, "space", "enter")
        assert str(file) in toasts(pilot)[-1]
    assert file.read_text("utf-8").startswith("# Mock interview: Test module")


async def test_an_interview_from_its_choices_undone_and_ended_early(program: Program) -> None:
    async with running(program, "interview") as pilot:
        await press(pilot, "n", "m", "t")
        assert "Fog" in shown(pilot)
        await press(pilot, "t", "t", "t", "enter")
        assert "Interview 1/8" in shown(pilot)
        await press(pilot, "u")
        assert "nothing to take back" in toasts(pilot)[-1]
        await press(pilot, "space", "enter", "u")
        assert "Interview 1/8" in shown(pilot)
        assert "follow-up" not in shown(pilot)
        assert program.recall.today().drill == 0
        await press(pilot, "space", "enter", "escape")
        assert "scorecard" in shown(pilot)
        await press(pilot, "enter")
        assert "Interview" in shown(pilot)
        assert "scorecard" not in shown(pilot)
        await press(pilot, "escape", "escape")
        assert screen_name(pilot) == "today"
    (event,) = program.store.events_of_kind("me", EventKind.INTERVIEW)
    assert (event.data["answered"], event.data["complete"]) == (1, False)


# -- revision


@pytest.mark.parametrize("size", SIZES)
async def test_a_revision_to_its_signature(program: Program, size: tuple[int, int]) -> None:
    async with running(program, "revision", size=size) as pilot:
        for number in range(3):
            assert f"Revision {number + 1}/3" in shown(pilot)
            assert fits(pilot, size)
            await press(pilot, "space")
            assert "how sure" in toasts(pilot)[-1]
            assert "first point" not in page(pilot)
            await press(pilot, "3", "space")
            assert "first point" in page(pilot)
            assert fits(pilot, size)
            if number:
                await press(pilot, "a", "b", "c", "enter")
            else:
                await press(pilot, "1")
        assert "Comes again today" in page(pilot)
        assert "2 of 3 passed" in page(pilot)
        assert fits(pilot, size)
        await press(pilot, "enter", "enter")
        assert signed_revisions(program.recall, "t1") == []
        await press(pilot, "enter")
        await write(pilot, "Ada [x")
        await press(pilot, "enter")
        assert "complete and signed" in page(pilot)
        await press(pilot, "enter")
        assert screen_name(pilot) == "today"
    (signed,) = signed_revisions(program.recall, "t1")
    assert (signed.data["signed"], signed.data["questions"], signed.data["passed"]) == ("Ada [x", 3, 2)


async def test_a_revision_goes_on_with_its_draft(program: Program, open_again: Callable[[], Program]) -> None:
    async with running(program, "revision") as pilot:
        await press(pilot, "2", "space", "4", "t")
        await write(pilot, "half an answer")
        await press(pilot, "ctrl+q")
    again = open_again()
    async with running(again, "revision") as pilot:
        assert "Revision 2/3" in shown(pilot)
        assert "half an answer" in shown(pilot)
        await press(pilot, "u")
        assert "Revision 1/3" in shown(pilot)
        assert open_revision(again.recall, again.library).progress.answers == {}
        await press(pilot, "2", "space", "4")
        assert "half an answer" in shown(pilot)
        await press(pilot, "escape")
        assert "Kept: 1 of 3 answered." in toasts(pilot)


async def test_the_book_stays_closed(program: Program) -> None:
    async with running(program, "revision") as pilot:
        app: Any = pilot.app
        names = [command.title for command in commands(app, app.screen)]
        assert not any(name.startswith("go: ") for name in names)
        await press(pilot, "l", "e", "E", "a", "4", "0")
        assert screen_name(pilot) == "revision"
        assert "first point" not in shown(pilot)
        assert modes(program) == []


# -- calibration


@pytest.mark.parametrize("size", SIZES)
async def test_calibration_shows_surprises_first(program: Program, size: tuple[int, int]) -> None:
    for card, grade, confidence in (("fog.choice", 1, 4), ("fog.gap", 4, 4), ("rails.trap", 5, 2)):
        program.recall.grade(f"t1.{card}", grade, confidence=confidence)
    async with running(program, "calibration", size=size) as pilot:
        assert "Sure but wrong" in shown(pilot)
        assert "✗ certain" in shown(pilot)
        assert fits(pilot, size)
        words = page(pilot)
        for told in ("4 certain stands for 95%, 1 of 2 were right", "how sure you were, %", "Fog", "0.45 (", "fits"):
            assert told in words


# -- all of them


NAMES = ("quiz", "interview", "revision", "calibration")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["empty", "bare", "one card"])
async def test_little_content_gives_kind_sentences(
    content: Path, open_again: Callable[[], Program], name: str, kind: str
) -> None:
    if kind == "bare":
        write_module(content / "module_1", small_module())
    elif kind == "one card":
        write_module(content / "module_1", {"fog": [card_values("t1.fog.one")]})
    async with running(open_again(), name) as pilot:
        assert screen_name(pilot) == name
        words = shown(pilot) + " ".join(toasts(pilot))
        for key in ("enter", "space", "a", "4", "u", "enter"):
            await press(pilot, key)
        words += shown(pilot) + " ".join(toasts(pilot))
        if name != "interview" or kind == "empty":
            sentences = ("no cards yet", "nothing to make a quiz from", "nothing to revise", "not said yet how sure")
            assert any(sentence in " ".join(words.split()) for sentence in sentences)
        await press(pilot, "escape", "escape")
        assert pilot.app.is_running


@pytest.mark.parametrize("name", NAMES)
async def test_a_terminal_that_shrinks_and_grows_again(program: Program, name: str) -> None:
    program.recall.grade("t1.fog.gap", 1, confidence=4)
    async with running(program, name) as pilot:
        await press(pilot, "enter")
        before = shown(pilot)
        for size in ((30, 24), (80, 9), (12, 4), (120, 40), (40, 10)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            if size[0] < 40 or size[1] < 10:
                assert "small" in shown(pilot)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert shown(pilot) == before


def bad_module(bad: str) -> dict[str, list[dict[str, Any]]]:
    safe = "".join(letter for letter in bad if letter.isprintable() and letter != "\u202e")[:180]

    def values() -> dict[str, Any]:
        return {
            "kind": "trap",
            "prompt": safe,
            "answer": safe,
            "key_points": [safe, safe, safe],
            "wrong_answers": [{"answer": safe + "1", "why": safe}, {"answer": safe + "2", "why": safe}],
            "steps": [safe + "1", safe + "2", safe + "3"],
            "numeric": [{"prompt": safe, "value": 1, "tolerance": 0, "unit": safe[:20]}],
            "formulas": [{"text": safe + " = z", "tex": "z", "gaps": [safe, "z"]}],
            "follow_ups": [{"prompt": safe, "answer": safe}],
        }

    return {"fog": [card_values("t1.fog.one", **values()), card_values("t1.fog.two", **values())]}


@pytest.mark.parametrize("bad", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_text_in_every_field(
    content: Path, open_again: Callable[[], Program], bad: str, tmp_path: Path
) -> None:
    write_module(content / "module_1", bad_module(bad))
    program = open_again()
    assert program.library.problems == []
    quiz = quiz_of(program)
    async with running(program, "quiz", arguments=(quiz,)) as pilot:
        while quiz.current is not None:
            question = quiz.current
            if question.number is not None:
                await write(pilot, "2")
                await press(pilot, "enter", "enter", "enter")
            else:
                await press(pilot, *letters(question)[::-1], "enter", "enter")
        await press(pilot, "escape")
        for name, keys in (
            ("interview", ("enter", "space", "a", "enter", "space", "enter", "escape", "escape")),
            ("revision", ("4", "space", "a", "0", "1", "space", "5", "enter", "left_square_bracket", "slash", "enter")),
            ("calibration", ("j",)),
        ):
            app: Any = pilot.app
            app.go_to(name)
            await settle(pilot)
            await press(pilot, *keys)
            assert "\x1b" not in shown(pilot)
            await press(pilot, "escape")
        await settle(pilot)
        assert pilot.app.is_running
        assert pilot.app.return_code is None
    assert len(signed_revisions(program.recall, "t1")) == 1
