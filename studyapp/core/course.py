"""What a module consists of: cards, topics, audit statements, gate items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class CardKind(StrEnum):
    CONCEPT = "concept"
    MENTAL_MODEL = "mental_model"
    TRAP = "trap"
    INTERVIEW = "interview"
    SELF_CHECK = "self_check"

    @property
    def words(self) -> str:
        return self.value.replace("_", " ")


class Difficulty(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"

    @property
    def words(self) -> str:
        """The colour and what it means, so that colour alone never carries it."""
        return f"{self.value} ({_DIFFICULTY_MEANING[self]})"

    @property
    def rank(self) -> int:
        return list(Difficulty).index(self)


_DIFFICULTY_MEANING = {Difficulty.GREEN: "easy", Difficulty.YELLOW: "medium", Difficulty.RED: "hard"}


@dataclass(frozen=True, slots=True)
class Formula:
    text: str
    """Authored Unicode, readable in a terminal."""
    tex: str
    gaps: tuple[str, ...] = ()
    """Parts of `text` that a quiz may blank out."""


@dataclass(frozen=True, slots=True)
class WrongAnswer:
    answer: str
    why: str
    """Why it is wrong."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    prompt: str
    answer: str
    when_missed: tuple[int, ...] = ()
    """Numbers (from 1) of the key points whose absence makes this the next question."""


@dataclass(frozen=True, slots=True)
class NumericQuestion:
    prompt: str
    value: float
    tolerance: float
    unit: str = ""
    why: str = ""
    """How the number comes about, on a line of Markdown."""


@dataclass(frozen=True, slots=True)
class Source:
    title: str
    arxiv: str = ""
    url: str = ""
    where: str = ""
    """Section, table or equation."""

    @property
    def words(self) -> str:
        place = f"arXiv {self.arxiv}" if self.arxiv else self.url
        return ", ".join(part for part in (self.title, place, self.where) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    id: str
    kind: CardKind
    topic: str
    difficulty: Difficulty
    prompt: str
    answer: str
    """Markdown."""
    key_points: tuple[str, ...]
    sheet: tuple[str, ...] = ()
    """The lines of the course sheet that this card serves."""
    formulas: tuple[Formula, ...] = ()
    wrong_answers: tuple[WrongAnswer, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    numeric: tuple[NumericQuestion, ...] = ()
    steps: tuple[str, ...] = ()
    """The right order of a procedure."""
    lab: str = ""
    lab_params: Mapping[str, Any] = field(default_factory=dict)
    explainer: str = ""
    """Anchor of the chapter in the module's explainer."""
    needs: tuple[str, ...] = ()
    """Cards to know first."""
    sources: tuple[Source, ...] = ()
    draft: bool = False
    """Listed, not asked: it has no answer yet."""

    @property
    def module(self) -> str:
        return module_of(self.id)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Card:
        """The card that `to_dict` described."""
        values = dict(data)
        values["kind"] = CardKind(values["kind"])
        values["difficulty"] = Difficulty(values["difficulty"])
        for name, part in _PARTS.items():
            values[name] = tuple(part(**_tuples(item)) for item in values.get(name, ()))
        return cls(**_tuples(values))


def module_of(card_id: str) -> str:
    """The module that a card belongs to: the card's id begins with the module's."""
    return card_id.partition(".")[0]


_PARTS: dict[str, Any] = {
    "formulas": Formula,
    "wrong_answers": WrongAnswer,
    "follow_ups": FollowUp,
    "numeric": NumericQuestion,
    "sources": Source,
}


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


@dataclass(frozen=True, slots=True)
class Topic:
    id: str
    title: str
    weight: float = 1.0
    """Share of a quiz or exam, relative to the other topics."""


@dataclass(frozen=True, slots=True)
class MentalModel:
    title: str
    text: str
    card: str


@dataclass(frozen=True, slots=True)
class Connection:
    """A link to another module: builds on, feeds into, or bridge."""

    module: str
    text: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    file: str
    title: str
    role: str
    """explainer, daily_recall, hands_on_lab or revision."""


@dataclass(frozen=True, slots=True)
class Revisit:
    document: str
    chapter: str


@dataclass(frozen=True, slots=True)
class AuditStatement:
    id: str
    text: str
    cards: tuple[str, ...]
    revisit: Revisit | None = None


@dataclass(frozen=True, slots=True)
class GateItem:
    id: str
    text: str
    rule: str
    """chapters_read, recall_days, lab_shipped, audit_complete or revision_done."""
    document: str = ""
    days: int = 5
    within: int = 7


@dataclass(frozen=True, slots=True)
class DifficultyMark:
    mark: Difficulty
    text: str
    cards: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    id: str
    title: str
    week: int
    topics: tuple[Topic, ...]
    cards: tuple[Card, ...]
    summary: str = ""
    mental_models: tuple[MentalModel, ...] = ()
    prerequisites: tuple[Connection, ...] = ()
    feeds_into: tuple[Connection, ...] = ()
    documents: tuple[Document, ...] = ()
    audit: tuple[AuditStatement, ...] = ()
    gate: tuple[GateItem, ...] = ()
    difficulty_marks: tuple[DifficultyMark, ...] = ()
    bridge: Connection | None = None

    @property
    def heading(self) -> str:
        return f"{self.title} · week {self.week}"
