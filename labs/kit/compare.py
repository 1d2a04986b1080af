"""A run beside its reference, metric by metric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from labs.kit.spec import Lab

Verdict = Literal["reproduced", "differs", "not comparable"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One metric of a run and of the reference (None where the reference lacks it)."""

    name: str
    measured: float
    reference: float | None
    verdict: Verdict

    @property
    def difference(self) -> float | None:
        """measured - reference."""
        return None if self.reference is None else self.measured - self.reference


def compare(lab: Lab, run: Mapping[str, Any], reference: Mapping[str, Any]) -> list[Comparison]:
    """Every metric of `run` against `reference`, both as in run.json.

    Not comparable: other parameters or another model, a metric the reference lacks, or one that depends on the machine.
    """
    same = run["params"] == reference["params"] and run.get("model") == reference.get("model")
    known = {metric["name"]: metric["value"] for metric in reference["metrics"]}
    result = []
    for metric in run["metrics"]:
        name, measured, expected = metric["name"], metric["value"], known.get(metric["name"])
        allowed = lab.tolerance(name)
        verdict: Verdict = "not comparable"
        if same and expected is not None and measured is not None and allowed is not None:
            verdict = "reproduced" if abs(measured - expected) <= allowed else "differs"
        result.append(Comparison(name, measured, expected, verdict))
    return result
