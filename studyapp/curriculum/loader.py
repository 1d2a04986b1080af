"""A module folder to a module, or to the list of everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studyapp.core.course import (
    AuditStatement,
    Card,
    Connection,
    Difficulty,
    DifficultyMark,
    Document,
    GateItem,
    MentalModel,
    Module,
    Revisit,
    Topic,
)
from studyapp.core.text import one_line, visible
from studyapp.curriculum import links
from studyapp.curriculum.files import LARGEST_DOCUMENT, NotRead, read_text
from studyapp.curriculum.folders import MODULE_FILE, as_text, card_files
from studyapp.curriculum.located import Located, Path_, read_yaml
from studyapp.curriculum.markdown import anchors
from studyapp.curriculum.shapes import CARD, DRAFT, MODULE

LONGEST_KEY, LONGEST_TEXT = 160, 500
"""Letters of a problem that are told."""
MOST_PROBLEMS = 500
"""Of a module: when there are more, no further card is read until they are mended."""
LARGEST_MODULE = 40_000_000
"""Bytes of all files with cards together."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong, where it stands, and how to mend it."""

    file: str
    line: int
    key: str
    text: str

    def __str__(self) -> str:
        """One line that is safe to print: keys and values are foreign, and so are the names of files."""
        file = "".join(visible(as_text(self.file)).splitlines())
        told = (f"{file}:{self.line}", one_line(self.key, LONGEST_KEY), one_line(self.text, LONGEST_TEXT))
        return ": ".join(part for part in told if part)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a card stands."""

    file: Path
    located: Located
    index: int

    def line(self, key: str) -> int:
        return self.located.line((self.index, key))

    def __str__(self) -> str:
        return f"{self.file}:{self.line('id')}"


@dataclass(slots=True)
class Reading:
    """A module folder while it is read."""

    folder: Path
    problems: list[Problem] = field(default_factory=list)
    module: Module | None = None
    """None when anything is wrong."""
    outline: Module | None = None
    """The module as far as it could be read: with the cards that are whole. None when its own file is broken."""
    located: Located | None = None
    """Where the keys of the module file stand."""
    places: dict[str, Place] = field(default_factory=dict)
    """By card id; also of cards that have problems of their own."""
    complete: bool = True
    """False when a whole file could not be read, so that some cards are not known."""

    def report(self, file: Path, located: Located, path: Path_, text: str) -> None:
        self.problems.append(Problem(str(file), located.line(path), _key(path), text))


def read_module(folder: Path, labs: Collection[str]) -> Reading:
    """Reads everything in a module folder.

    Args:
        labs: names of the labs that cards may link to.

    Returns:
        The module when nothing is wrong, else None with all problems, in order of file and line.
    """
    reading = Reading(folder)
    file = folder / MODULE_FILE
    outline = reading.located = _read(reading, file)
    if outline is not None:
        MODULE.check(outline.value, (), lambda path, text: reading.report(file, outline, path, text))
    sound = not reading.problems
    cards = _all_cards(reading)
    if outline is not None and sound:
        reading.outline = _module(outline.value, cards)
        _check_links(reading, reading.outline, file, outline, labs)
        reading.module = None if reading.problems else reading.outline
    reading.problems.sort()
    return reading


def _read(reading: Reading, file: Path) -> Located | None:
    try:
        if as_text(file) != str(file):
            raise NotRead(1, "the name is not UTF-8; give it another")
        return read_yaml(reading.folder, str(file.relative_to(reading.folder)))
    except NotRead as error:
        reading.problems.append(Problem(str(file), error.line, "", error.problem))
        reading.complete = False
        return None


def _all_cards(reading: Reading) -> list[Card]:
    """The cards of all files, as far as there is sense in reading on."""
    cards: list[Card] = []
    size = 0
    for file in card_files(reading.folder):
        size += file.stat().st_size if file.is_file() else 0
        if size > LARGEST_MODULE:
            text = (
                f"with this file the cards are larger than {LARGEST_MODULE // 1_000_000} MB; make two modules of them"
            )
            reading.problems.append(Problem(str(file), 1, "", text))
        if size > LARGEST_MODULE or len(reading.problems) > MOST_PROBLEMS:
            reading.complete = False
            break
        cards += _read_cards(reading, file)
    return cards


def _read_cards(reading: Reading, file: Path) -> list[Card]:
    located = _read(reading, file)
    if located is None or located.value is None:
        return []
    if not isinstance(located.value, list):
        reading.report(file, located, (), "should be a list of cards; begin each card with '- id:'")
        reading.complete = False
        return []
    cards: list[Card] = []
    for index, value in enumerate(located.value):
        card = _read_card(reading, Place(file, located, index), value)
        cards += [card] if card else []
        if len(reading.problems) > MOST_PROBLEMS:
            reading.report(file, located, (index,), "what follows is not looked at until these problems are mended")
            reading.complete = False
            break
    return cards


def _read_card(reading: Reading, place: Place, value: Any) -> Card | None:
    problems = len(reading.problems)

    def report(path: Path_, text: str) -> None:
        reading.report(place.file, place.located, (place.index, *path), text)

    card_id = value.get("id") if isinstance(value, Mapping) else None
    if isinstance(card_id, str):
        other = reading.places.setdefault(card_id, place)
        if other is not place:
            report(("id",), f"{card_id} is taken by {other.file.name}:{other.line('id')}; give this card another id")
    draft = isinstance(value, Mapping) and value.get("draft") is True
    (DRAFT if draft else CARD).check(value, (), report)
    if len(reading.problems) > problems:
        return None
    card = Card.from_dict({"answer": "", "key_points": [], **value})
    for path, text in links.within_card(card):
        report(path, text)
    return card


def _check_links(reading: Reading, module: Module, file: Path, outline: Located, labs: Collection[str]) -> None:
    headings: dict[str, list[str]] = {}
    for index, document in enumerate(module.documents):
        try:
            headings[document.file] = anchors(read_text(reading.folder, document.file, LARGEST_DOCUMENT))
        except NotRead as error:
            reading.report(file, outline, ("documents", index, "file"), f"{document.file}: {error.problem}")
    known = reading.places if reading.complete else None
    for path, text in links.within_module(module, headings, known):
        reading.report(file, outline, path, text)
    for card_id, key, text in links.between_cards(module, headings, labs, known):
        place = reading.places[card_id]
        reading.problems.append(Problem(str(place.file), place.line(key), f"{card_id}.{key}", text))


def _key(path: Path_) -> str:
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in path)


def _module(data: Mapping[str, Any], cards: list[Card]) -> Module:
    def each(key: str, kind: Any) -> tuple[Any, ...]:
        return tuple(kind(**item) for item in data.get(key, ()))

    return Module(
        id=data["id"],
        title=data["title"],
        week=data["week"],
        summary=data.get("summary", ""),
        topics=each("topics", Topic),
        cards=tuple(cards),
        mental_models=each("mental_models", MentalModel),
        prerequisites=each("prerequisites", Connection),
        feeds_into=each("feeds_into", Connection),
        documents=each("documents", Document),
        audit=each("audit", _audit),
        gate=each("gate", GateItem),
        difficulty_marks=each("difficulty_marks", _mark),
        bridge=Connection(**data["bridge"]) if "bridge" in data else None,
    )


def _audit(*, cards: list[str], revisit: dict[str, str] | None = None, **rest: str) -> AuditStatement:
    return AuditStatement(**rest, cards=tuple(cards), revisit=Revisit(**revisit) if revisit else None)


def _mark(*, mark: str, text: str, cards: list[str] | None = None) -> DifficultyMark:
    return DifficultyMark(Difficulty(mark), text, tuple(cards or ()))
