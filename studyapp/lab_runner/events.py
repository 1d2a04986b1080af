"""What a lab says, as values that are safe to draw: every field has its type, or the line is not an event."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from studyapp.core.text import one_line

LONGEST_NAME, LONGEST_TEXT = 160, 1000
MOST_PARAMS, MOST_VALUES, MOST_CURVES, MOST_TILES = 100, 20_000, 100, 200
"""Of a run, of a curve, of a series, of a group of pictures; a lab has a tenth of that."""
NO_EVENT = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)
"""What reading one that is none may raise."""


@dataclass(frozen=True, slots=True)
class Started:
    lab: str
    params: Mapping[str, Any]
    seed: int
    device: str
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Progress:
    done: float
    total: float
    text: str

    @property
    def share(self) -> float:
        """0 to 1."""
        return min(1.0, max(0.0, self.done / self.total)) if self.total > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Metric:
    """`low` and `high`: the interval over seeds, where there is one. None stands for a number that is not finite."""

    name: str
    value: float | None
    unit: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One curve of a series; each sequence has one value for each x."""

    label: str
    values: tuple[float | None, ...]
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    id: str
    title: str
    x_label: str
    x: tuple[float | None, ...]
    log_x: bool
    y_label: str
    log_y: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """One picture; `file` is relative to the run's folder and stays inside it."""

    caption: str
    file: str


@dataclass(frozen=True, slots=True)
class Pictures:
    id: str
    title: str
    columns: int
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    expected: float | None
    measured: float | None
    tolerance: float | None
    ok: bool


@dataclass(frozen=True, slots=True)
class Note:
    text: str


@dataclass(frozen=True, slots=True)
class Failed:
    """`message` is one sentence, `hint` says what to do."""

    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Finished:
    seconds: float


LabEvent = Started | Progress | Metric | Series | Pictures | Check | Note | Failed | Finished


def read_event(line: bytes) -> LabEvent:
    """The event that one line of output stands for.

    Raises:
        ValueError: it is no event, or one with wrong fields.
    """
    try:
        values = json.loads(line)
        return read_values(values["event"], values)
    except NO_EVENT as error:
        raise ValueError("not an event") from error


def read_values(kind: str, values: Mapping[str, Any]) -> LabEvent:
    """The event of this kind with these fields, as in a line of output or in run.json.

    Raises:
        one of NO_EVENT: it is not one.
    """
    match kind:
        case "started":
            params = {_text(name): _param(value) for name, value in _few(values["params"].items(), MOST_PARAMS)}
            versions = {_text(name): _text(version) for name, version in _few(values["versions"].items(), MOST_PARAMS)}
            return Started(_text(values["lab"]), params, int(_real(values["seed"])), _text(values["device"]), versions)
        case "progress":
            return Progress(_real(values["done"]), _real(values["total"]), _text(values["text"]))
        case "metric":
            interval = (_number(values.get("low")), _number(values.get("high")))
            return Metric(_text(values["name"]), _number(values["value"]), _text(values["unit"]), *interval)
        case "series":
            return _series(values)
        case "pictures":
            tiles = _few(values["tiles"], MOST_TILES)
            placed = tuple(Tile(_text(tile["caption"]), _inside(tile["file"])) for tile in tiles)
            columns = max(1, min(64, int(_real(values["columns"]))))
            return Pictures(_text(values["id"]), _text(values["title"]), columns, placed)
        case "check":
            expected, measured, tolerance = _numbers(values[name] for name in ("expected", "measured", "tolerance"))
            return Check(_text(values["name"]), expected, measured, tolerance, values["ok"] is True)
        case "note":
            return Note(_text(values["text"], LONGEST_TEXT))
        case "failed":
            return Failed(_text(values["message"], LONGEST_TEXT), _text(values["hint"], LONGEST_TEXT))
        case "finished":
            return Finished(_real(values["seconds"]))
    raise ValueError(kind)


def _series(values: Mapping[str, Any]) -> Series:
    x = _numbers(values["x"]["values"])
    lines = []
    for line in _few(values["lines"], MOST_CURVES):
        numbers, low, high = (_numbers(line.get(name, ())) for name in ("values", "low", "high"))
        if len(numbers) != len(x) or len(low) != len(high) or len(low) not in (0, len(x)):
            raise ValueError("a line needs one value for each x")
        lines.append(Line(_text(line["label"]), numbers, low, high))
    return Series(
        id=_text(values["id"]),
        title=_text(values["title"]),
        x_label=_text(values["x"]["label"]),
        x=x,
        log_x=values["x"]["log"] is True,
        y_label=_text(values["y"]["label"]),
        log_y=values["y"]["log"] is True,
        lines=tuple(lines),
    )


def _text(value: Any, longest: int = LONGEST_NAME) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return one_line(value[: 2 * longest], longest)


def _few(items: Any, most: int) -> Sequence[Any]:
    few = list(items)
    if len(few) > most:
        raise ValueError("more than a lab has")
    return few


def _param(value: Any) -> Any:
    """A knob's value: text, a number, true or false, or a list of them."""
    if isinstance(value, list | tuple):
        if any(isinstance(part, list | tuple) for part in value):
            raise TypeError("a list of lists")
        return [_param(part) for part in _few(value, MOST_PARAMS)]
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool):
        return value
    _real(value)
    return value


def _number(value: Any) -> float | None:
    """A finite number or None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("not a number")
    return float(value) if math.isfinite(value) else None


def _real(value: Any) -> float:
    number = _number(value)
    if number is None:
        raise ValueError("not a finite number")
    return number


def _numbers(values: Any) -> tuple[float | None, ...]:
    return tuple(_number(value) for value in _few(values, MOST_VALUES))


def _inside(file: Any) -> str:
    """A path of the run's own folder, nothing above or beside it."""
    path = PurePosixPath(file)
    if path.is_absolute() or ".." in path.parts or len(str(path)) > LONGEST_TEXT:
        raise ValueError("not inside the folder")
    return str(path)
