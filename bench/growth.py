"""What the collection costs as it grows: 1,000, 10,000 and 100,000 cards with ten reviews each, beside Anki's engine.

Both sides hold the same cards and the same reviews and do the same job; each takes its turn in the same run.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench import anki
from bench.anki import Peer
from bench.collection import DATABASE, LEARNER, MORNING, collection, copy_of
from bench.figures import NO_PEER, Figure, compared
from bench.texts import RARE
from db.store import SqlStore
from studyapp import settings
from studyapp.clock import new_id
from studyapp.services.browse import search
from studyapp.services.recall import Recall
from studyapp.services.statistics import gather
from studyapp.settings import Settings

SIZES, QUICK_SIZES = (1_000, 10_000, 100_000), (100, 300)
FILE, KEY = "database on disk", "key: grade, next card"
FLAT, LINEAR = 0.15, 1.1
"""Exponents of a cost that does not grow, and of one that grows as the collection does, with room for noise."""
FILE_MB = 80
ROUNDS = 5
"""Turns that each side takes."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job on both sides."""

    name: str
    peer: str
    """Its name, here and in `bench.peer`."""
    times: int
    """Runs a turn, at most."""
    why: str
    """What its cost follows."""
    target: float | None = 1.0
    """Greatest ratio to the engine's; None where it has nothing like it."""
    most: float | None = None
    """Milliseconds, at any size."""
    grows: float = LINEAR
    """Greatest exponent of its curve."""
    own: str = ""
    """Its name here, where that is another."""


JOBS = (
    Job(
        "next card", "next", 20, "one card by its key, and its six next dates; nothing is looked through", 2, 0.2, FLAT
    ),
    Job(
        "answer on disk",
        "answer",
        20,
        "four rows by their keys and one fsync; an index deepens with the logarithm",
        2,
        0.5,
        FLAT,
    ),
    Job("undo on disk", "undo", 20, "the last action by id, the log of one card, one fsync", 2, 0.5, FLAT),
    Job("queue of the day", "queue", 5, "the due cards alone (one in twenty): all are held against each other by risk"),
    Job("queue, 60 a day", "usual_queue", 5, "each due card's risk, from the index; 60 are planned", None, grows=FLAT),
    Job("counts of the week", "counts", 5, "the cards that fall due in that week", most=5),
    Job("search a word", "search", 3, "one look through the words of all cards; what is found is looked up", most=2),
    Job("search what is due", "due", 3, "the due cards, put in order", most=3),
    Job("statistics of all days", "statistics", 2, "sums kept up to the last look; then the cards, once", most=50),
    Job("statistics, first look", "statistics", 1, "every review once", most=344, own="first_statistics"),
)
OWN_WHY = {
    "start to first card": "the process and the screen; then the queue of the day",
    KEY: "an answer and a repaint",
    "replay of the whole log": "every review once",
    "export of the log": "every record once, in the order of the ids",
    "import of the log": "every record once; then the cards that it concerns are replayed",
    "merge": "as the import",
    FILE: "every review, its id and its place in three indexes",
}


class Clock:
    """Moves on one second a look."""

    def __init__(self) -> None:
        self.seconds = 0

    def __call__(self) -> Any:
        self.seconds += 1
        return MORNING.fromtimestamp(MORNING.timestamp() + self.seconds, MORNING.tzinfo)


class Ours:
    """The same jobs through the program's own services. Every job returns its seconds."""

    def __init__(self, store: SqlStore) -> None:
        own = settings.load(store.settings(LEARNER))
        self.recall = Recall(store, Clock(), new_id, own, LEARNER)
        usual = replace(own, due_per_day=Settings().due_per_day)
        self.usual = Recall(store, Clock(), new_id, usual, LEARNER)
        self.order = self.recall.today().order
        self.at = 0

    def timed(self, job: Callable[[], object]) -> float:
        begun = time.perf_counter()
        job()
        return time.perf_counter() - begun

    def _turn(self) -> str:
        self.at += 1
        return self.order[self.at % len(self.order)]

    def next(self) -> float:
        """The card with its texts, where it stands, and the next date for each grade."""
        card_id = self._turn()

        def job() -> None:
            self.recall.card(card_id)
            self.recall.preview(card_id)

        return self.timed(job)

    def answer(self) -> float:
        """Good, and durable; then taken back, that the card is due again."""
        seconds = self._answer()
        self.recall.undo()
        return seconds

    def _answer(self) -> float:
        card_id = self._turn()
        return self.timed(lambda: self.recall.grade(card_id, 4, confidence=3, key_points=(0, 1), elapsed_ms=9000))

    def undo(self) -> float:
        self._answer()
        return self.timed(self.recall.undo)

    def queue(self) -> float:
        return self._queue(self.recall)

    def usual_queue(self) -> float:
        return self._queue(self.usual)

    def _queue(self, recall: Recall) -> float:
        """Planned anew after a change of a card."""
        recall.suspend(self._turn())
        seconds = self.timed(recall.today)
        recall.undo()
        return seconds

    def counts(self) -> float:
        recall = self.recall
        return self.timed(lambda: (recall.store.due_total(LEARNER, recall.day), recall.forecast()))

    def search(self) -> float:
        return self.timed(lambda: search(self.recall, RARE))

    def due(self) -> float:
        return self.timed(lambda: search(self.recall, "state:due"))

    def statistics(self) -> float:
        return self.timed(lambda: gather(self.recall, self.recall.store.modules()))

    def first_statistics(self) -> float:
        """As after an import or a change of the content: no sums are kept."""
        with self.recall.store.transaction() as tx:
            statements: Any = tx
            statements.driver.execute("DELETE FROM digests")
        return self.statistics()


def growth(quick: bool) -> list[Figure]:
    """Every job at every size, beside the peer, and what each side's file takes."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="studyapp-bench-") as name:
        for cards in QUICK_SIZES if quick else SIZES:
            with copy_of(cards, Path(name)) as store, anki.peer(cards) as peer:
                ours = Ours(store)
                figures += [_job(job, ours, peer, cards, quick) for job in JOBS]
                size = (collection(cards) / DATABASE).stat().st_size / 1e6
                theirs = peer.value("size") if peer else None
                against = anki.NAME if peer else NO_PEER
                figures.append(Figure(FILE, "MB", size, theirs, against, 1.0, FILE_MB, samples=1, cards=cards))
    order = [*(job.name for job in JOBS), FILE]
    return sorted(figures, key=lambda figure: order.index(figure.name))


def _job(job: Job, ours: Ours, peer: Peer | None, cards: int, quick: bool) -> Figure:
    own: Callable[[], float] = getattr(ours, job.own or job.peer)
    times, rounds = (1, 2) if quick else (job.times, ROUNDS)
    own()
    alone = job.target is None
    peer = None if alone else peer
    if peer:
        peer.times(job.peer, 1)  # both are warm
    mine, theirs = list[float](), list[float]()
    for _ in range(rounds):
        mine += [own() for _ in range(times)]
        theirs += peer.times(job.peer, times) if peer else []
    against = anki.NAME if peer else "" if alone else NO_PEER
    return compared(job.name, mine, theirs, against, target=job.target if peer else None, most=job.most, cards=cards)


# -- the curve


@dataclass(frozen=True, slots=True)
class Curve:
    """How a figure grows with the number of cards."""

    name: str
    values: Mapping[int, float]
    exponent: float
    """Of the power of N that fits best: 0 does not grow, 1 grows as the collection does."""
    floor_exponent: float | None
    why: str
    most: float = LINEAR
    """Greatest exponent."""

    @property
    def verdict(self) -> str:
        return "over" if self.exponent > self.most else "ok"


def curves(figures: Sequence[Figure]) -> Iterator[Curve]:
    """A curve for every figure that was taken at two sizes or more."""
    why = {job.name: job.why for job in JOBS} | OWN_WHY
    most = {job.name: job.grows for job in JOBS} | {KEY: FLAT}
    for name in dict.fromkeys(figure.name for figure in figures if figure.cards and figure.name in why):
        same = [figure for figure in figures if figure.name == name and not figure.unit.startswith("p")]
        points = [figure for figure in same if figure.cards and figure.value > 0]
        values = {figure.cards or 0: figure.value for figure in points}
        floors = {figure.cards or 0: figure.floor for figure in points if figure.floor}
        if len(values) > 1:
            slope = exponent(floors) if len(floors) > 1 else None
            yield Curve(name, values, exponent(values), slope, why[name], most.get(name, LINEAR))


def exponent(values: Mapping[int, float]) -> float:
    """The slope of the line through log(value) over log(size), by least squares."""
    points = [(math.log(size), math.log(value)) for size, value in values.items()]
    x0, y0 = (sum(axis) / len(points) for axis in zip(*points, strict=True))
    slope: float = sum((x - x0) * (y - y0) for x, y in points) / sum((x - x0) ** 2 for x, _ in points)
    return slope


def curve_table(figures: Sequence[Figure]) -> str:
    found = list(curves(figures))
    if not found:
        return ""
    width = max(len(curve.name) for curve in found)
    lines = ["as the collection grows: cost ~ cards ^ exponent (the floor's or peer's in brackets), at most, verdict"]
    for curve in found:
        theirs = "" if curve.floor_exponent is None else f"({curve.floor_exponent:.2f})"
        held = f"{curve.most:4.2f} {curve.verdict:<4}"
        lines.append(f"{curve.name:<{width}}  {curve.exponent:5.2f} {theirs:<7} {held}  {curve.why}")
    return "\n".join(lines)
