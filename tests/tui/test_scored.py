"""Quiz, interview, revision and calibration with little content, small terminals and hostile text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studyapp.bootstrap import Program
from studyapp.services.revision import signed_revisions
from tests.conftest import card_values, small_module, write_module
from tests.scored import write_rich
from tests.tui.scored import letters, quiz_of
from tests.tui.screens import press, running, screen_name, settle, shown, toasts, write
from tests.tui.test_hostile import HOSTILE


@pytest.fixture
def program(content: Path, open_again: Callable[[], Program]) -> Program:
    write_rich(content / "module_1")
    return open_again()


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
            "numeric": [{"prompt": safe, "value": 1, "tolerance": 0, "unit": safe[:20], "why": safe}],
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
            (
                "revision",
                ("enter", "4", "space", "a", "0", "1", "space", "5", "enter", "left_square_bracket", "slash", "enter"),
            ),
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
