"""Honest stopwatch: warm up, synchronise before both readings, interleave the arms, report median and spread."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from labs.kit.machine import synchronise


def once(job: Callable[[], object], device: str) -> float:
    """Seconds of one run of `job`, the device idle at both readings."""
    synchronise(device)
    begun = time.perf_counter()
    job()
    synchronise(device)
    return time.perf_counter() - begun


def interleaved(
    jobs: Mapping[str, Callable[[], object]], device: str, repeats: int, warm_up: int = 1
) -> dict[str, list[float]]:
    """Seconds of every job, `repeats` each, taking turns so that drift and other load meet all alike."""
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    for turn in range(warm_up + repeats):
        for name, job in jobs.items():
            seconds = once(job, device)
            if turn >= warm_up:
                taken[name].append(seconds)
    return taken


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """(lower quartile, median, upper quartile), interpolated."""
    ordered = sorted(values)

    def at(share: float) -> float:
        place = share * (len(ordered) - 1)
        low = int(place)
        high = min(low + 1, len(ordered) - 1)
        return ordered[low] + (place - low) * (ordered[high] - ordered[low])

    return at(0.25), at(0.5), at(0.75)


def fit_line(x: Sequence[float], y: Sequence[float]) -> tuple[float, float, float]:
    """Least squares y = a + b x: (a, b, R^2). Needs two different x."""
    mx, my = sum(x) / len(x), sum(y) / len(y)
    sxx = sum((u - mx) ** 2 for u in x)
    slope = sum((u - mx) * (v - my) for u, v in zip(x, y, strict=True)) / sxx
    start = my - slope * mx
    total = sum((v - my) ** 2 for v in y)
    left = sum((v - start - slope * u) ** 2 for u, v in zip(x, y, strict=True))
    return start, slope, 1 - left / total if total else 1.0
