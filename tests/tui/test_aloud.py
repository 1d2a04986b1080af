"""What counts as said aloud: by the setting, unless `v` says otherwise, wherever an answer is asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from studyapp.bootstrap import Program
from studyapp.core.log import EventKind, Review
from studyapp.services.interview import start_interview
from studyapp.services.preferences import change_setting
from tests.scored import write_rich
from tests.standing import gated_module
from tests.tui.screens import press, running, shown, welcomed, write

COUNTS, DOES_NOT = " · said aloud ", " · not aloud "
"""In the title, once it was told."""


def last(program: Program) -> Review:
    return program.store.latest_reviews("me", 1)[0]


async def test_said_aloud_unless_something_is_typed(program: Program) -> None:
    async with running(program, "review") as pilot:
        await press(pilot, "space", "4")
        assert (last(program).aloud, last(program).answer) == (True, "")
        await press(pilot, "t")
        await write(pilot, "my words u v 4")
        assert "my words u v 4" in shown(pilot)
        await press(pilot, "escape", "space")
        assert "You wrote" in shown(pilot)
        await press(pilot, "4")
        assert (last(program).aloud, last(program).answer) == (False, "my words u v 4")


async def test_aloud_can_be_switched_off_and_told_by_a_key(program: Program) -> None:
    change_setting(program.recall, "aloud", "no")
    async with running(program, "review") as pilot:
        assert "Say it aloud and press v, then reveal." in shown(pilot)
        await press(pilot, "space", "4")
        assert last(program).aloud is False
        await press(pilot, "v")
        assert COUNTS in shown(pilot)
        await press(pilot, "space", "v")
        assert DOES_NOT in shown(pilot)
        await press(pilot, "v")
        assert COUNTS in shown(pilot)
        await press(pilot, "4")
        assert last(program).aloud is True


async def test_what_was_told_comes_back_with_an_answer_that_is_taken_back(program: Program) -> None:
    async with running(program, "review") as pilot:
        await press(pilot, "v", "space", "4")
        assert DOES_NOT not in shown(pilot), "told of one answer only"
        await press(pilot, "u")
        assert DOES_NOT in shown(pilot)
        await press(pilot, "space", "4")
        assert last(program).aloud is False
        await press(pilot, "space", "4", "u", "t")
        await write(pilot, "now in writing")
        await press(pilot, "escape", "space", "4")
        assert (last(program).aloud, last(program).answer) == (False, "now in writing")


@pytest.mark.parametrize(("setting", "told"), [("yes", DOES_NOT), ("no", COUNTS)])
async def test_in_revision_interview_and_explanation(
    content: Path, open_again: Callable[[], Program], setting: str, told: str
) -> None:
    write_rich(content / "module_1")
    program = open_again()
    change_setting(program.recall, "aloud", setting)
    by_itself = setting == "yes"
    async with running(program, "revision") as pilot:
        await press(pilot, "v", "enter")
        assert told not in shown(pilot), "nothing was asked yet"
        await press(pilot, "3", "space", "4")
        assert last(program).aloud is by_itself
        await press(pilot, "v", "3", "space")
        assert told in shown(pilot)
        await press(pilot, "4")
        assert last(program).aloud is not by_itself
    round_ = start_interview(program.recall, program.library, count=1, seed=1)
    async with running(program, "interview", arguments=(round_,)) as pilot:
        await press(pilot, "space", "enter", "v")
        assert told not in shown(pilot), "of a follow-up no answer is kept"
        await press(pilot, "u")
        assert last(program).aloud is by_itself
        await press(pilot, "space", "v", "a")
        assert told in shown(pilot)
        await press(pilot, "enter")
        assert last(program).aloud is not by_itself


@pytest.mark.parametrize(("setting", "how"), [("yes", "explained"), ("no", "explained aloud")])
async def test_an_explanation(content: Path, open_again: Callable[[], Program], setting: str, how: str) -> None:
    gated_module(content / "module_1")
    program = welcomed(open_again())
    change_setting(program.recall, "aloud", setting)
    async with running(program, "audit") as pilot:
        await press(pilot, "x", "space", "v")
        assert (COUNTS if setting == "no" else DOES_NOT) in shown(pilot)
        await press(pilot, "f")
        (event,) = program.store.events_of_kind("me", EventKind.EXPLAIN)
        assert event.data["aloud"] is (setting == "no")
        assert f"{how} on 23 Nov 2026: 0 of 6 key points" in shown(pilot)
        await press(pilot, "x", "t")
        await write(pilot, "fog is noise")
        await press(pilot, "escape", "space", "f")
        assert "explained in writing on 23 Nov 2026: 0 of 6 key points" in shown(pilot)
