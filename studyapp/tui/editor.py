"""Opening a card's file in the learner's own editor."""

from __future__ import annotations

import os
import shlex
import subprocess
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from studyapp.errors import StudyError

if TYPE_CHECKING:
    from textual.app import App

_KNOW_LINES = ("vi", "vim", "nvim", "nano", "emacs", "emacsclient", "micro", "kak", "joe", "pico", "mg", "ne")
"""Editors that take `+LINE` before the file."""


def command(file: str, line: str) -> list[str]:
    """The editor's command for a place in a file.

    Raises:
        StudyError: no editor is named.
    """
    words = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "")
    if not words:
        raise StudyError(f"Set EDITOR to open cards from here (export EDITOR=nano). This one is in {file}:{line}.")
    name = os.path.basename(words[0]).removesuffix(".exe")  # noqa: PTH119 - a command, not a path of ours
    return [*words, f"+{line}", file] if name in _KNOW_LINES else [*words, file]


def edit(app: App[None], place: str) -> None:
    """Leaves the terminal to the editor until it ends.

    Args:
        place: `file:line`.

    Raises:
        StudyError: there is no editor, it cannot be started, or this terminal cannot be lent.
    """
    file, _, line = place.rpartition(":")
    words = command(file, line)
    try:
        with app.suspend():
            done = subprocess.run(words, check=False)
    except SuspendNotSupported:
        raise StudyError(f"An editor cannot be opened from here; the card is in {place}.") from None
    except OSError as error:
        raise StudyError(f"{words[0]} cannot be started ({error.strerror}); the card is in {place}.") from None
    if done.returncode:
        raise StudyError(f"{words[0]} ended with code {done.returncode}; the card is in {place}.")
