"""A child process in a group of its own: what it prints, piece by piece, and its sure end."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

GRACE_SECONDS = 1.0
"""Time to end by itself when asked to; also the time its last words have to come in after its end."""
MARK = "STUDYAPP_CHILD"
"""Environment variable that every descendant of one child carries."""

Piece = tuple[int, bytes]
"""File descriptor (1 or 2) and what came from it."""


class SilentError(Exception):
    """The child printed nothing for as long as was allowed."""


class Child(asyncio.SubprocessProtocol):
    """A running program. Its input is empty, its output is read as it comes and never reaches the screen."""

    def __init__(self) -> None:
        self._pieces: asyncio.Queue[Piece | None] = asyncio.Queue()
        self._ended = asyncio.Event()
        self._open_pipes = 2
        self._mark = secrets.token_hex(8)
        self._transport: asyncio.SubprocessTransport

    @classmethod
    async def start(cls, arguments: Sequence[str], environment: Mapping[str, str]) -> Child:
        """Starts `arguments` with `environment` added to the program's own. Raises OSError if it cannot be started."""
        child = cls()
        child._transport, _ = await asyncio.get_running_loop().subprocess_exec(
            lambda: child,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, **environment, MARK: child._mark},
        )
        return child

    # -- called by asyncio

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self._pieces.put_nowait((fd, data))

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        self._open_pipes -= 1
        self._pieces.put_nowait(None)

    def process_exited(self) -> None:
        self._ended.set()
        self._pieces.put_nowait(None)

    # -- for its owner

    @property
    def pid(self) -> int:
        return self._transport.get_pid()

    @property
    def exit_code(self) -> int | None:
        """As in `subprocess`: negative for a signal, None while it runs."""
        return self._transport.get_returncode()

    async def _piece(self, seconds: float) -> Piece | None:
        if self._pieces.empty():
            return await asyncio.wait_for(self._pieces.get(), seconds)
        return self._pieces.get_nowait()

    async def pieces(self, silence: float) -> AsyncIterator[Piece]:
        """All that it prints, until it ends. What a grandchild prints long after that is not waited for.

        Raises:
            SilentError: nothing came for `silence` seconds.
        """
        clock = asyncio.get_running_loop().time
        latest = clock() + silence
        while self._open_pipes or not self._pieces.empty():
            try:
                piece = await self._piece(latest - clock())
            except TimeoutError:
                if self._ended.is_set():
                    return
                raise SilentError from None
            if self._ended.is_set():
                latest = min(latest, clock() + GRACE_SECONDS)
            elif piece is not None:
                latest = clock() + silence
            if piece is not None:
                yield piece

    async def wait(self, seconds: float) -> bool:
        """Whether it ends within `seconds`."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), seconds)
        return self._ended.is_set()

    async def stop(self) -> None:
        """Ends it and everything that it started: politely first, surely after GRACE_SECONDS."""
        try:
            if not self._ended.is_set():
                self._signal(signal.SIGTERM)
                await self.wait(GRACE_SECONDS)
        finally:  # also when this very wait is cancelled, as it is when the app ends
            self._signal(signal.SIGKILL)
            for pid in self._descendants():
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
        await self._ended.wait()
        self._transport.close()

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def _descendants(self) -> list[int]:
        """Those that left the group but carry the mark; only where the system has /proc."""
        mark = f"{MARK}={self._mark}".encode()
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    found.append(int(folder.name))
        return found
