"""How much the fault and fuzz tests tried, and what came of it.

In the suite they are small. `STUDYAPP_FAULTS=full` makes them as large as is worth it before a release, and prints a
table at the end of the run.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from time import perf_counter
from typing import Any

FULL = os.environ.get("STUDYAPP_FAULTS") == "full"
"""Read when the tests are collected: every test begins with an empty environment."""

TELL_AFTER = 10.0
"""Seconds between two lines of progress."""


def size(small: int, full: int) -> int:
    """How many inputs or faults a test tries."""
    return full if FULL else small


@dataclass(slots=True)
class Count:
    """One line of the table."""

    name: str
    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    """Seconds of the slowest one, and which that was."""
    which: str = ""
    megabytes: int = 0
    """Peak memory of the process that tried them."""
    told: float = field(default_factory=perf_counter)
    """When a line was last told, for who waits."""

    def took(self, outcome: str, seconds: float = 0.0, which: object = "") -> None:
        self.outcomes[outcome] += 1
        if FULL and perf_counter() - self.told > TELL_AFTER:
            self.told = perf_counter()
            print(f"  {self.name}: {self.outcomes.total():,} so far", file=sys.stderr, flush=True)
        if seconds > self.slowest:
            self.slowest, self.which = seconds, str(which)
        self.megabytes = max(self.megabytes, peak_megabytes())

    @contextmanager
    def timed(self, which: object = "") -> Iterator[list[str]]:
        """Times one try; the outcome is what the block puts in the list."""
        outcome: list[str] = []
        begun = perf_counter()
        yield outcome
        self.took(" ".join(outcome), perf_counter() - begun, which)


_COUNTS: dict[str, Count] = {}


def count(name: str) -> Count:
    """The line of this name, new or begun."""
    return _COUNTS.setdefault(name, Count(name))


def peak_megabytes() -> int:
    """The most memory that this process had; getrusage would count what its parent had when it was forked."""
    status = Path("/proc/self/status")
    if not status.exists():
        return getrusage(RUSAGE_SELF).ru_maxrss // 1024
    peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(peak.split()[1]) // 1024


def tell(terminal: Any) -> None:
    """Prints the table, once, after a full run."""
    if not FULL or not _COUNTS:
        return
    terminal.section("what was tried")
    for one in _COUNTS.values():
        outcomes = ", ".join(f"{number:,} {outcome}" for outcome, number in one.outcomes.most_common())
        slowest = f"; slowest {one.slowest:.3f} s ({one.which})" if one.which else ""
        terminal.line(f"{one.name}: {one.outcomes.total():,} tried: {outcomes}{slowest}; peak {one.megabytes} MB")
    _COUNTS.clear()
