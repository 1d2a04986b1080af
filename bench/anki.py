"""The peer: Anki's engine, in a process of its own Python; see `bench/peer.py`."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import TracebackType

from bench import texts
from bench.collection import CACHE

ROOT = Path(__file__).parents[1]
PYTHON = ROOT / ".venv" / "peer" / "bin" / "python"
"""Made by `make bench`; where it is missing, rows say that there is no peer."""
NAME = "Anki's engine"


class Peer:
    """One collection, opened by the engine."""

    def __init__(self, cards: int) -> None:
        source = b"".join(Path(module).read_bytes() for module in (texts.__file__, Path(__file__).with_name("peer.py")))
        key = hashlib.sha256(source).hexdigest()[:10]
        folder = CACHE / f"anki-{cards}-{date.today()}-{key}"  # its clock cannot be set: what is due is due today
        for old in CACHE.glob(f"anki-{cards}-*"):
            if old != folder:
                shutil.rmtree(old)
        folder.mkdir(parents=True, exist_ok=True)
        command = [str(PYTHON), "-m", "bench.peer", str(folder), str(cards)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._answer()

    def __enter__(self) -> Peer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def times(self, job: str, number: int, file: Path | str = "") -> list[float]:
        """Seconds of so many runs of a job; some work on a file."""
        return [float(one) for one in self._ask(job, number, str(file))["seconds"]]  # type: ignore[attr-defined]

    def value(self, job: str) -> float:
        return float(self._ask(job, 1)["value"])  # type: ignore[arg-type]

    def _ask(self, job: str, times: int, file: str = "") -> dict[str, object]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"job": job, "times": times, "file": file}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, object]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("Anki's engine ended before it answered; what it said stands above.")
        answer: dict[str, object] = json.loads(line)
        return answer


@contextmanager
def peer(cards: int) -> Iterator[Peer | None]:
    """The engine on an equal collection; None where it is not installed."""
    if not PYTHON.exists():
        yield None
        return
    with Peer(cards) as found:
        yield found
