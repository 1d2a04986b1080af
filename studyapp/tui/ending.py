"""How the app ends when nobody pressed a key for it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress

from rich.text import Text

from studyapp.core.text import visible


def end_on_signals(leave: Callable[[], None]) -> None:
    """A closed terminal or a polite kill ends the app as ctrl+q does."""
    for name in ("SIGHUP", "SIGTERM"):
        with suppress(AttributeError, NotImplementedError, RuntimeError, ValueError):
            asyncio.get_running_loop().add_signal_handler(getattr(signal, name), leave)


def apology(error: BaseException | None) -> Text:
    """One sentence for an error of the program's own."""
    what = f"{type(error).__name__}: {error}" if error is not None else "unknown"
    return Text(visible(f"studyapp met an error of its own ({what}). Your answers are safe; --debug tells more."))
