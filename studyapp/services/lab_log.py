"""Lab runs in the log: what was predicted, what was measured, whether the reference was reproduced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from studyapp.core.log import Event, EventKind
from studyapp.services.recall import Recall


@dataclass(frozen=True, slots=True)
class LabRun:
    """One run as the history shows it."""

    at: datetime
    lab: str
    card_id: str | None
    data: Mapping[str, Any]
    """params, seed, device, versions, seconds, quick, model, metrics, verdicts, prediction, predicted_right, folder."""

    @property
    def outcome(self) -> str:
        """`reproduced`, `differs` or `not comparable`: the worst verdict over all metrics that can be compared."""
        verdicts = set(self.data.get("verdicts", {}).values())
        if "differs" in verdicts:
            return "differs"
        return "reproduced" if "reproduced" in verdicts else "not comparable"


def record_run(recall: Recall, lab: str, card_id: str | None, data: Mapping[str, Any]) -> None:
    """Logs a finished run with everything needed to repeat it."""
    recall.log_event(EventKind.LAB_RUN, lab, {**data, "card": card_id})


def history(recall: Recall, lab: str | None = None) -> list[LabRun]:
    """The learner's own runs, newest first."""
    events = recall.store.events_of_kind(recall.learner, EventKind.LAB_RUN)
    return [_run(event) for event in events if lab is None or event.subject == lab]


def _run(event: Event) -> LabRun:
    return LabRun(event.at, event.subject, event.data.get("card"), event.data)
