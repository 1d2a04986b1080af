"""One run from the start to its record: progress, time left, results, verdicts."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from labs.kit.spec import Lab
from studyapp.lab_runner import shelf
from studyapp.lab_runner.events import Failed, Finished, LabEvent, Progress
from studyapp.lab_runner.process import CANCELLED, Command, LabProcess
from studyapp.lab_runner.results import Compared, Results, compared, duration, marked

OWN_PACE_FROM = 0.2
"""Share of the work from which the time left follows from this run's own pace, not from what is usual."""


@dataclass(slots=True)
class Run:
    """A run of a lab, in whatever state. `ended` is None until it has one."""

    lab: Lab
    command: Command
    prediction: str = ""
    card_id: str | None = None
    process: LabProcess | None = None
    """Another program in the place of the lab, for tests."""
    ticks: Callable[[], float] = time.monotonic
    progress: Progress = field(default_factory=lambda: Progress(0, 0, "starting; loading the libraries"))
    ended: Failed | Finished | None = None
    results: Results = field(init=False)
    _begun: float = field(init=False)

    def __post_init__(self) -> None:
        self.process = self.process or LabProcess(self.command.arguments())
        self.results = Results(self.command.out, self.command.quick, self.command.model or None)
        self._begun = self.ticks()

    async def follow(self) -> AsyncIterator[LabEvent]:
        """Runs it. Every event is taken up before it is handed on; the last one is its end."""
        assert self.process is not None
        self._begun = self.ticks()
        async for event in self.process.events():
            self.results.take(event)
            if isinstance(event, Progress):
                self.progress = event
            elif isinstance(event, Finished):
                self.results.seconds = event.seconds
                self.ended = event
            elif isinstance(event, Failed):
                self.ended = event
            yield event

    @property
    def cancelled(self) -> bool:
        return self.ended == CANCELLED

    async def cancel(self) -> None:
        assert self.process is not None
        await self.process.cancel()

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return self.ticks() - self._begun

    @property
    def left(self) -> float | None:
        """Seconds that are probably left: by its own pace, before that by what the lab takes on two CPU cores.

        None when it has not found its pace yet and takes longer than usual, or runs on a GPU.
        """
        share = self.progress.share
        if share >= OWN_PACE_FROM:
            return self.elapsed * (1 - share) / share
        if self.results.on_gpu:
            return None
        usual = self.lab.seconds_quick if self.command.quick else self.lab.seconds_cpu
        return usual - self.elapsed if usual > self.elapsed else None

    @property
    def left_words(self) -> str:
        """`about 12 s left`, `almost done`, `takes longer than usual`, `time left not known yet`."""
        left = self.left
        if left is None:
            return "time left not known yet" if self.results.on_gpu else "takes longer than usual"
        return f"about {duration(left)} left" if left >= 1 else "almost done"

    # -- once it has ended

    @property
    def reference(self) -> Results | None:
        return shelf.reference(self.lab.name, self.command.quick)

    def compared(self) -> list[Compared]:
        return compared(self.lab, self.results, self.reference)

    def record(self) -> dict[str, Any]:
        """What the log keeps of it: provenance, metrics, verdicts, the prediction and its mark."""
        right = marked(self.lab, self.prediction, self.results)[0] if self.prediction else None
        return self.results.record() | {
            "verdicts": {one.metric.name: one.verdict for one in self.compared()},
            "prediction": self.prediction or None,
            "predicted_right": right,
        }
