"""Pictures: sharp where the terminal says that it can, else in half blocks. Captions are text.

In half blocks the upper half of each cell is one pixel, the lower half another: they need nothing but colours.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from studyapp.lab_runner.events import Pictures, Tile
from studyapp.tui.text import plain, short

if TYPE_CHECKING:
    from PIL.Image import Image

    from studyapp.tui.widgets.kitty import Gallery

GAP, NARROWEST, WIDEST = 1, 7, 24
"""Cells between tiles, and of a tile."""
MOST_PIXELS = 4_000_000
MOST_ROWS = 5_000
"""Of cells; a line of four million pixels would be as many rows."""
NO_PICTURE = "picture is not there"

Cell = tuple[bytes, bytes]
"""Red, green, blue of the upper pixel, and of the lower one."""


def decoded(file: Path) -> Image | None:
    """The picture in a file; None when it cannot be shown."""
    from PIL import Image

    try:
        if not file.is_file():  # a pipe would be waited for
            return None
        with Image.open(file, formats=("PNG", "JPEG")) as image:
            return image.convert("RGB") if image.width * image.height <= MOST_PIXELS else None
    except Exception:  # whatever Pillow raises for what is no picture: SyntaxError, struct.error, zlib.error, ...
        return None


def file_of(tile: Tile, folder: Path) -> Path:
    """The tile's picture; what a link outside of the run's folder shows is not there."""
    file = folder / tile.file
    try:
        return file if file.resolve().is_relative_to(folder.resolve()) else Path(os.devnull)
    except (OSError, ValueError, RuntimeError):  # a name that no file can have, or links in a circle
        return Path(os.devnull)


@lru_cache(maxsize=256)
def half_blocks(file: Path, width: int) -> list[list[Cell]] | None:
    """The picture in cells, `width` of them wide, its aspect kept; None when it cannot be shown."""
    from PIL.Image import Resampling

    image = decoded(file)
    if image is None:
        return None
    height = max(1, round(width * image.height / image.width / 2))
    if height > MOST_ROWS:
        return None
    # Every pixel shown is one of the picture's own: an average would make noise look weaker than it is.
    pixels = image.resize((width, 2 * height), Resampling.NEAREST).tobytes()
    places = [[3 * (width * y + x) for x in range(width)] for y in range(0, 2 * height, 2)]
    return [[(pixels[at : at + 3], pixels[at + 3 * width : at + 3 * width + 3]) for at in row] for row in places]


@lru_cache(maxsize=256)
def in_words(file: Path) -> str:
    """`brightness 53 %, contrast 21 %`: what can be said of a picture that cannot be shown."""
    from PIL import ImageStat

    image = decoded(file)
    if image is None:
        return NO_PICTURE
    found = ImageStat.Stat(image.convert("L"))
    return f"brightness {found.mean[0] / 2.55:.0f} %, contrast {found.stddev[0] / 2.55:.0f} %"


def drawn(file: Path, width: int, app: App[Any], most_rows: int | None = None) -> list[Strip] | None:
    """The lines of a picture, sharp or in half blocks; None when it cannot be shown.

    Args:
        width: its columns.
        most_rows: narrower than that if it would be higher.
    """
    cells = half_blocks(file, width)
    if cells and most_rows and len(cells) > most_rows:
        cells = half_blocks(file, max(1, width * most_rows // len(cells)))
    if not cells:
        return None
    gallery = gallery_of(app)
    sharp = gallery.strips(file, len(cells[0]), len(cells)) if gallery else None
    return sharp or [painted(row) for row in cells]


def gallery_of(app: App[Any]) -> Gallery | None:
    """Where the pictures of this terminal are sharp; None where they are in half blocks."""
    gallery: Gallery | None = getattr(app, "gallery", None)
    return gallery if gallery and gallery.open else None


def shared(captions: Sequence[str]) -> str:
    """What all captions of a row begin with, up to a comma: `linear` of `linear, t = 0` and `linear, t = 50`."""
    parts = [caption.split(", ") for caption in captions]
    count = 0
    while all(len(part) > count + 1 and part[count] == parts[0][count] for part in parts):
        count += 1
    return ", ".join(parts[0][:count])


class Tiles:
    """Captioned pictures row by row, as wide as there is room for; in words where there are no colours."""

    def __init__(self, pictures: Pictures, folder: Path, rows: int | None = None) -> None:
        """`rows`: show only so many rows of tiles."""
        self._columns, self._folder = pictures.columns, folder
        self._tiles = pictures.tiles[: rows * pictures.columns] if rows else pictures.tiles

    def lines(self, width: int, app: App[Any]) -> list[Strip]:
        """All lines in `width` cells, on the terminal of `app`."""
        return self._in_colour(width, app) if has_colours(app) else self._in_words(width)

    def _in_words(self, width: int) -> list[Strip]:
        words = (f"{tile.caption}: {in_words(file_of(tile, self._folder))}" for tile in self._tiles)
        return [_text([(words_of_tile, width)]) for words_of_tile in words]

    def _in_colour(self, width: int, app: App[Any]) -> list[Strip]:
        columns = min(self._columns, max(1, (width + GAP) // (NARROWEST + GAP)))
        wide = max(1, min(WIDEST, (width - GAP * (columns - 1)) // columns))
        lines: list[Strip] = []
        for start in range(0, len(self._tiles), columns):
            lines += self._row(self._tiles[start : start + columns], wide, width, app)
        return lines

    def _row(self, tiles: Sequence[Tile], wide: int, width: int, app: App[Any]) -> list[Strip]:
        """Pictures side by side; above them what their captions share, below each the rest of its own."""
        head = shared([tile.caption for tile in tiles]) if len(tiles) > 1 else ""
        captions = [tile.caption[len(head) + 2 :] if head else tile.caption for tile in tiles]
        pictures = [drawn(file_of(tile, self._folder), wide, app) or () for tile in tiles]
        lines = [_text([(head, width)])] if head else []
        for y in range(max(map(len, pictures))):
            strips = [picture[y] if y < len(picture) else _text([("", wide)]) for picture in pictures]
            lines.append(Strip.join([part for strip in strips for part in (strip, _text([("", GAP)]))]))
        below = [
            caption if picture else f"{caption} ({NO_PICTURE})"
            for caption, picture in zip(captions, pictures, strict=True)
        ]
        wrapped = [[part.plain for part in plain(caption).wrap(wide)] for caption in below]
        return [*lines, *(_text([(part, wide) for part in parts]) for parts in zip_longest(*wrapped, fillvalue=""))]


def has_colours(app: App[Any]) -> bool:
    """Whether the terminal has enough of them for a picture."""
    return not app.no_color and app.console.color_system in ("256", "truecolor", "windows")


def painted(cells: Sequence[Cell]) -> Strip:
    """One row of cells."""
    colours = (Style(color=Color.from_rgb(*above), bgcolor=Color.from_rgb(*below)) for above, below in cells)
    return Strip([Segment("▀", colour) for colour in colours], len(cells))


def _text(parts: Sequence[tuple[str, int]]) -> Strip:
    """Texts in columns of so many cells."""
    return Strip([Segment(" ".join(short(text, wide).plain.ljust(wide) for text, wide in parts))])


class PictureGrid(Widget):
    """Tiles as a widget of their height."""

    DEFAULT_CSS = "PictureGrid { height: auto; width: 100%; }"

    def __init__(self, pictures: Pictures, folder: Path) -> None:
        super().__init__()
        self._tiles = Tiles(pictures, folder)
        self._drawn: tuple[int, Gallery | None, list[Strip]] = (-1, None, [])
        """For a width, and sharp or not: the lines."""

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width))

    def render_line(self, y: int) -> Strip:
        width, style = self.content_size.width, self.rich_style
        lines = self._lines(width)
        return (lines[y] if y < len(lines) else Strip.blank(0)).apply_style(style).extend_cell_length(width, style)

    def _lines(self, width: int) -> list[Strip]:
        gallery = gallery_of(self.app)
        if self._drawn[:2] != (width, gallery):
            self._drawn = (width, gallery, self._tiles.lines(width, self.app))
        return self._drawn[2]
