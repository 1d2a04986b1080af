"""A line on standard error that tells how far a long job is, where somebody looks at it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

EVERY_SECONDS = 0.2
FROM_SECONDS = 1.0
"""Shorter jobs need no line; before that the time left cannot be told either."""


class ProgressLine:
    """Rewrites itself in place; in a pipe or a file nothing is written."""

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream or sys.stderr
        self._clock = clock
        self._what = ""
        self._begun = self._shown = clock()
        self._width = 0

    def show(self, what: str, done: int, total: int | None = None) -> None:
        """Tells that so many of a kind (`records`) are done."""
        if not self._stream.isatty():
            return
        now = self._clock()
        if what != self._what:
            self._what, self._begun = what, now
        if now - self._begun < FROM_SECONDS or now - self._shown < EVERY_SECONDS:
            return
        self._shown = now
        text = f"{done:,} {what}"
        if total and total >= done:
            left = (now - self._begun) / done * (total - done)
            text = f"{done:,} of {total:,} {what} · about {left:.0f} s left"
        self._stream.write(f"\r{text:<{self._width}}")
        self._stream.flush()
        self._width = len(text)

    def clear(self) -> None:
        if self._width:
            self._stream.write(f"\r{'':<{self._width}}\r")
            self._stream.flush()
            self._width = 0
