"""Untrusted YAML to plain values, with the line of every key. Safe: no tags, aliases or depth bombs."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

LARGEST_FILE = 4_000_000
"""Bytes; far above any course module."""
DEEPEST = 12
Path_ = tuple[Hashable, ...]
"""Keys and list positions from the top of the file to a value."""

_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class NotRead(Exception):
    """The file as a whole cannot be read: line and sentence."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line
        self.problem = problem


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


def read_text(path: Path) -> str:
    """The text of a UTF-8 file.

    Raises:
        NotRead: missing, unreadable, too large or not UTF-8.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise NotRead(1, f"the file is larger than {LARGEST_FILE // 1_000_000} MB; split it into several")
        data = path.read_bytes()
    except OSError as error:
        raise NotRead(1, f"the file cannot be read ({(error.strerror or str(error)).lower()})") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise NotRead(line, "the text is not UTF-8; save the file with that encoding") from error


def read_yaml(path: Path) -> Located:
    """The values of a YAML file.

    Raises:
        NotRead: it cannot be read or is not YAML of the allowed kind.
    """
    text = read_text(path)
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            lines: dict[Path_, int] = {}
            return Located(_Builder(loader, lines).build(node, ()) if node else None, lines)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NotRead(mark.line + 1 if mark else 1, f"this is not YAML: {error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise NotRead(1, f"this is not YAML: {reason}") from error


class _Builder:
    """Walks the node tree; an alias shows as a node met twice."""

    def __init__(self, loader: yaml.SafeLoader, lines: dict[Path_, int]) -> None:
        self._loader = loader
        self._lines = lines
        self._met: set[int] = set()

    def build(self, node: yaml.Node, path: Path_) -> Any:
        line = node.start_mark.line + 1
        self._lines.setdefault(path, line)
        if id(node) in self._met:
            raise NotRead(line, "an alias (*name) stands here; write the value out")
        self._met.add(id(node))
        if len(path) > DEEPEST:
            raise NotRead(line, f"the values are nested deeper than {DEEPEST} levels")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
        if not node.tag.startswith("tag:yaml.org,2002:") or node.tag.endswith((":binary", ":merge")):
            raise NotRead(line, f"the tag {node.tag} is not allowed; write a plain value")
        return self._loader.construct_object(node)

    def _mapping(self, node: yaml.MappingNode, path: Path_) -> dict[Hashable, Any]:
        values: dict[Hashable, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise NotRead(line, "a key must be a plain word")
            key = self.build(key_node, (*path, f"<key {line}>"))
            if key in values:
                raise NotRead(line, f"the key {key!r} stands twice; keep one")
            self._lines[(*path, key)] = line
            values[key] = self.build(value_node, (*path, key))
        return values
