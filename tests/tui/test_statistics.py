"""Statistics: every part by one key, at any size, over nothing and over hostile text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from studyapp.bootstrap import Program
from studyapp.charts.sections import sections
from studyapp.errors import StudyError
from studyapp.services.statistics import gather
from studyapp.tui.screens.statistics import NAMES
from tests.conftest import FrozenClock, card_values, write_module
from tests.tui.screens import NARROW, WIDE, press, running, screen_name, settle, shown, toasts
from tests.tui.test_hostile import HOSTILE

SMALL = (40, 10)


@pytest.fixture
def studied(program: Program, clock: FrozenClock) -> Program:
    """Ten days of study."""
    for day in range(10):
        for number, card_id in enumerate(program.recall.today().order):
            program.recall.grade(card_id, (day + number) % 6, elapsed_ms=30_000)
        clock.forward(days=1)
    return program


def test_the_parts_have_the_names_of_the_sections(program: Program) -> None:
    made = sections(gather(program.recall, program.library.modules()))
    assert [section.title for section in made] == list(NAMES[:-1])


async def test_every_part_by_its_number_and_by_the_arrows(studied: Program) -> None:
    words = ("Calendar", "Cards that fall due", "True retention", "Grades", "Map of the module", "Labs", "from 100")
    async with running(studied, "statistics") as pilot:
        for number, (name, expected) in enumerate(zip(NAMES, words, strict=True), start=1):
            await press(pilot, str(number))
            await settle(pilot)
            assert f"[{number} {name}]" in shown(pilot)
            assert expected in shown(pilot)
        await press(pilot, "right")
        assert "[1 Days]" in shown(pilot)
        await press(pilot, "left")
        assert "[7 Schedulers]" in shown(pilot)
        await press(pilot, "l", "l", "h")
        assert "[1 Days]" in shown(pilot)


async def test_the_figures_are_those_of_the_log(studied: Program) -> None:
    figures = gather(studied.recall, studied.library.modules())
    async with running(studied, "statistics", WIDE) as pilot:
        assert f"{figures.reviews} answers in" in shown(pilot)
        await press(pilot, "2")
        assert f"{figures.forecast[0]} due today" in shown(pilot)
        await press(pilot, "3")
        aged = figures.retention[None].all
        assert f"of {aged.total}" in shown(pilot)


@pytest.mark.parametrize("size", [SMALL, NARROW, WIDE])
async def test_nothing_yet_is_told_in_every_part(program: Program, size: tuple[int, int]) -> None:
    async with running(program, "statistics", size) as pilot:
        for number in range(1, len(NAMES) + 1):
            await press(pilot, str(number))
            await settle(pilot)
            assert f"[{number} {NAMES[number - 1]}]" in shown(pilot)
            assert "Counting" not in shown(pilot)


async def test_in_a_small_terminal_everything_can_be_scrolled_to(studied: Program) -> None:
    async with running(studied, "statistics", SMALL) as pilot:
        await press(pilot, "5")
        seen = shown(pilot)
        assert max(map(len, seen.splitlines())) <= 40
        for _ in range(30):
            await press(pilot, "space")
            seen += shown(pilot)
        for words in ("Map of the module", "Fog", "Sketch", "Rails", "cards"):
            assert words in seen
        await press(pilot, "home")
        assert shown(pilot).splitlines()[2].strip().startswith(("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"))


async def test_a_part_can_be_clicked(studied: Program) -> None:
    async with running(studied, "statistics") as pilot:
        row = shown(pilot).splitlines()[2]
        assert await pilot.click("#parts", offset=(row.index("Retention"), 0))
        await settle(pilot)
        assert "[3 Retention]" in shown(pilot)


async def test_a_review_in_between_is_counted(studied: Program) -> None:
    async with running(studied, "statistics") as pilot:
        before = gather(studied.recall, studied.library.modules()).reviews
        assert f"{before} answers in" in shown(pilot)
        studied.recall.grade("t1.fog.c0", 4)
        await press(pilot, "question_mark", "escape")
        await settle(pilot)
        assert f"{before + 1} answers in" in shown(pilot)


async def test_escape_goes_back(studied: Program) -> None:
    async with running(studied, "statistics") as pilot:
        await press(pilot, "escape")
        assert screen_name(pilot) == "today"


async def test_what_cannot_be_counted_is_told(studied: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise StudyError("The file is damaged.")

    monkeypatch.setattr(type(studied.store), "log_sums", broken)
    async with running(studied, "statistics") as pilot:
        assert toasts(pilot) == ["The file is damaged."]
        assert shown(pilot).count("The file is damaged.") == 2, "on the page too, when the toast has gone"
        await press(pilot, "7")
        await settle(pilot)
        assert "from 100" in shown(pilot)


@pytest.mark.parametrize("size", [SMALL, NARROW])
@pytest.mark.parametrize("bad", [text for text in HOSTILE.values() if text.isprintable() and len(text) < 200])
async def test_hostile_titles_are_text(
    content: Path, open_again: Callable[[], Program], bad: str, size: tuple[int, int]
) -> None:
    topics = [{"id": "fog", "title": bad}]
    write_module(content / "module_1", {"fog": [card_values("t1.fog.c0")]}, topics=topics)
    program = open_again()
    program.recall.grade("t1.fog.c0", 4)
    async with running(program, "statistics", size) as pilot:
        for number in range(1, len(NAMES) + 1):
            await press(pilot, str(number), "end")
            await settle(pilot)
            assert screen_name(pilot) == "statistics"
        await press(pilot, "5", "end")
        if size == NARROW and bad.isascii():
            assert bad[:10] in shown(pilot)
