"""Sums over the whole log for the figures, from a digest of what was counted before and the records since.

The log is only ever added to, so a record that was counted stays. What is new concerns a few cards (an undo, the card
whose answer it takes back): their part as of the digest is taken out and their part as of now put in. That also holds
for records that another machine made earlier and that were merged later, for the file keeps them behind its own.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from operator import add
from typing import TYPE_CHECKING, Any

from studyapp.core.sm2 import DRILL_BELOW
from studyapp.core.statistics import AGES, MATURE_FROM, PERIODS, SETTLED_FROM, CardCount, DayTotal, LogSums, RecallCount

if TYPE_CHECKING:
    from db.reads import Reads

MOST_CARDS = 5_000
"""When more cards than these have new records, all is counted anew: that costs no more."""
GRADES = ", ".join(f"sum(CASE WHEN grade = {grade} THEN 1 ELSE 0 END)" for grade in range(6))
SHAPES = ((1, 3), (2, 6), (4, 6))
"""How many values each part of the sums has in a key and in its counts."""
NONE = (0,) * 6
Counts = dict[tuple[Any, ...], list[int]]


@dataclass(slots=True)
class Sums:
    """Counts by key; what is counted of some cards can be taken out of what is counted of all."""

    days: Counts = field(default_factory=dict)
    """(day,) to reviews, milliseconds, reviews whose time is known."""
    recalls: Counts = field(default_factory=dict)
    """(day, age) to first recalls of each grade."""
    topics: Counts = field(default_factory=dict)
    """(module, topic, difficulty, age) to the same."""

    def add(self, other: Sums, sign: int = 1) -> None:
        for own, more in zip(self._parts, other._parts, strict=True):
            for key, counts in more.items():
                own[key] = [one + sign * two for one, two in zip(own.get(key, [0] * 6), counts, strict=False)]

    @property
    def _parts(self) -> tuple[Counts, Counts, Counts]:
        return self.days, self.recalls, self.topics

    def met(self) -> list[Counts]:
        """Without what was counted and taken out again."""
        return [{key: counts for key, counts in part.items() if any(counts)} for part in self._parts]

    def written(self) -> str:
        return json.dumps([[[*key, *counts] for key, counts in part.items()] for part in self.met()])

    @classmethod
    def read(cls, text: str) -> Sums:
        """Raises ValueError or TypeError for what `written` does not write."""
        found: list[Counts] = []
        for part, (keys, counts) in zip(json.loads(text), SHAPES, strict=True):
            wrong = any(len(row) != keys + counts for row in part)
            if wrong or not {type(one) for row in part for one in row[keys:]} <= {int}:
                raise ValueError("these are no sums")
            found.append({tuple(row[:keys]): row[keys:] for row in part})
        return cls(*found)

    def figures(self, today: date) -> LogSums:
        periods: Counts = {}
        ends_before = sorted((today - timedelta(days=days)).toordinal() for days in PERIODS)
        for (day, age), grades in self.recalls.items():
            key = age, len(PERIODS) - bisect_left(ends_before, day)
            periods[key] = list(map(add, periods.get(key, NONE), grades))
        totals = sorted((day, *counts) for (day,), counts in self.days.items() if counts[0])
        ends = (*PERIODS, None)
        return LogSums(
            days=tuple(DayTotal(date.fromordinal(day), n, round(ms / 1000), timed) for day, n, ms, timed in totals),
            by_period=tuple(
                RecallCount("", "", "", AGES[age], ends[period], tuple(counts))
                for (age, period), counts in periods.items()
            ),
            by_topic=tuple(
                RecallCount(module, topic, difficulty, AGES[age], None, tuple(counts))
                for (module, topic, difficulty, age), counts in self.topics.items()
            ),
        )


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the log of a file was counted: the last rows of both tables, and what stood in them."""

    review: int = 0
    review_id: str = ""
    event: int = 0
    event_id: str = ""

    @property
    def records(self) -> int:
        return self.review + self.event


def log_sums(reads: Reads, learner: str, longest_ms: int) -> Sums:
    """The sums as of now; on a server, which keeps no digest, from the whole log."""
    mark, known = _digest(reads, learner)
    if known is None:
        return counted(reads, learner, longest_ms)
    cards = _cards_since(reads, learner, mark)
    if len(cards) > MOST_CARDS:
        return counted(reads, learner, longest_ms)
    if cards:
        known.add(counted(reads, learner, longest_ms, cards, mark), -1)
        known.add(counted(reads, learner, longest_ms, cards))
    return known


def uncounted(reads: Reads, learner: str) -> int:
    """Records of the file that came after the digest; 0 on a server."""
    return 0 if reads.desk.shared else _last(reads).records - _mark(reads, learner)[0].records


def put_digest(reads: Reads, learner: str, longest_ms: int) -> None:
    """Keeps the sums as of now, inside a transaction."""
    sums, mark = log_sums(reads, learner, longest_ms), _last(reads)
    drop_digest(reads, learner)
    up_to = json.dumps([mark.review, mark.review_id, mark.event, mark.event_id])
    values = {"learner": learner, "up_to": up_to, "sums": sums.written()}
    reads._execute("INSERT INTO digests (learner, up_to, sums) VALUES (:learner, :up_to, :sums)", values)


def digest_holds(reads: Reads, learner: str, longest_ms: int) -> bool:
    """Whether the digest, if there is one, is what the log gives up to its mark."""
    if reads.desk.shared or reads._one("SELECT 1 FROM digests WHERE learner = :l", l=learner) is None:
        return True
    mark, known = _digest(reads, learner)
    return known is not None and known.met() == counted(reads, learner, longest_ms, mark=mark).met()


def rebuild_digest(reads: Reads, learner: str, longest_ms: int) -> None:
    """Counts anew what a digest holds that is wrong, inside a transaction."""
    if not digest_holds(reads, learner, longest_ms):
        drop_digest(reads, learner)
        put_digest(reads, learner, longest_ms)


def drop_digest(reads: Reads, learner: str) -> None:
    """What is asked next is counted from the log alone."""
    reads._execute("DELETE FROM digests WHERE learner = :learner", {"learner": learner})


def _digest(reads: Reads, learner: str) -> tuple[Mark, Sums | None]:
    """What was counted before, when it can be read and the file still holds what it was counted up to."""
    mark, text = _mark(reads, learner)
    try:
        return mark, Sums.read(text) if text else None
    except (ValueError, TypeError):
        return Mark(), None


def _mark(reads: Reads, learner: str) -> tuple[Mark, str]:
    """How far was counted before, and the sums as they are kept; nothing where the file does not hold that any more."""
    row = None if reads.desk.shared else reads._one("SELECT up_to, sums FROM digests WHERE learner = :l", l=learner)
    if row is None:
        return Mark(), ""
    try:
        mark = Mark(*json.loads(row[0]))
    except (ValueError, TypeError):
        return Mark(), ""
    ends = (("reviews", mark.review, mark.review_id), ("events", mark.event, mark.event_id))
    for table, number, record in ends:
        found = reads._one(f"SELECT id FROM {table} WHERE rowid = :number", number=number)
        if (found[0] if found else "") != record:
            return Mark(), ""
    return mark, row[1]


def _last(reads: Reads) -> Mark:
    found: list[Any] = []
    for table in ("reviews", "events"):
        row = reads._one(f"SELECT rowid, id FROM {table} ORDER BY rowid DESC LIMIT 1")
        found += row or (0, "")
    return Mark(*found)


def _cards_since(reads: Reads, learner: str, mark: Mark) -> set[str]:
    """Cards with an answer after the mark, or whose answer was taken back or given back after it."""
    taken_back = (  # an undo may take back an undo
        "WITH RECURSIVE target(id) AS (SELECT subject FROM events WHERE rowid > :event AND learner = :learner"
        " AND kind = 'void' UNION SELECT e.subject FROM target t JOIN events e ON e.id = t.id WHERE e.kind = 'void')"
        " SELECT r.card_id FROM target t JOIN reviews r ON r.id = t.id WHERE r.learner = :learner"
    )
    answered = "SELECT card_id FROM reviews WHERE rowid > :review AND learner = :learner"
    found = reads._execute(answered, {"learner": learner, "review": mark.review})
    more = reads._execute(taken_back, {"learner": learner, "event": mark.event})
    return {row[0] for row in [*found, *more]}


def counted(
    reads: Reads, learner: str, longest_ms: int, cards: Collection[str] | None = None, mark: Mark | None = None
) -> Sums:
    """Counts what stands in the log.

    Args:
        cards: of these alone.
        mark: as of then.
    """
    parameters: dict[str, Any] = {"learner": learner, "longest": longest_ms}
    where = f"mode = 'recall' AND {reads.standing(learner)}"
    if cards is None:
        # The || keeps SQLite off the indexes: to read the table in one go and sort is quicker than to jump in it.
        # On a server most of the table is other learners'.
        whose = "learner" if reads.desk.shared else "learner || ''"
        part = f"FROM reviews WHERE {whose} = :learner"
    else:
        part = "FROM reviews WHERE learner = :learner AND card_id IN (SELECT value FROM json_each(:cards))"
        parameters["cards"] = json.dumps(list(cards))
    if mark is not None:
        part += " AND rowid <= :review"
        where = f"mode = 'recall' AND {reads.standing(learner, up_to=':event')}"
        parameters |= {"review": mark.review, "event": mark.event}
    stands = where.removeprefix("mode = 'recall' AND ")
    time = "CASE WHEN elapsed_ms > :longest THEN :longest ELSE elapsed_ms END"
    days = f"SELECT study_day, count(*), coalesce(sum({time}), 0), count(elapsed_ms) {part} AND {stands} GROUP BY 1"
    found = Sums({(row[0],): [row[1], int(row[2]), row[3]] for row in reads._execute(days, parameters)})
    before = (  # the day up to which the card is scheduled: no recall of that day or an earlier one counts
        "SELECT card_id, study_day, grade, max(study_day) OVER (PARTITION BY card_id ORDER BY reviewed_at, id"
        f" ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before {part} AND {where}"
    )
    age = f"CASE WHEN before IS NULL THEN 0 WHEN study_day - before < {MATURE_FROM} THEN 1 ELSE 2 END"
    by_card = f"SELECT card_id, age, {GRADES} FROM firsts GROUP BY 1, 2"
    names = ("g0", "g1", "g2", "g3", "g4", "g5")
    sums = ", ".join(f"sum({name})" for name in names)
    sql = (
        f"WITH recalls AS ({before}), firsts AS MATERIALIZED (SELECT card_id, study_day, grade, {age} AS age"
        f" FROM recalls WHERE before IS NULL OR study_day > before),"
        f" by_card(card_id, age, {', '.join(names)}) AS ({by_card})"
        f" SELECT study_day, '', '', '', age, {GRADES} FROM firsts GROUP BY 1, 5 UNION ALL"
        " SELECT 0, coalesce(c.module, ''), coalesce(c.topic, ''), coalesce(c.difficulty, ''), age,"
        f" {sums} FROM by_card b LEFT JOIN cards c ON c.id = b.card_id GROUP BY 2, 3, 4, 5"
    )
    for day, module, topic, difficulty, years, *grades in reads._execute(sql, parameters):
        counts = list(map(int, grades))
        if day:
            found.recalls[day, years] = counts
        else:
            found.topics[module, topic, difficulty, years] = counts
    return found


def card_counts(reads: Reads, learner: str) -> list[CardCount]:
    """The cards that can be asked, counted by what figures tell apart, as `core.statistics` names it."""
    from db.search import CARDS, RETIRED

    standing = (
        "CASE WHEN s.introduced IS NULL THEN 'untouched'"
        f" WHEN s.repetitions >= {SETTLED_FROM} AND coalesce(s.last_grade, 0) >= {DRILL_BELOW} THEN 'done'"
        " ELSE 'shaky' END"
    )
    word = (
        "CASE WHEN s.suspended THEN 'suspended' WHEN s.introduced IS NULL THEN 'new'"
        f" WHEN s.interval_days >= {MATURE_FROM} THEN 'mature' ELSE 'young' END"
    )
    tenths = "CASE WHEN s.introduced IS NOT NULL THEN CAST(round(s.ease * 10 - 0.5 + 1e-8) AS INTEGER) END"
    where = f"NOT ({RETIRED}) AND NOT c.draft{reads.own}"
    sql = (
        f"SELECT c.module, c.topic, c.lab, {standing}, {word}, {tenths}, count(*) {CARDS} WHERE {where}"
        " GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY min(c.position)"
    )
    return [CardCount(*row) for row in reads._execute(sql, {"learner": learner})]
