"""A program in a pseudo-terminal, seen as a person would see it: keys go in, a screen comes out.

The output goes through pyte, a terminal emulator. Every piece of output is stamped when it is read
and before it is parsed, so that the benchmarks can use the times.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
import warnings
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType

import pyte

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "space": " ",
    "backspace": "\x7f",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
}
PATIENCE = 30.0
"""Seconds to wait for a screen; a busy machine is slow, a broken program is silent for ever."""

_SEQUENCE = re.compile(
    rb"\x1b\[(?P<csi>[<>=?]?[0-9;:]*[ !$'\"*]*[@-~])"
    rb"|\x1b\](?P<osc>[^\x07\x1b]*)(?:\x07|\x1b\\)"
    rb"|\x1b[PX^_][^\x1b]*\x1b\\"
)
"""CSI, OSC and string sequences (ECMA-48, 5.4 and 8.3)."""
_UNFINISHED = re.compile(rb"\x1b(?:\[[<>=?]?[0-9;:]*[ !$'\"*]*|[\]PX^_][^\x07\x1b]*\x1b?|)$")
_KNOWN_TO_PYTE = re.compile(rb"\??[0-9;]*[@-~]")


class ScreenTimeout(AssertionError):
    """The screen that was waited for did not come; the message shows the one that did."""


BETWEEN_PIECES = 0.002
"""Seconds of silence after which a picture is whole."""


class Terminal:
    """One run of a program in a pseudo-terminal. A context manager: the program ends with it.

    Args:
        command: the program and its arguments.
        env: its whole environment; TERM and COLORTERM are added.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        columns: int = 80,
        rows: int = 24,
        cwd: str | None = None,
    ) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._unparsed: deque[tuple[float, bytes]] = deque()
        self._unfinished = b""
        self.sequences: list[bytes] = []
        """Every escape sequence so far without its ESC: `[?1049h`, `_Ga=T,...;...`."""
        self.ended = False
        self._fd, terminal = pty.openpty()
        self._set_size(columns, rows)
        environment = {"TERM": "xterm-256color", "COLORTERM": "truecolor"} | dict(env)
        for name in ("COLUMNS", "LINES"):
            environment.pop(name, None)
        self.started = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # a fork beside threads; the child only runs exec
            self.process = subprocess.Popen(
                command,
                stdin=terminal,
                stdout=terminal,
                stderr=terminal,
                env=environment,
                cwd=cwd,
                start_new_session=True,
                preexec_fn=_take_terminal,
            )
        os.close(terminal)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hang_up()

    # -- what a person does

    def press(self, *keys: str) -> float:
        """Sends keys by name (`enter`, `ctrl+q`) or as text; returns the moment of sending."""
        data = "".join(_key(key) for key in keys).encode()
        moment = time.perf_counter()
        os.write(self._fd, data)
        return moment

    def resize(self, columns: int, rows: int) -> None:
        self._screen.resize(rows, columns)
        self._set_size(columns, rows)  # the kernel tells the program (SIGWINCH)

    @property
    def text(self) -> str:
        """The screen now, one line a row."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def wait(self, pattern: str, timeout: float = PATIENCE) -> float:
        """Waits until the regular expression matches the screen; returns when the output came that made it so.

        Raises:
            ScreenTimeout: it never did, or the program ended first.
        """
        regex = re.compile(pattern)
        return self.wait_until(lambda text: regex.search(text) is not None, f"/{pattern}/", timeout)

    def wait_until(self, condition: Callable[[str], bool], what: str, timeout: float = PATIENCE) -> float:
        moment = time.perf_counter()
        deadline = moment + timeout
        if condition(self.text):
            return moment
        while (left := deadline - time.perf_counter()) > 0:
            if not self._unparsed and not self._read(min(left, 0.5)):
                if self.ended:
                    break
                continue
            moment, data = self._unparsed.popleft()
            self._feed(data)
            if condition(self.text):
                return moment
        reason = "the program ended" if self.ended else f"not within {timeout:g} s"
        raise ScreenTimeout(f"{what}: {reason}. The screen:\n{self.text}")

    def settle(self, quiet: float = 0.15) -> None:
        """Takes in output until none has come for `quiet` seconds."""
        while self._unparsed or self._read(quiet):
            while self._unparsed:
                self._feed(self._unparsed.popleft()[1])

    def wait_for_end(self, timeout: float = PATIENCE) -> int:
        """Waits until the program ends by itself; returns its exit code."""
        deadline = time.perf_counter() + timeout
        while self.process.poll() is None and time.perf_counter() < deadline:
            self.settle(0.05)  # a full pipe would keep it from ending
        if self.process.poll() is None:
            raise ScreenTimeout(f"the program goes on after {timeout:g} s. The screen:\n{self.text}")
        self.settle(0.0)
        return self.process.wait()

    def close(self) -> None:
        """Closes the terminal and does not wait for the program."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def hang_up(self, timeout: float = 30.0) -> int:
        """Closes the terminal, as a closed window does (the program gets SIGHUP); returns its exit code."""
        self.close()
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            return self.process.wait()

    # -- the terminal's side

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, columns * 10, rows * 20))

    def _read(self, timeout: float) -> bool:
        """Takes all output that is there, unparsed; False when none came in time.

        Parsing takes longer than reading: what comes meanwhile would seem to have come late. So a picture that comes in
        several pieces is read to its end first.
        """
        got = False
        while not self.ended and select.select([self._fd], [], [], BETWEEN_PIECES if got else timeout)[0]:
            moment = time.perf_counter()
            try:
                data = os.read(self._fd, 65536)
            except OSError:  # Linux's end of file on a terminal
                data = b""
            self.ended = not data
            if data:
                self._unparsed.append((moment, data))
                got = True
        return got

    def _feed(self, data: bytes) -> None:
        data = self._unfinished + data
        unfinished = _UNFINISHED.search(data)
        end = unfinished.start() if unfinished else len(data)
        self._unfinished = data[end:]
        self._stream.feed(_SEQUENCE.sub(self._understood, data[:end]))

    def _understood(self, match: re.Match[bytes]) -> bytes:
        """The sequence if pyte knows it, else nothing; queries are answered as xterm would."""
        self.sequences.append(match[0][1:].removesuffix(b"\x1b\\"))
        if match["csi"] is None:
            return b""
        csi = match["csi"]
        mode = re.fullmatch(rb"\?(\d+)\$p", csi)
        if mode:  # DECRQM: synchronised output (2026) is there, everything else is not
            self._answer(f"\x1b[?{int(mode[1])};{2 if mode[1] == b'2026' else 0}$y")
        elif csi in (b"c", b"0c"):
            self._answer("\x1b[?62;22c")
        elif csi in (b"6n", b"?6n"):
            self._answer(f"\x1b[{self._screen.cursor.y + 1};{self._screen.cursor.x + 1}R")
        elif csi == b"?u":
            self._answer("\x1b[?0u")
        elif csi == b"18t":
            self._answer(f"\x1b[8;{self._screen.lines};{self._screen.columns}t")
        elif _KNOWN_TO_PYTE.fullmatch(csi):
            return match[0]
        return b""

    def _answer(self, text: str) -> None:
        with contextlib.suppress(OSError):
            os.write(self._fd, text.encode())


def _take_terminal() -> None:
    """In the child: standard input becomes its controlling terminal, so that closing it sends SIGHUP."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _key(name: str) -> str:
    if name in KEYS:
        return KEYS[name]
    if name.startswith("ctrl+") and len(name) == 6:
        return chr(ord(name[5]) & 0x1F)
    return name
