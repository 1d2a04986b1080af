from __future__ import annotations

import json
import math

import pytest

from labs.kit.events import FIELDS, Event, Events, encode, plain, validate


def test_numbers_that_json_cannot_say_become_none() -> None:
    assert plain({"a": (1, math.inf, math.nan), "b": 0.123456789}) == {"a": [1, None, None], "b": 0.123457}


def test_arrays_and_tensors_become_lists() -> None:
    torch = pytest.importorskip("torch")
    assert plain(torch.tensor([[1.0, 2.0]])) == [[1.0, 2.0]]
    assert plain(torch.tensor([1.5]).numpy()[0]) == 1.5


def test_one_event_is_one_line() -> None:
    line = encode({"event": "note", "text": "two\nlines, and Ω"})
    assert line.count(b"\n") == 1
    assert json.loads(line)["text"] == "two\nlines, and Ω"


def test_events_reach_every_sink_and_progress_is_not_kept() -> None:
    seen: list[Event] = []
    events = Events([seen.append])
    events.send("progress", done=1, total=2, text="half")
    events.send("metric", name="x", value=1.0, unit="")
    assert [event["event"] for event in seen] == ["progress", "metric"]
    assert events.of("metric") == [{"name": "x", "value": 1.0, "unit": ""}]
    assert events.of("progress") == []


@pytest.mark.parametrize("kind", FIELDS)
def test_a_missing_and_a_strange_field_are_refused(kind: str) -> None:
    needed, _ = FIELDS[kind]
    whole: Event = {"event": kind} | {name: [] for name in needed}
    if kind == "series":
        whole |= {"x": {"values": []}}
    validate(whole)
    with pytest.raises(ValueError, match="lacks"):
        validate({key: value for key, value in whole.items() if key not in sorted(needed)[:1]})
    with pytest.raises(ValueError, match="no field colour"):
        validate(whole | {"colour": "red"})


def test_unknown_events_and_ragged_curves_are_refused() -> None:
    with pytest.raises(ValueError, match="no event"):
        validate({"event": "exploded"})
    ragged = {"event": "series", "id": "s", "title": "", "x": {"values": [1, 2]}, "y": {}}
    with pytest.raises(ValueError, match="one value for each x"):
        validate(ragged | {"lines": [{"label": "l", "values": [1]}]})
