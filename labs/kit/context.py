"""What a lab's experiment is given: its settings, and where it says what it found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.kit import figures
from labs.kit.events import Events
from labs.kit.spec import Value

Line = tuple[str, Sequence[float]] | tuple[str, Sequence[float], Sequence[float], Sequence[float]]
"""A curve: label, values, and the bounds of its band if it has one."""
SEEDS = 3
"""Repetitions of everything that is compared, so that each number has an interval."""


@dataclass(frozen=True, slots=True)
class Context:
    """Settings of one run, and the ways to report: as events, pictures and curves also as files in `out`.

    `device` is a torch device name, `model` the value of `--model` or None for the tiny pipeline.
    """

    params: Mapping[str, Value]
    seed: int
    device: str
    quick: bool
    model: str | None
    out: Path
    events: Events

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds of the repetitions, all derived from `seed`."""
        return tuple(1000 * self.seed + repetition for repetition in range(SEEDS))

    def integer(self, knob: str) -> int:
        """A knob of kind int."""
        value = self.params[knob]
        assert isinstance(value, int)
        return value

    def number(self, knob: str) -> float:
        """A knob of kind float."""
        value = self.params[knob]
        assert isinstance(value, int | float)
        return float(value)

    def text(self, knob: str) -> str:
        """A knob of kind choice, text or picture."""
        value = self.params[knob]
        assert isinstance(value, str)
        return value

    def numbers(self, knob: str) -> tuple[float, ...]:
        """A knob of kind numbers."""
        value = self.params[knob]
        assert isinstance(value, tuple)
        return tuple(float(part) for part in value)

    def counts(self, knob: str) -> list[int]:
        """A knob of kind numbers that counts something: rounded, ascending, each once."""
        return sorted({round(number) for number in self.numbers(knob)})

    def chosen(self, knob: str) -> tuple[str, ...]:
        """A knob of kind choices."""
        value = self.params[knob]
        assert isinstance(value, tuple)
        return tuple(str(part) for part in value)

    def progress(self, done: int, total: int, text: str) -> None:
        """How far the run is: `done` of `total` steps, and what it does now."""
        self.events.send("progress", done=done, total=total, text=text)

    def metric(self, name: str, value: float, unit: str = "", interval: tuple[float, float] | None = None) -> None:
        """One measured number; `interval` is its 95 % interval over seeds."""
        extra = {} if interval is None else {"low": interval[0], "high": interval[1]}
        self.events.send("metric", name=name, value=value, unit=unit, **extra)

    def note(self, text: str) -> None:
        """One remark for the reader: what a number means, what it does not."""
        self.events.send("note", text=text)

    def check(self, name: str, expected: float, measured: float, tolerance: float) -> None:
        """Holds a measured number to a known one: |measured - expected| <= tolerance."""
        ok = bool(abs(measured - expected) <= tolerance)
        self.events.send("check", name=name, expected=expected, measured=measured, tolerance=tolerance, ok=ok)

    def series(
        self,
        name: str,
        title: str,
        x: tuple[str, Sequence[float]],
        y: str,
        lines: Sequence[Line],
        log_x: bool = False,
        log_y: bool = False,
    ) -> None:
        """Curves over common x values: `x` is (label, values), each line (label, values) or (label, values, low, high).

        Also drawn as `NAME.png`.
        """
        sent = self.events.send(
            "series",
            id=name,
            title=title,
            x={"label": x[0], "values": x[1], "log": log_x},
            y={"label": y, "log": log_y},
            lines=[dict(zip(("label", "values", "low", "high"), line, strict=False)) for line in lines],
        )
        figures.save_series(self.out / f"{name}.png", sent)

    def pictures(self, name: str, title: str, columns: int, tiles: Sequence[tuple[str, Any]]) -> None:
        """Captioned pictures, arrays [height, width, 3] in 0..1, row by row. Also on one sheet, `NAME.png`."""
        folder = self.out / name
        folder.mkdir(exist_ok=True)
        sent = []
        for number, (caption, pixels) in enumerate(tiles):
            file = folder / f"{number:02d}.png"
            figures.save_tile(file, pixels)
            sent.append({"caption": caption, "file": file.relative_to(self.out).as_posix()})
        figures.save_sheet(self.out / f"{name}.png", title, columns, tiles)
        self.events.send("pictures", id=name, title=title, columns=columns, tiles=sent)
