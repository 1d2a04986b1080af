"""Writing what is derived from the content: modules, cards, shelves, and the learners' rows for the cards.

A local file follows its learner's files. On a server every module has a keeper, the learner who put it there or took
it over: their files alone change the stored copy, so programs with older or newer files never write in turns. Which
folders a learner has is written on the learner's own shelf.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from json import dumps, loads
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Table, delete, insert, select, text, update

from db import rows
from db.models import CardBodyRow, CardRow, CardWordsRow, DigestRow, ModuleRow, ScheduleRow, ShelfRow
from db.reads import ASKED, HELD, Desk
from studyapp.core.plan import PER_MODULE
from studyapp.core.schedule import CardState
from studyapp.services.ports import BrokenModule, ModuleContent

if TYPE_CHECKING:
    from studyapp.core.course import Card


def table(model: Any) -> Table:
    found: Table = model.__table__
    return found


SCHEDULE, CARDS = table(ScheduleRow), table(CardRow)
WORDS, BODIES = table(CardWordsRow), table(CardBodyRow)
MODULES, SHELVES = table(ModuleRow), table(ShelfRow)


def upsert(connection: Connection, target: Table, keys: list[str], values: list[dict[str, Any]]) -> None:
    """Adds rows, or replaces those with the same keys."""
    if not values:
        return
    dialect = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")  # the other one is slow to import
    statement = dialect.insert(target)
    changes = {name: statement.excluded[name] for name in values[0] if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes), values)


def put_content(
    connection: Connection,
    desk: Desk,
    modules: Sequence[ModuleContent],
    broken: Sequence[BrokenModule],
    take_over: Collection[str] = (),
) -> dict[str, str]:
    """Makes the stored content equal to `modules`, as far as this learner keeps it, and the shelf to both.

    Cards that are gone stay, as retired; modules whose folder is broken now stay as they were, beside the problems.

    Args:
        take_over: ids of modules that this learner keeps from now on.

    Returns:
        Modules that differ from the stored copy, which another learner keeps, and the name of that one.
    """
    if desk.shared:
        connection.execute(text("LOCK TABLE modules IN SHARE ROW EXCLUSIVE MODE"))  # two first starts take turns
    stored = {row.id: row for row in connection.execute(select(*MODULES.c["id", "keeper", "position", "body"]))}
    held = [
        m for m in modules if not desk.shared or _keeps(desk, stored.get(m.listing.id)) or m.listing.id in take_over
    ]
    whole = [module.listing.id for module in modules]
    before = _modules_of(connection, desk)
    kept = {one.folder: before[one.folder] for one in broken if before.get(one.folder) not in (None, *whole)}
    gone: ColumnElement[bool] = CARDS.c.module.in_([module.listing.id for module in held])
    if not desk.shared:  # there another learner, or this one in another place, may have what is absent here
        gone = gone | CARDS.c.module.not_in([*whole, *kept.values()])
    connection.execute(update(CARDS).where(gone).values(retired=True))
    written = _placed(held, {row.id: row.position for row in stored.values()}) if desk.shared else held
    upsert(connection, MODULES, ["id"], [_module_values(module, desk.learner) for module in written])
    connection.execute(delete(table(DigestRow)))  # a card may have another topic now
    cards = [value for module in written for value in _card_values(module)]
    upsert(connection, CARDS, ["id"], cards)
    upsert(connection, WORDS, ["card_id"], [{"card_id": card["id"], "words": words_of(card)} for card in cards])
    bodies = ({"card_id": placed.card.id, "body": placed.card.to_dict()} for one in written for placed in one.cards)
    upsert(connection, BODIES, ["card_id"], list(bodies))
    _put_shelf(connection, desk, modules, broken, kept)
    others = [module for module in modules if module not in held]
    keepers = {module.listing.id: str(stored[module.listing.id].keeper) for module in others}
    return {m.listing.id: keepers[m.listing.id] for m in others if _differs(connection, m, stored[m.listing.id].body)}


def _keeps(desk: Desk, stored: Any) -> bool:
    return stored is None or stored.keeper in (desk.learner, "")  # empty: from before there were keepers


def _modules_of(connection: Connection, desk: Desk) -> dict[str, str | None]:
    """The modules on the shelf by folder."""
    here = (SHELVES.c.learner == desk.learner) & (SHELVES.c.place == desk.place)
    return {row.folder: row.module for row in connection.execute(select(*SHELVES.c["folder", "module"]).where(here))}


def _placed(modules: Sequence[ModuleContent], places: Mapping[str, int]) -> list[ModuleContent]:
    """The modules behind those that are on the server already, each where it stands if it is one of them."""
    free = max(places.values(), default=-1) + 1
    found = []
    for module in modules:
        number = places.get(module.listing.id, free)
        free = max(free, number + 1)
        cards = (replace(card, position=number * PER_MODULE + rank) for rank, card in enumerate(module.cards))
        found.append(replace(module, position=number, cards=tuple(cards)))
    return found


def _differs(connection: Connection, module: ModuleContent, body: Any) -> bool:
    bodies = select(BODIES).join(CARDS, CARDS.c.id == BODIES.c.card_id)
    cards = bodies.where(CARDS.c.module == module.listing.id, ~CARDS.c.retired)
    stored = {row.card_id: row.body for row in connection.execute(cards)}
    own = {placed.card.id: placed.card.to_dict() for placed in module.cards}
    return bool(loads(dumps([dict(module.listing.body), own])) != [body, stored])


def _put_shelf(
    connection: Connection,
    desk: Desk,
    modules: Sequence[ModuleContent],
    broken: Sequence[BrokenModule],
    kept: Mapping[str, str | None],
) -> None:
    own: dict[str, Any] = {"learner": desk.learner, "place": desk.place}
    connection.execute(delete(SHELVES).where(SHELVES.c.learner == desk.learner, SHELVES.c.place == desk.place))
    listings = [module.listing for module in modules]
    whole: list[dict[str, Any]] = [
        {"folder": m.folder, "module": m.id, "fingerprint": m.fingerprint, "problems": []} for m in listings
    ]
    parts: list[dict[str, Any]] = [
        {"folder": m.folder, "module": kept.get(m.folder), "fingerprint": m.fingerprint, "problems": list(m.problems)}
        for m in broken
    ]
    if whole or parts:
        connection.execute(insert(SHELVES), [own | values for values in [*whole, *parts]])


def enrol(connection: Connection, learner: str) -> None:
    """Gives the learner a row for every card of the modules on their shelves, and every row its place in the order."""
    known = select(SCHEDULE.c.card_id).where(SCHEDULE.c.learner == learner)
    cards = text(f"SELECT c.id FROM cards c WHERE {HELD}").columns(CARDS.c.id).subquery()
    fresh = select(cards.c.id).where(cards.c.id.not_in(known))
    ids = connection.execute(fresh, {"learner": learner}).scalars().all()
    if ids:
        values = [
            {"learner": learner, "position": 0, "askable": True, "card_id": card_id}
            | rows.state_values(CardState(card_id))
            for card_id in ids
        ]
        connection.execute(insert(SCHEDULE), values)
    mine = "schedule.learner = :learner AND schedule.card_id IN (SELECT id FROM cards)"
    card = "FROM cards c WHERE c.id = schedule.card_id"
    values_of = f"position = (SELECT c.position {card}), askable = (SELECT {ASKED} {card})"
    connection.execute(text(f"UPDATE schedule SET {values_of} WHERE {mine}"), {"learner": learner})


def _module_values(module: ModuleContent, keeper: str) -> dict[str, Any]:
    listing = module.listing
    return {
        "id": listing.id,
        "keeper": keeper,
        "position": module.position,
        "size": listing.size,
        "body": dict(listing.body),
    }


def _card_values(module: ModuleContent) -> Iterator[dict[str, Any]]:
    for placed in module.cards:
        card = placed.card
        yield {
            "module": module.listing.id,
            "position": placed.position,
            **columns_of(card),
            "retired": False,
            "place": placed.place.removeprefix(f"{module.listing.folder}/"),
        }


def columns_of(card: Card) -> dict[str, Any]:
    """What lists and plans need of a card."""
    return {
        "id": card.id,
        "kind": card.kind.value,
        "topic": card.topic,
        "difficulty": card.difficulty.value,
        "lab": card.lab,
        "prompt": card.prompt,
        "needs": list(card.needs),
        "draft": card.draft,
    }


def words_of(card: Mapping[str, Any]) -> str:
    """What a word of a search may be a part of; no word holds a line's end."""
    kinds = card["kind"].replace("_", "-"), card["kind"].replace("_", " ")
    parts = [card[name] for name in ("prompt", "id", "module", "topic", "lab", "difficulty")]
    return "\n".join([*parts, *kinds]).casefold()
