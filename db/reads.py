"""Every query that only reads, once, as SQL that SQLite and PostgreSQL both understand.

The caller supplies `execute(sql, parameters) -> rows`: the standard library's sqlite3 on a local
file (no SQLAlchemy needs to be imported before the first card is on the screen), or a SQLAlchemy
connection elsewhere and inside transactions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from db import rows
from db.rows import EVENT, REVIEW, STATE, Row
from studyapp.core.log import Event, EventKind, Review
from studyapp.core.plan import Candidate
from studyapp.core.schedule import CardState
from studyapp.services.ports import BrokenModule, CardListing, ModuleListing

if TYPE_CHECKING:
    from studyapp.core.course import Card
    from studyapp.core.search import Term
    from studyapp.core.statistics import CardCount, LogSums

Execute = Callable[[str, Mapping[str, Any]], list[Row]]

HELD = "EXISTS (SELECT 1 FROM shelves f WHERE f.module = c.module AND f.learner = :learner)"
"""Whether a card's module is on a shelf of the learner's, here or in another place."""
ASKED = f"NOT c.retired AND NOT c.draft AND {HELD}"

DEEPEST_UNDO = 16  # undos of undos … that are followed; a damaged log may hold a circle

_MODULE = "m.id, coalesce(f.folder, ''), coalesce(f.fingerprint, ''), m.size, m.body"
_SHELF = "shelves f ON f.module = m.id AND f.learner = :learner AND f.place = :place"
_CANDIDATE = "s.card_id, c.topic, c.kind, c.needs, s.due, s.interval_days"
_ASKABLE = "s.askable AND NOT s.suspended AND (s.buried_until IS NULL OR s.buried_until <= :today)"
_DUE = f"FROM schedule s WHERE s.learner = :learner AND s.due <= :today AND {_ASKABLE}"
_LISTING = (
    "SELECT c.id, c.module, c.kind, c.topic, c.difficulty, c.lab, c.prompt,"
    " c.retired OR NOT coalesce(s.askable OR c.draft, TRUE), c.draft, "
    + ", ".join(f"s.{name.strip()}" for name in STATE.split(","))
    + " FROM cards c LEFT JOIN schedule s ON s.card_id = c.id AND s.learner = :learner"
)


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose program this is, and where it runs."""

    learner: str = "me"
    place: str = ""
    """Which machine and home, on a server; its folders are told apart from those of other machines by it."""
    shared: bool = False
    """Whether others write to the same database."""


LOCAL = Desk()


class Reads:
    def __init__(self, execute: Execute, desk: Desk = LOCAL) -> None:
        self._execute = execute
        self.desk = desk

    def _one(self, sql: str, **parameters: Any) -> Row | None:
        found = self._execute(sql, parameters)
        return found[0] if found else None

    # -- content

    def modules(self) -> list[ModuleListing]:
        """In order of introduction; those that are not on this shelf, whose folder is empty, too."""
        sql = f"SELECT {_MODULE} FROM modules m LEFT JOIN {_SHELF} ORDER BY m.position, m.id"
        return [_module(row) for row in self._execute(sql, self._here)]

    def broken_modules(self) -> list[BrokenModule]:
        """Folders of this shelf that have problems."""
        sql = "SELECT folder, fingerprint, problems FROM shelves WHERE learner = :learner AND place = :place"
        found = [(row[0], row[1], rows.decoded(row[2])) for row in self._execute(f"{sql} ORDER BY folder", self._here)]
        return [BrokenModule(folder, mark, tuple(problems)) for folder, mark, problems in found if problems]

    @property
    def _here(self) -> dict[str, str]:
        return {"learner": self.desk.learner, "place": self.desk.place}

    def is_enrolled(self, learner: str) -> bool:
        """Whether the learner's rows still fit the cards; on a server another may have changed these."""
        if not self.desk.shared:
            return True
        fits = f"s.askable = ({ASKED}) AND s.position = c.position"
        sql = (
            "SELECT 1 FROM cards c LEFT JOIN schedule s ON s.card_id = c.id AND s.learner = :learner WHERE"
            f" CASE WHEN s.card_id IS NULL THEN {HELD} ELSE NOT ({fits}) END LIMIT 1"
        )
        return self._one(sql, learner=learner) is None

    def card(self, card_id: str) -> Card | None:
        row = self._one("SELECT body FROM card_bodies WHERE card_id = :id", id=card_id)
        return rows.card(row[0]) if row else None

    def card_place(self, card_id: str) -> str | None:
        """`file:line` of a card in this shelf's content; None when it is not there."""
        sql = f"SELECT f.folder, c.place FROM cards c JOIN modules m ON m.id = c.module JOIN {_SHELF} WHERE c.id = :id"
        row = self._one(sql, id=card_id, **self._here)
        return f"{row[0]}/{row[1]}" if row else None

    def listing(self, learner: str, card_id: str | None = None) -> list[CardListing]:
        """All the learner's cards in order of introduction, or the one that is asked for."""
        where = f" WHERE {'s.card_id IS NOT NULL' if self.desk.shared else 'TRUE'}"
        where += " AND c.id = :id" if card_id else " ORDER BY 8, c.position, c.id"
        found = self._execute(_LISTING + where, {"learner": learner, **({"id": card_id} if card_id else {})})
        return [_listing(row) for row in found]

    def search(self, learner: str, terms: Sequence[Term], today: date) -> list[str]:
        """Ids of the learner's cards that every term fits, in order of introduction, those that are gone last."""
        from db.search import ALL_DUE, CARDS, RETIRED, Conditions

        fits = Conditions(terms)
        sql = f"SELECT c.id {CARDS} WHERE {fits.sql}{self.own} ORDER BY {RETIRED}, c.position, c.id"
        if tuple(terms) == ALL_DUE:
            sql = f"SELECT s.card_id {_DUE} ORDER BY s.position, s.card_id"  # an index holds all of it
        parameters = {"learner": learner, "today": today.toordinal(), **fits.parameters}
        return [row[0] for row in self._execute(sql, parameters)]

    def card_total(self, learner: str) -> int:
        """How many cards a search without a term gives."""
        from db.search import CARDS

        row = self._one(f"SELECT count(*) {CARDS} WHERE TRUE{self.own}", learner=learner)
        return int(row[0]) if row else 0

    def kind_totals(self, learner: str, module: str) -> dict[str, int]:
        """How many cards of each kind a module has that can be asked, those that are suspended too."""
        from db.search import CARDS, RETIRED

        able = f"c.module = :module AND NOT c.draft AND NOT ({RETIRED}){self.own}"
        sql = f"SELECT c.kind, count(*) {CARDS} WHERE {able} GROUP BY c.kind"
        return {row[0]: row[1] for row in self._execute(sql, {"learner": learner, "module": module})}

    def lab_totals(self, learner: str, below: int) -> dict[str, tuple[int, int]]:
        """For each lab how many cards open it, and how many of these had a last grade below a grade."""
        from db.search import CARDS, RETIRED

        shaky = "sum(CASE WHEN s.last_grade < :below THEN 1 ELSE 0 END)"
        where = f"c.lab <> '' AND NOT ({RETIRED}){self.own}"
        sql = f"SELECT c.lab, count(*), {shaky} {CARDS} WHERE {where} GROUP BY c.lab"
        return {row[0]: (row[1], row[2]) for row in self._execute(sql, {"learner": learner, "below": below})}

    @property
    def own(self) -> str:
        """On a server a card is the learner's when they have a row for it."""
        return " AND s.card_id IS NOT NULL" if self.desk.shared else ""

    def listings(self, learner: str, ids: Sequence[str]) -> list[CardListing]:
        """These cards, in this order; meant for a screenful."""
        names = {f"id{number}": card_id for number, card_id in enumerate(ids)}
        wanted = ", ".join(f":{name}" for name in names)
        found = self._execute(f"{_LISTING} WHERE c.id IN ({wanted})", {"learner": learner, **names}) if ids else []
        known = {row[0]: _listing(row) for row in found}
        return [known[card_id] for card_id in ids if card_id in known]

    # -- schedule

    def due(self, learner: str, today: date, limit: int) -> list[Candidate]:
        """Due cards in any order: those most at risk of being forgotten, by the risk of `core.plan`."""
        wanted = f"SELECT s.card_id, s.due, s.interval_days {_DUE}"
        parameters: dict[str, Any] = {"learner": learner, "today": today.toordinal()}
        if self.due_total(learner, today) > limit:  # the few that are wanted are looked up after the choice
            risk = "1.0 + (:today - s.due) * 1.0 / CASE WHEN s.interval_days > 1 THEN s.interval_days ELSE 1 END"
            wanted += f" ORDER BY {risk} DESC, s.due, s.card_id LIMIT :limit"
            parameters["limit"] = limit
        sql = f"SELECT {_CANDIDATE} FROM ({wanted}) AS s JOIN cards c ON c.id = s.card_id"
        return [rows.candidate(row) for row in self._execute(sql, parameters)]

    def due_total(self, learner: str, today: date) -> int:
        """How many cards `due` would give without a limit."""
        row = self._one(f"SELECT count(*) {_DUE}", learner=learner, today=today.toordinal())
        return int(row[0]) if row else 0

    def shaky(self, learner: str, today: date, below: int, limit: int) -> list[str]:
        """Due cards whose last grade is below a grade or that have lapsed, the worst first."""
        sql = (
            f"SELECT s.card_id {_DUE} AND (s.lapses > 0 OR s.last_grade < :below) AND s.last_grade IS NOT NULL"
            " ORDER BY s.last_grade, s.ease, s.card_id LIMIT :limit"
        )
        parameters = {"learner": learner, "today": today.toordinal(), "below": below, "limit": limit}
        return [row[0] for row in self._execute(sql, parameters)]

    def new(self, learner: str, today: date, limit: int) -> list[Candidate]:
        """The next new cards in order of introduction."""
        sql = (
            f"SELECT {_CANDIDATE} FROM schedule s JOIN cards c ON c.id = s.card_id"
            f" WHERE s.learner = :learner AND s.due IS NULL AND {_ASKABLE} ORDER BY s.position LIMIT :limit"
        )
        parameters = {"learner": learner, "today": today.toordinal(), "limit": limit}
        return [rows.candidate(row) for row in self._execute(sql, parameters)]

    def next_module(self, learner: str) -> ModuleListing | None:
        """The module that new cards come from now; when none is new, the last one. None without content."""
        row = self._one(
            f"SELECT {_MODULE} FROM schedule s JOIN cards c ON c.id = s.card_id JOIN modules m ON m.id = c.module"
            f" JOIN {_SHELF} WHERE s.learner = :learner AND s.due IS NULL AND s.askable AND NOT s.suspended"
            " ORDER BY s.position LIMIT 1",
            learner=learner,
            place=self.desk.place,
        ) or self._one(f"SELECT {_MODULE} FROM modules m JOIN {_SHELF} ORDER BY m.position DESC LIMIT 1", **self._here)
        return _module(row) if row else None

    def drills(self, learner: str, today: date, below: int) -> list[str]:
        """Cards whose last grade today is below a grade."""
        sql = (
            "SELECT s.card_id FROM schedule s WHERE s.learner = :learner AND s.seen_on = :today"
            f" AND s.last_grade < :below AND {_ASKABLE}"
        )
        parameters = {"learner": learner, "today": today.toordinal(), "below": below}
        return sorted(row[0] for row in self._execute(sql, parameters))  # SQLite would walk through all cards for it

    def seen_on(self, learner: str, day: date) -> list[CardState]:
        """Cards recalled or drilled on a study day; also those that are suspended by now."""
        sql = f"SELECT {STATE} FROM schedule WHERE learner = :learner AND seen_on = :day"
        return [rows.state(row) for row in self._execute(sql, {"learner": learner, "day": day.toordinal()})]

    def state(self, learner: str, card_id: str) -> CardState | None:
        row = self._one(
            f"SELECT {STATE} FROM schedule WHERE learner = :learner AND card_id = :id", learner=learner, id=card_id
        )
        return rows.state(row) if row else None

    def due_counts(self, learner: str, first: date, last: date) -> dict[date, int]:
        """How many cards fall due on each day of a span."""
        found = self._execute(
            "SELECT due, count(*) FROM schedule WHERE learner = :learner AND due BETWEEN :first AND :last"
            " AND askable AND NOT suspended GROUP BY due",
            {"learner": learner, "first": first.toordinal(), "last": last.toordinal()},
        )
        return {date.fromordinal(row[0]): row[1] for row in found}

    # -- log

    def reviews_of(self, learner: str, card_id: str) -> list[Review]:
        sql = f"SELECT {REVIEW} FROM reviews WHERE learner = :learner AND card_id = :id ORDER BY reviewed_at, id"
        return [rows.review(row) for row in self._execute(sql, {"learner": learner, "id": card_id})]

    def events_of(self, learner: str, card_id: str) -> list[Event]:
        sql = f"SELECT {EVENT} FROM events WHERE learner = :learner AND card_id = :id ORDER BY at, id"
        return [rows.event(row) for row in self._execute(sql, {"learner": learner, "id": card_id})]

    def last_reviewed_at(self, learner: str, card_id: str) -> datetime | None:
        row = self._one(
            "SELECT max(reviewed_at) FROM reviews WHERE learner = :learner AND card_id = :id",
            learner=learner,
            id=card_id,
        )
        return rows.from_micros(row[0]) if row and row[0] is not None else None

    def latest_reviews(self, learner: str, limit: int) -> list[Review]:
        """Newest first, by the time of their making."""
        # The || keeps SQLite off the index on (learner, day), after which it would sort the whole log.
        sql = f"SELECT {REVIEW} FROM reviews WHERE learner || '' = :learner ORDER BY id DESC LIMIT :limit"
        return [rows.review(row) for row in self._execute(sql, {"learner": learner, "limit": limit})]

    def events_since(self, learner: str, record_id: str) -> list[Event]:
        """Every event made after a record, oldest first."""
        sql = f"SELECT {EVENT} FROM events WHERE learner = :learner AND id > :id ORDER BY id"
        return [rows.event(row) for row in self._execute(sql, {"learner": learner, "id": record_id})]

    def newest_id(self, learner: str) -> str:
        """The largest id in the learner's log; empty for an empty log.

        In a local file the largest of all will do, and is found at once; on a server, where somebody's clock may be
        years ahead, it will not.
        """
        whose = " WHERE learner = :learner" if self.desk.shared else ""
        parts = " UNION ALL ".join(f"SELECT max(id) AS id FROM {table}{whose}" for table in ("reviews", "events"))
        row = self._one(f"SELECT max(id) FROM ({parts}) AS log", learner=learner)
        return str(row[0]) if row and row[0] else ""

    def events_of_kind(self, learner: str, kind: EventKind) -> list[Event]:
        """Newest first, by the time of their making; those that were undone too."""
        sql = f"SELECT {EVENT} FROM events WHERE learner = :learner AND kind = :kind ORDER BY id DESC"
        return [rows.event(row) for row in self._execute(sql, {"learner": learner, "kind": kind.value})]

    def facts(self, learner: str, kinds: Collection[EventKind], since: date = date.min) -> list[Event]:
        """Events that concern no single card, newest first by the time of their making; those undone too.

        Args:
            since: leave out earlier study days.
        """
        wanted = ", ".join(f"'{kind.value}'" for kind in kinds)
        sql = (  # the index on (learner, card_id) finds them without a look at the changes of cards
            f"SELECT {EVENT} FROM events WHERE learner = :learner AND card_id IS NULL AND kind IN ({wanted})"
            " AND study_day >= :since ORDER BY id DESC"
        )
        return [rows.event(row) for row in self._execute(sql, {"learner": learner, "since": since.toordinal()})]

    def recall_days(self, learner: str, module: str) -> dict[date, tuple[int, int]]:
        """Study days with recall of a module's cards: answers that stand, and how many of them aloud; in order."""
        sql = (
            "SELECT r.study_day, count(*), sum(CASE WHEN r.aloud THEN 1 ELSE 0 END) FROM reviews r"
            " JOIN cards c ON c.id = r.card_id WHERE r.learner = :learner AND c.module = :module AND r.mode = 'recall'"
            f" AND {self.standing(learner, 'r.id')} GROUP BY r.study_day ORDER BY r.study_day"
        )
        found = self._execute(sql, {"learner": learner, "module": module})
        return {date.fromordinal(row[0]): (row[1], row[2]) for row in found}

    def days_in_row(self, learner: str, last: date) -> int:
        """Study days without a gap up to a day, that day with them; 0 when nothing was answered on it."""
        answered = "SELECT 1 FROM reviews WHERE learner = :learner AND study_day = {day} AND " + self.standing(learner)
        first, before = answered.format(day=":last"), answered.format(day="run.day - 1")
        sql = (  # a look at each day of the row, not at the whole history
            f"WITH RECURSIVE run(day) AS (SELECT CAST(:last AS INTEGER) WHERE EXISTS ({first})"
            f" UNION ALL SELECT run.day - 1 FROM run WHERE EXISTS ({before})) SELECT count(*) FROM run"
        )
        row = self._one(sql, learner=learner, last=last.toordinal())
        return int(row[0]) if row else 0

    def log_sums(self, learner: str, today: date, longest_ms: int) -> LogSums:
        """Sums over all reviews that stand, a single answer's time cut to `longest_ms`."""
        from db.sums import log_sums  # only who looks at figures needs it

        return log_sums(self, learner, longest_ms).figures(today)

    def uncounted(self, learner: str) -> int:
        """Records that a digest of the sums does not hold yet; see `Writing.keep_sums`."""
        from db.sums import uncounted

        return uncounted(self, learner)

    def card_counts(self, learner: str) -> list[CardCount]:
        """The cards that can be asked, counted by what figures tell apart, in order of introduction."""
        from db.sums import card_counts

        return card_counts(self, learner)

    def standing(self, learner: str, record: str = "id", up_to: str = "") -> str:
        """The condition that a record was not undone, as `core.log.voided` has it.

        An undo may be undone in turn, so the condition holds itself, as often as this learner's log asks for.

        Args:
            up_to: a parameter that holds the last row of events that counts, in a file.
        """
        chain = (
            "WITH RECURSIVE chain(subject, depth) AS (SELECT subject, 1 FROM events WHERE learner = :learner AND"
            " kind = 'void' UNION ALL SELECT e.subject, c.depth + 1 FROM chain c JOIN events e ON e.id = c.subject"
            f" WHERE e.learner = :learner AND e.kind = 'void' AND c.depth < {DEEPEST_UNDO})"
            " SELECT max(depth) FROM chain"
        )
        row = self._one(chain, learner=learner)
        return _not_undone(record, row[0] if row and row[0] else 0, f" AND rowid <= {up_to}" if up_to else "")

    def card_ids(self, learner: str) -> Iterator[str]:
        """Every card that the log or the schedule knows."""
        sql = (
            "SELECT card_id FROM schedule WHERE learner = :learner UNION SELECT card_id FROM reviews WHERE learner ="
            " :learner UNION SELECT card_id FROM events WHERE learner = :learner AND card_id IS NOT NULL"
        )
        return (row[0] for row in self._execute(sql, {"learner": learner}))

    # -- the rest

    def settings(self, learner: str) -> dict[str, str]:
        found = self._execute("SELECT name, value FROM settings WHERE learner = :learner", {"learner": learner})
        return {row[0]: row[1] for row in found}

    def draft(self, learner: str, card_id: str) -> str:
        row = self._one("SELECT text FROM drafts WHERE learner = :me AND card_id = :id", me=learner, id=card_id)
        return str(row[0]) if row else ""


def _not_undone(record: str, depth: int, part: str) -> str:
    if not depth:
        return "TRUE"
    voids = f"SELECT subject FROM events WHERE learner = :learner AND kind = 'void'{part}"
    stands = [f" AND id NOT IN (SELECT subject FROM undone{level})" for level in range(depth - 1)]
    # Side by side, for a parser has room for a few levels inside each other only.
    levels = [f"undone{level} AS ({voids}{stand})" for level, stand in enumerate(["", *stands])]
    return f"{record} NOT IN (WITH {', '.join(levels)} SELECT subject FROM undone{depth - 1})"


def _module(row: Row) -> ModuleListing:
    return ModuleListing(row[0], row[1], row[2], row[3], rows.decoded(row[4]))


def _listing(row: Row) -> CardListing:
    state = rows.state(row[9:]) if row[9] is not None else CardState(row[0])
    return CardListing(
        id=row[0],
        module=row[1],
        kind=row[2],
        topic=row[3],
        difficulty=row[4],
        lab=row[5],
        prompt=row[6],
        retired=bool(row[7]),
        draft=bool(row[8]),
        state=state,
    )
