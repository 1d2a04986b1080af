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
from studyapp.curriculum import links
from studyapp.curriculum.located import Located, NotRead, Path_, read_text, read_yaml
from studyapp.curriculum.markdown import anchors
from studyapp.curriculum.shapes import CARD, DRAFT, MODULE

MODULE_FILE = "module.yaml"
CARDS_FOLDER = "cards"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong, where it stands, and how to mend it."""

    file: str
    line: int
    key: str
    text: str

    def __str__(self) -> str:
        return ": ".join(part for part in (f"{self.file}:{self.line}", self.key, self.text) if part)


@dataclass(slots=True)
class Reading:
    """A module folder while it is read."""

    folder: Path
    problems: list[Problem] = field(default_factory=list)
    module: Module | None = None
    places: dict[str, tuple[Path, int]] = field(default_factory=dict)
    """Card id to file and line."""

    def report(self, file: Path, located: Located | None, path: Path_, text: str) -> None:
        line = located.line(path) if located else 1
        self.problems.append(Problem(str(file), line, _key(path), text))


def read_module(folder: Path, labs: Collection[str]) -> Reading:
    """Reads everything in a module folder.

    Args:
        labs: names of the labs that cards may link to.

    Returns:
        The module when nothing is wrong, else None with all problems, in order of file and line.
    """
    reading = Reading(folder)
    file = folder / MODULE_FILE
    outline = _read(reading, file)
    cards: list[Card] = []
    for cards_file in sorted((folder / CARDS_FOLDER).glob("*.yaml")):
        cards += _read_cards(reading, cards_file)
    if outline is not None:
        MODULE.check(outline.value, (), lambda path, text: reading.report(file, outline, path, text))
        if not reading.problems:
            reading.module = _module(outline.value, cards)
            _check_links(reading, file, outline, labs)
    if reading.problems:
        reading.module = None
        reading.problems.sort()
    return reading


def _read(reading: Reading, file: Path) -> Located | None:
    try:
        return read_yaml(file)
    except NotRead as error:
        reading.problems.append(Problem(str(file), error.line, "", error.problem))
        return None


def _read_cards(reading: Reading, file: Path) -> list[Card]:
    located = _read(reading, file)
    if located is None:
        return []
    if located.value is None:
        return []
    if not isinstance(located.value, list):
        reading.report(file, located, (), "should be a list of cards; begin each card with '- id:'")
        return []
    cards = []
    for index, value in enumerate(located.value):
        wrong: list[tuple[Path_, str]] = []
        draft = isinstance(value, Mapping) and value.get("draft") is True
        (DRAFT if draft else CARD).check(value, (index,), lambda path, text: wrong.append((path, text)))  # noqa: B023
        for path, text in wrong:
            reading.report(file, located, path, text)
        if wrong:
            continue
        card = Card.from_dict({"answer": "", "key_points": [], **value})
        for path, text in links.within_card(card):
            reading.report(file, located, (index, *path), text)
        if card.id in reading.places:
            other, line = reading.places[card.id]
            text = f"{card.id} is taken by {other.name}:{line}; give this card an id of its own"
            reading.report(file, located, (index, "id"), text)
            continue
        reading.places[card.id] = (file, located.line((index, "id")))
        cards.append(card)
    return cards


def _check_links(reading: Reading, file: Path, outline: Located, labs: Collection[str]) -> None:
    module = reading.module
    assert module is not None
    headings: dict[str, list[str]] = {}
    for index, document in enumerate(module.documents):
        try:
            headings[document.file] = anchors(read_text(reading.folder / document.file))
        except NotRead as error:
            reading.report(file, outline, ("documents", index, "file"), f"{document.file}: {error.problem}")
    for path, text in links.within_module(module, headings):
        reading.report(file, outline, path, text)
    files: dict[Path, Located] = {}
    for card_id, key, text in links.between_cards(module, headings, labs):
        place, line = reading.places[card_id]
        located = files.setdefault(place, read_yaml(place))
        found = [index for index, value in enumerate(located.value) if value.get("id") == card_id]
        line = located.line((found[0], key)) if found else line
        reading.problems.append(Problem(str(place), line, f"{card_id}.{key}", text))


def _key(path: Path_) -> str:
    return ".".join(str(part + 1) if isinstance(part, int) else str(part) for part in path)


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
