"""What the learner waits for does not grow with the collection: counted in steps of SQLite's machine, not in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from bench.collection import LEARNER, TODAY, copy_of
from bench.growth import Clock
from db.store import SqlStore
from studyapp import settings
from studyapp.clock import new_id
from studyapp.services.recall import Recall

SMALL, LARGE = 200, 6_000
AT_MOST = 1.5
"""Far below the thirtyfold that a look through the collection would cost; an index may be one level deeper."""
DUE = 10
"""Cards that stay due in both, so that the same day is planned."""
EVERY = 10
"""Steps between two counts."""


class Counted:
    """A learner's recall on a collection, with a counter on every connection."""

    def __init__(self, store: SqlStore) -> None:
        own = settings.load(store.settings(LEARNER))
        self.recall = Recall(store, Clock(), new_id, own, LEARNER)
        self.counted = 0
        store.warm_up()
        writer: Any = store._writer
        reader: Any = store._reader
        with store.transaction() as tx:
            tx.driver.execute(
                "UPDATE schedule SET due = due + 100 WHERE due <= :today AND card_id NOT IN"
                " (SELECT card_id FROM schedule WHERE due <= :today ORDER BY card_id LIMIT :kept)",
                {"today": TODAY.toordinal(), "kept": DUE},
            )
        for connection in (reader._connection, writer._connection.connection.driver_connection):
            connection.set_progress_handler(self._count, EVERY)

    def _count(self) -> int:
        self.counted += EVERY
        return 0

    def steps(self, job: Callable[[Recall], object]) -> int:
        self.counted = 0
        job(self.recall)
        return self.counted


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Counted, Counted]]:
    with ExitStack() as stack:
        folder: Path = tmp_path_factory.mktemp("growth")
        yield tuple(Counted(stack.enter_context(copy_of(cards, folder))) for cards in (SMALL, LARGE))  # type: ignore[misc]


def first(recall: Recall) -> str:
    return recall.today().order[0]


def answered_and_undone(recall: Recall) -> None:
    recall.grade(first(recall), 4)
    recall.undo()
    recall.redo()


JOBS: dict[str, Callable[[Recall], object]] = {
    "the queue and the counts of today": lambda recall: recall.today(),
    "the next card": lambda recall: (recall.card(first(recall)), recall.state(first(recall))),
    "its next dates": lambda recall: recall.preview(first(recall)),
    "an answer, an undo and a redo": answered_and_undone,
    "minutes at the learner's pace": lambda recall: recall.minutes(9, 9),
    "shaky cards": lambda recall: recall.shaky(),
    "suspend and resume": lambda recall: (recall.suspend(first(recall)), recall.undo()),
    "a draft": lambda recall: recall.save_draft(first(recall), "text"),
}


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_it_takes_the_same_steps_on_thirty_times_the_cards(
    both: tuple[Counted, Counted], job: Callable[[Recall], object]
) -> None:
    small, large = both
    assert len(small.recall.today().order) == len(large.recall.today().order) > DUE
    few, many = small.steps(job), large.steps(job)
    assert 0 < many < AT_MOST * few + 200


def test_the_counter_sees_a_look_through_the_collection(both: tuple[Counted, Counted]) -> None:
    small, large = both
    few, many = (one.steps(lambda recall: recall.store.search(LEARNER, (), TODAY)) for one in (small, large))
    assert many > 20 * few
