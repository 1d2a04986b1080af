"""The labs that are installed: descriptions, references, whether they can run here."""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import labs
from labs.kit.compare import Comparison, compare
from labs.kit.spec import KnobError, Lab, Prediction, Value
from studyapp.errors import UsageError

__all__ = ["Comparison", "KnobError", "Lab", "Prediction", "Value", "compare", "lab", "labs_list", "reference"]

NEEDED = ("torch", "diffusers", "transformers", "matplotlib")


def labs_list() -> list[Lab]:
    """Every lab's description, in the order of study."""
    return labs.all_labs()


def lab(name: str) -> Lab:
    """The description of one lab.

    Raises:
        UsageError: no such lab.
    """
    try:
        return labs.load(name)
    except KeyError:
        raise UsageError(f"There is no lab {name!r}; there are: {', '.join(labs.NAMES)}.") from None


def missing_libraries() -> list[str]:
    """Libraries that labs need and that are not installed; nothing is imported to find out."""
    return [name for name in NEEDED if find_spec(name) is None]


@cache
def reference(name: str) -> dict[str, Any] | None:
    """The reference run of a lab as its run.json says; None when there is none yet."""
    file = labs.REFERENCE / name / "run.json"
    if not file.is_file():
        return None
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def reference_folder(name: str) -> Path:
    """Where the picture tiles of a reference lie."""
    return labs.REFERENCE / name
