"""What the services need from the outside: a clock, fresh ids, and a store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from studyapp.core.course import Card
    from studyapp.core.log import Event, EventKind, Review
    from studyapp.core.plan import Candidate
    from studyapp.core.schedule import CardState
    from studyapp.core.statistics import DayTotal, RecallCount

Clock = Callable[[], datetime]
"""The present moment, aware, UTC."""
NewId = Callable[[], str]
"""A UUIDv7 that sorts after the ones made before it."""


@dataclass(frozen=True, slots=True)
class ModuleListing:
    id: str
    folder: str
    fingerprint: str
    size: int
    """Cards that can be asked."""
    body: Mapping[str, Any]
    """The module without its cards, as plain values."""


@dataclass(frozen=True, slots=True)
class BrokenModule:
    """A module folder with problems, as it was last read."""

    folder: str
    fingerprint: str
    problems: tuple[str, ...]
    """`file:line: key: what and how to mend`."""


@dataclass(frozen=True, slots=True)
class CardListing:
    """A line of the browser: the card without its body, and where it stands."""

    id: str
    module: str
    kind: str
    topic: str
    difficulty: str
    lab: str
    prompt: str
    retired: bool
    draft: bool
    state: CardState


@dataclass(frozen=True, slots=True)
class PlacedCard:
    """A card with its place in the order of introduction and in the files."""

    card: Card
    position: int
    place: str
    """`file:line`."""


@dataclass(frozen=True, slots=True)
class ModuleContent:
    """A module as read from disk, ready to be stored."""

    listing: ModuleListing
    position: int
    cards: tuple[PlacedCard, ...]


class Reading(Protocol):
    def modules(self) -> list[ModuleListing]: ...
    def broken_modules(self) -> list[BrokenModule]: ...
    def card(self, card_id: str) -> Card | None: ...
    def card_place(self, card_id: str) -> str | None: ...
    def listing(self, learner: str, card_id: str | None = None) -> list[CardListing]: ...
    def due(self, learner: str, today: date) -> list[Candidate]: ...
    def new(self, learner: str, today: date, limit: int) -> list[Candidate]: ...
    def next_module(self, learner: str) -> ModuleListing | None: ...
    def drills(self, learner: str, today: date, below: int) -> list[str]: ...
    def seen_on(self, learner: str, day: date) -> list[CardState]: ...
    def state(self, learner: str, card_id: str) -> CardState | None: ...
    def due_counts(self, learner: str, first: date, last: date) -> dict[date, int]: ...
    def reviews_of(self, learner: str, card_id: str) -> list[Review]: ...
    def events_of(self, learner: str, card_id: str) -> list[Event]: ...
    def last_reviewed_at(self, learner: str, card_id: str) -> datetime | None: ...
    def latest_reviews(self, learner: str, limit: int) -> list[Review]: ...
    def events_since(self, learner: str, record_id: str) -> list[Event]: ...
    def newest_id(self) -> str: ...
    def events_of_kind(self, learner: str, kind: EventKind) -> list[Event]: ...
    def facts(self, learner: str, kinds: Collection[EventKind], since: date = ...) -> list[Event]: ...
    def recall_days(self, learner: str, module: str) -> dict[date, tuple[int, int]]: ...
    def study_days(self, learner: str) -> dict[date, int]: ...
    def day_totals(self, learner: str, longest_ms: int) -> list[DayTotal]: ...
    def recall_counts(self, learner: str, today: date) -> list[RecallCount]: ...
    def card_ids(self, learner: str) -> Iterator[str]: ...
    def settings(self, learner: str) -> dict[str, str]: ...
    def draft(self, learner: str, card_id: str) -> str: ...


class Writing(Reading, Protocol):
    """Inside a transaction: reads see its own writes; all is kept at its end, or nothing."""

    def add_review(self, review: Review) -> None: ...
    def add_event(self, event: Event) -> None: ...
    def put_state(self, learner: str, state: CardState) -> None: ...
    def put_setting(self, learner: str, name: str, value: str) -> None: ...
    def put_draft(self, learner: str, card_id: str, text: str) -> None: ...
    def put_content(self, modules: Iterable[ModuleContent], broken: Iterable[BrokenModule]) -> None: ...
    def enrol(self, learner: str) -> None: ...


class Store(Reading, Protocol):
    def transaction(self) -> AbstractContextManager[Writing]: ...
    def integrity_errors(self) -> list[str]: ...
    def close(self) -> None: ...
