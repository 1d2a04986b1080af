"""The store: an answer's way to the disk."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from bench.collection import DATABASE, LEARNER, card_id, collection, copy_of
from bench.figures import Figure, compared, interleaved
from bench.growth import Clock
from db import rows
from studyapp.clock import new_id
from studyapp.services.recall import Answered, Recall
from studyapp.settings import Settings


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
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="studyapp-bench-")))
        shutil.copy(collection(1000) / DATABASE, folder / "bare.sqlite")
        store = stack.enter_context(copy_of(1000, folder))
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
    words = "sqlite3, WAL, FULL"
    return [
        compared("answer on disk", ours, floor, words, target=1.5, most=0.5),
        compared("answer on disk", ours, floor, words, percent=95),
        compared("answer on disk", ours, floor, words, percent=99, most=4),
    ]
