"""`studyapp content new`: the files of a new module, with everything in its place and one good card."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template

from studyapp.core.course import Module
from studyapp.exchange.module_folder import write_module
from studyapp.exchange.wording import slug

_HERE = Path(__file__).parent
_FILES = (
    "module.yaml",
    "cards/first.yaml",
    "02_explainer.md",
    "04_daily_recall.md",
    "05_hands_on_lab.md",
    "06_revision.md",
)


def new_module(folder: Path) -> Module:
    """Writes a module that passes the check and is there to be changed.

    Raises:
        StudyError: the folder exists or cannot be written; nothing was written.
    """
    values = named_after(folder.absolute().name)
    texts = {name: Template((_HERE / name).read_text(encoding="utf-8")).substitute(values) for name in _FILES}
    return write_module(folder, texts)


def named_after(name: str) -> dict[str, str]:
    """Id, title and week from a folder's name: `module_15_capstone` is m15, Capstone, week 15."""
    found = re.fullmatch(r"(?:module|week|m)?[ _-]?0*(\d{1,3})(?:[ _-]+(.*))?", name, re.IGNORECASE)
    week = found[1] if found else "0"
    words = " ".join(re.findall(r"[^\W_]+", (found[2] if found else name) or "")) or f"Module {week}"
    return {
        "id": f"m{week}" if found else slug(name).replace("-", "")[:40],
        "title": words[:1].upper() + words[1:],
        "week": week,
    }
