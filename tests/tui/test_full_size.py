"""Full size, always: opened where there is a desktop, told where there is none."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest
from PIL import Image

from studyapp.bootstrap import Program
from studyapp.errors import StudyError
from studyapp.lab_runner import shelf
from studyapp.lab_runner.events import Pictures, Tile
from studyapp.lab_runner.results import Results
from studyapp.tui import folder, full_size
from studyapp.tui.full_size import GAP, SIDE, draw_sheet, draw_sheets, open_pictures
from studyapp.tui.screens import make_screen
from tests.conftest import make_card
from tests.tui.labs import LAB, app_of, open_lab, until
from tests.tui.screens import press, running, shown, toasts
from tests.tui.test_lab_pictures import BLUE, RED, two_halves


@pytest.fixture
def program(lab_program: Program) -> Program:
    return lab_program


def sheets(program: Program) -> Path:
    """Where the sheets of the reference are drawn."""
    return program.paths.home / "labs" / LAB / "reference"


# -- the sheets


def test_a_sheet_shows_every_picture_enlarged_whole(tmp_path: Path) -> None:
    two_halves(tmp_path / "a.png")
    tiles = (*(Tile(f"t = {n}", "a.png") for n in range(5)), Tile("gone", "none.png"))
    draw_sheet(Pictures("p", "Title", 3, tiles), tmp_path, tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width == GAP + 3 * (SIDE + GAP)
        colours = {colour: count for count, colour in sheet.getcolors(1 << 24) or ()}
    assert colours[RED] == colours[BLUE] == 5 * SIDE * SIDE // 2, "no pixel is mixed with another"


def test_a_long_caption_goes_on_in_the_next_line(tmp_path: Path) -> None:
    two_halves(tmp_path / "a.png")
    sizes = []
    for caption in ("short", "a large green circle at the bottom of a picture on a brown background"):
        draw_sheet(Pictures("p", "Title", 1, (Tile(caption, "a.png"),)), tmp_path, tmp_path / "sheet.png")
        with Image.open(tmp_path / "sheet.png") as sheet:
            sizes.append(sheet.size)
    assert sizes[0][0] == sizes[1][0]
    assert sizes[0][1] < sizes[1][1]


@pytest.mark.parametrize("count", [0, 1, 90])
def test_a_sheet_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(full_size, "LARGEST_SHEET", 500_000)
    two_halves(tmp_path / "a.png", (1000, 900))
    tiles = (Tile("t", "a.png"),) * count
    draw_sheet(Pictures("p", "Title", 64, tiles), tmp_path, tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width * sheet.height < 3 * 500_000


def test_a_name_leads_nowhere_else(tmp_path: Path) -> None:
    results = Results(tmp_path)
    results.take(Pictures("../../out/side", "Title", 1, ()))
    draw_sheets(results, tmp_path / "sheets")
    assert [file.name for file in (tmp_path / "sheets").iterdir()] == ["______out_side.png"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StudyError, match=r"cannot be drawn in .*; the pictures are in "):
        draw_sheets(Results(tmp_path), tmp_path / "file" / "sheets")


# -- what opens them


@pytest.mark.parametrize(
    ("platform", "environment", "command"),
    [
        ("linux", {"DISPLAY": ":0"}, "xdg-open"),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, "xdg-open"),
        ("linux", {}, None),
        ("linux", {"DISPLAY": ":0", "SSH_CONNECTION": "a b"}, None),
        ("darwin", {}, "open"),
        ("darwin", {"SSH_CONNECTION": "a b"}, None),
        ("win32", {"DISPLAY": ":0"}, None),
    ],
)
def test_the_desktop_is_the_one_before_the_learner(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, platform: str, environment: dict[str, str], command: str | None
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for name in ("xdg-open", "open"):
        executable(tmp_path / name, "")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "platform", platform)
    assert folder.opener() == (None if command is None else str(tmp_path / command))


def test_without_the_desktops_command_there_is_no_opener(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert folder.opener() is None


def executable(file: Path, does: str) -> Path:
    file.write_text(f"#!/bin/sh\n{does}\n", encoding="utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return file


async def test_on_a_desktop_the_folder_is_opened(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = tmp_path / "opened"
    command = executable(tmp_path / "opens", f'printf %s "$1" > "{opened}.part" && mv "{opened}.part" "{opened}"')
    monkeypatch.setattr(folder, "opener", lambda: str(command))
    results = Results(tmp_path / "it's [here]")
    results.folder.mkdir()
    async with running(program) as pilot:
        monkeypatch.setattr(type(pilot.app), "is_headless", False)
        assert open_pictures(app_of(pilot), LAB, results) == f"Opened {results.folder} (copied)."
        await until(pilot, opened.exists)
    assert opened.read_text() == str(results.folder)


async def test_a_run_with_its_sheets_is_opened_where_it_is(program: Program, tmp_path: Path) -> None:
    results = Results(tmp_path)
    results.take(Pictures("p", "Title", 1, ()))
    (tmp_path / "p.png").write_bytes(b"the lab's own")
    async with running(program) as pilot:
        assert open_pictures(app_of(pilot), LAB, results) == f"The pictures are in {tmp_path} (copied)."
    assert (tmp_path / "p.png").read_bytes() == b"the lab's own"
    assert not sheets(program).exists()


# -- the key


async def test_the_reference_under_an_answer_opens_in_full_size(program: Program) -> None:
    async with running(program, "review", size=(120, 60)) as pilot:
        await press(pilot, "o")
        assert toasts(pilot) == [], "before the answer the pictures would give it away"
        await press(pilot, "space")
        await pilot.pause()
        assert "o full size" in shown(pilot)
        await press(pilot, "o")
        assert toasts(pilot)[-1] == f"The pictures are in {sheets(program)} (copied)."
        assert pilot.app.clipboard == str(sheets(program))
    reference = shelf.reference(LAB)
    assert reference is not None
    assert {file.stem for file in sheets(program).iterdir()} == {pictures.id for pictures in reference.pictures}


async def test_o_may_be_typed_into_an_answer(program: Program) -> None:
    async with running(program, "review") as pilot:
        await press(pilot, "t", "o")
        assert toasts(pilot) == []


async def test_a_card_leads_there_too(program: Program) -> None:
    async with running(program) as pilot:
        await pilot.app.push_screen(make_screen("card", "t1.fog.c0"))
        await press(pilot, "o")
        assert toasts(pilot)[-1] == f"The pictures are in {sheets(program)} (copied)."


async def test_a_card_without_a_lab_has_no_such_key(program: Program) -> None:
    async with running(program) as pilot:
        await pilot.app.push_screen(make_screen("card", "t1.fog.c1"))
        await press(pilot, "o")
        assert toasts(pilot) == []


async def test_a_lab_without_a_reference_says_so(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "reference", lambda name: None)
    async with running(program) as pilot:
        await pilot.app.push_screen(make_screen("card", "t1.fog.c0"))
        await press(pilot, "o")
        assert toasts(pilot)[-1] == "There are no reference pictures of this card."


async def test_the_reference_in_the_lab_opens_as_sheets(program: Program) -> None:
    async with running(program) as pilot:
        await open_lab(pilot, make_card("t1.fog.c0", lab=LAB))
        await press(pilot, "v")
        await pilot.pause()
        await press(pilot, "o")
        assert toasts(pilot)[-1] == f"The pictures are in {sheets(program)} (copied)."
    assert sheets(program).is_dir()
