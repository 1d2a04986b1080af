"""All modules, read from their folders, held against each other and put in order, ready to be stored."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from studyapp.core.course import Module, module_of
from studyapp.core.plan import PER_MODULE, introduction_order
from studyapp.curriculum.folders import MODULE_FILE, as_text, fingerprint, module_folders
from studyapp.curriculum.loader import Place, Problem, Reading, read_module
from studyapp.services.library import Loaded
from studyapp.services.ports import BrokenModule, ModuleContent, ModuleListing, PlacedCard


def read_shelf(roots: Sequence[Path], labs: Collection[str]) -> Loaded:
    """Reads every module; one with problems is left out and its problems are listed.

    The modules come in the order in which they are studied: each after those that it builds on, as far
    as they are here, else in the order of the folders.
    """
    folders = module_folders(roots)
    seen = {folder: fingerprint(folder) for folder in folders}  # before: a file saved meanwhile is read next time
    readings = [read_module(folder, labs) for folder in folders]
    _check_ids(readings)
    _check_needs(readings)
    _check_circle(readings)
    modules = tuple(
        _content(reading.module, reading.places, reading.folder, seen[reading.folder], number)
        for number, reading in enumerate(_study_order(readings))
        if reading.module is not None and not reading.problems
    )
    broken = tuple(
        BrokenModule(as_text(reading.folder), seen[reading.folder], tuple(map(str, sorted(reading.problems))))
        for reading in readings
        if reading.problems
    )
    return Loaded(modules, broken)


def _check_ids(readings: Sequence[Reading]) -> None:
    """Two modules never share an id, nor then their cards, whose ids begin with it."""
    owners: dict[str, Path] = {}
    for reading in readings:
        if reading.outline:
            owner = owners.setdefault(reading.outline.id, reading.folder)
            if owner != reading.folder:
                _report(reading, "id", f"{reading.outline.id} is the id of {owner}; take another")


def _check_needs(readings: Sequence[Reading]) -> None:
    """A card of another module that is named in `needs` exists, as far as that module is here and whole."""
    here = {reading.outline.id: reading for reading in readings if reading.outline}
    for reading in here.values():
        for card in reading.outline.cards if reading.outline else ():
            for need in card.needs:
                other = here.get(module_of(need))
                if other is None or other is reading or not other.complete or need in other.places:
                    continue
                place = reading.places[card.id]
                text = f"there is no card {need}; correct the id or write the card"
                reading.problems.append(Problem(str(place.file), place.line("needs"), f"{card.id}.needs", text))


def _check_circle(readings: Sequence[Reading]) -> None:
    """No module waits for itself, whatever the way round."""
    try:
        TopologicalSorter(
            {reading.outline.id: _builds_on(reading) for reading in readings if reading.outline}
        ).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        first = next(reading for reading in readings if reading.outline and reading.outline.id in circle)
        text = f"the modules build on each other in a circle: {' > '.join(circle)}; remove one of the prerequisites"
        _report(first, "prerequisites", text)


def _study_order(readings: Sequence[Reading]) -> list[Reading]:
    """Each module after those that it builds on, as far as they are here; else as they came."""
    here = {reading.outline.id for reading in readings if reading.outline}
    waiting, order = list(readings), list[Reading]()
    while waiting:
        placed = {reading.outline.id for reading in order if reading.outline}
        ready = (reading for reading in waiting if placed.issuperset(_builds_on(reading) & here))
        order.append(next(ready, waiting[0]))  # none is ready only in a circle, which is reported
        waiting.remove(order[-1])
    return order


def _builds_on(reading: Reading) -> set[str]:
    return {connection.module for connection in reading.outline.prerequisites} if reading.outline else set()


def _report(reading: Reading, key: str, text: str) -> None:
    """A problem at a key of the module file."""
    if reading.located is not None:
        reading.report(reading.folder / MODULE_FILE, reading.located, (key,), text)


def _content(module: Module, places: dict[str, Place], folder: Path, seen: str, number: int) -> ModuleContent:
    order = introduction_order(module.cards, [topic.id for topic in module.topics])
    body = asdict(module)
    del body["cards"]
    cards = tuple(PlacedCard(card, number * PER_MODULE + rank, str(places[card.id])) for rank, card in enumerate(order))
    size = sum(not card.draft for card in order)
    return ModuleContent(ModuleListing(module.id, str(folder), seen, size, body), number, cards)
