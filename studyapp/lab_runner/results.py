"""All that one run has said, and how it stands beside the reference."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labs.kit.compare import Comparison, compare
from labs.kit.spec import KnobError, Lab, sizes_for
from studyapp.core.text import one_line
from studyapp.lab_runner.events import (
    LONGEST_NAME,
    NO_EVENT,
    Check,
    Finished,
    LabEvent,
    Metric,
    Note,
    Pictures,
    Series,
    Started,
    read_values,
)

LARGEST_RECORD = 8_000_000
"""Bytes of a run.json; the largest of the labs has 40,000."""
_KINDS = {"metrics": "metric", "checks": "check", "series": "series", "pictures": "pictures"}


@dataclass(slots=True)
class Results:
    """One run, whole or so far. `folder` holds its pictures."""

    folder: Path
    quick: bool = False
    model: str | None = None
    started: Started | None = None
    date: str = ""
    seconds: float | None = None
    metrics: list[Metric] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    series: list[Series] = field(default_factory=list)
    pictures: list[Pictures] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def take(self, event: LabEvent) -> None:
        """Keeps what the event says; progress and endings are not results."""
        match event:
            case Started():
                self.started = event
            case Metric():
                self.metrics.append(event)
            case Check():
                self.checks.append(event)
            case Series():
                self.series.append(event)
            case Pictures():
                self.pictures.append(event)
            case Note(text):
                self.notes.append(text)

    @property
    def params(self) -> Mapping[str, Any]:
        return {} if self.started is None else self.started.params

    @property
    def on_gpu(self) -> bool:
        """Whether it has a GPU's sizes where nothing was set; unknown, so no, before it has started."""
        return self.started is not None and sizes_for(self.quick, self.started.device, self.model) == "gpu"

    def value(self, metric: str) -> float | None:
        """The measured value; None when it was not measured."""
        return next((found.value for found in self.metrics if found.name == metric), None)

    def record(self) -> dict[str, Any]:
        """What is needed to repeat the run and to compare it, as JSON can say it."""
        begun = self.started
        return {
            "params": dict(self.params),
            "seed": begun.seed if begun else 0,
            "device": begun.device if begun else "",
            "versions": dict(begun.versions) if begun else {},
            "quick": self.quick,
            "model": self.model,
            "seconds": self.seconds,
            "metrics": [
                {"name": m.name, "value": m.value, "unit": m.unit}
                | ({"low": m.low, "high": m.high} if m.low is not None else {})
                for m in self.metrics
            ],
            "checks_failed": [check.name for check in self.checks if not check.ok],
            "folder": str(self.folder),
        }


def read_results(file: Path) -> Results | None:
    """The run that a run.json describes; None when it is gone or cannot be read."""
    try:
        if not file.is_file() or file.stat().st_size > LARGEST_RECORD:
            return None
        return from_record(json.loads(file.read_text(encoding="utf-8")), file.parent)
    except (OSError, *NO_EVENT):
        return None


def from_record(values: Mapping[str, Any], folder: Path) -> Results:
    """The run that a record describes: run.json, or what the log keeps of it, which has no curves and pictures.

    Raises:
        one of NO_EVENT: it is none.
    """
    model = values.get("model")
    results = Results(folder, quick=values.get("quick") is True, model=None if model is None else one_line(model, 200))
    results.take(read_values("started", {"lab": "", **values}))
    for name, kind in _KINDS.items():
        for item in values.get(name, ()):
            results.take(read_values(kind, item))
    for note in values.get("notes", ()):
        results.take(read_values("note", {"text": note}))
    finished = read_values("finished", values)
    assert isinstance(finished, Finished)
    results.date, results.seconds = one_line(str(values.get("date", "")), LONGEST_NAME), finished.seconds
    return results


@dataclass(frozen=True, slots=True)
class Compared:
    """One metric of a run beside the reference's."""

    metric: Metric
    reference: float | None
    verdict: str
    """reproduced, differs, or not comparable."""
    words: str
    """The verdict with how much, or why."""


def compared(lab: Lab, run: Results, reference: Results | None) -> list[Compared]:
    """Every metric of `run`, with a verdict in words."""
    if reference is None:
        return [Compared(m, None, "not comparable", "not comparable: no reference") for m in run.metrics]
    known, other = run.record(), reference.record()
    same = known["params"] == other["params"] and known["model"] == other["model"]
    found = compare(lab, known, other)
    return [
        Compared(metric, one.reference, one.verdict, _words(lab, one, same))
        for metric, one in zip(run.metrics, found, strict=True)
    ]


def _words(lab: Lab, one: Comparison, same: bool) -> str:
    if one.verdict == "differs" and one.difference is not None:
        return f"differs by {one.difference:+.3g}"
    if one.verdict == "reproduced":
        return "reproduced"
    if not same:
        return "not comparable: other settings"
    if lab.tolerance(one.name) is None:
        return "not comparable: depends on the machine"
    return "not comparable: no number"


def marked(lab: Lab, prediction: str, run: Results) -> tuple[bool | None, str]:
    """Whether the prediction was right (None: it cannot be said), and a sentence that says so."""
    said, metric = spoken_prediction(lab, prediction), lab.prediction.metric
    if reason := lab.unmarkable(run.params):
        return None, f"You said {said}. It cannot be marked: {reason}."
    found = next((m for m in run.metrics if m.name == metric and m.value is not None), None)
    if found is None or found.value is None:
        return None, f"You said {said}. This run did not measure it."
    measured = f"{metric} = {number(found.value)} {found.unit}".rstrip()
    try:
        right = lab.prediction.right(prediction, found.value)
    except KnobError as error:
        return None, str(error)
    if right:
        return True, f"✓ Your prediction holds: you said {said}; measured: {measured}."
    return False, f"✗ Not what was measured: you said {said}; measured: {measured}."


def spoken_prediction(lab: Lab, prediction: str) -> str:
    """A choice by its label, a number as it is."""
    choices = lab.prediction.choices
    if prediction.isdecimal() and 1 <= int(prediction) <= len(choices):
        return choices[int(prediction) - 1].label
    return prediction


def number(value: float | None) -> str:
    """At most 4 significant digits; `-` for no number."""
    return "-" if value is None else f"{value:.4g}"


def duration(seconds: float) -> str:
    """`12 s`, `3 min 20 s`."""
    whole = max(0, round(seconds))
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"


def interval(metric: Metric) -> str:
    """`[low, high]`, or nothing."""
    if metric.low is None or metric.high is None:
        return ""
    return f"[{number(metric.low)}, {number(metric.high)}]"


def metric_words(metric: Metric) -> str:
    """`brightness: 0.043 [0.01, 0.07] R^2`."""
    return " ".join(part for part in (f"{metric.name}: {number(metric.value)}", interval(metric), metric.unit) if part)


def outcome(found: list[Compared]) -> str:
    """One word for a whole run: the worst verdict over the metrics that can be compared."""
    verdicts = {one.verdict for one in found}
    if "differs" in verdicts:
        return "differs"
    return "reproduced" if "reproduced" in verdicts else "not comparable"


def summary(found: list[Compared]) -> str:
    """`12 reproduced, 1 differs, 3 not comparable`."""
    counts = {word: sum(one.verdict == word for one in found) for word in ("reproduced", "differs", "not comparable")}
    return ", ".join(f"{n} {word if n == 1 or word != 'differs' else 'differ'}" for word, n in counts.items() if n)
