"""Lab runs in the log: what was predicted, what was measured, whether the reference was reproduced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from studyapp.core.log import Event, EventKind, voided
from studyapp.services.ports import CardListing
from studyapp.services.recall import Recall


@dataclass(frozen=True, slots=True)
class LabRun:
    """One run as the history shows it."""

    id: str
    at: datetime
    lab: str
    card_id: str | None
    data: Mapping[str, Any]
    """params, seed, device, versions, seconds, quick, model, metrics, checks_failed, verdicts, prediction,
    predicted_right, folder."""

    @property
    def outcome(self) -> str:
        """`reproduced`, `differs` or `not comparable`: the worst verdict over all metrics that can be compared."""
        verdicts = set(dict(self.data.get("verdicts") or {}).values())
        if "differs" in verdicts:
            return "differs"
        return "reproduced" if "reproduced" in verdicts else "not comparable"

    @property
    def prediction(self) -> str:
        """`right`, `wrong`, `not marked` or `none`."""
        if not self.data.get("prediction"):
            return "none"
        return {True: "right", False: "wrong"}.get(self.data.get("predicted_right"), "not marked")  # type: ignore[arg-type]


def record_run(recall: Recall, lab: str, card_id: str | None, data: Mapping[str, Any]) -> None:
    """Logs a finished run with everything needed to repeat it."""
    recall.log_event(EventKind.LAB_RUN, lab, {**data, "card": card_id})


def history(recall: Recall, lab: str | None = None) -> list[LabRun]:
    """The learner's own runs that stand, newest first."""
    events = recall.store.events_of_kind(recall.learner, EventKind.LAB_RUN)
    undone = voided(recall.store.events_of_kind(recall.learner, EventKind.VOID)) if events else set()
    return [_run(event) for event in events if event.id not in undone and lab in (None, event.subject)]


def _run(event: Event) -> LabRun:
    return LabRun(event.id, event.at, event.subject, event.data.get("card"), event.data)


def cards_of(recall: Recall, lab: str) -> list[CardListing]:
    """The cards whose claim this lab shows, in the order of study."""
    return [card for card in recall.store.listing(recall.learner) if card.lab == lab and not card.retired]
