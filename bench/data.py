"""The store: an answer's way to the disk, and planning the day over many cards."""

from __future__ import annotations

import json
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
from db import rows
from db.store import SqlStore, open_local
from studyapp.clock import new_id
from studyapp.core.course import Card, CardKind, Difficulty
from studyapp.core.schedule import CardState
from studyapp.core.sm2 import Memory
from studyapp.services.ports import ModuleContent, ModuleListing, PlacedCard
from studyapp.services.recall import Answered, Recall
from studyapp.settings import Settings

LEARNER = "me"
MORNING = datetime(2026, 11, 23, 9, tzinfo=UTC)
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

    def write(self, answered: Answered) -> float:
        """Seconds for the rows of one answer."""
        review = rows.review_values(answered.review)
        review["key_points"] = json.dumps(review["key_points"])
        state = rows.state_values(answered.after)
        add = f"INSERT INTO reviews ({', '.join(review)}) VALUES ({', '.join(f':{name}' for name in review)})"
        changes = ", ".join(f"{name} = :{name}" for name in state)
        put = f"UPDATE schedule SET {changes} WHERE learner = :l AND card_id = :c"
        state |= {"l": answered.review.learner, "c": answered.review.card_id}
        execute = self.connection.execute
        begun = time.perf_counter()
        execute("BEGIN IMMEDIATE")
        execute(add, review)
        execute(put, state)
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
        last: list[Answered] = []

        def answer() -> float:
            card = card_id(next(numbers) % 1000)
            begun = time.perf_counter()
            last[:] = [recall.grade(card, 4, confidence=3, answer="an answer", key_points=(0, 1), elapsed_ms=9000)]
            return time.perf_counter() - begun

        def floor_of_answer() -> float:
            return bare.write(last[0])

        interleaved(20, answer, floor_of_answer)  # to warm up
        ours, floor = interleaved(50 if quick else 1000, answer, floor_of_answer)
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
    figures: list[Figure] = []
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
            figures.append(compared(f"plan of the day, {cards} cards", planned, floor, "count(*)"))
            figures.append(compared(f"due counts of a week, {cards} cards", counted, floor, "count(*)"))
    return figures


def _timed(job: Callable[[], object]) -> Callable[[], float]:
    def measure() -> float:
        begun = time.perf_counter()
        job()
        return time.perf_counter() - begun

    return measure
