"""All module folders: which there are, whether they changed, and what they contain."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from studyapp import __version__
from studyapp.services.library import Loaded
from studyapp.services.ports import ModuleContent, ModuleListing, PlacedCard

if TYPE_CHECKING:
    from studyapp.core.course import Module
    from studyapp.curriculum.loader import Reading

MODULE_FILE = "module.yaml"
PER_MODULE = 1_000_000
"""Positions kept free for each module, so that positions order cards across modules."""


def module_folders(roots: Sequence[Path]) -> list[Path]:
    """Folders with a module file, in order of name within each root."""
    found: list[Path] = []
    for root in roots:
        if (root / MODULE_FILE).is_file():
            found.append(root)
        elif root.is_dir():
            found += sorted(folder for folder in root.iterdir() if (folder / MODULE_FILE).is_file())
    return found


def fingerprint(folder: Path) -> str:
    """Changes when a file of the module (or the program) does; looks at names, sizes and times only."""
    lines = [__version__]
    for file in _files(folder):
        status = file.stat()
        lines.append(f"{file.relative_to(folder)} {status.st_size} {status.st_mtime_ns}")
    return "\n".join(lines)


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.glob("*.yaml"))
    yield from sorted(folder.glob("*.md"))
    yield from sorted((folder / "cards").glob("*.yaml"))


def fingerprints(roots: Sequence[Path]) -> dict[str, str]:
    return {str(folder): fingerprint(folder) for folder in module_folders(roots)}


def read_shelf(roots: Sequence[Path], labs: Collection[str]) -> Loaded:
    """Reads every module; one with problems is left out and its problems are listed."""
    from studyapp.curriculum.loader import read_module  # brings YAML, which a normal start does not need

    modules: list[ModuleContent] = []
    problems: list[str] = []
    broken: list[str] = []
    owners: dict[str, Path] = {}
    for position, folder in enumerate(module_folders(roots)):
        reading = read_module(folder, labs)
        module = reading.module
        if module is not None and module.id in owners:
            problems.append(f"{folder / MODULE_FILE}:1: id: {module.id} is the id of {owners[module.id]}; take another")
            broken.append(str(folder))
        elif module is None:
            problems += [str(problem) for problem in reading.problems]
            broken.append(str(folder))
        else:
            owners[module.id] = folder
            modules.append(_content(module, reading, position))
    return Loaded(tuple(modules), tuple(problems), tuple(broken))


def _content(module: Module, reading: Reading, position: int) -> ModuleContent:
    from dataclasses import asdict

    from studyapp.core.plan import introduction_order

    order = introduction_order(module.cards, [topic.id for topic in module.topics])
    body = asdict(module)
    del body["cards"]
    cards = tuple(
        PlacedCard(card, position * PER_MODULE + rank, f"{place}:{line}")
        for rank, card in enumerate(order)
        for place, line in (reading.places[card.id],)
    )
    size = sum(not card.draft for card in order)
    folder = str(reading.folder)
    return ModuleContent(ModuleListing(module.id, folder, fingerprint(reading.folder), size, body), position, cards)
