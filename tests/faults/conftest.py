"""The scene and the programs of the fault tests, and the table of what was broken how often."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.faults import shim
from tests.faults.forks import Forks
from tests.faults.scene import FULL, Scene


@dataclass
class Tally:
    """How often each fault was met, and what came of it."""

    rows: list[tuple[str, int, str]] = field(default_factory=list)
    _said: float = 0.0

    def add(self, fault: str, count: int, outcome: str) -> None:
        self.rows.append((fault, count, outcome))

    def progress(self, fault: str, done: int, total: int) -> None:
        """A line now and then, for who waits."""
        if FULL and (time.monotonic() - self._said > 10 or done == total):
            self._said = time.monotonic()
            print(f"  {fault}: {done} of {total}", file=sys.stderr, flush=True)


TALLY = Tally()


@pytest.fixture(scope="session")
def tally() -> Tally:
    return TALLY


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not FULL or not TALLY.rows:
        return
    width = max(len(fault) for fault, _, _ in TALLY.rows)
    terminalreporter.section("what was broken, how often, and what came of it")
    for fault, count, outcome in TALLY.rows:
        terminalreporter.write_line(f"{fault:<{width}}  {count:>6}  {outcome}")
    terminalreporter.write_line(f"{'all faults':<{width}}  {sum(count for _, count, _ in TALLY.rows):>6}")


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene(tmp_path_factory.mktemp("faults"))


@pytest.fixture(scope="session")
def forks(scene: Scene) -> Iterator[Forks]:
    """Runs of the program as it is."""
    server = scene.forks()
    yield server
    server.close()


@pytest.fixture(scope="session")
def control(scene: Scene) -> shim.Control:
    return shim.Control(scene.folder / "control")


@pytest.fixture(scope="session")
def library(scene: Scene) -> Path:
    """The shim, built."""
    if reason := shim.why_not():
        pytest.skip(reason)
    return shim.build(scene.folder)


@pytest.fixture(scope="session")
def under_shim(scene: Scene, library: Path, control: shim.Control) -> Iterator[Forks]:
    """Runs of the program whose files the shim looks at."""
    server = scene.forks(
        LD_PRELOAD=str(library), FAULT_FOLDER=str(scene.watched), FAULT_CONTROL=str(scene.folder / "control")
    )
    yield server
    server.close()
