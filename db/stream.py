"""A learner's whole log, page by page: however long it is, little of it is in memory."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from typing import TypeVar

from db import rows
from db.reads import Execute
from db.rows import EVENT, REVIEW, Row
from studyapp.core.log import Event, Record, Review
from studyapp.errors import DataError

PAGE = 2000
Kind = TypeVar("Kind", bound=Record)


class LogStream:
    """What one database knows of one learner, as of one moment: `execute` must not see later writes."""

    def __init__(self, execute: Execute, learner: str, place: str) -> None:
        self.learner = learner
        self.place = place
        self._execute = execute
        self.reviews, self.events = self._count("reviews"), self._count("events")

    def _count(self, table: str) -> int:
        found = self._execute(f"SELECT count(*) FROM {table} WHERE learner = :learner", {"learner": self.learner})
        return int(found[0][0])

    def records(self) -> Iterator[Record]:
        """Reviews and events in the order of their ids.

        Raises:
            DataError: a row that this program cannot have written.
        """
        return heapq.merge(self.all_reviews(), self.all_events(), key=lambda record: record.id)

    def all_reviews(self) -> Iterator[Review]:
        """In the order of their ids."""
        return self._pages("reviews", REVIEW, rows.review)

    def all_events(self) -> Iterator[Event]:
        """In the order of their ids."""
        return self._pages("events", EVENT, rows.event)

    def _pages(self, table: str, columns: str, read: Callable[[Row], Kind]) -> Iterator[Kind]:
        # The || keeps SQLite off the index on (learner, day), after which it would sort the whole log for every page.
        sql = f"SELECT {columns} FROM {table} WHERE learner || '' = :learner AND id > :last ORDER BY id LIMIT {PAGE}"
        last = ""
        while page := self._execute(sql, {"learner": self.learner, "last": last}):
            for row in page:
                yield self._read(row, read)
            last = page[-1][0]

    def _read(self, row: Row, read: Callable[[Row], Kind]) -> Kind:
        try:
            return read(row)
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise DataError(
                f"{self.place}: the record {str(row[0])[:40]} cannot be understood ({error}). If a newer studyapp wrote"
                " it, update this one; else run studyapp doctor on it."
            ) from error

    def settings(self) -> dict[str, str]:
        """By name, in order of name."""
        return self._texts("name, value", "settings")

    def drafts(self) -> dict[str, str]:
        """Answers that are being typed, by the card or question that they belong to, in that order."""
        return self._texts("card_id, text", "drafts")

    def _texts(self, columns: str, table: str) -> dict[str, str]:
        found = self._execute(f"SELECT {columns} FROM {table} WHERE learner = :learner", {"learner": self.learner})
        return {str(name): str(text) for name, text in sorted(map(tuple, found))}


def learners(execute: Execute) -> list[str]:
    """Everyone whose answers or other facts a database holds."""
    found = execute("SELECT DISTINCT learner FROM reviews UNION SELECT DISTINCT learner FROM events", {})
    return sorted(str(row[0]) for row in found)
