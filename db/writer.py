"""Writing: SQLAlchemy Core statements, compiled once, inside one transaction each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from json import JSONEncoder
from typing import Any

from sqlalchemy import Connection, Engine, TextClause, bindparam, delete, insert, text, update
from sqlalchemy.sql.dml import UpdateBase

from db import content, rows
from db.content import SCHEDULE, table, upsert
from db.models import DraftRow, EventRow, ReviewRow, SettingRow
from db.reads import LOCAL, Desk, Reads
from studyapp.core.log import Event, Record, Review
from studyapp.core.schedule import CardState
from studyapp.services.ports import BrokenModule, Clash, History, ModuleContent

ADD_REVIEW = insert(table(ReviewRow))
ADD_EVENT = insert(table(EventRow))
JSON_COLUMNS = ("key_points", "data")
"""Of the log; the driver takes them as text."""
dumps = JSONEncoder(ensure_ascii=False).encode
"""What no text can hold (half of a surrogate pair) is refused here as it is in an answer."""
NOT_DERIVED = ("learner", "card_id", "position", "askable")
DERIVED = [column.name for column in SCHEDULE.columns if column.name not in NOT_DERIVED]
PUT_STATE = (
    update(SCHEDULE)
    .where(SCHEDULE.c.learner == bindparam("of_learner"), SCHEDULE.c.card_id == bindparam("of_card"))
    .values({name: bindparam(name) for name in DERIVED})
)
DROP_DRAFT = delete(table(DraftRow)).where(
    table(DraftRow).c.learner == bindparam("of_learner"), table(DraftRow).c.card_id == bindparam("of_card")
)

MISPLACED_UNDO = " UNION ALL ".join(
    f"SELECT e.id FROM events e JOIN {log} t ON t.id = e.subject WHERE e.learner = :learner AND e.kind = 'void'"
    " AND (coalesce(e.card_id, '') <> coalesce(t.card_id, '') OR t.learner <> e.learner)"
    for log in ("reviews", "events")
)


@cache
def sqlite_text(statement: UpdateBase) -> str:
    """The statement as SQLite's driver takes it, with named parameters."""
    from sqlalchemy.dialects.sqlite import dialect

    return str(statement.compile(dialect=dialect(paramstyle="named")))


@cache
def statement(sql: str) -> TextClause:
    return text(sql)


class Transaction(Reads):
    """Reads and writes of one transaction."""

    def __init__(self, connection: Connection, desk: Desk = LOCAL) -> None:
        super().__init__(self._run, desk)
        self._connection = connection
        self.driver: Any = connection.connection.cursor() if connection.dialect.name == "sqlite" else None

    def _run(self, sql: str, parameters: Mapping[str, Any]) -> list[rows.Row]:
        if self.driver is not None:
            found: list[rows.Row] = self.driver.execute(sql, parameters).fetchall()
            return found
        return list(self._connection.execute(statement(sql), dict(parameters)).fetchall())

    def _write(self, statement: UpdateBase, values: Mapping[str, Any]) -> int:
        """Runs one of the statements above and returns how many rows it met.

        On SQLite past SQLAlchemy, whose way to the driver takes longer than the driver and the disk.
        """
        if self.driver is None:
            return self._connection.execute(statement, dict(values)).rowcount
        written = {name: dumps(values[name]) for name in JSON_COLUMNS if name in values}
        return int(self.driver.execute(sqlite_text(statement), {**values, **written}).rowcount)

    # -- the log

    def add_review(self, review: Review) -> None:
        self._write(ADD_REVIEW, rows.review_values(review))

    def add_event(self, event: Event) -> None:
        self._write(ADD_EVENT, rows.event_values(event))

    def add_missing(self, records: Sequence[Record]) -> list[Record]:
        """Adds those records whose id is not in the log yet, and returns them.

        Raises:
            Clash: a record has the id of another one; what was added before it is undone with the transaction.
        """
        ids = [record.id for record in records]
        known: dict[str, Record] = {
            review.id: review for review in self._with_ids("reviews", rows.REVIEW, rows.review, ids)
        }
        known |= {event.id: event for event in self._with_ids("events", rows.EVENT, rows.event, ids)}
        fresh: dict[str, Record] = {}
        for record in records:
            other = known.get(record.id) or fresh.get(record.id)
            if other is None:
                fresh[record.id] = record
            elif other != record:
                raise Clash(record, other)
        added = list(fresh.values())
        self._write_all(ADD_REVIEW, [rows.review_values(one) for one in added if isinstance(one, Review)])
        self._write_all(ADD_EVENT, [rows.event_values(one) for one in added if isinstance(one, Event)])
        return added

    def _with_ids(self, name: str, columns: str, read: Callable[[rows.Row], Any], ids: Sequence[str]) -> list[Any]:
        wanted = {f"i{number}": record_id for number, record_id in enumerate(ids)}
        sql = f"SELECT {columns} FROM {name} WHERE id IN ({', '.join(f':{key}' for key in wanted)})"
        return [read(row) for row in self._run(sql, wanted)] if ids else []

    def _write_all(self, statement: UpdateBase, values: list[dict[str, Any]]) -> None:
        if not values:
            return
        if self.driver is None:
            self._connection.execute(statement, values)
            return
        written = [name for name in JSON_COLUMNS if name in values[0]]
        for one in values:
            one.update((name, dumps(one[name])) for name in written)
        self.driver.executemany(sqlite_text(statement), values)

    def misplaced_undo(self, learner: str) -> str | None:
        """The id of an undo whose record belongs to another card than it says, or to another learner.

        The replay of a card looks at that card's events only, statistics look at all of them: they would differ.
        """
        row = self._one(MISPLACED_UNDO, learner=learner)
        return str(row[0]) if row else None

    # -- derived from the log

    def put_state(self, learner: str, state: CardState) -> None:
        values = {"of_learner": learner, "of_card": state.card_id, **rows.state_values(state)}
        if self._write(PUT_STATE, values) == 0:  # the card is in the log, not in the content
            fresh = {"learner": learner, "card_id": state.card_id, "position": 0, "askable": False}
            self._connection.execute(insert(SCHEDULE), fresh | rows.state_values(state))

    def rebuild_kept(self, learner: str, longest_ms: int) -> None:
        """Makes anew what `Store.kept_errors` finds."""
        from db.kept import rebuild_kept

        rebuild_kept(self, self._connection, learner, longest_ms)

    def keep_sums(self, learner: str, longest_ms: int) -> None:
        """Keeps the sums of `log_sums` up to here, so that next time only what follows is counted; not on a server."""
        from db.sums import put_digest

        if not self.desk.shared:
            put_digest(self, learner, longest_ms)

    # -- derived from the content

    def put_content(
        self, modules: Iterable[ModuleContent], broken: Iterable[BrokenModule], take_over: Collection[str] = ()
    ) -> dict[str, str]:
        return content.put_content(self._connection, self.desk, list(modules), list(broken), take_over)

    def enrol(self, learner: str) -> None:
        content.enrol(self._connection, learner)

    def histories(self, learner: str, cards: Iterable[str] | None = None) -> Iterator[History]:
        """These cards of the learner's log, or all, and what is stored of each; the state of one given may be put."""
        from db.log_audit import histories

        return histories(self._run, learner, cards)

    # -- the rest

    def put_setting(self, learner: str, name: str, value: str) -> None:
        values = [{"learner": learner, "name": name, "value": value}]
        upsert(self._connection, table(SettingRow), ["learner", "name"], values)

    def put_draft(self, learner: str, card_id: str, text: str) -> None:
        if text:
            values = [{"learner": learner, "card_id": card_id, "text": text}]
            upsert(self._connection, table(DraftRow), ["learner", "card_id"], values)
        elif self.draft(learner, card_id):
            self._connection.execute(DROP_DRAFT, {"of_learner": learner, "of_card": card_id})


class Writer:
    """Keeps one connection open; a transaction is all or nothing."""

    def __init__(self, engine: Engine, desk: Desk = LOCAL) -> None:
        self._engine = engine
        self._desk = desk
        self._connection = engine.connect()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        tx = Transaction(self._connection, self._desk)
        with self._connection.begin() if tx.driver is None else self._direct(tx.driver):
            yield tx

    @contextmanager
    def _direct(self, driver: Any) -> Iterator[None]:
        """A transaction of the driver's own, which takes half the time of one by way of SQLAlchemy."""
        driver.execute("BEGIN IMMEDIATE")
        try:
            yield
            if self._connection.in_transaction():  # a statement went by way of SQLAlchemy, which joined in
                self._connection.commit()
            else:
                driver.execute("COMMIT")
        except BaseException:
            self._connection.rollback()
            if driver.connection.in_transaction:
                driver.execute("ROLLBACK")
            raise

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()
