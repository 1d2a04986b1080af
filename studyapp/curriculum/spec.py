"""A small vocabulary to say what a file must contain, and to find everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from unicodedata import category

from studyapp.curriculum.located import Path_

Report = Callable[[Path_, str], None]
"""(where, what is wrong and how to mend it)."""


@dataclass(frozen=True, slots=True)
class Text:
    longest: int = 2000
    pattern: str = ""
    like: str = ""
    """The pattern in words."""

    def check(self, value: Any, path: Path_, report: Report) -> None:
        if not isinstance(value, str):
            report(path, f"should be text, not {_kind(value)}; put it in quotes")
        elif not value.strip():
            report(path, "is empty; write it or remove the key")
        elif len(value) > self.longest:
            report(path, f"has {len(value)} characters; at most {self.longest}")
        elif control := _control_character(value):
            report(path, f"contains the control character U+{ord(control):04X}; remove it")
        elif self.pattern and not re.fullmatch(self.pattern, value):
            report(path, f"{value!r} should look like {self.like}")


@dataclass(frozen=True, slots=True)
class OneOf:
    choices: tuple[str, ...]

    def check(self, value: Any, path: Path_, report: Report) -> None:
        if value not in self.choices:
            report(path, f"{_short(value)} is not allowed; use one of: {', '.join(self.choices)}")


@dataclass(frozen=True, slots=True)
class Number:
    low: float = float("-inf")
    high: float = float("inf")
    whole: bool = False

    def check(self, value: Any, path: Path_, report: Report) -> None:
        if isinstance(value, bool) or not isinstance(value, int if self.whole else int | float):
            report(path, f"should be a {'whole ' * self.whole}number, not {_kind(value)}")
        elif not self.low <= value <= self.high:
            report(path, f"{value} should be from {self.low:g} to {self.high:g}")


@dataclass(frozen=True, slots=True)
class Truth:
    def check(self, value: Any, path: Path_, report: Report) -> None:
        if not isinstance(value, bool):
            report(path, f"should be true or false, not {_kind(value)}")


@dataclass(frozen=True, slots=True)
class Values:
    """Free parameters: names to plain values."""

    def check(self, value: Any, path: Path_, report: Report) -> None:
        if not isinstance(value, Mapping):
            report(path, f"should be a mapping of names to values, not {_kind(value)}")
            return
        for name, item in value.items():
            if not isinstance(name, str) or not isinstance(item, str | int | float | bool):
                report((*path, str(name)), "should be a name with text, a number, or true or false")


@dataclass(frozen=True, slots=True)
class ListOf:
    item: Spec
    least: int = 0
    most: int = 10_000

    def check(self, value: Any, path: Path_, report: Report) -> None:
        if not isinstance(value, Sequence) or isinstance(value, str):
            report(path, f"should be a list, not {_kind(value)}; begin each line with '- '")
            return
        if not self.least <= len(value) <= self.most:
            report(path, f"has {len(value)} entries; {self.least} to {self.most} are asked for")
        for index, item in enumerate(value):
            self.item.check(item, (*path, index), report)


@dataclass(frozen=True, slots=True)
class Record:
    required: Mapping[str, Spec]
    optional: Mapping[str, Spec] = field(default_factory=dict)

    def check(self, value: Any, path: Path_, report: Report) -> None:
        if not isinstance(value, Mapping):
            report(path, f"should be a mapping of keys to values, not {_kind(value)}")
            return
        for key in self.required:
            if key not in value:
                report((*path, key), "is missing; add it")
        for key, item in value.items():
            spec = self.required.get(key) or self.optional.get(key)
            if spec is None:
                known = ", ".join([*self.required, *self.optional])
                report((*path, str(key)), f"is not a key that is known here; use one of: {known}")
            else:
                spec.check(item, (*path, str(key)), report)


Spec = Text | OneOf | Number | Truth | Values | ListOf | Record


def _control_character(text: str) -> str | None:
    """The first letter that could steer a terminal or hide; spaces of every width are none."""
    if text.replace("\n", "").replace("\t", "").isprintable():
        return None
    return next((letter for letter in text if category(letter)[0] == "C" and letter not in "\n\t"), None)


def _kind(value: Any) -> str:
    names = {type(None): "nothing", bool: "true or false", int: "a number", float: "a number", str: "text"}
    return names.get(type(value), "a list" if isinstance(value, list) else "a mapping")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
