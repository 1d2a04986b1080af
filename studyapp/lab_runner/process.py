"""One lab as a child process: its events as they come, and a plain sentence for however it ends."""

from __future__ import annotations

import os
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import labs
from studyapp.core.text import one_line
from studyapp.lab_runner.child import GRACE_SECONDS, Child, SilentError
from studyapp.lab_runner.events import Failed, Finished, LabEvent, Pictures, Progress, Series, read_event

LONGEST_LINE = 2_000_000
"""Bytes of one event; a series of a lab has a few thousand."""
MOST_BYTES = 32_000_000
"""Bytes of a whole run, on both outputs."""
MOST_EVENTS = 5_000
"""Events of a whole run; progress is not counted, only the last one is of interest."""
MOST_KEPT = 4_000_000
"""Bytes of the events that are kept; as numbers they take sixteen times as much."""
MOST_FIGURES = 100
"""Series and groups of pictures; the lab with the most has 9."""
SILENCE_SECONDS = 300.0
"""A lab that says nothing for so long hangs; the slowest step is loading a large pipeline from a cold disk."""
NICENESS = 5
"""A lab yields to the screen, so that cards answer at once while it runs; alone on a machine it is no slower."""

QUIET = {
    "PYTHONUNBUFFERED": "1",
    "PYTHONIOENCODING": "utf-8",
    "PYTHONSAFEPATH": "1",  # a random.py in the learner's folder is not the standard library's
    "TQDM_DISABLE": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
}
CANCELLED = Failed("The run was cancelled.", "Start it again at any time.")


@dataclass(frozen=True, slots=True)
class Command:
    """What to run: a lab, its knobs, where its files go."""

    lab: str
    out: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
    device: str = "auto"
    model: str = ""
    quick: bool = False

    def arguments(self) -> list[str]:
        """The command line, as a learner would type it."""
        line = [sys.executable, "-m", f"labs.{self.lab}", "--events", "--out", str(self.out)]
        line += ["--seed", str(self.seed), "--device", self.device]
        for name, value in self.settings.items():
            line += ["--set", f"{name}={value}"]
        if self.model:
            line += ["--model", self.model]
        return line + ["--quick"] * self.quick


class LabProcess:
    """A lab that runs. The last of its `events()` is always `Finished` or `Failed`.

    Args:
        arguments: the program; `Command.arguments()` or, in tests, any other.
        silence: seconds without a word after which it counts as hanging.
    """

    def __init__(self, arguments: Sequence[str], silence: float = SILENCE_SECONDS) -> None:
        self._arguments = arguments
        self._silence = silence
        self._child: Child | None = None
        self._cancelled = False
        self._last_words: deque[bytes] = deque(maxlen=5)

    @property
    def pid(self) -> int | None:
        """The child's, once it is started."""
        return None if self._child is None else self._child.pid

    async def events(self) -> AsyncIterator[LabEvent]:
        """The lab's events. Whatever goes wrong becomes a last `Failed`; no process is left when this ends."""
        try:
            self._child = await Child.start(self._arguments, {**QUIET, "PYTHONPATH": _search_path()})
        except OSError as error:
            yield Failed(f"The lab could not be started: {error.strerror}.", "Check that Python is still where it was.")
            return
        with suppress(OSError, AttributeError):
            os.setpriority(os.PRIO_PROCESS, self._child.pid, NICENESS)
        try:
            if self._cancelled:  # while it was being started
                yield CANCELLED
                return
            async for event in self._events(self._child):
                yield CANCELLED if self._cancelled and isinstance(event, Failed) else event
                if isinstance(event, Failed | Finished):
                    return
            yield await self._ending(self._child)
        finally:
            await self._child.stop()

    async def _events(self, child: Child) -> AsyncIterator[LabEvent]:
        """What comes before the end; `Failed` when it goes beyond what a run can need."""
        output, errors = _Lines(), _Lines()
        count = size = kept = figures = 0
        try:
            async for fd, data in child.pieces(self._silence):
                size += len(data)
                for line in (output if fd == 1 else errors).feed(data):
                    event = _event(line) if fd == 1 else None
                    if event is None:
                        self._last_words.append(line)
                        continue
                    figures += isinstance(event, Series | Pictures)
                    count += not isinstance(event, Progress)
                    kept += 0 if isinstance(event, Progress) else len(line)
                    if count > MOST_EVENTS or kept > MOST_KEPT or figures > MOST_FIGURES:
                        break
                    yield event
                if size > MOST_BYTES or count > MOST_EVENTS or kept > MOST_KEPT or figures > MOST_FIGURES:
                    yield Failed("The lab printed far more than a run can need.", "It was stopped; run it again.")
                    return
                if max(len(output.rest), len(errors.rest)) > LONGEST_LINE:
                    yield Failed("The lab printed a line too long to be a result.", "It was stopped; run it again.")
                    return
        except SilentError:
            yield Failed(f"The lab said nothing for {self._silence:g} seconds.", "It was stopped; run it again.")
            return
        self._last_words += [line for line in (output.rest, errors.rest) if line.strip()]

    async def _ending(self, child: Child) -> Failed:
        """The sentence for a lab that ended without one of its own."""
        if self._cancelled:
            return CANCELLED
        if not await child.wait(GRACE_SECONDS):
            return Failed("The lab closed its output but did not end.", "It was stopped; run it again.")
        code = child.exit_code or 0
        if code == -signal.SIGKILL:
            hint = "Close other programs, or make the run quick."
            return Failed("The lab was killed from outside, as happens when memory runs out.", hint)
        if code < 0:
            return Failed(f"The lab was ended by the signal {_signal_name(-code)}.", "Run it again.")
        words = one_line(self._last_words[-1].decode("utf-8", "replace"), 300) if self._last_words else ""
        if code and words:
            return Failed(words.rstrip(".") + ".", "Nothing was recorded.")
        hint = (
            f"Run python -m {self._arguments[2]} in a shell to see more."
            if "-m" in self._arguments
            else "Run it again."
        )
        return Failed(f"The lab ended without a result (exit code {code}).", hint)

    async def cancel(self) -> None:
        """What the learner asks for: the process ends, and the last event says why."""
        self._cancelled = True
        if self._child is not None:
            await self._child.stop()


class _Lines:
    """Pieces of output put together to lines; `rest` is the one that has not ended yet."""

    def __init__(self) -> None:
        self.rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        *whole, self.rest = (self.rest + data).split(b"\n")
        return [line for line in whole if line.strip()]


def _event(line: bytes) -> LabEvent | None:
    try:
        return read_event(line) if line.startswith(b"{") and len(line) <= LONGEST_LINE else None
    except ValueError:
        return None


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


def _search_path() -> str:
    """Python's search path with the folder of the labs in it, wherever the program was started."""
    home = str(Path(labs.__file__).parents[1])
    return os.pathsep.join(part for part in (home, os.environ.get("PYTHONPATH", "")) if part)
