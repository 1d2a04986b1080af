"""The event stream of a lab: one JSON object a line, each with `event` and the fields of FIELDS."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

Event = dict[str, Any]

# event: (fields that are always there, fields that may be there)
FIELDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "started": (frozenset({"lab", "params", "seed", "device", "versions"}), frozenset()),
    "progress": (frozenset({"done", "total", "text"}), frozenset()),
    "metric": (frozenset({"name", "value", "unit"}), frozenset({"low", "high"})),
    "series": (frozenset({"id", "title", "x", "y", "lines"}), frozenset()),
    "pictures": (frozenset({"id", "title", "columns", "tiles"}), frozenset()),
    "check": (frozenset({"name", "expected", "measured", "tolerance", "ok"}), frozenset()),
    "note": (frozenset({"text"}), frozenset()),
    "failed": (frozenset({"message", "hint"}), frozenset()),
    "finished": (frozenset({"seconds"}), frozenset()),
}


def validate(event: Mapping[str, Any]) -> None:
    """Raises ValueError, in one sentence, if `event` is not one that a lab may send."""
    kind = event.get("event")
    if kind not in FIELDS:
        raise ValueError(f"There is no event called {kind!r}.")
    needed, optional = FIELDS[kind]
    fields = set(event) - {"event"}
    if needed - fields:
        raise ValueError(f"The event {kind} lacks {', '.join(sorted(needed - fields))}.")
    if fields - needed - optional:
        raise ValueError(f"The event {kind} has no field {', '.join(sorted(fields - needed - optional))}.")
    if kind == "series":
        points = len(event["x"]["values"])
        for line in event["lines"]:
            for key in ("values", "low", "high"):
                if key in line and len(line[key]) != points:
                    raise ValueError(f"The line {line['label']} of {event['id']} has not one value for each x.")


def encode(event: Mapping[str, Any]) -> bytes:
    """One line of JSON, numbers that JSON cannot say already replaced (see `plain`)."""
    return (json.dumps(event, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n").encode()


def plain(value: Any) -> Any:
    """`value` as JSON can say it: 6 significant digits, None for what is not finite, lists for arrays."""
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, str | bool | int) or value is None:
        return value
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, Iterable):
        return [plain(part) for part in value]
    number = float(value)
    return float(f"{number:.6g}") if math.isfinite(number) else None


class Events:
    """Sends each event to every sink and keeps them for `run.json`."""

    def __init__(self, sinks: Sequence[Callable[[Event], None]]) -> None:
        self._sinks = sinks
        self.sent: list[Event] = []

    def send(self, event: str, **fields: Any) -> Event:
        """Validates, keeps (all but progress) and sends one event."""
        made: Event = {"event": event} | plain(fields)
        validate(made)
        if event != "progress":
            self.sent.append(made)
        for sink in self._sinks:
            sink(made)
        return made

    def of(self, kind: str) -> list[Event]:
        """The events of one kind, without the field `event`."""
        return [{k: v for k, v in e.items() if k != "event"} for e in self.sent if e["event"] == kind]
