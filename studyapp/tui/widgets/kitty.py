"""Sharp pictures by the Kitty graphics protocol's Unicode placeholders.

A picture is sent once and gets a virtual placement of so many columns and rows. What stands on the screen is text: in
each of its cells the placeholder, with two diacritics for row and column, and the picture's number as the colour. So it
scrolls, is cut off and covered as text is, and a terminal is asked nothing: without certainty there are half blocks.

Source: https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders (kitty 0.28, Ghostty 1.0 and later).
"""

from __future__ import annotations

import os
import random
import sys
from base64 import standard_b64encode
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from io import BytesIO
from math import ceil
from pathlib import Path
from typing import Any

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.strip import Strip

from studyapp.tui.widgets.picture import MOST_PIXELS, decoded

PLACEHOLDER = "\U0010eeee"
DIACRITICS = bytes.fromhex(
    "0305 030D 030E 0310 0312 033D 033E 033F 0346 034A 034B 034C 0350 0351 0352 0357 035B 0363 0364 0365 "
    "0366 0367 0368 0369 036A 036B 036C 036D 036E 036F 0483 0484 0485 0486 0487 0592 0593 0594 0595 0597 "
    "0598 0599 059C 059D 059E 059F 05A0 05A1 05A8 05A9 05AB 05AC 05AF 05C4 0610 0611 0612 0613 0614 0615 "
    "0616 0617 0657 0658 0659 065A 065B 065D 065E 06D6 06D7 06D8 06D9 06DA 06DB 06DC 06DF 06E0 06E1 06E2 "
    "06E4 06E7 06E8 06EB 06EC 0730 0732 0733 0735 0736 073A 073D 073F 0740 0741 0743 0745 0747 0749 074A"
).decode("utf-16-be")
"""Marks of the numbers 0 to 99, the width of a page: the first of the protocol's rowcolumn-diacritics.txt."""
CHUNK = 4096
"""Bytes of base64 in one escape sequence; a terminal need not take more."""
LAST_NUMBER = 0xFFFFFF
MOST_PICTURES = 400
"""Kept in the terminal at a time; at their usual size its quota (kitty: 320 MB) holds them all."""
COARSE, FINE = 16, 32
"""Pixels across a cell: fewer are enlarged here, so that the terminal does not blur them; more are not to be seen."""

MULTIPLEXERS = ("TMUX", "STY", "ZELLIJ")
OTHERS = (
    *("ALACRITTY_WINDOW_ID", "INSIDE_EMACS", "KONSOLE_VERSION", "NVIM", "VTE_VERSION", "WT_SESSION"),
    "XTERM_VERSION",
)
"""Set by terminals that do not show placeholders, and that may inherit the variables of one that does."""


# -- where


def speaks(environment: Mapping[str, str]) -> bool:
    """Whether the environment says for certain that the terminal shows placeholders."""
    term, program = environment.get("TERM", ""), environment.get("TERM_PROGRAM", "").lower()
    if term in ("xterm-kitty", "xterm-ghostty"):
        return True
    if any(environment.get(name) for name in OTHERS) or program not in ("", "kitty", "ghostty"):
        return False
    return program == "ghostty" or bool(environment.get("KITTY_WINDOW_ID"))


def in_between(environment: Mapping[str, str]) -> bool:
    """Whether another program draws the screen and would swallow pictures."""
    return environment.get("TERM", "").startswith(("screen", "tmux")) or any(map(environment.get, MULTIPLEXERS))


def wanted(setting: str, environment: Mapping[str, str], *, terminal: bool, true_colours: bool) -> bool:
    """Whether pictures are sent.

    Args:
        setting: `auto`, `sharp` (the learner knows better than the terminal's name) or `blocks`.
        terminal: the output is a terminal's own, not a file, a browser or a test.
        true_colours: the picture's number arrives, for it is a colour.
    """
    if setting == "blocks" or not terminal or not true_colours or in_between(environment):
        return False
    return setting == "sharp" or speaks(environment)


# -- what is sent and what is written


@lru_cache(maxsize=64)
def encoded(file: Path, columns: int) -> bytes | None:
    """The picture decoded and encoded anew, so that no byte of a file reaches the terminal as it is.

    Args:
        columns: cells across; few pixels are repeated, too many are averaged.

    Returns:
        A PNG without metadata; None when it cannot be shown.
    """
    from PIL.Image import Resampling

    image = decoded(file)
    if image is None:
        return None
    times = ceil(columns * COARSE / image.width)
    if times > 1 and times * times * image.width * image.height <= MOST_PIXELS:
        image = image.resize((times * image.width, times * image.height), Resampling.NEAREST)
    elif image.width > columns * FINE:
        height = max(1, round(image.height * columns * FINE / image.width))
        image = image.resize((columns * FINE, height), Resampling.LANCZOS)
    image.info = {}  # a colour profile would be written too
    data = BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def transmission(number: int, png: bytes, columns: int, rows: int) -> str:
    """The escape sequences that send a picture and place it virtually; the terminal answers nothing (q=2)."""
    text = standard_b64encode(png).decode("ascii")
    chunks = [text[start : start + CHUNK] for start in range(0, len(text), CHUNK)]
    keys = f"a=T,U=1,q=2,f=100,i={number},c={columns},r={rows},"
    parts = []
    for place, chunk in enumerate(chunks):
        parts.append(f"\x1b_G{keys if not place else 'q=2,'}m={int(place + 1 < len(chunks))};{chunk}\x1b\\")
    return "".join(parts)


def deletion(number: int) -> str:
    """The escape sequence that takes a picture and its data away."""
    return f"\x1b_Ga=d,d=I,q=2,i={number}\x1b\\"


def placeholders(number: int, columns: int, rows: int) -> list[Strip]:
    """The cells of a picture. Each names its row and column, so that any part of them may be shown alone."""
    ink = Style(color=Color.from_rgb(number >> 16, number >> 8 & 0xFF, number & 0xFF))
    return [
        Strip([Segment("".join(PLACEHOLDER + DIACRITICS[y] + DIACRITICS[x] for x in range(columns)), ink)], columns)
        for y in range(rows)
    ]


class Gallery:
    """The pictures that the terminal of `app` was sent: each file once in each size.

    Args:
        setting: the learner's, as it is now.
    """

    def __init__(self, app: App[Any], setting: Callable[[], str]) -> None:
        self._app, self._setting = app, setting
        self._sent: dict[tuple[Path, int, int], int] = {}
        self._last = random.randrange(LAST_NUMBER)  # programs share the numbers, so each begins elsewhere
        self._closed = False
        app.app_resume_signal.subscribe(app, lambda _: self._send_again(), immediate=True)

    @property
    def open(self) -> bool:
        """Whether pictures are sharp."""
        return not self._closed and wanted(
            self._setting(), os.environ, terminal=self._on_terminal, true_colours=self._true_colours
        )

    @cached_property
    def _on_terminal(self) -> bool:
        streams = (sys.__stdout__, sys.__stderr__)  # Textual draws on the second
        real = all(stream is not None and stream.isatty() for stream in streams)
        return real and not self._app.is_headless and not self._app.is_web

    @property
    def _true_colours(self) -> bool:
        return not self._app.no_color and self._app.console.color_system == "truecolor"

    def strips(self, file: Path, columns: int, rows: int) -> list[Strip] | None:
        """The picture's cells; it is sent if it was not yet. None when it cannot be sent."""
        if max(columns, rows) > len(DIACRITICS):
            return None
        key = (file, columns, rows)
        number = self._sent.get(key)
        if number is None:
            png = encoded(file, columns)
            if png is None:
                return None
            self._last = number = self._last % LAST_NUMBER + 1
            self._make_room()
            self._sent[key] = number
            self._write(transmission(number, png, columns, rows))
        return placeholders(number, columns, rows)

    def _make_room(self) -> None:
        if len(self._sent) >= MOST_PICTURES:
            self._write(deletion(self._sent.pop(next(iter(self._sent)))))

    def _send_again(self) -> None:
        """After another program had the terminal: entering the alternate screen clears its pictures."""
        for (file, columns, rows), number in self._sent.items():
            png = encoded(file, columns)
            if png is not None:
                self._write(transmission(number, png, columns, rows))

    def close(self) -> None:
        """Takes all pictures away. Called before the alternate screen is left, for they belong to it."""
        if not self._closed:
            self._closed = True
            self._write("".join(map(deletion, self._sent.values())))

    def _write(self, sequences: str) -> None:
        """Through the app's driver, in order with what it draws."""
        if self._app._driver is not None:
            self._app._driver.write(sequences)
