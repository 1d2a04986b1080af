"""Opening a run's pictures in full size, each group on one sheet.

A run of the learner's own has its sheets in its folder. A reference has its tiles alone, which are small and have
numbers for names: its sheets are drawn when they are asked for.
"""

from __future__ import annotations

import re
from math import ceil, isqrt
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

from studyapp.errors import StudyError
from studyapp.lab_runner.events import Pictures, Tile
from studyapp.lab_runner.results import Results
from studyapp.tui.folder import open_folder
from studyapp.tui.widgets.picture import NO_PICTURE, decoded, file_of

if TYPE_CHECKING:
    from PIL.Image import Image

    from studyapp.tui.app import StudyApp

SIDE, GAP, LINE, LETTER = 240, 12, 22, 16
"""Pixels: a picture at least, between two, a line of text, a letter's height and twice its usual width."""
LARGEST_SHEET = 40_000_000
"""Pixels, about."""


def open_pictures(app: StudyApp, lab: str, results: Results) -> str:
    """Opens the folder with the sheets where there is a desktop. Returns what to tell the learner.

    Raises:
        StudyError: the sheets of a reference cannot be drawn.
    """
    folder = results.folder
    if not all((folder / _name(pictures)).is_file() for pictures in results.pictures):
        folder = app.program.paths.home / "labs" / lab / "reference"
        draw_sheets(results, folder)
    return open_folder(app, folder)


def draw_sheets(results: Results, folder: Path) -> None:
    """Draws all groups of pictures into `folder`.

    Raises:
        StudyError: there is no room, or no right to write.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for pictures in results.pictures:
            draw_sheet(pictures, results.folder, folder / _name(pictures))
    except OSError as error:
        raise StudyError(
            f"The sheets cannot be drawn in {folder} ({error.strerror}); the pictures are in {results.folder}."
        ) from None


def _name(pictures: Pictures) -> str:
    return re.sub(r"[^\w-]", "_", pictures.id) + ".png"


def draw_sheet(pictures: Pictures, folder: Path, file: Path) -> None:
    """One group with its title and captions; pixels are enlarged whole, not blurred."""
    from PIL import ImageDraw, ImageFont
    from PIL.Image import new

    columns = min(pictures.columns, len(pictures.tiles)) or 1
    rows = ceil(len(pictures.tiles) / columns)
    most = isqrt(LARGEST_SHEET // max(1, columns * rows))
    images = [_sized(decoded(file_of(tile, folder)), most) for tile in pictures.tiles]
    wide = max((image.width for image in images if image), default=SIDE)
    captions = [_caption(tile, image, wide) for tile, image in zip(pictures.tiles, images, strict=True)]
    above = LINE * max((len(lines) for lines in captions), default=1)
    high = above + max((image.height for image in images if image), default=0)
    sheet = new("RGB", (GAP + columns * (wide + GAP), GAP + LINE + rows * (high + GAP)), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(LETTER)
    draw.text((GAP, GAP), pictures.title, "black", font)
    for number, (lines, image) in enumerate(zip(captions, images, strict=True)):
        x, y = GAP + number % columns * (wide + GAP), GAP + LINE + number // columns * (high + GAP)
        for place, line in enumerate(lines):
            draw.text((x, y + place * LINE), line, "black", font)
        if image:
            sheet.paste(image, (x, y + above))
    sheet.save(file)


def _sized(image: Image | None, most: int) -> Image | None:
    """A small picture with its pixels repeated, a large one made to fit into `most` pixels a side."""
    from PIL.Image import Resampling

    if image is None:
        return None
    times = min(ceil(SIDE / max(image.size)), most // max(image.size))
    if times < 1:
        image.thumbnail((most, most))
        return image
    return image.resize((times * image.width, times * image.height), Resampling.NEAREST)


def _caption(tile: Tile, image: Image | None, wide: int) -> list[str]:
    """Lines that fit into so many pixels."""
    words = tile.caption if image else f"{tile.caption} ({NO_PICTURE})"
    return wrap(words, max(8, 2 * wide // LETTER - 2))
