"""Writing a whole module folder: all of it or nothing, and only one that passes the check."""

from __future__ import annotations

import os
from collections.abc import Mapping
from json import dumps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from studyapp.core.course import Module
from studyapp.curriculum.json_schema import FILES, json_schema
from studyapp.curriculum.loader import read_module
from studyapp.errors import StudyError

WIDTH = 120
"""Columns of a line of YAML, as in the modules that come with the program."""


def write_module(folder: Path, files: Mapping[str, str]) -> Module:
    """Writes a module folder with these files and with the schemas that editors read.

    The folder is made beside its place and moved there when it has passed the check.

    Args:
        files: path inside the folder to text.

    Raises:
        StudyError: the folder exists, cannot be written, or would not pass the check; nothing was written.
    """
    if os.path.lexists(folder):
        raise StudyError(f"{folder} exists already; name a folder that does not, or move that one away.")
    schemas = {name: dumps(json_schema(what), indent=2, ensure_ascii=False) + "\n" for what, name in FILES.items()}
    room = next(parent for parent in folder.absolute().parents if parent.is_dir())
    try:
        with TemporaryDirectory(prefix=".studyapp-", dir=room) as work:
            made = Path(work) / folder.name
            for name, text in (schemas | dict(files)).items():
                path = made / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8", newline="\n")
            reading = read_module(made, ())
            if reading.module is None:
                problem = str(reading.problems[0]).removeprefix(f"{made}{os.sep}")
                raise StudyError(f"The module would not pass the check ({problem}); nothing was written.")
            folder.parent.mkdir(parents=True, exist_ok=True)
            made.rename(folder)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StudyError(f"{folder} cannot be written ({reason}); choose another place.") from error
    return reading.module


def yaml_text(value: Any, schema: str) -> str:
    """A value as YAML that reads well, under the line that tells editors its schema.

    Args:
        schema: the schema's place as seen from the file.
    """
    head = f"# yaml-language-server: $schema={schema}\n"
    if isinstance(value, list):  # cards, with a line between them
        return head + "\n".join(_dumped([item]) for item in value)
    return head + _dumped(value)


def _dumped(value: Any) -> str:
    return yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=WIDTH)


class _Dumper(yaml.SafeDumper):
    """Lists inside a mapping are indented, text of several lines keeps its lines, nothing is an alias."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)
