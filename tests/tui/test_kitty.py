"""Sharp pictures: when they are sent, what is sent, and the cells that stand for them."""

from __future__ import annotations

import random
import sys
import unicodedata
from base64 import standard_b64decode
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from PIL import Image, ImageCms
from rich.cells import cell_len

from studyapp.bootstrap import Program
from studyapp.lab_runner.events import Pictures, Tile
from studyapp.services.preferences import change_setting
from studyapp.tui.widgets import kitty
from studyapp.tui.widgets.picture import MOST_PIXELS, PictureGrid, Tiles, drawn, half_blocks
from tests.tui.labs import app_of
from tests.tui.screens import running
from tests.tui.test_lab_pictures import two_halves

# -- where


@pytest.mark.parametrize(
    ("environment", "certain"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-ghostty"}, True),
        ({"TERM": "xterm-ghostty", "TERM_PROGRAM": "ghostty"}, True),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "ghostty"}, True),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "dumb"}, False),
        ({}, False),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1", "TERM_PROGRAM": "vscode"}, False),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, False),
        *(({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1", name: "1"}, False) for name in kitty.OTHERS),
        *(({"TERM": "xterm-256color", "TERM_PROGRAM": "ghostty", name: "1"}, False) for name in kitty.OTHERS),
    ],
)
def test_only_a_name_that_is_certain_counts(environment: dict[str, str], certain: bool) -> None:
    assert kitty.speaks(environment) is certain
    assert kitty.wanted("auto", environment, terminal=True, true_colours=True) is certain
    assert kitty.wanted("sharp", environment, terminal=True, true_colours=True), "the learner knows the terminal"
    assert not kitty.wanted("blocks", environment, terminal=True, true_colours=True)


@pytest.mark.parametrize("setting", ["auto", "sharp"])
@pytest.mark.parametrize(
    "between",
    [{"TERM": "screen-256color"}, {"TERM": "tmux-256color"}, *({name: "1"} for name in kitty.MULTIPLEXERS)],
    ids=str,
)
def test_never_through_a_multiplexer(setting: str, between: dict[str, str]) -> None:
    environment = {"TERM": "xterm-kitty", "KITTY_WINDOW_ID": "1"} | between
    assert not kitty.wanted(setting, environment, terminal=True, true_colours=True)


@pytest.mark.parametrize("setting", ["auto", "sharp"])
def test_never_without_a_terminal_or_its_colours(setting: str) -> None:
    environment = {"TERM": "xterm-kitty"}
    assert not kitty.wanted(setting, environment, terminal=False, true_colours=True)
    assert not kitty.wanted(setting, environment, terminal=True, true_colours=False)


# -- what is sent


def sequences(text: str) -> list[tuple[dict[str, str], str]]:
    """Keys and data of each escape sequence; nothing may stand between them."""
    parts = text.split("\x1b\\")
    assert parts.pop() == ""
    found = []
    for part in parts:
        assert part.startswith("\x1b_G")
        keys, _, data = part[3:].partition(";")
        found.append((dict(pair.split("=") for pair in keys.split(",")), data))
    return found


def noise(file: Path, size: tuple[int, int]) -> Path:
    Image.effect_noise(size, 80).convert("RGB").save(file)
    return file


def test_a_picture_goes_in_chunks_and_nothing_is_asked(tmp_path: Path) -> None:
    png = kitty.encoded(noise(tmp_path / "a.png", (160, 160)), 10)
    assert png is not None
    sent = sequences(kitty.transmission(0xABCDEF, png, 10, 5))
    assert len(sent) > 2
    first, *middle, last = sent
    expected = f"a=T,U=1,q=2,f=100,i={0xABCDEF},c=10,r=5,m=1"
    assert first[0] == dict(pair.split("=") for pair in expected.split(","))
    assert [keys for keys, _ in middle] == [{"q": "2", "m": "1"}] * len(middle)
    assert last[0] == {"q": "2", "m": "0"}
    assert {len(data) for _, data in sent[:-1]} == {kitty.CHUNK}
    assert len(last[1]) <= kitty.CHUNK
    assert standard_b64decode("".join(data for _, data in sent)) == png


def test_a_small_picture_is_one_sequence() -> None:
    ((keys, data),) = sequences(kitty.transmission(1, b"any", 1, 1))
    assert (keys["m"], standard_b64decode(data)) == ("0", b"any")


def read(png: bytes | None) -> Image.Image:
    assert png is not None
    return Image.open(BytesIO(png), formats=("PNG",))


def test_the_pixels_are_the_files_own(tmp_path: Path) -> None:
    file = noise(tmp_path / "a.png", (200, 100))
    with Image.open(file) as original:
        assert read(kitty.encoded(file, 10)).tobytes() == original.tobytes()


def test_few_pixels_are_repeated_whole_so_that_the_terminal_does_not_blur_them(tmp_path: Path) -> None:
    file = noise(tmp_path / "a.png", (32, 32))
    sharp = read(kitty.encoded(file, 24))
    assert sharp.size == (12 * 32, 12 * 32)
    with Image.open(file) as original:
        assert sharp.resize((32, 32), Image.Resampling.NEAREST).tobytes() == original.tobytes()
        assert sharp.tobytes() == original.resize(sharp.size, Image.Resampling.NEAREST).tobytes()


def test_more_pixels_than_can_be_seen_are_not_sent(tmp_path: Path) -> None:
    assert read(kitty.encoded(two_halves(tmp_path / "a.png", (2000, 1000)), 10)).size == (320, 160)


def test_no_byte_of_a_file_passes_as_it_is(tmp_path: Path) -> None:
    """What stands after the picture, in its metadata, or in another format stays here."""
    file = tmp_path / "a.png"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGBA", (160, 160), (255, 0, 0, 0)).save(file, icc_profile=profile, exif=b"Exif\0\0MM", dpi=(1, 1))
    file.write_bytes(file.read_bytes() + b"\x1b_Gi=31;tail\x1b\\")
    assert b"iCCP" in file.read_bytes()
    png = kitty.encoded(file, 10)
    assert png is not None
    for chunk in (b"iCCP", b"eXIf", b"pHYs", b"tEXt", b"tail"):
        assert chunk not in png
    assert read(png).mode == "RGB"
    jpeg = tmp_path / "b.jpg"
    Image.new("RGB", (160, 160)).save(jpeg)
    assert read(kitty.encoded(jpeg, 10)).size == (160, 160)


def test_what_is_no_picture_or_too_large_is_not_sent(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no picture")
    Image.new("1", (4000, 4000)).save(tmp_path / "huge.png")
    Image.new("RGB", (10, 10)).save(tmp_path / "other.gif")
    for name in ("text.png", "huge.png", "other.gif", "none.png"):
        assert kitty.encoded(tmp_path / name, 10) is None


def test_a_line_of_pixels_does_not_grow_without_end(tmp_path: Path) -> None:
    file = two_halves(tmp_path / "a.png", (1, 4000))
    size = read(kitty.encoded(file, 100)).size
    assert size[0] * size[1] <= MOST_PIXELS


# -- the cells


def test_the_marks_are_a_hundred_that_take_no_room() -> None:
    assert len(set(kitty.DIACRITICS)) == len(kitty.DIACRITICS) == 100
    assert all(unicodedata.combining(mark) == 230 for mark in kitty.DIACRITICS)
    assert list(kitty.DIACRITICS) == sorted(kitty.DIACRITICS)
    found = " ".join(f"{ord(kitty.DIACRITICS[place]):04X}" for place in (0, 1, 17, 30, 99))
    assert found == "0305 030D 0363 0483 074A"


def test_each_cell_names_the_picture_its_row_and_its_column() -> None:
    strips = kitty.placeholders(0x0A0B0C, 100, 3)
    assert [strip.cell_length for strip in strips] == [100, 100, 100]
    for y, strip in enumerate(strips):
        (segment,) = strip
        assert cell_len(segment.text) == 100
        assert segment.style is not None
        assert segment.style.color is not None
        assert segment.style.color.triplet == (0x0A, 0x0B, 0x0C)
        cells = [segment.text[at : at + 3] for at in range(0, len(segment.text), 3)]
        assert cells == [kitty.PLACEHOLDER + kitty.DIACRITICS[y] + kitty.DIACRITICS[x] for x in range(100)]


def test_a_part_of_a_row_is_whole_cells() -> None:
    (strip,) = kitty.placeholders(7, 10, 1)
    part = strip.crop(3, 6)
    assert part.text == "".join(kitty.PLACEHOLDER + kitty.DIACRITICS[0] + kitty.DIACRITICS[x] for x in (3, 4, 5))


# -- in the app


class Tty(StringIO):
    def isatty(self) -> bool:
        return True


class Written(list[str]):
    """What went to the driver, as far as it belongs to pictures."""

    @property
    def sent(self) -> list[dict[str, str]]:
        return [keys for text in self for keys, _ in sequences(text) if keys.get("a") == "T"]

    @property
    def gone(self) -> list[str]:
        return [keys["i"] for text in self for keys, _ in sequences(text) if keys.get("a") == "d"]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Written:
    """A terminal that shows sharp pictures, as far as an app without one can tell."""
    for name in (*kitty.MULTIPLEXERS, *kitty.OTHERS, "TERM_PROGRAM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-kitty")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setattr(kitty.Gallery, "_on_terminal", True)
    found = Written()
    monkeypatch.setattr(kitty.Gallery, "_write", lambda self, text: found.append(text))
    return found


def tiles(folder: Path, count: int = 4) -> Pictures:
    for n in range(count):
        two_halves(folder / f"{n}.png", (32, 16))
    return Pictures("p", "Pictures", 2, tuple(Tile(f"t = {n}", f"{n}.png") for n in range(count)))


async def test_each_file_is_sent_once_in_each_size(program: Program, tmp_path: Path, written: Written) -> None:
    async with running(program) as pilot:
        shows = Tiles(tiles(tmp_path), tmp_path)
        lines = shows.lines(41, pilot.app)
        assert [(keys["c"], keys["r"]) for keys in written.sent] == [("20", "5")] * 4
        assert len({keys["i"] for keys in written.sent}) == 4
        assert len(lines) == 2 * (5 + 1)
        assert shows.lines(41, pilot.app)[0].text == lines[0].text
        assert len(written.sent) == 4
        shows.lines(31, pilot.app)
        assert [(keys["c"], keys["r"]) for keys in written.sent[4:]] == [("15", "4")] * 4
        app_of(pilot).leave()
    assert written.gone == [keys["i"] for keys in written.sent]


async def test_a_picture_has_the_same_shape_sharp_and_in_blocks(
    program: Program, tmp_path: Path, written: Written
) -> None:
    async with running(program) as pilot:
        for size in ((32, 32), (64, 16), (16, 64), (5, 1)):
            file = two_halves(tmp_path / f"{size}.png", size)
            sharp, blocks = drawn(file, 12, pilot.app), half_blocks(file, 12)
            assert sharp is not None
            assert blocks is not None
            assert kitty.PLACEHOLDER in sharp[0].text
            assert [strip.cell_length for strip in sharp] == [len(row) for row in blocks]


@pytest.mark.parametrize("size", [(1, 400), (16, 400)])
async def test_what_has_more_rows_than_marks_is_in_blocks(
    program: Program, tmp_path: Path, written: Written, size: tuple[int, int]
) -> None:
    async with running(program) as pilot:
        strips = drawn(two_halves(tmp_path / "a.png", size), 10, pilot.app)
        assert strips is not None
        assert len(strips) > 100
        assert "▀" in strips[0].text
        assert written == []


async def test_the_setting_works_at_once(program: Program, tmp_path: Path, written: Written) -> None:
    async with running(program) as pilot:
        grid = PictureGrid(tiles(tmp_path), tmp_path)
        await pilot.app.screen.mount(grid)
        await pilot.pause()

        def text() -> str:
            return "".join(grid.render_line(y).text for y in range(4))

        assert kitty.PLACEHOLDER in text()
        change_setting(program.recall, "pictures", "blocks")
        assert "▀" in text()
        change_setting(program.recall, "pictures", "sharp")
        assert kitty.PLACEHOLDER in text()
        assert len(written.sent) == 4, "the terminal has them still"


async def test_numbers_begin_anywhere_and_stay_within_a_colour(
    program: Program, tmp_path: Path, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random, "randrange", lambda end: end - 1)
    async with running(program) as pilot:
        Tiles(tiles(tmp_path, 2), tmp_path).lines(41, pilot.app)
    assert [keys["i"] for keys in written.sent] == [str(0xFFFFFF), "1"], "0 is no number"


async def test_the_terminal_is_not_filled(
    program: Program, tmp_path: Path, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kitty, "MOST_PICTURES", 3)
    async with running(program) as pilot:
        shows = Tiles(tiles(tmp_path), tmp_path)
        shows.lines(41, pilot.app)
        assert written.gone == [written.sent[0]["i"]]
        shows.lines(41, pilot.app)
        assert written.sent[4]["i"] not in {keys["i"] for keys in written.sent[:4]}, "sent anew when it is needed"


async def test_after_the_end_nothing_is_sent(program: Program, tmp_path: Path, written: Written) -> None:
    async with running(program) as pilot:
        shows = Tiles(tiles(tmp_path), tmp_path)
        shows.lines(41, pilot.app)
        app_of(pilot).gallery.close()
        count = len(written)
        assert "▀" in shows.lines(60, pilot.app)[0].text
        app_of(pilot).gallery.close()
        assert len(written) == count


async def test_an_app_under_test_or_in_a_browser_has_blocks(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-kitty")
    monkeypatch.setenv("COLORTERM", "truecolor")
    change_setting(program.recall, "pictures", "sharp")
    for stream in ("__stdout__", "__stderr__"):
        monkeypatch.setattr(sys, stream, Tty())
    async with running(program) as pilot:
        assert not app_of(pilot).gallery.open
        monkeypatch.setattr(type(pilot.app), "is_headless", False)
        del app_of(pilot).gallery._on_terminal
        assert app_of(pilot).gallery.open
        monkeypatch.setattr(type(pilot.app), "is_web", True)
        del app_of(pilot).gallery._on_terminal
        assert not app_of(pilot).gallery.open
