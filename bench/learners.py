"""A group on one PostgreSQL server: a thousand learners grading at once, a minute or two.

Each learner is a session of its own, as a program of theirs would hold it: one connection, open all the time. They
grade in two ways: all at once, as fast as the server takes it (the worst that can happen), and at the pace of people
who think between answers. Afterwards every answer must be there, once, and every schedule must be what its log says.
The server is a real one, durable, in a temporary folder; its processes share this machine with those of the learners.
The floor writes the same two rows with bare psycopg: as many connections at once, then one alone.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import chain
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from threading import Thread
from time import perf_counter, sleep
from unittest.mock import patch

from bench.figures import Figure, compared
from db.store import SqlStore, open_url
from studyapp.clock import make_clock, new_id
from studyapp.core.schedule import replay
from studyapp.curriculum.shelf import read_shelf
from studyapp.paths import find_paths, lab_names
from studyapp.services.cohort import gather
from studyapp.services.library import Loaded
from studyapp.services.recall import Recall
from studyapp.settings import Settings

SPARE_CONNECTIONS = 20
HISTORY = 5
"""Answers to each card of each learner when the tutor's table is timed."""
BARE = (
    "CREATE TABLE bare_reviews (LIKE reviews INCLUDING ALL); CREATE TABLE bare_schedule (LIKE schedule INCLUDING ALL)"
)
ADD = (
    "INSERT INTO bare_reviews VALUES (%s, %s, %s, extract(epoch FROM now())::bigint * 1000000, 739000, 4, 'recall',"
    " 9000, 3, false, '', '[]')"
)
PUT = "UPDATE bare_schedule SET due = 739006, last_grade = 4 WHERE learner = %s AND card_id = %s"


@dataclass(frozen=True, slots=True)
class Group:
    """Who grades how often."""

    learners: int = 1000
    answers: int = 5
    """Of each, all at once."""
    paced: int = 3
    """Of each, with pauses."""
    pause: float = 10.0
    """Seconds, on average."""
    processes: int = 4
    """That share the learners."""


QUICK = Group(learners=3, answers=2, paced=2, pause=0.05, processes=2)


@dataclass
class Seconds:
    """What one process saw: how long each answer took, and what went wrong."""

    at_once: list[float] = field(default_factory=list)
    paced: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def measure(quick: bool) -> list[Figure]:
    """Nothing but a sentence where there is no PostgreSQL.

    Raises:
        RuntimeError: an answer failed, is lost or stands twice, or a schedule is not what its log says.
    """
    try:
        from tests.postgres import program, started
    except ImportError:
        told("no psycopg here: the group of learners is left out")
        return []
    if program("initdb") is None:
        told("no PostgreSQL server is installed here: the group of learners is left out")
        return []
    group = QUICK if quick else Group()
    with (
        tempfile.TemporaryDirectory(prefix="studyapp-bench-") as home,
        patch.dict(os.environ, STUDYAPP_HOME=home),
        started(f"max_connections={group.learners + SPARE_CONNECTIONS}") as server,
    ):
        return _measured(server.database(), server.sql, group)


def _measured(url: str, sql: Callable[[str, str], list[tuple[int, ...]]], group: Group) -> list[Figure]:
    names = [f"learner {number:04}" for number in range(group.learners)]
    loaded = read_shelf(find_paths().content, lab_names())
    open_url(url, names[0], Path("bench")).close()
    sql(BARE, url)
    found = _graded(url, names, loaded, group)
    at_once, paced, bare, errors = (
        list(chain(*(getattr(seen, name) for seen in found))) for name in ("at_once", "paced", "bare", "errors")
    )
    told("every log against its schedule")
    store = open_url(url, "", Path("bench"))
    errors += wrong(store, names, group.learners * (group.answers + group.paced))
    if errors:
        raise RuntimeError(f"{len(errors)} things went wrong, first: {errors[0]}")
    alone = _Bare(url, names[0])
    lone = [alone.write(str(number)) for number in range(len(paced))]
    alone.close()
    told("the tutor's table")
    table, least = time_cohort(sql, url, store)
    store.close()
    many, words = f"{group.learners:,} learners", "bare psycopg"
    return [
        compared(f"answer, {many} at once", at_once, bare, f"{words}, as many at once", target=5),
        compared(f"answer, {many} at once", at_once, bare, f"{words}, as many at once", percent=99),
        compared(f"answer, {many} at their pace", paced, lone, f"{words}, one alone", most=100),
        compared(f"answer, {many} at their pace", paced, lone, f"{words}, one alone", percent=99),
        compared(f"the tutor's table, {many}", [table], [least], "one GROUP BY over the log"),
    ]


def told(text: str) -> None:
    print(f"{text} …", file=sys.stderr, flush=True)


def _graded(url: str, names: Sequence[str], loaded: Loaded, group: Group) -> list[Seconds]:
    shares = [names[number :: group.processes] for number in range(group.processes)]
    results: Queue[Seconds]
    barrier, results = multiprocessing.Barrier(group.processes), multiprocessing.Queue()
    told("learners start, each for the first time")
    workers = [
        multiprocessing.Process(target=work, args=(url, share, loaded, group, barrier, results)) for share in shares
    ]
    for worker in workers:
        worker.start()
    found = [results.get() for _ in workers]
    for worker in workers:
        worker.join()
    return found


def work(
    url: str, names: Sequence[str], loaded: Loaded, group: Group, barrier: Barrier, results: Queue[Seconds]
) -> None:
    """A share of the learners, each in a thread with a connection."""
    seen = Seconds()
    learners = [enrolled(url, name, loaded) for name in names]
    cards = [placed.card.id for module in loaded.modules for placed in module.cards if not placed.card.draft]

    def grade(recall: Recall, times: list[float], count: int, pause: float) -> None:
        dice = random.Random(recall.learner + str(pause))
        for card_id in dice.sample(cards, count):
            sleep(dice.uniform(0, 2 * pause))
            begun = perf_counter()
            try:
                recall.grade(card_id, dice.randrange(6), confidence=dice.randint(1, 4), elapsed_ms=9000)
            except Exception as error:
                seen.errors.append(f"{recall.learner}: {type(error).__name__}: {error}")
            times.append(perf_counter() - begun)

    for times, count, pause in ((seen.at_once, group.answers, 0.0), (seen.paced, group.paced, group.pause)):
        together([partial(grade, recall, times, count, pause) for recall in learners], barrier)
    for recall in learners:
        recall.store.close()
    barrier.wait()  # their connections are free
    bare = [_Bare(url, name) for name in names]
    together([partial(one.times, seen.bare, cards[: group.answers]) for one in bare], barrier)
    for one in bare:
        one.close()
    results.put(seen)


def together(jobs: Sequence[Callable[[], None]], barrier: Barrier) -> None:
    """Every job in a thread of its own, at the same moment in all processes."""
    threads = [Thread(target=job) for job in jobs]
    barrier.wait()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    barrier.wait()


class _Bare:
    """One learner's connection without this program."""

    def __init__(self, url: str, learner: str) -> None:
        import psycopg

        self._connection, self._learner, self._number = psycopg.connect(url), learner, 0

    def write(self, card_id: str) -> float:
        self._number += 1
        record_id = f"{self._learner} {card_id} {os.getpid()} {self._number}"
        begun = perf_counter()
        self._connection.execute(ADD, (record_id, self._learner, card_id))
        self._connection.execute(PUT, (self._learner, card_id))
        self._connection.commit()
        return perf_counter() - begun

    def times(self, seconds: list[float], cards: Sequence[str]) -> None:
        seconds += [self.write(card_id) for card_id in cards]

    def close(self) -> None:
        self._connection.close()


def enrolled(url: str, name: str, loaded: Loaded) -> Recall:
    """A learner after the first start; the files are read once for all, which is what takes a program a second."""
    store = open_url(url, name, Path("bench"))
    with store.transaction() as tx:
        tx.put_content(loaded.modules, loaded.broken)
        tx.enrol(name)
    return Recall(store, make_clock(), new_id, Settings(), name)


def wrong(store: SqlStore, names: Sequence[str], expected: int) -> list[str]:
    """What the log lacks or holds twice, and schedules that are not what it says."""
    found, ids = [], set[str]()
    for name in names:
        reviews = store.latest_reviews(name, 10_000)
        ids |= {review.id for review in reviews}
        for card_id in {review.card_id for review in reviews}:
            own = [review for review in reviews if review.card_id == card_id]
            if store.state(name, card_id) != replay(card_id, own, (), Settings().schedule):
                found.append(f"{name}: the schedule of {card_id} is not what the log says")
    if len(ids) != expected:
        found.append(f"{len(ids)} answers are there, {expected} were given")
    return found


def time_cohort(sql: Callable[[str, str], list[tuple[int, ...]]], url: str, store: SqlStore) -> tuple[float, float]:
    """Seconds for the tutor's table, when everybody has answered every card a few times; and those of the floor."""
    today = date.today()
    sql(
        "INSERT INTO reviews SELECT lpad(to_hex(n), 8, '0') || substr(md5(s.learner || s.card_id), 9), s.learner,"
        f" s.card_id, extract(epoch FROM now())::bigint * 1000000 - n * 86400000000 * 6, {today.toordinal()} - n * 6,"
        " abs(hashtext(s.learner || s.card_id || n)) % 6, 'recall', 9000, NULL, false, '', '[]'"
        f" FROM schedule s, generate_series(1, {HISTORY}) AS n; ANALYZE",
        url,
    )
    begun = perf_counter()
    with store.group() as group:
        gather(group, today)
    taken = perf_counter() - begun
    begun = perf_counter()
    sql("SELECT learner, card_id, count(*), avg(grade) FROM reviews GROUP BY learner, card_id", url)
    return taken, perf_counter() - begun
