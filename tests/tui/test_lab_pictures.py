"""Pictures in half blocks: the right pixels, the right shape, words where there are no colours."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll

from studyapp.bootstrap import Program
from studyapp.lab_runner.events import Pictures, Tile
from studyapp.tui.widgets.picture import PictureGrid, half_blocks, in_words, shared
from tests.test_imports import LABS_OWN, loaded_by
from tests.tui.labs import LAB

RED, BLUE = (255, 0, 0), (0, 0, 255)


def two_halves(file: Path, size: tuple[int, int] = (16, 16)) -> Path:
    """Red above, blue below."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (0, size[1] // 2, size[0], size[1]))
    image.save(file)
    return file


class Shows(App[None]):
    """A page with nothing but pictures."""

    def __init__(self, grid: PictureGrid) -> None:
        super().__init__()
        self.grid = grid

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield self.grid


def words_of(app: App[None]) -> str:
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


def grid(folder: Path, count: int = 4, columns: int = 2) -> PictureGrid:
    two_halves(folder / "a.png")
    tiles = tuple(Tile(f"linear, t = {n}", "a.png") for n in range(count))
    return PictureGrid(Pictures("p", "Pictures", columns, tiles), folder)


@pytest.fixture
def colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")


def test_each_cell_is_two_pixels_one_above_the_other(tmp_path: Path) -> None:
    cells = half_blocks(two_halves(tmp_path / "a.png"), 8)
    assert cells is not None
    assert (len(cells), len(cells[0])) == (4, 8)
    assert {cell for row in cells[:2] for cell in row} == {(bytes(RED), bytes(RED))}
    assert {cell for row in cells[2:] for cell in row} == {(bytes(BLUE), bytes(BLUE))}


@pytest.mark.parametrize(("size", "rows"), [((64, 64), 5), ((64, 32), 3), ((32, 64), 10), ((640, 2), 1)])
def test_the_aspect_is_kept(tmp_path: Path, size: tuple[int, int], rows: int) -> None:
    cells = half_blocks(two_halves(tmp_path / "a.png", size), 10)
    assert cells is not None
    assert abs(len(cells) - rows) <= 1


def test_what_is_no_picture_is_none(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "half.png").write_bytes(two_halves(tmp_path / "a.png").read_bytes()[:60])
    Image.new("1", (4000, 4000)).save(tmp_path / "huge.png")
    for name in ("text.png", "half.png", "huge.png", "none.png"):
        assert half_blocks(tmp_path / name, 8) is None
    assert "not there" in in_words(tmp_path / "none.png")


def test_captions_share_what_they_begin_with() -> None:
    assert shared(["linear, t = 0", "linear, t = 50"]) == "linear"
    assert shared(["scale 1, seed 0", "scale 2, seed 0"]) == ""
    assert shared(["same", "same"]) == ""


@pytest.mark.parametrize("width", [30, 80, 120])
async def test_captions_are_text_below_the_pictures(tmp_path: Path, colours: None, width: int) -> None:
    app = Shows(grid(tmp_path))
    async with app.run_test(size=(width, 40)):
        seen = words_of(app)
        assert "▀▀▀▀▀▀▀▀" in seen
        assert "linear" in seen
        for n in range(4):
            assert f"t = {n}" in seen
        assert max(len(line) for line in seen.splitlines()) <= width


async def test_many_columns_wrap_where_they_would_be_too_narrow(tmp_path: Path, colours: None) -> None:
    app = Shows(grid(tmp_path, 12, 12))
    async with app.run_test(size=(40, 60)):
        assert sum("t = " in line for line in words_of(app).splitlines()) == 3


@pytest.mark.parametrize("without", ["NO_COLOR", "TERM"])
async def test_without_colours_the_pictures_are_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, colours: None, without: str
) -> None:
    if without == "TERM":
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.delenv("COLORTERM")
    else:
        monkeypatch.setenv("NO_COLOR", "1")
    app = Shows(grid(tmp_path))
    async with app.run_test(size=(80, 24)):
        seen = words_of(app)
        assert "▀" not in seen
        assert "linear, t = 2: brightness 21 %, contrast 9 %" in seen


async def test_a_missing_picture_is_said(tmp_path: Path, colours: None) -> None:
    app = Shows(PictureGrid(Pictures("p", "P", 2, (Tile("a", "none.png"), Tile("b", "none.png"))), tmp_path))
    async with app.run_test(size=(80, 24)):
        assert "a (picture is not there)" in words_of(app)


SHOW_LAB = """
import asyncio, os
from pathlib import Path
os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
from studyapp.bootstrap import open_program
from studyapp.lab_runner.events import Line, Pictures, Series, Tile
from studyapp.lab_runner.results import Results
from studyapp.lab_runner import shelf
from studyapp.tui.app import StudyApp
from studyapp.tui.screens import make_screen

async def paint():
    async with StudyApp(open_program(), start="today").run_test(size=(120, 60)) as pilot:
        screen = make_screen("lab", "{lab}")
        await pilot.app.push_screen(screen)
        results = Results(Path("{folder}"))
        results.take(Pictures("p", "P", 1, (Tile("a", "a.png"),)))
        results.take(Series("s", "S", "x", (1.0, 2.0), False, "y", False, (Line("l", (1.0, 2.0)),)))
        await screen._show(results, None, "")
        await pilot.pause()
        picture = pilot.app.export_screenshot()
        assert "▀" in picture and "●" in picture

asyncio.run(paint())
"""


def test_a_lab_on_the_screen_loads_none_of_its_libraries(program: Program, tmp_path: Path) -> None:
    two_halves(tmp_path / "a.png")
    program.close()
    loaded = loaded_by(SHOW_LAB.format(lab=LAB, folder=tmp_path))
    assert {"textual", "PIL"} <= loaded
    assert not loaded & set(LABS_OWN)
