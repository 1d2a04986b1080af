"""Untrusted YAML to plain values, with the line of every key. Safe: no tags, aliases or depth bombs."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from studyapp.curriculum.files import NotRead, read_text

DEEPEST = 12
"""Levels of nesting."""
LARGEST_NUMBER = 1e15
"""Beyond it whole numbers stop being exact in JSON; no course needs them."""
LONGEST_NUMBER = 10_000
"""Letters; beyond them it is text. Such as 1:59:59:..., to the base of 60, would take very long to read."""
MOST_VALUES = 100_000
"""In one file; the lines of each are kept."""
_CORE = "tag:yaml.org,2002:"
_PLAIN_TAGS = {_CORE + name for name in ("str", "int", "float", "bool", "null", "map", "seq")}
Path_ = tuple[str | int, ...]
"""Keys and list positions from the top of the file to a value."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Located:
    """The values of a file, and the line on which each stands."""

    value: Any
    lines: dict[Path_, int] = field(default_factory=dict)

    def line(self, path: Path_) -> int:
        """The line of a value, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_yaml(folder: Path, name: str) -> Located:
    """The values of a YAML file in a module folder.

    Raises:
        NotRead: it cannot be read or is not YAML of the allowed kind.
    """
    text = read_text(folder, name)
    loader = _Loader(text)
    try:
        return _Builder(loader).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line if mark else 0
        tabs = "; indent with spaces, not tabs" if "\t" in "".join(text.split("\n")[line : line + 1]) else ""
        raise NotRead(line + 1, f"this is not YAML: {error.problem or error.context}{tabs}") from error
    except yaml.reader.ReaderError as error:
        line = text.encode().count(b"\n", 0, error.position) + 1
        raise NotRead(line, "a control character stands here; remove it") from error
    finally:
        loader.dispose()


class _Builder:
    """Builds values straight from the parser's events: depth is bounded before anything can recurse."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader
        self._lines: dict[Path_, int] = {}

    def document(self) -> Located:
        """The one document of a stream."""
        self._loader.get_event()  # the stream begins
        if self._loader.check_event(yaml.StreamEndEvent):
            return Located(None)
        self._loader.get_event()  # the document begins
        value = self._value(())
        self._loader.get_event()  # the document ends
        if not self._loader.check_event(yaml.StreamEndEvent):
            raise NotRead(_line(self._loader.peek_event()), "a second document begins here; keep one to a file")
        return Located(value, self._lines)

    def _value(self, path: Path_) -> Any:
        event = self._loader.get_event()
        line = _line(event)
        self._lines.setdefault(path, line)
        if len(self._lines) > MOST_VALUES:
            raise NotRead(line, f"the file has more than {MOST_VALUES} values; split it into several")
        if len(path) > DEEPEST:
            raise NotRead(line, f"the values are nested deeper than {DEEPEST} levels; make them flatter")
        if isinstance(event, yaml.AliasEvent):
            raise NotRead(line, "an alias (*name) stands here; write the value out")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        _refuse_tag(event.tag, line)
        return self._mapping(path) if isinstance(event, yaml.MappingStartEvent) else self._sequence(path)

    def _scalar(self, event: Any) -> Any:
        line = _line(event)
        tag = event.tag
        if len(event.value) > LONGEST_NUMBER and tag in (None, "!", f"{_CORE}str"):
            return str(event.value)
        if tag is None or tag == "!":
            tag = self._loader.resolve(yaml.ScalarNode, event.value, event.implicit)
        if tag == f"{_CORE}timestamp":
            return str(event.value)  # a date stays the text that was written
        _refuse_tag(tag, line)
        try:
            if len(event.value) > LONGEST_NUMBER:
                raise ValueError
            value = self._loader.construct_object(yaml.ScalarNode(tag, event.value))
        except (ValueError, KeyError, OverflowError) as error:  # such as !!int x, or five thousand digits
            raise NotRead(line, f"{event.value[:40]!r} has no value; put it in quotes if it is text") from error
        if isinstance(value, int | float) and not abs(value) <= LARGEST_NUMBER:
            raise NotRead(line, f"{event.value[:40]!r} is too large a number; put it in quotes if it is text")
        return value

    def _sequence(self, path: Path_) -> list[Any]:
        values: list[Any] = []
        while not self._loader.check_event(yaml.SequenceEndEvent):
            values.append(self._value((*path, len(values))))
        self._loader.get_event()
        return values

    def _mapping(self, path: Path_) -> dict[Hashable, Any]:
        values: dict[Hashable, Any] = {}
        while not self._loader.check_event(yaml.MappingEndEvent):
            event = self._loader.get_event()
            line = _line(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise NotRead(line, "a key must be a plain word")
            key = self._scalar(event)
            if key in values:
                raise NotRead(line, f"the key {key!r} stands twice; keep one")
            self._lines[(*path, str(key))] = line
            values[key] = self._value((*path, str(key)))
        self._loader.get_event()
        return values


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _refuse_tag(tag: str | None, line: int) -> None:
    if tag not in (None, "!") and tag not in _PLAIN_TAGS:
        raise NotRead(line, f"the tag {tag} is not allowed; write a plain value, in quotes if it is text")
