"""Proof that what is stored follows from the log, and that the log can be what happened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from studyapp.core.schedule import replay
from studyapp.core.text import plural
from studyapp.services.ports import Store
from studyapp.services.recall import LONGEST_ANSWER_MS, Recall, replay_all
from studyapp.settings import load

REPAIR = "run studyapp doctor --repair"
NAMED = 3
"""Cards, files and the like that a sentence names."""
FUTURE = timedelta(days=1)
"""An answer may be so far ahead: zones, and clocks that are a little wrong."""


class Verdict(StrEnum):
    OK = "ok"
    NOTE = "note"
    """To be known; nothing is damaged."""
    WRONG = "WRONG"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    check: str
    verdict: Verdict
    text: str

    @property
    def ok(self) -> bool:
        return self.verdict is not Verdict.WRONG


@dataclass(frozen=True, slots=True)
class LogAudit:
    """What the log itself tells of records that cannot be so."""

    records: int
    unsound: Sequence[str]
    """What is wrong with records that no version of this program writes, with how many."""
    foreign: int
    """Undone records that are not in the log."""
    doubled: int
    """Ids that stand for two records."""
    newest: datetime | None
    """Latest moment of an answer that stands."""


def examine(recall: Recall, audit: LogAudit | None = None) -> list[Finding]:
    """Looks at the database, at the log itself, at what follows from it and from the content, and at the clock.

    Args:
        audit: of the log, when it was looked at already.
    """
    store = recall.store
    audit = audit or store.audit_log(recall.learner)
    return [
        _of_database(store),
        *_of_log(audit, shared=store.shared),
        *_of_schedule(recall, audit),
        *_of_kept(recall, audit),
        _of_clock(recall, audit.newest),
    ]


def wrong_if(problem: object) -> Verdict:
    return Verdict.WRONG if problem else Verdict.OK


def _of_database(store: Store) -> Finding:
    damage = store.integrity_errors()
    sound = "the tables are whole; all else is the server's own to check" if store.shared else "sound"
    mend = "ask whoever looks after the server" if store.shared else REPAIR
    return Finding("database", wrong_if(damage), f"{'; '.join(damage[:NAMED])}; {mend}" if damage else sound)


def _of_log(audit: LogAudit, *, shared: bool) -> Iterator[Finding]:
    if audit.unsound:
        mend = f"{REPAIR}, which leaves them out and keeps the file"
        if shared:
            mend = "studyapp takes nothing out of a server: keep a pg_dump, then mend or delete these rows there"
        yield Finding("log", Verdict.WRONG, f"{'; '.join(audit.unsound)}: no studyapp writes this; {mend}")
    elif audit.doubled:
        text = f"{plural(audit.doubled, 'id')} stand for two records; {REPAIR}, which keeps the answers"
        yield Finding("log", Verdict.WRONG, text)
    else:
        yield Finding("log", Verdict.OK, f"all {plural(audit.records, 'record')} can be what happened")
    if audit.foreign:
        text = f"{plural(audit.foreign, 'undo')} of records that are not in this log; merge the log that has them"
        yield Finding("undo", Verdict.NOTE, text)


def _of_schedule(recall: Recall, audit: LogAudit) -> list[Finding]:
    if audit.unsound:
        return [Finding("schedule", Verdict.NOTE, "not looked at while the log holds what nobody can have written")]
    cards, differing, orphans = 0, [], []
    schedule = recall.settings.schedule
    for history in recall.store.histories(recall.learner):
        card_id = history.stored.card_id
        cards += 1
        if history.stored != replay(card_id, history.reviews, history.events, schedule):
            differing.append(card_id)
        if not history.in_content:
            orphans.append(card_id)
    text = f"all {cards} cards stand as the log says"
    if differing:
        verb = "does" if len(differing) == 1 else "do"
        text = f"{len(differing)} of {cards} cards {verb} not stand as the log says ({first(differing)}); {REPAIR}"
    standing = Finding("schedule", wrong_if(differing), text)
    text = "every card with history is in the content"
    if orphans:
        have = "card has" if len(orphans) == 1 else "cards have"
        text = f"{len(orphans)} {have} history but no content ({first(orphans)}); it is kept"
    return [standing, Finding("content", Verdict.NOTE if orphans else Verdict.OK, text)]


def _of_kept(recall: Recall, audit: LogAudit) -> Iterator[Finding]:
    if audit.unsound:
        return
    wrong = recall.store.kept_errors(recall.learner, LONGEST_ANSWER_MS)
    text = "sums and search words follow from the log and the content"
    if wrong:
        text = f"{'; '.join(wrong)}: not what the log and the content give; {REPAIR}, which makes them anew"
    yield Finding("kept", wrong_if(wrong), text)


def _of_clock(recall: Recall, newest: datetime | None) -> Finding:
    now = recall.clock()
    if newest is not None and newest - now > FUTURE:
        text = (
            f"it is {now:%Y-%m-%d %H:%M} UTC, and the latest answer is of {newest:%Y-%m-%d %H:%M}: set the clock right,"
            " or take that answer back with studyapp undo"
        )
        return Finding("clock", Verdict.NOTE, text)
    settings = recall.settings
    local = now.astimezone(settings.calendar.zone)
    zone = f"{settings.zone}, " if settings.zone != "system" else ""
    offset, hour = local.isoformat()[-6:], f"{settings.rollover_hour:02}:00"
    text = f"{local:%Y-%m-%d %H:%M} ({zone}UTC{offset}); a study day begins at {hour}"
    return Finding("clock", Verdict.OK, text)


def first(names: Sequence[str]) -> str:
    return names[0] + ", …" * (len(names) > 1)


def repair(recall: Recall, others: Sequence[str] = ()) -> int:
    """Rebuilds the schedule from the log, and what else is kept; returns how many cards moved.

    Args:
        others: learners whose schedule is rebuilt too.
    """
    with recall.store.transaction() as tx:
        moved = replay_all(tx, recall.learner, recall.settings)
        for learner in {recall.learner, *others}:
            tx.rebuild_kept(learner, LONGEST_ANSWER_MS)
        for learner in set(others) - {recall.learner}:
            moved += replay_all(tx, learner, load(tx.settings(learner)))
    return moved
