"""A child process in a group of its own: what it prints, piece by piece, and its sure end."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

GRACE_SECONDS = 1.0
"""Time to end by itself when asked to; also the time its last words have to come in after its end."""
LOOKS = 25
"""How often descendants are looked for while some process is just being started."""
MOST_WAITING = 4_000_000
"""Bytes that wait for their reader; when there are more the child has to wait too."""
PRIVATE = 0o077
"""What nobody but the learner may do with the files that a child makes."""
OURS = "STUDYAPP_"
"""What variables of the program itself begin with: a child needs none, and one may hold a password."""
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
        self._waiting = 0
        self._mark = secrets.token_hex(8)
        self._transport: asyncio.SubprocessTransport

    @classmethod
    async def start(cls, arguments: Sequence[str], environment: Mapping[str, str]) -> Child:
        """Starts `arguments` with `environment` added to the program's own. Raises OSError if it cannot be started."""
        child = cls()
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        child._transport, _ = await asyncio.get_running_loop().subprocess_exec(
            lambda: child,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            umask=PRIVATE,
            env={**inherited, **environment, MARK: child._mark},
        )
        return child

    # -- called by asyncio

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self._pieces.put_nowait((fd, data))
        self._waiting += len(data)
        if self._waiting > MOST_WAITING:
            self._pipes("pause_reading")

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
        async with asyncio.timeout(seconds):  # wait_for would swallow a cancellation that comes with a piece
            piece = await self._pieces.get()
        if piece is not None:
            self._waiting -= len(piece[1])
            if self._waiting == 0:
                self._pipes("resume_reading")
        return piece

    def _pipes(self, does: str) -> None:
        for number in (1, 2):
            pipe = self._transport.get_pipe_transport(number)
            if pipe is not None and not pipe.is_closing():
                getattr(pipe, does)()

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
            async with asyncio.timeout(seconds):
                await self._ended.wait()
        return self._ended.is_set()

    async def stop(self) -> None:
        """Ends it and everything that it started: politely first, surely after GRACE_SECONDS."""
        try:
            if not self._ended.is_set():
                self._signal(signal.SIGTERM)
                await self.wait(GRACE_SECONDS)
        finally:  # also when this very wait is cancelled, as it is when the app ends
            self._signal(signal.SIGKILL)
            for _ in range(LOOKS):
                found, being_born = self._descendants()
                for pid in found:
                    with suppress(OSError):
                        os.kill(pid, signal.SIGKILL)
                if not being_born:
                    break
                time.sleep(0.01)
            await self._ended.wait()
            self._transport.close()
            await asyncio.sleep(0)  # the loop lets go of the pipes before it may be closed itself

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def _descendants(self) -> tuple[list[int], bool]:
        """Those that left the group but carry the mark; only where the system has /proc.

        The second value tells whether some process is just being started, so that its mark is not to be seen yet.
        """
        mark = f"{MARK}={self._mark}".encode()
        found, being_born = [], False
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                environment = (folder / "environ").read_bytes()
                if mark in environment.split(b"\0"):
                    found.append(int(folder.name))
                elif not environment and (folder / "exe").readlink():  # which a kernel thread and a dead one lack
                    being_born = True
        return found, being_born
