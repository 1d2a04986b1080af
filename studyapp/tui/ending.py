"""How the app ends when nobody pressed a key for it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress

from rich.text import Text

from studyapp.core.text import visible


def end_on_signals(leave: Callable[[], None]) -> None:
    """A closed terminal or a polite kill ends the app as ctrl+q does."""
    loop = asyncio.get_running_loop()

    def end(number: int, _frame: object) -> None:
        if number != signal.SIGTERM:
            _forget_terminal()
        loop.call_soon_threadsafe(leave)

    for name in ("SIGHUP", "SIGTERM"):
        with suppress(AttributeError, ValueError):
            signal.signal(getattr(signal, name), end)


def _forget_terminal() -> None:
    """Sends what is still written nowhere. The kernel follows SIGHUP with SIGCONT, on which Textual
    starts to write again: its writer would die of the closed terminal, and the app wait for it for ever."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)


def apology(error: BaseException | None) -> Text:
    """One sentence for an error of the program's own."""
    what = f"{type(error).__name__}: {error}" if error is not None else "unknown"
    return Text(visible(f"studyapp met an error of its own ({what}). Your answers are safe; --debug tells more."))
