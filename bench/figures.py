"""Samples, what they come to, and the table they are printed in."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

PACKAGES = ("textual", "sqlalchemy", "studyapp")


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
    """One row: what was measured and the floor it stands on, in milliseconds."""

    name: str
    unit: str
    """Which statistic: `median ms`, `p95 ms`."""
    value: float
    floor: float | None = None
    """The least that the same job costs without this program."""
    floor_name: str = ""
    target: float | None = None
    """Greatest ratio of value to floor."""
    target_ms: float | None = None
    """Greatest value."""
    samples: int = 0

    @property
    def ratio(self) -> float | None:
        return None if self.floor is None else self.value / self.floor

    @property
    def verdict(self) -> str:
        """`ok`, `over`, or nothing where there is no target."""
        if self.target is None and self.target_ms is None:
            return ""
        over = (self.target is not None and self.ratio is not None and self.ratio > self.target) or (
            self.target_ms is not None and self.value > self.target_ms
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
    target_ms: float | None = None,
) -> Figure:
    """A row from samples in seconds; `percent` chooses the statistic, 50 the median."""
    least = 1000 * percentile(floor, percent) if floor else None
    unit = "median ms" if percent == 50 else f"p{percent:g} ms"
    value = 1000 * percentile(samples, percent)
    return Figure(name, unit, value, least, floor_name, target, target_ms, len(samples))


def table(figures: Sequence[Figure]) -> str:
    head = ("figure", "", "value", "floor", "ratio", "target", "")
    rows = [head, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = []
    for row in rows:
        left, right = row[:2], row[2:]
        cells = [cell.ljust(width) for cell, width in zip(left, widths[:2], strict=True)]
        cells += [cell.rjust(width) for cell, width in zip(right, widths[2:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _row(figure: Figure) -> tuple[str, ...]:
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    targets = [] if figure.target is None else [f"{figure.target:g} x"]
    targets += [] if figure.target_ms is None else [f"{figure.target_ms:g} ms"]
    floor = "" if figure.floor is None else f"{figure.floor:.3g}"
    return (figure.name, figure.unit, f"{figure.value:.3g}", floor, ratio, ", ".join(targets), figure.verdict)


def as_json(figures: Sequence[Figure]) -> dict[str, Any]:
    """Everything a later reader needs to judge the figures."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "system": platform.platform(),
            "processor": platform.machine(),
            "cores": os.cpu_count(),
            "load": list(os.getloadavg()),
            "python": sys.version.split()[0],
            "sqlite": sqlite3.sqlite_version,
            "packages": {name: version(name) for name in PACKAGES},
        },
        "figures": [asdict(figure) | {"ratio": figure.ratio, "verdict": figure.verdict} for figure in figures],
    }
