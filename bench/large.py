"""The program in a terminal on 100,000 cards with a million reviews: its start, its keys, its memory."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import anki
from bench.collection import DATABASE, MORNING, collection
from bench.figures import NO_PEER, Figure, compared, interleaved
from bench.home import PROGRAM, without_own
from bench.memory import resident_mb
from bench.screen import FLOOR, HELLO, Reviewing, painted, timed
from tests.e2e.terminal import Terminal

SIZES, QUICK_SIZES = (1_000, 10_000, 100_000), (100, 300)
MEMORY_MB = 90
"""Beside 152 of Anki's engine without its windows."""


@contextmanager
def home_of(cards: int) -> Iterator[dict[str, str]]:
    """The environment of a learner with a copy of the collection, on the day for which it was made."""
    with tempfile.TemporaryDirectory(prefix="studyapp-bench-") as folder:
        shutil.copy(collection(cards) / DATABASE, Path(folder) / DATABASE)
        own = {"STUDYAPP_HOME": folder, "STUDYAPP_CONTENT": str(collection(cards) / "content")}
        yield without_own() | own | {"STUDYAPP_NOW": MORNING.isoformat(), "TZ": "UTC"}


def measure(quick: bool) -> list[Figure]:
    return [figure for cards in (QUICK_SIZES if quick else SIZES) for figure in _at(cards, quick)]


def _at(cards: int, quick: bool) -> list[Figure]:
    with home_of(cards) as env:
        hello, today, card = interleaved(
            2 if quick else 8,
            lambda: painted(env, "Count: 0", *HELLO),
            lambda: painted(env, "Start today's recall", PROGRAM),
            lambda: painted(env, "Say it aloud", PROGRAM, "review"),
        )
        with Terminal(HELLO, env=env) as bare, Terminal([PROGRAM, "review"], env=env) as terminal:
            bare.wait("Count: 0")
            reviewing, counted = Reviewing(terminal), iter(range(1, 10_000))
            keys = interleaved(
                3 if quick else 40,
                lambda: timed(bare, "space", f"Count: {next(counted)}"),
                reviewing.reveal,
                reviewing.grade,
            )
            least, memory = resident_mb(bare.process.pid), resident_mb(terminal.process.pid)
            for each in (bare, terminal):
                each.press("ctrl+q")
                each.wait_for_end()
    rows = [
        compared("start to Today", today, hello, FLOOR, target=1.5, cards=cards),
        compared("start to first card", card, hello, FLOOR, target=1.5, most=250, cards=cards),
        compared("key: reveal", keys[1], keys[0], FLOOR, target=2, cards=cards),
        compared("key: grade, next card", keys[2], keys[0], FLOOR, target=2, most=8, cards=cards),
        compared("key: grade, next card", keys[2], keys[0], FLOOR, percent=95, most=16, cards=cards),
        Figure("memory, studying", "MB", memory, least, FLOOR, most=MEMORY_MB, samples=1, cards=cards),
    ]
    with anki.peer(cards) as peer:
        if peer:
            peer.times("next", 5), peer.times("answer", 5)
        theirs, against = (peer.value("memory"), anki.NAME) if peer else (None, NO_PEER)
    return [*rows, Figure("memory, studying", "MB", memory, theirs, against, 1.0, samples=1, cards=cards)]
