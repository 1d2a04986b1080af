"""What a tutor asks about all learners of a database: sums that the database counts, never one question a learner."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from db import rows
from db.reads import DEEPEST_UNDO, LOCAL, Execute, Reads
from db.rows import EVENT
from studyapp.core.audit import GUESS
from studyapp.core.calibration import SURE
from studyapp.core.cohort import CardSums, LastAnswer, Recalled, Standing
from studyapp.core.log import Event, EventKind
from studyapp.core.sm2 import DRILL_BELOW, PASSING_GRADE
from studyapp.core.statistics import SETTLED_FROM

_KNOWN = f"s.repetitions >= {SETTLED_FROM} AND s.last_grade >= {DRILL_BELOW}"
_DUE = "s.due <= :today AND NOT s.suspended AND (s.buried_until IS NULL OR s.buried_until <= :today)"
_IN_MODULE = "JOIN cards c ON c.id = {id} AND c.module = :module AND NOT c.retired AND NOT c.draft"


def _sum(condition: str) -> str:
    return f"sum(CASE WHEN {condition} THEN 1 ELSE 0 END)"


class GroupReads:
    """Questions about every learner, on one moment of a database."""

    def __init__(self, execute: Execute) -> None:
        self._execute = execute
        self.modules = Reads(execute, LOCAL).modules
        self._depth: int | None = None

    def standings(self, module: str, today: date) -> list[Standing]:
        """Where each learner stands who has cards of a module, by name."""
        sql = (
            f"SELECT s.learner, count(*), {_sum('s.introduced IS NOT NULL')}, {_sum(_KNOWN)}, {_sum(_DUE)}"
            f" FROM schedule s {_IN_MODULE.format(id='s.card_id')} WHERE s.askable GROUP BY s.learner"
        )
        found = self._execute(sql, {"module": module, "today": today.toordinal()})
        return sorted((Standing(str(row[0]), *map(int, row[1:])) for row in found), key=lambda one: one.learner)

    def runs(self, today: date) -> dict[str, tuple[date, int]]:
        """Each learner's last study day up to today, and how many there were without a gap up to it."""
        days = f"SELECT DISTINCT learner, study_day FROM reviews r WHERE study_day <= :today AND {self._stands()}"
        numbered = (  # a day less its number is the same for all days of a row
            "SELECT learner, study_day, study_day - row_number() OVER (PARTITION BY learner ORDER BY study_day) AS run"
            f" FROM ({days}) AS days"
        )
        ends = "SELECT learner, max(study_day) AS day, count(*) AS days"
        last = f"{ends} FROM ({numbered}) AS numbered GROUP BY learner, run"
        sql = (
            "SELECT learner, day, days FROM (SELECT learner, day, days, row_number() OVER (PARTITION BY learner"
            f" ORDER BY day DESC) AS place FROM ({last}) AS runs) AS placed WHERE place = 1"
        )
        found = self._execute(sql, {"today": today.toordinal()})
        return {str(row[0]): (date.fromordinal(row[1]), int(row[2])) for row in found}

    def recalls(self, module: str, today: date) -> tuple[dict[str, Recalled], list[CardSums]]:
        """First recalls of a study day of a module's cards: those of cards met before by learner, and all by card."""
        before = (  # as `Reads.recall_counts`: the day up to which the card was scheduled
            "SELECT r.learner, r.card_id, r.study_day, r.grade, r.confidence, max(r.study_day) OVER (PARTITION BY"
            " r.learner, r.card_id ORDER BY r.reviewed_at, r.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
            f" AS before FROM reviews r {_IN_MODULE.format(id='r.card_id')} WHERE r.mode = 'recall'"
            f" AND r.study_day <= :today AND {self._stands()}"
        )
        wrong, sure = f"grade < {PASSING_GRADE}", f"confidence >= {SURE}"
        each = (
            f"SELECT learner, card_id, count(*) AS n, {_sum(wrong)} AS x, {_sum(f'{wrong} AND {sure}')} AS sure,"
            f" {_sum('before IS NOT NULL')} AS again, {_sum(f'before IS NOT NULL AND NOT {wrong}')} AS kept"
            f" FROM ({before}) AS recalls WHERE before IS NULL OR study_day > before GROUP BY learner, card_id"
        )
        sql = (
            f"WITH each_card AS ({each}) SELECT 'learner', learner, sum(kept), sum(again), 0, 0, 0, 0, 0 FROM each_card"
            " GROUP BY learner UNION ALL SELECT 'card', card_id, sum(n), sum(x), sum(sure), count(*), sum(n * n),"
            " sum(n * x), sum(x * x) FROM each_card GROUP BY card_id"
        )
        found = self._execute(sql, {"module": module, "today": today.toordinal()})
        learners = {str(row[1]): Recalled(int(row[2]), int(row[3])) for row in found if row[0] == "learner"}
        cards = [CardSums(str(row[1]), *map(int, row[2:])) for row in found if row[0] == "card"]
        return learners, cards

    def last_answers(self, card_ids: Collection[str], today: date) -> list[LastAnswer]:
        """For each learner and card the worst answer of the last day on which one proved something, as `core.audit`."""
        if not card_ids:
            return []
        proves = f"r.mode <> 'drill' AND NOT (r.mode = 'quiz' AND r.grade >= {PASSING_GRADE})"
        guess = f"CASE WHEN r.confidence = {GUESS} THEN 0 ELSE 1 END"
        wanted = {f"c{number}": card_id for number, card_id in enumerate(sorted(card_ids))}
        sql = (
            "SELECT learner, card_id, study_day, grade, confidence FROM (SELECT r.learner, r.card_id, r.study_day,"
            " r.grade, r.confidence, row_number() OVER (PARTITION BY r.learner, r.card_id ORDER BY r.study_day DESC,"
            f" r.grade, {guess}, r.id) AS place FROM reviews r WHERE r.card_id IN (:{', :'.join(wanted)})"
            f" AND r.study_day <= :today AND {proves} AND {self._stands()}) AS placed WHERE place = 1"
        )
        found = self._execute(sql, {**wanted, "today": today.toordinal()})
        return [LastAnswer(str(row[0]), str(row[1]), date.fromordinal(row[2]), row[3], row[4]) for row in found]

    def facts(self, kinds: Collection[EventKind]) -> list[Event]:
        """Every learner's events of these kinds, newest first; those that were undone too."""
        wanted = ", ".join(f"'{kind.value}'" for kind in kinds)
        sql = f"SELECT {EVENT} FROM events WHERE kind IN ({wanted}) ORDER BY id DESC"
        return [rows.event(row) for row in self._execute(sql, {})]

    def prompts(self, module: str) -> dict[str, str]:
        """What the cards of a module ask that can be asked."""
        sql = "SELECT id, prompt FROM cards WHERE module = :module AND NOT retired AND NOT draft"
        return {str(row[0]): str(row[1]) for row in self._execute(sql, {"module": module})}

    def _stands(self) -> str:
        """The condition that a review `r` was not undone, as `core.log.voided` has it; see `Reads.standing`.

        An undo names the card of what it undoes, which is how an index finds it.
        """
        if self._depth is None:
            chain = (
                "WITH RECURSIVE chain(learner, subject, depth) AS (SELECT learner, subject, 1 FROM events WHERE"
                " kind = 'void' AND card_id IS NOT NULL UNION ALL SELECT e.learner, e.subject, c.depth + 1 FROM chain c"
                " JOIN events e ON e.id = c.subject AND e.learner = c.learner"
                f" WHERE e.kind = 'void' AND c.depth < {DEEPEST_UNDO}) SELECT max(depth) FROM chain"
            )
            found: Any = self._execute(chain, {})[0][0]
            self._depth = found or 0
        return _not_undone("r", self._depth)


def _not_undone(record: str, depth: int) -> str:
    if not depth:
        return "TRUE"
    same = "v.learner = {0}.learner AND v.card_id = {0}.card_id AND v.subject = {0}.id AND v.id > {0}.id"
    by = [f"NOT EXISTS (SELECT 1 FROM undo{level} v WHERE {same.format('e')})" for level in range(depth - 1)]
    levels = [  # as in `Reads.standing`: side by side, not inside each other
        f"undo{level} AS (SELECT id, learner, card_id, subject FROM events e WHERE e.kind = 'void' AND {stands})"
        for level, stands in enumerate(["TRUE", *by])
    ]
    return f"NOT EXISTS (WITH {', '.join(levels)} SELECT 1 FROM undo{depth - 1} v WHERE {same.format(record)})"
