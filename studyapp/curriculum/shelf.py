"""All modules, read from their folders and put in order, ready to be stored."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from pathlib import Path

from studyapp.core.course import Module
from studyapp.core.plan import introduction_order
from studyapp.curriculum.folders import MODULE_FILE, fingerprint, module_folders
from studyapp.curriculum.loader import Place, read_module
from studyapp.services.library import Loaded
from studyapp.services.ports import ModuleContent, ModuleListing, PlacedCard

PER_MODULE = 1_000_000
"""Positions kept free for each module, so that positions order cards across modules."""


def read_shelf(roots: Sequence[Path], labs: Collection[str]) -> Loaded:
    """Reads every module; one with problems is left out and its problems are listed."""
    modules: list[ModuleContent] = []
    problems: list[str] = []
    broken: list[str] = []
    owners: dict[str, Path] = {}
    for number, folder in enumerate(module_folders(roots)):
        seen = fingerprint(folder)  # before reading: a file saved meanwhile is read again at the next start
        reading = read_module(folder, labs)
        module = reading.module
        if module is None:
            problems += [str(problem) for problem in reading.problems]
            broken.append(str(folder))
        elif module.id in owners:
            problems.append(f"{folder / MODULE_FILE}:1: id: {module.id} is the id of {owners[module.id]}; take another")
            broken.append(str(folder))
        else:
            owners[module.id] = folder
            modules.append(_content(module, reading.places, folder, seen, number))
    return Loaded(tuple(modules), tuple(problems), tuple(broken))


def _content(module: Module, places: dict[str, Place], folder: Path, seen: str, number: int) -> ModuleContent:
    order = introduction_order(module.cards, [topic.id for topic in module.topics])
    body = asdict(module)
    del body["cards"]
    cards = tuple(PlacedCard(card, number * PER_MODULE + rank, str(places[card.id])) for rank, card in enumerate(order))
    size = sum(not card.draft for card in order)
    return ModuleContent(ModuleListing(module.id, str(folder), seen, size, body), number, cards)
