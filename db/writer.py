"""Writing: SQLAlchemy Core statements, compiled once, inside one transaction each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from json import dumps
from typing import Any

from sqlalchemy import Connection, Engine, Table, bindparam, delete, insert, select, text, update
from sqlalchemy.sql.dml import UpdateBase

from db import rows
from db.models import BrokenModuleRow, CardRow, DraftRow, EventRow, ModuleRow, ReviewRow, ScheduleRow, SettingRow
from db.reads import Reads
from studyapp.core.log import Event, Review
from studyapp.core.schedule import CardState
from studyapp.services.ports import BrokenModule, ModuleContent


def table(model: Any) -> Table:
    found: Table = model.__table__
    return found


SCHEDULE, CARDS, MODULES, BROKEN = table(ScheduleRow), table(CardRow), table(ModuleRow), table(BrokenModuleRow)
ADD_REVIEW = insert(table(ReviewRow))
ADD_EVENT = insert(table(EventRow))
JSON_COLUMNS = ("key_points", "data")
"""Of the log; the driver takes them as text."""
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


@cache
def sqlite_text(statement: UpdateBase) -> str:
    """The statement as SQLite's driver takes it, with named parameters."""
    from sqlalchemy.dialects.sqlite import dialect

    return str(statement.compile(dialect=dialect(paramstyle="named")))


class Transaction(Reads):
    """Reads and writes of one transaction."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(self._run)
        self._connection = connection
        self.driver: Any = connection.connection.cursor() if connection.dialect.name == "sqlite" else None

    def _run(self, sql: str, parameters: Mapping[str, Any]) -> list[rows.Row]:
        if self.driver is not None:
            found: list[rows.Row] = self.driver.execute(sql, parameters).fetchall()
            return found
        return list(self._connection.execute(text(sql), dict(parameters)).fetchall())

    def _write(self, statement: UpdateBase, values: Mapping[str, Any]) -> int:
        """Runs one of the statements above and returns how many rows it met.

        On SQLite past SQLAlchemy, whose way to the driver takes longer than the driver and the disk.
        """
        if self.driver is None:
            return self._connection.execute(statement, dict(values)).rowcount
        written = {name: dumps(values[name]) for name in JSON_COLUMNS if name in values}
        return int(self.driver.execute(sqlite_text(statement), {**values, **written}).rowcount)

    def _upsert(self, target: Table, keys: list[str], values: list[dict[str, Any]]) -> None:
        if not values:
            return
        dialect = import_module(
            f"sqlalchemy.dialects.{self._connection.dialect.name}"
        )  # the other one is slow to import
        statement = dialect.insert(target)
        changes = {name: statement.excluded[name] for name in values[0] if name not in keys}
        self._connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes), values)

    # -- the log

    def add_review(self, review: Review) -> None:
        self._write(ADD_REVIEW, rows.review_values(review))

    def add_event(self, event: Event) -> None:
        self._write(ADD_EVENT, rows.event_values(event))

    # -- derived from the log

    def put_state(self, learner: str, state: CardState) -> None:
        values = {"of_learner": learner, "of_card": state.card_id, **rows.state_values(state)}
        if self._write(PUT_STATE, values) == 0:  # the card is in the log, not in the content
            fresh = {"learner": learner, "card_id": state.card_id, "position": 0, "askable": False}
            self._connection.execute(insert(SCHEDULE), fresh | rows.state_values(state))

    # -- derived from the content

    def put_content(self, modules: Iterable[ModuleContent], broken: Iterable[BrokenModule]) -> None:
        """Makes the stored content equal to `modules`. Cards that are gone stay, as retired;
        modules whose folder is broken now stay as they were, beside the problems."""
        modules, broken = list(modules), list(broken)
        in_broken = select(MODULES.c.id).where(MODULES.c.folder.in_([module.folder for module in broken]))
        renewed = [module.listing.id for module in modules]
        kept = self._connection.execute(in_broken).scalars().all()
        gone = CARDS.c.module.in_(renewed) | CARDS.c.module.not_in(kept)
        self._connection.execute(update(CARDS).where(gone).values(retired=True))
        self._upsert(MODULES, ["id"], [_module_values(module) for module in modules])
        self._upsert(CARDS, ["id"], [value for module in modules for value in _card_values(module)])
        absent = MODULES.c.id.not_in([*renewed, *kept])
        self._connection.execute(update(MODULES).where(absent).values(folder="", fingerprint="", size=0))
        self._connection.execute(delete(BROKEN))
        if broken:
            self._connection.execute(insert(BROKEN), [_broken_values(module) for module in broken])

    def enrol(self, learner: str) -> None:
        """Gives the learner a schedule row for every card, and every row its card's place in the order."""
        known = select(SCHEDULE.c.card_id).where(SCHEDULE.c.learner == learner)
        fresh = self._connection.execute(select(CARDS.c.id).where(CARDS.c.id.not_in(known))).scalars().all()
        if fresh:
            values = [
                {"learner": learner, "position": 0, "askable": True, "card_id": card_id}
                | rows.state_values(CardState(card_id))
                for card_id in fresh
            ]
            self._connection.execute(insert(SCHEDULE), values)
        card = select(CARDS.c.position).where(CARDS.c.id == SCHEDULE.c.card_id).scalar_subquery()
        askable = select(~(CARDS.c.retired | CARDS.c.draft)).where(CARDS.c.id == SCHEDULE.c.card_id).scalar_subquery()
        mine = SCHEDULE.c.learner == learner
        in_content = SCHEDULE.c.card_id.in_(select(CARDS.c.id))
        self._connection.execute(update(SCHEDULE).where(mine, in_content).values(position=card, askable=askable))

    # -- the rest

    def put_setting(self, learner: str, name: str, value: str) -> None:
        values = [{"learner": learner, "name": name, "value": value}]
        self._upsert(table(SettingRow), ["learner", "name"], values)

    def put_draft(self, learner: str, card_id: str, text: str) -> None:
        if text:
            values = [{"learner": learner, "card_id": card_id, "text": text}]
            self._upsert(table(DraftRow), ["learner", "card_id"], values)
        elif self.draft(learner, card_id):
            self._connection.execute(DROP_DRAFT, {"of_learner": learner, "of_card": card_id})


def _module_values(module: ModuleContent) -> dict[str, Any]:
    listing = module.listing
    return {
        "id": listing.id,
        "folder": listing.folder,
        "fingerprint": listing.fingerprint,
        "position": module.position,
        "size": listing.size,
        "body": dict(listing.body),
    }


def _broken_values(module: BrokenModule) -> dict[str, Any]:
    return {"folder": module.folder, "fingerprint": module.fingerprint, "problems": list(module.problems)}


def _card_values(module: ModuleContent) -> Iterator[dict[str, Any]]:
    for placed in module.cards:
        card = placed.card
        yield {
            "id": card.id,
            "module": module.listing.id,
            "position": placed.position,
            "kind": card.kind.value,
            "topic": card.topic,
            "difficulty": card.difficulty.value,
            "lab": card.lab,
            "prompt": card.prompt,
            "needs": list(card.needs),
            "retired": False,
            "draft": card.draft,
            "place": placed.place,
            "body": card.to_dict(),
        }


class Writer:
    """Keeps one connection open; a transaction is all or nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection = engine.connect()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        tx = Transaction(self._connection)
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
