"""What the log itself tells of records that cannot be so, found by the database in one look at every row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import islice
from typing import NamedTuple

from db import rows
from db.reads import Execute
from db.rows import EVENT, STATE, Row
from studyapp.core.log import Event, Mode, voided
from studyapp.core.log_check import LARGEST, LAST_ID, YEARS, problem
from studyapp.core.schedule import CardState
from studyapp.services.doctor import LogAudit
from studyapp.services.ports import History

DAY = 86_400 * 10**6
"""Microseconds."""
FIRST_DAY = rows.EPOCH.toordinal()
MODES = {mode.value: mode for mode in Mode}
WRONG = {
    "a grade that is none": "grade NOT BETWEEN 0 AND 5",
    "a confidence that is none": "confidence NOT BETWEEN 1 AND 4",
    "a mode that is unknown": f"mode NOT IN ({', '.join(repr(mode) for mode in MODES)})",
    "a time that is absurd": (
        f"reviewed_at < {365 * DAY} OR reviewed_at >= {(YEARS.stop - 1970) * 366 * DAY}"
        f" OR abs(study_day - {FIRST_DAY} - reviewed_at / {DAY}) > 2"
    ),
    "a duration that is none": f"elapsed_ms NOT BETWEEN 0 AND {LARGEST}",
    "an id that is none": f"length(id) <> 36 OR id >= '{LAST_ID}'",
    "no card": "card_id = ''",
}
"""What is wrong with a review, as SQL; `core.log_check` says the same of a single record."""
CARDS_A_TIME = 500


def audit_log(execute: Execute, learner: str) -> LogAudit:
    mine = {"learner": learner}
    sums = ", ".join(f"coalesce(sum(CASE WHEN {condition} THEN 1 ELSE 0 END), 0)" for condition in WRONG.values())
    reviews, *wrong = execute(f"SELECT count(*), {sums} FROM reviews WHERE learner = :learner", mine)[0]
    unsound = [
        f"{'1 review has' if n == 1 else f'{n} reviews have'} {what}" for what, n in zip(WRONG, wrong, strict=True) if n
    ]
    points = execute("SELECT CAST(key_points AS TEXT), count(*) FROM reviews WHERE learner = :learner GROUP BY 1", mine)
    if spoilt := sum(n for text, n in points if not _are_points(text)):
        unsound.append(f"{'1 review has' if spoilt == 1 else f'{spoilt} reviews have'} key points that are none")
    events = execute(f"SELECT {EVENT} FROM events WHERE learner = :learner ORDER BY id", mine)
    odd = Counter(str(row[4]) for row in events if not _is_sound(row))
    unsound += [f"{n} of the {kind} records cannot be understood" for kind, n in odd.items()]
    nowhere = (
        "SELECT count(*) FROM events v WHERE v.learner = :learner AND v.kind = 'void'"
        " AND NOT EXISTS (SELECT 1 FROM reviews r WHERE r.id = v.subject)"
        " AND NOT EXISTS (SELECT 1 FROM events e WHERE e.id = v.subject)"
    )
    doubled = "SELECT count(*) FROM events e JOIN reviews r ON r.id = e.id WHERE e.learner = :learner"
    return LogAudit(
        records=reviews + len(events),
        unsound=unsound,
        foreign=execute(nowhere, mine)[0][0],
        doubled=execute(doubled, mine)[0][0],
        newest=_newest(execute, learner, voided(rows.event(row) for row in events if _is_sound(row))),
    )


def _newest(execute: Execute, learner: str, undone: set[str]) -> datetime | None:
    """The latest moment of an answer that stands."""
    found = execute(
        "SELECT id, reviewed_at FROM reviews WHERE learner = :learner AND reviewed_at BETWEEN 0 AND :last"
        " ORDER BY reviewed_at DESC LIMIT :limit",
        {"learner": learner, "last": _LAST, "limit": len(undone) + 1},
    )
    return next((rows.from_micros(row[1]) for row in found if row[0] not in undone), None)


_LAST = (YEARS.stop - 1970) * 365 * DAY


def _are_points(text: str) -> bool:
    try:
        return all(type(point) is int and point >= 0 for point in rows.decoded(text))
    except (ValueError, TypeError):
        return False


def _is_sound(row: Row) -> bool:
    try:
        return problem(rows.event(row)) is None
    except (ValueError, TypeError, OverflowError, RecursionError):
        return False


# -- one card after the other


class Answer(NamedTuple):
    """A review without its texts, which takes a tenth of the time to make."""

    id: str
    reviewed_at: datetime
    study_day: date
    grade: int
    mode: Mode


def histories(execute: Execute, learner: str, cards: Iterable[str] | None = None) -> Iterator[History]:
    """These cards, or every one that the log or the schedule knows, in the order of their ids; some hundreds at a time,
    in four queries."""
    if cards is None:
        known = (
            "SELECT card_id FROM schedule WHERE learner = :learner UNION SELECT DISTINCT card_id FROM reviews"
            " WHERE learner = :learner UNION SELECT DISTINCT card_id FROM events"
            " WHERE learner = :learner AND card_id IS NOT NULL"
        )
        cards = (str(row[0]) for row in execute(known, {"learner": learner}))
    waiting = iter(sorted(cards))
    while some := list(islice(waiting, CARDS_A_TIME)):
        yield from _stretch(execute, learner, some)


def _stretch(execute: Execute, learner: str, cards: list[str]) -> Iterator[History]:
    names = {f"c{number}": card_id for number, card_id in enumerate(cards)}
    wanted, some = f"IN ({', '.join(f':{name}' for name in names)})", {"learner": learner, **names}
    where = f"WHERE learner = :learner AND card_id {wanted}"
    states = {row[0]: _state(row) for row in execute(f"SELECT {STATE} FROM schedule {where}", some)}
    reviews: dict[str, list[Answer]] = {}
    for row in execute(f"SELECT id, card_id, reviewed_at, study_day, grade, mode FROM reviews {where}", some):
        record_id, card_id, at, day, grade, mode = row
        answer = Answer(record_id, rows.from_micros(at), date.fromordinal(day), grade, MODES[mode])
        reviews.setdefault(card_id, []).append(answer)
    events: dict[str, list[Event]] = {}
    for row in execute(f"SELECT {EVENT} FROM events {where}", some):
        events.setdefault(row[5], []).append(rows.event(row))
    content = {row[0] for row in execute(f"SELECT id FROM cards WHERE id {wanted}", names)}
    for card_id in cards:
        stored = states.get(card_id) or CardState(card_id)
        yield History(stored, reviews.get(card_id, ()), events.get(card_id, ()), card_id in content)


def _state(row: Row) -> CardState:
    """What is stored of a card. What cannot be read is taken for a state that no log gives, so it is written anew."""
    try:
        return rows.state(row)
    except (ValueError, TypeError, OverflowError):
        return CardState(str(row[0]), reviews=-1)
