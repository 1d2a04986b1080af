"""The real program without its start-up time: a process that has imported all of it forks for every run.

As `python -m tests.faults.forks FOLDER` it is the process that forks: it reads one request a line (JSON) and answers
with the process id of the run, then with how it ended. The class is the test's side.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

PATIENCE = 60.0
"""Seconds after which a run counts as hanging."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended."""

    code: int
    """Exit code; negative: the signal that ended it."""
    out: str
    err: str


@dataclass(slots=True)
class Running:
    """A run that goes on."""

    forks: Forks
    pid: int
    files: Path
    begun: float = field(default_factory=time.perf_counter)

    def kill(self, after: float = 0.0) -> float:
        """Kills it, as kill -9 does, so many seconds after its start; no harm when it ends before.

        Returns:
            Seconds that it ran.
        """
        left = self.begun + after - time.perf_counter()
        if not select.select([self.forks._output], [], [], max(0.0, left))[0]:
            os.kill(self.pid, signal.SIGKILL)
        return time.perf_counter() - self.begun

    def end(self, timeout: float = PATIENCE) -> Ended:
        """Waits for its end.

        Raises:
            AssertionError: it hangs.
        """
        status = self.forks._answer(timeout)
        if status is None:
            os.kill(self.pid, signal.SIGKILL)
            self.forks._answer(PATIENCE)
        self.forks._input.write(b"bury it\n")
        if status is None:
            raise AssertionError(f"no end after {timeout:g} s; it said: {self.said('out')} {self.said('err')}")
        return Ended(int(status), self.said("out"), self.said("err"))

    def said(self, stream: str = "out") -> str:
        """What it has said up to now."""
        return self.files.with_suffix(f".{stream}").read_text(encoding="utf-8", errors="replace")


class Forks:
    """A server of runs, one at a time. Close it.

    Args:
        folder: for what the runs print.
        env: the environment of all runs; nothing is added to it.
    """

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.forks", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**env},
            cwd=Path(__file__).parents[2],
            bufsize=0,
        )
        assert self._answer(PATIENCE) == "ready"

    def start(self, *words: str, work: str = "", typed: str = "", env: Mapping[str, str] | None = None) -> Running:
        """Starts `studyapp WORDS`, or a function of `tests.faults.work` with these words.

        Args:
            typed: what stands on standard input.
            env: added to the environment.
        """
        files = self._folder / "run"
        files.with_suffix(".in").write_text(typed, encoding="utf-8")
        request = {"words": words, "work": work, "env": dict(env or {}), "files": str(files)}
        self._input.write(json.dumps(request).encode() + b"\n")
        pid = self._answer(PATIENCE)
        assert pid is not None
        return Running(self, int(pid), files)

    def run(self, *words: str, work: str = "", typed: str = "", env: Mapping[str, str] | None = None) -> Ended:
        """Runs it to its end."""
        return self.start(*words, work=work, typed=typed, env=env).end()

    def close(self) -> None:
        self._input.close()
        self._server.wait()
        self._output.close()

    @property
    def _input(self) -> IO[bytes]:
        assert self._server.stdin is not None
        return self._server.stdin

    @property
    def _output(self) -> IO[bytes]:
        assert self._server.stdout is not None
        return self._server.stdout

    def _answer(self, timeout: float) -> str | None:
        if not select.select([self._output], [], [], timeout)[0]:
            return None
        line = self._output.readline()
        assert line, "the server of runs ended"
        return line.decode().strip()


# -- the process that forks


def serve(folder: Path) -> None:
    _warm(folder)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while line := sys.stdin.readline():
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become(request)
        print(pid, flush=True)
        ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # its number stays its own until it is buried
        assert ended is not None
        sign = 1 if ended.si_code == os.CLD_EXITED else -1
        print(sign * ended.si_status, flush=True)
        sys.stdin.readline()
        os.waitpid(pid, 0)


def _warm(folder: Path) -> None:
    """Imports what a run needs, by runs on a home of their own."""
    from studyapp.cli import main

    devices = os.dup(1), os.dup(2)
    nowhere = os.open(os.devnull, os.O_RDWR)
    home, kept = str(folder / "warm"), dict(os.environ)
    os.environ["STUDYAPP_HOME"] = home
    try:
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        for words in (["due"], ["grade", "t1.fog.c0", "3"], ["undo"], ["doctor"], ["settings", "rounding", "up"]):
            assert main(words) == 0, words
        assert main(["grade", "t1.fog.c0", "9"]) == 2
        for name in ("db.backup", "studyapp.plain.review", "tests.faults.work"):
            __import__(name)
        with suppress(ImportError):  # the labs' libraries need not be there
            __import__("matplotlib.pyplot")
    finally:
        for stream, device in zip((1, 2), devices, strict=True):
            os.dup2(device, stream)
        os.environ.clear()
        os.environ.update(kept)


def _become(request: Mapping[str, Any]) -> None:
    """In the fork: the streams, the environment, the run, the end."""
    files = request["files"]
    for stream, suffix in enumerate((".in", ".out", ".err")):
        flags = os.O_RDONLY if stream == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        os.dup2(os.open(files + suffix, flags, 0o600), stream)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    os.environ.update(request["env"])
    time.tzset()
    code = 70
    try:
        code = _run(request["work"])(request["words"])
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _run(work: str) -> Callable[[Sequence[str]], int]:
    if not work:
        from studyapp.cli import main

        return main
    from tests.faults import work as functions

    found: Callable[[Sequence[str]], int] = getattr(functions, work)
    return found


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
