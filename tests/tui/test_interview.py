"""A mock interview on the screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from studyapp.bootstrap import Program
from studyapp.core.log import EventKind, Mode
from studyapp.services.interview import start_interview
from tests.scored import write_rich
from tests.tui.scored import SIZES, fits, page
from tests.tui.screens import Ticks, press, running, screen_name, shown, toasts, write


@pytest.fixture
def program(content: Path, open_again: Callable[[], Program]) -> Program:
    write_rich(content / "module_1")
    return open_again()


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
