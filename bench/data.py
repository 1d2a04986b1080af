"""The store: an answer's way to the disk, and planning the day over many cards."""

from __future__ import annotations

import random
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.figures import Figure, compared, interleaved
from db.store import SqlStore, open_local
from studyapp.clock import new_id
from studyapp.core.course import Card, CardKind, Difficulty
from studyapp.core.schedule import CardState
from studyapp.core.sm2 import Memory
from studyapp.services.ports import ModuleContent, ModuleListing, PlacedCard
from studyapp.services.recall import Recall
from studyapp.settings import Settings

LEARNER = "me"
MORNING = datetime(2026, 11, 23, 9, tzinfo=UTC)
ADD_REVIEW = "INSERT INTO reviews VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
PUT_STATE = "UPDATE schedule SET repetitions = ?, interval_days = ?, due = ? WHERE learner = ? AND card_id = ?"
COUNT_DUE = "SELECT count(*) FROM schedule WHERE learner = ? AND due <= ? AND askable AND NOT suspended"


def card_id(number: int) -> str:
    return f"b1.topic.{number:05}"


def _card(number: int) -> Card:
    return Card(
        id=card_id(number),
        kind=list(CardKind)[number % len(CardKind)],
        topic=f"topic-{number % 12}",
        difficulty=list(Difficulty)[number % len(Difficulty)],
        prompt=f"What does number {number} say about noise, signal and the steps between?",
        answer="An answer of a usual length. " * 20,
        key_points=tuple(f"point {point} of card {number}" for point in range(4)),
    )


def _state(number: int, dice: random.Random) -> CardState | None:
    """One card in ten is new, one in twenty is due, the rest come later."""
    if number % 10 == 0:
        return None
    interval = dice.randint(2, 60)
    late = dice.randint(0, 5) if number % 20 == 1 else -dice.randint(1, interval - 1)
    due = MORNING.date() - timedelta(days=late)
    seen = due - timedelta(days=interval)
    return CardState(
        card_id(number),
        memory=Memory(dice.randint(1, 6), interval, 2.5),
        due=due,
        introduced=seen,
        scheduled_on=seen,
        seen_on=seen,
        last_grade=4,
        reviews=3,
    )


@contextmanager
def filled_store(folder: Path, cards: int) -> Iterator[SqlStore]:
    """A local store with a module of that many cards and a learner in the middle of it."""
    store = open_local(folder / f"{cards}.sqlite", folder, lambda: MORNING, lambda text: None)
    listing = ModuleListing("b1", str(folder), "", cards, {"id": "b1", "title": "Bench"})
    placed = tuple(PlacedCard(_card(number), number, "bench.yaml:1") for number in range(cards))
    dice = random.Random(cards)
    with store.transaction() as tx:
        tx.put_content([ModuleContent(listing, 0, placed)], [])
        tx.enrol(LEARNER)
        for number in range(cards):
            state = _state(number, dice)
            if state is not None:
                tx.put_state(LEARNER, state)
    try:
        yield store
    finally:
        store.close()


class Clock:
    """Moves on one second a look."""

    def __init__(self) -> None:
        self.now = MORNING

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


class BareAnswers:
    """The same two rows by sqlite3 alone, in a copy of the file, equally durable."""

    def __init__(self, file: Path) -> None:
        self.connection = sqlite3.connect(file, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        self.number = 0

    def __call__(self) -> float:
        self.number += 1
        card, execute = card_id(self.number % 1000), self.connection.execute
        review = (new_id(), LEARNER, card, self.number, 739_000, 4, "recall", 9000, 3, False, "an answer", "[0, 1]")
        begun = time.perf_counter()
        execute("BEGIN IMMEDIATE")
        execute(ADD_REVIEW, review)
        execute(PUT_STATE, (2, 6, 739_006, LEARNER, card))
        execute("COMMIT")
        return time.perf_counter() - begun


def commit(quick: bool) -> list[Figure]:
    """One answer, from the call to its being on disk."""
    with tempfile.TemporaryDirectory(prefix="studyapp-bench-") as name:
        folder = Path(name)
        with filled_store(folder, 1000):
            pass
        shutil.copy(folder / "1000.sqlite", folder / "bare.sqlite")
        store = open_local(folder / "1000.sqlite", folder, lambda: MORNING, lambda text: None)
        recall, bare = Recall(store, Clock(), new_id, Settings(), LEARNER), BareAnswers(folder / "bare.sqlite")
        numbers = iter(range(1, 1_000_000))

        def answer() -> float:
            card = card_id(next(numbers) % 1000)
            begun = time.perf_counter()
            recall.grade(card, 4, confidence=3, answer="an answer", key_points=(0, 1), elapsed_ms=9000)
            return time.perf_counter() - begun

        interleaved(20, answer, bare)  # to warm up
        ours, floor = interleaved(50 if quick else 1000, answer, bare)
        bare.connection.close()
        store.close()
    words = "sqlite3, WAL, FULL"
    return [
        compared("answer on disk", ours, floor, words, target=1.5),
        compared("answer on disk", ours, floor, words, percent=95),
        compared("answer on disk", ours, floor, words, percent=99),
    ]


def plan(quick: bool) -> list[Figure]:
    """What Today and `due` compute, over few and many cards; the floor counts the due cards and no more."""
    rows: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="studyapp-bench-") as name:
        for cards in (100, 1000) if quick else (100, 1000, 10_000):
            with filled_store(Path(name), cards) as store:
                recall = Recall(store, lambda: MORNING, new_id, Settings(), LEARNER)
                bare = sqlite3.connect(Path(name) / f"{cards}.sqlite")
                day = MORNING.date().toordinal()
                count = _timed(lambda: bare.execute(COUNT_DUE, (LEARNER, day)).fetchall())  # noqa: B023
                planned, counted, floor = interleaved(
                    10 if quick else 100, _timed(recall.today), _timed(recall.forecast), count
                )
                bare.close()
            rows.append(compared(f"plan of the day, {cards} cards", planned, floor, "count(*)"))
            rows.append(compared(f"due counts of a week, {cards} cards", counted, floor, "count(*)"))
    return rows


def _timed(job: Callable[[], object]) -> Callable[[], float]:
    def measure() -> float:
        begun = time.perf_counter()
        job()
        return time.perf_counter() - begun

    return measure
