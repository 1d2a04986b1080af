"""Honest stopwatch: warm up, synchronise before both readings, interleave the arms, report median and spread."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from labs.kit.machine import forget_memory_peak, synchronise

Job = Callable[[], object]
LONG = 2e-3
"""Seconds beside which a GPU starts a product in no time."""
LARGEST = 16_384
"""Side of the largest matrices that are multiplied."""


class Clocked(Protocol):
    """A device with a clock: `now` in seconds, and `wait`, which returns when the device has done all it was asked."""

    def now(self) -> float: ...

    def wait(self) -> None: ...


class Real:
    """A torch device and this machine's clock."""

    def __init__(self, device: str) -> None:
        self.device = device

    def now(self) -> float:
        """Seconds since some moment."""
        return time.perf_counter()

    def wait(self) -> None:
        """Returns when the device is idle."""
        synchronise(self.device)


def once(job: Job, device: str | Clocked) -> float:
    """Seconds of one run of `job`, the device idle at both readings."""
    clock = Real(device) if isinstance(device, str) else device
    clock.wait()
    begun = clock.now()
    job()
    clock.wait()
    return clock.now() - begun


def unsynchronised(job: Job, device: str | Clocked) -> float:
    """The wrong way: the clock is read when the call returns, whether or not the device has done the work."""
    clock = Real(device) if isinstance(device, str) else device
    begun = clock.now()
    job()
    return clock.now() - begun


def in_blocks(jobs: Mapping[str, Job], device: str | Clocked, repeats: int) -> dict[str, list[float]]:
    """The wrong way: all readings of one job, then all of the next, so that drift looks like a difference."""
    return {name: [once(job, device) for _ in range(repeats)] for name, job in jobs.items()}


def interleaved(
    jobs: Mapping[str, Job], device: str | Clocked, repeats: int, warm_up: int = 1
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


def median(values: Sequence[float]) -> float:
    """The middle value."""
    return quartiles(values)[1]


def in_ms(seconds: Sequence[float]) -> tuple[float, str]:
    """The median in milliseconds, and 'ms, quartiles A to B'."""
    low, middle, high = (1000 * value for value in quartiles(seconds))
    return middle, f"ms, quartiles {low:.3g} to {high:.3g}"


def fit_line(x: Sequence[float], y: Sequence[float]) -> tuple[float, float, float]:
    """Least squares y = a + b x: (a, b, R^2). Needs two different x."""
    mx, my = sum(x) / len(x), sum(y) / len(y)
    sxx = sum((u - mx) ** 2 for u in x)
    slope = sum((u - mx) * (v - my) for u, v in zip(x, y, strict=True)) / sxx
    start = my - slope * mx
    total = sum((v - my) ** 2 for v in y)
    left = sum((v - start - slope * u) ** 2 for u, v in zip(x, y, strict=True))
    return start, slope, 1 - left / total if total else 1.0


def macs(job: Job) -> float:
    """Multiply-adds of the matrix products and convolutions that `job` does; attention included."""
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:  # plain products are counted
        job()
    return float(counter.get_total_flops()) / 2


def product_rate(device: str, dtype: Any, repeats: int) -> float:
    """Multiply-adds a second of a matrix product so large that starting it is no part of it: what a network can hardly
    exceed. To be called before the work whose memory peak is told, in which its matrices do not count."""
    import torch

    def seconds(side: int) -> float:
        a = torch.ones(side, side, device=device, dtype=dtype)
        return median(interleaved({"": lambda: a @ a}, device, repeats)[""])

    rate = large_enough(seconds)
    forget_memory_peak(device)
    return rate


def large_enough(seconds: Callable[[int], float], side: int = 1024) -> float:
    """Multiply-adds a second of a product of matrices of `side`, which is doubled until it takes LONG."""
    taken = seconds(side)
    return side**3 / taken if taken >= LONG or side >= LARGEST else large_enough(seconds, 2 * side)


@dataclass(frozen=True, slots=True)
class Split:
    """The time of a call: `fixed`, to start its operations and to read its weights, and what `each` row adds."""

    fixed: float
    each: float

    def share(self, rows: float) -> float:
        """What is fixed, of the time with so many rows."""
        return self.fixed / (self.fixed + self.each * rows)

    def words(self, batches: Iterable[int], device: str) -> str:
        """'82% at batch 1, launch-bound; 12% at batch 64, bound by its rows'."""
        waiting = "bound by overhead" if device == "cpu" else "launch-bound"
        shares = {batch: self.share(batch) for batch in batches}
        return "; ".join(
            f"{share:.0%} at batch {batch}, {waiting if share > 0.5 else 'bound by its rows'}"
            for batch, share in shares.items()
        )


def split(rows: Sequence[float], times: Sequence[float]) -> Split:
    """Least squares of times = fixed + each * rows, for at least two numbers of rows. Every reading is weighed by its
    own size, so that the small ones, which tell what is fixed, count as the large ones do."""
    a, b = [1 / t for t in times], [n / t for n, t in zip(rows, times, strict=True)]  # fixed * a + each * b = 1
    aa, ab, bb = (sum(u * v for u, v in zip(x, y, strict=True)) for x, y in ((a, a), (a, b), (b, b)))
    fixed = (sum(a) * bb - sum(b) * ab) / (aa * bb - ab**2)
    each = (sum(b) * aa - sum(a) * ab) / (aa * bb - ab**2)
    return Split(max(fixed, 0.0), max(each, 1e-9 * max(times)))
