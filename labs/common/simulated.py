"""A device whose times are known, on a clock of its own: the ground truth that a stopwatch is held to.

Like a GPU it works off a queue. The host hands over a kernel and goes on at once; the device starts it when the one
before is done. The first call loads and tunes, the device gets slower as it warms up, every kernel's time has a little
luck in it, and now and then something else holds up the host.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from labs.common import timing

KERNELS = 200
"""Kernels of one network call."""
FIXED = 0.6
"""Text and decoding, in network calls."""
CALLS, ROWS, PNG = 10, 64, 0.1
"""The job that is timed in every way: network calls, rows of each, and seconds for its PNG file."""
REPEATS = 21
WARMING = 0.25
"""How much slower the device of the two equal arms is when it is warm."""


@dataclass(slots=True)
class Device:
    """Times in seconds. A network call of B rows keeps the host busy for KERNELS * launch and the device for
    KERNELS * B * row; the longer of the two decides."""

    seed: int
    launch: float = 20e-6
    row: float = 2.5e-6
    first: float = 1.5  # what the first call pays besides
    warming: float = 0.0  # by what share the device is slower when it is warm
    settling: float = 5.0  # seconds of work in which 63 % of that come
    luck: float = 0.03
    stall: float = 0.3  # seconds that a job loses now and then, once in ten
    host: float = 0.0
    free: float = 0.0  # when the queue is empty
    worked: float = 0.0
    fresh: bool = True
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def now(self) -> float:
        """The host's clock."""
        return self.host

    def wait(self) -> None:
        """The host waits until the queue is empty."""
        self.host = max(self.host, self.free)

    def kernels(self, count: int, rows: int) -> None:
        """Queues `count` equal kernels."""
        if self.fresh:
            self.host, self.fresh = self.host + self.first, False
        slower = 1 + self.warming * (1 - math.exp(-self.worked / self.settling))
        busy = count * rows * self.row * slower * math.exp(self._random.gauss(0, self.luck))
        begun = max(self.host, self.free)
        self.host += count * self.launch
        self.free = max(begun + busy, self.host)  # the last kernel cannot start before it is handed over
        self.worked += busy

    def job(self, calls: int, rows: int, png: float = 0.0) -> Callable[[], None]:
        """Text and decoding, `calls` network calls, and a PNG file that takes the host `png` seconds."""

        def run() -> None:
            self.kernels(round(FIXED * KERNELS), rows)
            for _ in range(calls):
                self.kernels(KERNELS, rows)
            if self._random.random() < 0.1:
                self.wait()
                self.host += self.stall
            if png:
                self.wait()
                self.host += png

        return run

    def call_time(self, rows: int) -> float:
        """The exact time of a network call: cool, undisturbed, without luck."""
        return KERNELS * max(self.launch, rows * self.row)

    def job_time(self, calls: int, rows: int) -> float:
        """The exact time of a job, a + b calls with a = FIXED * b."""
        return (FIXED + calls) * self.call_time(rows)


def ways(seed: int) -> dict[str, float]:
    """Every way of measuring the job, as reading over its exact time; the last two as one of two equal arms over the
    other, on a device that gets slower as it warms up."""
    device = Device(seed)
    truth, job = device.job_time(CALLS, ROWS), device.job(CALLS, ROWS)
    found = {"no warm-up": timing.once(job, device)}
    right = timing.interleaved({"": job}, device, REPEATS)[""]
    found |= {"right way": timing.quartiles(right)[1], "worst of all runs": max(right)}
    calm = Device(seed, stall=0.0)
    timing.once(calm.job(1, ROWS), calm)
    found["no sync"] = timing.unsynchronised(calm.job(CALLS, ROWS), calm)
    saving = timing.interleaved({"": device.job(CALLS, ROWS, PNG)}, device, REPEATS)[""]
    found["with PNG"] = timing.quartiles(saving)[1]
    found = {name: seconds / truth for name, seconds in found.items()}
    for name, way in (("equal arm, blocks", timing.in_blocks), ("equal arm, turns", timing.interleaved)):
        warming = Device(seed, warming=WARMING)
        timing.once(warming.job(1, ROWS), warming)
        same = {"first": warming.job(CALLS, ROWS), "second": warming.job(CALLS, ROWS)}
        arms = {arm: timing.quartiles(taken)[1] for arm, taken in way(same, warming, REPEATS).items()}
        found[name] = arms["second"] / arms["first"]
    return found


def expected() -> dict[str, float]:
    """What `ways` must give, from the device's constants alone; the worst of many runs is left to chance."""
    device = Device(0)
    truth = device.job_time(CALLS, ROWS)
    first, second = (warm_time(truth, device.job_time(1, ROWS) + k * truth) for k in (REPEATS // 2, 3 * REPEATS // 2))
    return {
        "right way": 1.0,
        "no sync": device.launch / (ROWS * device.row),
        "no warm-up": 1 + device.first / truth,
        "with PNG": 1 + PNG / truth,
        "equal arm, blocks": second / first,
        "equal arm, turns": 1.0,
    }


def warm_time(cool: float, before: float) -> float:
    """The exact time of a job that takes `cool` on a cool device, on one that warms up and has done `before` of such
    work: the device's w' = 1 + WARMING (1 - exp(-w / settling)), solved."""
    settling = Device(0).settling

    def worked(u: float) -> float:
        return settling * math.log((WARMING + math.exp((1 + WARMING) * u / settling)) / (1 + WARMING))

    return worked(before + cool) - worked(before)
