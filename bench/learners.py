"""A group on one PostgreSQL server: `python -m bench.learners`, a minute or two for a thousand learners.

Each learner is a session of its own, as a program of theirs would hold it: one connection, open all the time. They
grade in two ways: all at once, as fast as the server takes it (the worst that can happen), and at the pace of people
who think between answers. Afterwards every answer must be there, once, and every schedule must be what its log says.
The server is a real one, durable, in a temporary folder; its processes share this machine with those of the learners.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from statistics import quantiles
from threading import Thread
from time import perf_counter, sleep
from typing import Any

from db.store import SqlStore, open_url
from studyapp.clock import make_clock, new_id
from studyapp.core.schedule import replay
from studyapp.curriculum.shelf import read_shelf
from studyapp.paths import find_paths, lab_names
from studyapp.services.cohort import gather
from studyapp.services.library import Loaded
from studyapp.services.recall import Recall
from studyapp.settings import Settings
from tests.postgres import Postgres, started

SPARE_CONNECTIONS = 20
PAUSE_SECONDS = 10.0
HISTORY = 5
"""Answers to each card of each learner when the tutor's table is timed."""


@dataclass
class Seconds:
    """What one process saw: how long each answer took, and what went wrong."""

    at_once: list[float] = field(default_factory=list)
    whole: float = 0.0
    paced: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.learners", description="Many learners on one server.")
    parser.add_argument("--learners", type=int, default=1000, metavar="N")
    parser.add_argument("--answers", type=int, default=5, metavar="N", help="of each learner, all at once")
    parser.add_argument("--paced", type=int, default=3, metavar="N", help="of each learner, with pauses")
    parser.add_argument("--processes", type=int, default=4, metavar="N", help="that share the learners")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the figures as JSON")
    options = parser.parse_args()
    os.environ["STUDYAPP_HOME"] = tempfile.mkdtemp(prefix="studyapp-bench-")
    with started(f"max_connections={options.learners + SPARE_CONNECTIONS}") as server:
        figures = measure(server, options)
    print(json.dumps(figures, indent=1))
    if options.out:
        options.out.write_text(json.dumps(figures, indent=1) + "\n")
    return 1 if figures["errors"] or figures["wrong"] else 0


def measure(server: Postgres, options: argparse.Namespace) -> dict[str, Any]:
    url = server.database()
    names = [f"learner {number:04}" for number in range(options.learners)]
    loaded = read_shelf(find_paths().content, lab_names())
    open_url(url, names[0], Path("bench")).close()
    shares = [names[number :: options.processes] for number in range(options.processes)]
    results: Queue[Seconds]
    barrier, results = multiprocessing.Barrier(options.processes), multiprocessing.Queue()
    told("learners start, each for the first time")
    workers = [
        multiprocessing.Process(target=work, args=(url, share, loaded, options, barrier, results)) for share in shares
    ]
    for worker in workers:
        worker.start()
    found = [results.get() for _ in workers]
    for worker in workers:
        worker.join()
    told("every log against its schedule")
    store = open_url(url, "", Path("bench"))
    expected = options.learners * (options.answers + options.paced)
    at_once, paced = sorted(chain(*(s.at_once for s in found))), sorted(chain(*(s.paced for s in found)))
    whole = max(seconds.whole for seconds in found)
    figures: dict[str, Any] = {
        "learners": options.learners,
        "connections": options.learners,
        "all at once": {
            "answers": len(at_once),
            "seconds": round(whole, 2),
            "answers a second": round(len(at_once) / whole),
            **milliseconds(at_once),
        },
        "at people's pace": {"answers": len(paced), **milliseconds(paced)},
        "errors": list(chain(*(seconds.errors for seconds in found))),
        "wrong": wrong(store, names, expected),
    }
    told("the tutor's table")
    figures["cohort"] = time_cohort(server, url, store)
    store.close()
    return figures


def told(text: str) -> None:
    print(f"{text} …", file=sys.stderr, flush=True)


def milliseconds(seconds: Sequence[float]) -> dict[str, float]:
    if len(seconds) < 2:
        return {}
    cuts = quantiles(seconds, n=100)
    values = {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98], "slowest": max(seconds)}
    return {f"{name} ms": round(1000 * value, 1) for name, value in values.items()}


def work(
    url: str,
    names: Sequence[str],
    loaded: Loaded,
    options: argparse.Namespace,
    barrier: Barrier,
    results: Queue[Seconds],
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

    for times, count, pause in ((seen.at_once, options.answers, 0.0), (seen.paced, options.paced, PAUSE_SECONDS)):
        threads = [Thread(target=grade, args=(recall, times, count, pause)) for recall in learners]
        barrier.wait()
        begun = perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        barrier.wait()
        seen.whole = seen.whole or perf_counter() - begun
    for recall in learners:
        recall.store.close()
    results.put(seen)


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


def time_cohort(server: Postgres, url: str, store: SqlStore) -> dict[str, Any]:
    """Seconds for the tutor's table, when everybody has answered every card a few times."""
    today = date.today()
    server.sql(
        "INSERT INTO reviews SELECT lpad(to_hex(n), 8, '0') || substr(md5(s.learner || s.card_id), 9), s.learner,"
        f" s.card_id, extract(epoch FROM now())::bigint * 1000000 - n * 86400000000 * 6, {today.toordinal()} - n * 6,"
        " abs(hashtext(s.learner || s.card_id || n)) % 6, 'recall', 9000, NULL, false, '', '[]'"
        f" FROM schedule s, generate_series(1, {HISTORY}) AS n; ANALYZE",
        url,
    )
    begun = perf_counter()
    with store.group() as group:
        cohort = gather(group, today)
    seconds = perf_counter() - begun
    reviews = server.sql("SELECT count(*) FROM reviews", url)[0][0]
    return {"learners": len(cohort.members), "reviews": reviews, "seconds": round(seconds, 2)}


if __name__ == "__main__":
    sys.exit(main())
