"""How the app ends when nobody pressed a key for it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from rich.text import Text

from studyapp.core.text import visible
from studyapp.errors import DataError

if TYPE_CHECKING:
    from studyapp.services.library import Library
    from studyapp.services.recall import Recall


def end_on_signals(leave: Callable[[], None]) -> None:
    """A closed terminal or a polite kill ends the app as ctrl+q does."""
    loop = asyncio.get_running_loop()

    def end(number: int, _frame: object) -> None:
        if loop.is_closed():  # the app has ended, and what the program still does may be cut off
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        signal.signal(signal.SIGCONT, _go_on)
        if number != signal.SIGTERM:
            _forget_terminal()
        loop.call_soon_threadsafe(leave)

    for name in ("SIGHUP", "SIGTERM"):
        with suppress(AttributeError, ValueError):
            signal.signal(getattr(signal, name), end)


def _go_on(_number: int, _frame: object) -> None:
    """In place of Textual's handler, which would start to read and write again while the app ends: the kernel
    follows SIGHUP with SIGCONT, and threads that begin then keep the program alive for ever."""


def _forget_terminal() -> None:
    """Sends what is still written nowhere: the writer would die of the closed terminal, and the app wait for it."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)


def apology(error: BaseException | None, recall: Recall, library: Library) -> Text:
    """One sentence for an error of the program's own, or for the data that are behind it."""
    from studyapp.services.blame import blame  # slow to import, and seldom needed

    try:
        if error is not None:
            blame(error, recall, library)
    except DataError as damage:
        return Text(visible(str(damage)))
    what = f"{type(error).__name__}: {error}" if error is not None else "unknown"
    return Text(visible(f"studyapp met an error of its own ({what}). Your answers are safe; --debug tells more."))
