"""What the learner waits for does not grow with the collection, and nothing grows faster than it: counted in steps of
SQLite's machine, not in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from bench.collection import LEARNER, TODAY, copy_of
from bench.growth import Clock
from bench.texts import RARE
from db.store import SqlStore
from studyapp import settings
from studyapp.clock import new_id
from studyapp.exchange.jsonl import lines
from studyapp.services.browse import search
from studyapp.services.recall import Recall, replay_all
from studyapp.services.statistics import gather
from studyapp.settings import Settings

SMALL, LARGE = 200, 6_000
LINEAR = 1.1
"""Times the ratio of the sizes."""
AT_MOST = 1.5
"""Far below the thirtyfold that a look through the collection would cost; an index may be one level deeper."""
DUE = 10
"""Cards that stay due in both, so that the same day is planned."""
EVERY = 10
"""Steps between two counts."""


class Counted:
    """A learner's recall on a collection, with a counter on every connection; of the due cards a few are left."""

    def __init__(self, store: SqlStore, kept: int = DUE) -> None:
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
                {"today": TODAY.toordinal(), "kept": kept},
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


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Counted, Counted]]:
    """With all that is due: as much more as there are cards."""
    with ExitStack() as stack:
        folder: Path = tmp_path_factory.mktemp("whole")
        stores = (stack.enter_context(copy_of(cards, folder)) for cards in (SMALL, LARGE))
        yield tuple(Counted(store, LARGE) for store in stores)  # type: ignore[misc]


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


def exported(recall: Recall) -> None:
    with recall.store.whole_log(LEARNER) as log:
        assert sum(1 for _ in lines(log)) > 10 * SMALL


def replayed(recall: Recall) -> None:
    with recall.store.transaction() as tx:
        replay_all(tx, LEARNER, Settings())


def first_statistics(recall: Recall) -> None:
    with recall.store.transaction() as tx:
        statements: Any = tx
        statements.driver.execute("DELETE FROM digests")
    gather(recall, recall.store.modules())


OVER_ALL: dict[str, Callable[[Recall], object]] = {
    "a search for a word": lambda recall: search(recall, RARE),
    "a search for what is due": lambda recall: search(recall, "state:due"),
    "planning of all that is due": lambda recall: recall.today(),
    "the first look at the statistics": first_statistics,
    "the statistics": lambda recall: gather(recall, recall.store.modules()),
    "an export": exported,
    "a replay of the log": replayed,
}


@pytest.mark.parametrize("job", OVER_ALL.values(), ids=OVER_ALL)
def test_it_takes_at_most_thirty_times_the_steps_on_thirty_times_the_cards(
    whole: tuple[Counted, Counted], job: Callable[[Recall], object]
) -> None:
    few, many = (one.steps(job) for one in whole)
    assert LARGE / SMALL / 5 * few < many < LINEAR * LARGE / SMALL * few


def test_the_counter_sees_what_grows_faster(whole: tuple[Counted, Counted]) -> None:
    def each_with_each(recall: Recall) -> None:
        with recall.store.transaction() as tx:
            statements: Any = tx
            statements.driver.execute(
                "SELECT count(*) FROM schedule a JOIN schedule b ON a.ease + 1 < b.ease WHERE a.rowid % 25 = 0"
            ).fetchall()

    few, many = (one.steps(each_with_each) for one in whole)
    assert many > 10 * LINEAR * LARGE / SMALL * few
