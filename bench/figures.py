"""Samples, what they come to, and the tables they are printed in."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from tempfile import NamedTemporaryFile
from typing import Any

PACKAGES = ("textual", "sqlalchemy", "studyapp")
NO_PEER = "no peer"
"""Stands where Anki's engine could not be installed."""


def percentile(samples: Sequence[float], percent: float) -> float:
    """The sample below which `percent` of them lie, interpolated linearly."""
    ordered = sorted(samples)
    place = (len(ordered) - 1) * percent / 100
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def interleaved(times: int, *measures: Callable[[], float]) -> list[list[float]]:
    """Takes the measures in turn, so that a busy moment of the machine falls on all of them alike."""
    samples: list[list[float]] = [[] for _ in measures]
    for _ in range(times):
        for taken, measure in zip(samples, measures, strict=True):
            taken.append(measure())
    return samples


@dataclass(frozen=True, slots=True)
class Figure:
    """One row: what was measured and the floor it stands on, in the same unit."""

    name: str
    unit: str
    """Which statistic: `median ms`, `p95 ms`; or `MB`."""
    value: float
    floor: float | None = None
    """The least that the same job costs without this program, or what the peer needs for it."""
    floor_name: str = ""
    target: float | None = None
    """Greatest ratio of value to floor."""
    most: float | None = None
    """Greatest value."""
    samples: int = 0
    cards: int | None = None
    """Size of the collection, with ten reviews a card."""

    @property
    def ratio(self) -> float | None:
        return None if self.floor is None else self.value / self.floor

    @property
    def verdict(self) -> str:
        """`ok`, `over`, or nothing where there is no target."""
        if self.target is None and self.most is None:
            return ""
        over = (self.target is not None and self.ratio is not None and self.ratio > self.target) or (
            self.most is not None and self.value > self.most
        )
        return "over" if over else "ok"


def compared(
    name: str,
    samples: Sequence[float],
    floor: Sequence[float] = (),
    floor_name: str = "",
    *,
    percent: float = 50,
    target: float | None = None,
    most: float | None = None,
    cards: int | None = None,
) -> Figure:
    """A row from samples in seconds; `percent` chooses the statistic, 50 the median."""
    least = 1000 * percentile(floor, percent) if floor else None
    unit = "median ms" if percent == 50 else f"p{percent:g} ms"
    value = 1000 * percentile(samples, percent)
    return Figure(name, unit, value, least, floor_name, target, most, len(samples), cards)


def table(figures: Sequence[Figure]) -> str:
    head = ("figure", "against", "", "cards", "value", "floor", "ratio", "target", "")
    rows = [head, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = []
    for row in rows:
        left, right = row[:3], row[3:]
        cells = [cell.ljust(width) for cell, width in zip(left, widths[:3], strict=True)]
        cells += [cell.rjust(width) for cell, width in zip(right, widths[3:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _row(figure: Figure) -> tuple[str, ...]:
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    targets = [] if figure.target is None else [f"{figure.target:g} x"]
    targets += [] if figure.most is None else [f"{figure.most:g} {figure.unit.split()[-1]}"]
    floor = "" if figure.floor is None else _short(figure.floor)
    cards = "" if figure.cards is None else f"{figure.cards:,}"
    words = (figure.name, figure.floor_name, figure.unit, cards)
    return (*words, _short(figure.value), floor, ratio, ", ".join(targets), figure.verdict)


def _short(value: float) -> str:
    """Three digits that count, never as a power of ten."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def as_json(figures: Sequence[Figure]) -> dict[str, Any]:
    """Everything a later reader needs to judge the figures."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "figures": [asdict(figure) | {"ratio": figure.ratio, "verdict": figure.verdict} for figure in figures],
    }


def machine() -> dict[str, Any]:
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_000_000,
        "fsync_ms": round(1000 * _fsync_seconds(), 3),
        "load": list(os.getloadavg()),
        "python": sys.version.split()[0],
        "sqlite": sqlite3.sqlite_version,
        "packages": {name: version(name) for name in PACKAGES},
    }


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    models = (
        [line for line in facts.read_text().splitlines() if line.startswith("model name")] if facts.exists() else []
    )
    return models[0].partition(":")[2].strip() if models else platform.processor() or platform.machine()


def _fsync_seconds(times: int = 50) -> float:
    """How long the disk takes to keep one page: the least that a durable answer can cost."""
    taken = []
    with NamedTemporaryFile(prefix="studyapp-bench-") as file:
        for _ in range(times):
            begun = time.perf_counter()
            os.write(file.fileno(), bytes(4096))
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - begun)
    return median(taken)
