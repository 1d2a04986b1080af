"""One lab as a child process: its events as they come, and a plain sentence for however it ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labs.kit.events import validate

LONGEST_LINE = 2_000_000
"""Bytes of one event; a series of a lab has a few thousand."""
MOST_BYTES = 64_000_000
"""Bytes of a whole run."""
SILENCE_SECONDS = 180.0
"""A lab that says nothing for so long hangs; every lab reports its progress more often."""
GRACE_SECONDS = 3.0
"""Time to end by itself after a cancel."""

Event = dict[str, Any]


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
    """A running lab. Iterate over `events()`; the last one is `finished` or `failed`."""

    def __init__(self, arguments: Sequence[str], silence: float = SILENCE_SECONDS) -> None:
        self._arguments = arguments
        self._silence = silence
        self._process: asyncio.subprocess.Process | None = None
        self._cancelled = False
        self._last_words: deque[str] = deque(maxlen=20)

    async def events(self) -> AsyncIterator[Event]:
        """The lab's events. Whatever goes wrong becomes one `failed` event with a sentence and a hint."""
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "TQDM_DISABLE": "1", "PYTHONSAFEPATH": "1"}
        self._process = await asyncio.create_subprocess_exec(
            *self._arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=LONGEST_LINE,
            start_new_session=True,
            env=environment,
        )
        words = asyncio.create_task(self._follow_errors())
        last: Event = {}
        try:
            async for event in self._lines():
                last = event
                yield event
                if event["event"] in ("failed", "finished"):
                    break
            if last.get("event") not in ("failed", "finished"):
                await self._wait()
                await asyncio.wait({words}, timeout=1.0)
                yield self._ending()
        finally:
            await self.stop()
            words.cancel()
            with suppress(asyncio.CancelledError):
                await words

    async def _lines(self) -> AsyncIterator[Event]:
        stream = self._stream("stdout")
        total = 0
        while True:
            try:
                line = await asyncio.wait_for(stream.readline(), self._silence)
            except TimeoutError:
                yield failed(f"The lab said nothing for {self._silence:g} seconds.", "It was stopped; run it again.")
                return
            except ValueError:
                yield failed("The lab printed a line that is too long to be an event.", "It was stopped.")
                return
            if not line:
                return
            total += len(line)
            if total > MOST_BYTES:
                yield failed("The lab printed more than a run can need.", "It was stopped.")
                return
            yield read_event(line)

    async def _follow_errors(self) -> None:
        stream = self._stream("stderr")
        while chunk := await stream.read(65536):
            self._last_words.extend(chunk.decode("utf-8", "replace").splitlines()[-20:])

    def _stream(self, name: str) -> asyncio.StreamReader:
        stream: asyncio.StreamReader | None = getattr(self._process, name)
        assert stream is not None
        return stream

    async def _wait(self) -> int:
        assert self._process is not None
        return await self._process.wait()

    def _ending(self) -> Event:
        """The sentence for a lab that ended without one of its own."""
        assert self._process is not None
        code = self._process.returncode or 0
        if self._cancelled:
            return failed("The run was cancelled.", "Start it again at any time.")
        if code == -signal.SIGKILL:
            return failed(
                "The lab was killed from outside, as happens when memory runs out.",
                "Close other programs, or run --quick.",
            )
        if code < 0:
            return failed(f"The lab ended by signal {signal.Signals(-code).name}.", "Run it again.")
        words = self._last_words[-1].strip() if self._last_words else ""
        return failed(
            words[:300] or f"The lab ended without a result (exit code {code}).", "Run it in a shell to see more."
        )

    async def stop(self) -> None:
        """Ends the lab and everything that it started; returns when they are gone."""
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            self._signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), GRACE_SECONDS)
            except TimeoutError:
                pass
        self._signal(signal.SIGKILL)  # children of a lab that has ended too
        if process.returncode is None:
            await process.wait()

    async def cancel(self) -> None:
        """What the learner asks for: as `stop`, and the ending says so."""
        self._cancelled = True
        await self.stop()

    def _signal(self, number: int) -> None:
        assert self._process is not None
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)


def read_event(line: bytes) -> Event:
    """One event of the stream; what is not one becomes a `note`, never an error."""
    try:
        event = json.loads(line)
        validate(event)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        text = line.decode("utf-8", "replace").strip()
        return {"event": "note", "text": text[:300]}
    found: Event = event
    return found


def failed(message: str, hint: str) -> Event:
    return {"event": "failed", "message": message, "hint": hint}
