"""Installing the libraries that labs need, by pip in a child process."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from importlib import invalidate_caches, metadata
from importlib.util import find_spec

from studyapp.core.text import one_line
from studyapp.errors import StudyError
from studyapp.lab_runner.child import GRACE_SECONDS, Child, SilentError
from studyapp.lab_runner.events import Failed, Finished, Progress
from studyapp.lab_runner.shelf import NEEDED

BY_HAND = "pip install 'studyapp[labs]'"
SILENCE_SECONDS = 1800.0
"""pip says nothing during a download when its output is not a terminal, and torch is large."""

_EXTRA = re.compile(r"""^(?P<requirement>[^;]+?)\s*;\s*extra\s*==\s*['"]labs['"]\s*$""")


def missing_words(missing: Sequence[str]) -> str:
    """One sentence for libraries that are not there."""
    verb = "is" if len(missing) == 1 else "are"
    return f"Labs need {', '.join(missing)}, which {verb} not installed: {BY_HAND}"


def requirements() -> list[str]:
    """What the extra `labs` of the installed program asks for."""
    try:
        declared = metadata.requires("studyapp") or []
    except metadata.PackageNotFoundError:
        declared = []
    return [found["requirement"] for found in map(_EXTRA.match, declared) if found] or list(NEEDED)


def install_command() -> list[str]:
    """The installer for this very Python.

    Raises:
        StudyError: there is neither pip nor uv.
    """
    if find_spec("pip") is not None:
        pip = [sys.executable, "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
        return [*pip, *requirements()]
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", "--python", sys.executable, *requirements()]
    raise StudyError(f"There is no pip beside this Python; install the libraries with your own tool: {BY_HAND}.")


class Installation:
    """A running installation. Iterate over `events()`; the last one is `Finished` or `Failed`."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._arguments = arguments
        self._child: Child | None = None
        self._cancelled = False

    async def events(self) -> AsyncIterator[Progress | Finished | Failed]:
        """What the installer says, line by line."""
        try:
            child = self._child = await Child.start(self._arguments, {"PYTHONUNBUFFERED": "1", "NO_COLOR": "1"})
        except OSError as error:
            yield Failed(f"The installer could not be started: {error.strerror}.", f"Install by hand: {BY_HAND}.")
            return
        error_words = ""
        try:
            if self._cancelled:  # while it was being started
                await child.stop()
            async for _, data in child.pieces(SILENCE_SECONDS):
                for line in data.decode("utf-8", "replace").splitlines():
                    words = one_line(line, 200)
                    if words.lower().startswith("error"):
                        error_words = words
                    if words:
                        yield Progress(0, 0, words)
            await child.wait(GRACE_SECONDS)
        except SilentError:
            error_words = "the installer said nothing for half an hour"
        finally:
            await child.stop()
        invalidate_caches()
        if self._cancelled:
            yield Failed("The installation was cancelled.", "Start it again at any time.")
        elif child.exit_code or error_words:
            why = error_words or f"exit code {child.exit_code}"
            yield Failed(f"The installation failed: {why.rstrip('.')}.", f"Try it by hand: {BY_HAND}.")
        else:
            yield Finished(0.0)

    async def cancel(self) -> None:
        """Ends it; the last event says so."""
        self._cancelled = True
        if self._child is not None:
            await self._child.stop()
