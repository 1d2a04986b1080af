"""Bringing in a log from elsewhere: the union by id, then a replay of the cards it concerns.

The union does not ask which log came first, and the replay looks at times and ids alone: merging is commutative,
associative and idempotent. Settings stay each machine's own; a schedule is the replay of the common log under them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from studyapp import settings as known
from studyapp.core.log import Record, Review
from studyapp.core.log_check import problem
from studyapp.core.text import plural
from studyapp.errors import DataError
from studyapp.services.ports import Clash, Writing
from studyapp.services.recall import Recall, replay_cards

BATCH = 500

Progress = Callable[[str, int, int], None]
"""(what is done, how many so far, how many there are)."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A log from elsewhere."""

    records: Iterable[tuple[int, Record]]
    """Each with the line it stands in, or 0."""
    place: str
    """File or database, as errors name it."""
    total: int = 0
    """How many records there are."""
    settings: Callable[[], Mapping[str, str]] = dict
    """For a learner who has no log yet. Asked for after the last record."""
    drafts: Callable[[], Mapping[str, str]] = dict
    """For a learner who has no log yet: answers that are being typed. Asked for after the last record."""
    learner: str = ""
    """Whose log it is; empty where it does not say."""

    def where(self, line: int) -> str:
        return f"{self.place}:{line}" if line else self.place


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did."""

    reviews: int
    """Added."""
    events: int
    """Added."""
    already: int
    """Records that were there already."""
    cards: int
    """Cards that were replayed."""
    moved: int
    """Cards that fall due on another day now."""
    settings: int = 0
    """Taken over."""
    drafts: int = 0
    """Taken over."""
    settings_left: int = 0
    """That differ and were not taken over: the learner has a log, or has set another value."""
    drafts_left: int = 0
    """As with the settings."""

    @property
    def words(self) -> str:
        left = _carried(self.settings_left, self.drafts_left)
        stayed = f"; {left} of the other not taken over, for yours stay as they are" if left else ""
        if not self.reviews + self.events:
            return f"nothing new: all {plural(self.already, 'record')} were there already{stayed}"
        added = f"{plural(self.reviews, 'review')} and {plural(self.events, 'other record')} added"
        taken = _carried(self.settings, self.drafts)
        over = f", {taken} taken over" if taken else ""
        moved = plural(self.moved, "card")
        return f"{added}, {self.already} there already{over}; {moved} moved to another day{stayed}"


def _carried(settings: int, drafts: int) -> str:
    found = ((settings, "setting"), (drafts, "draft"))
    return " and ".join(plural(count, what) for count, what in found if count)


def merge(recall: Recall, incoming: Incoming, progress: Progress = lambda what, done, total: None) -> Merged:
    """Adds what is new, all of it or nothing.

    A learner without any log takes over the settings and drafts too, as far as they are not set.

    Raises:
        DataError: a record is not sound, or has the id of another one; nothing was changed.
    """
    learner, store = recall.learner, recall.store
    reviews = events = seen = 0
    touched: dict[str, None] = {}
    with store.transaction() as tx:
        moves_in = not tx.latest_reviews(learner, 1) and not tx.events_since(learner, "")
        for batch in _batches(incoming.records):
            added = _add(tx, incoming, batch, learner)
            seen += len(batch)
            reviews += sum(isinstance(record, Review) for record in added)
            events += sum(not isinstance(record, Review) for record in added)
            touched |= dict.fromkeys(record.card_id for record in added if record.card_id)
            progress("records", seen, incoming.total)
        misplaced = tx.misplaced_undo(learner) if events else None
        if misplaced:
            raise DataError(f"{incoming.place}: {misplaced} undoes a record of another card; nothing was changed.")
        carried = _carry(tx, learner, incoming, moves_in=moves_in)
        settings = known.load(tx.settings(learner))
        moved = replay_cards(tx, learner, settings, touched, lambda done: progress("cards", done, len(touched)))
    recall.settings = settings
    return Merged(reviews, events, seen - reviews - events, len(touched), moved, *carried)


def _batches(records: Iterable[tuple[int, Record]]) -> Iterator[list[tuple[int, Record]]]:
    waiting = iter(records)
    while batch := list(islice(waiting, BATCH)):
        yield batch


def _add(tx: Writing, incoming: Incoming, batch: list[tuple[int, Record]], learner: str) -> list[Record]:
    own: list[Record] = []
    for line, record in batch:
        wrong = problem(record)
        if wrong:
            named = "" if line else f"the record {record.id[:40]}: "
            raise DataError(f"{incoming.where(line)}: {named}{wrong}. Nothing was changed.")
        own.append(record if record.learner == learner else replace(record, learner=learner))
    try:
        return tx.add_missing(own)
    except Clash as clash:
        line = next(line for (line, _), record in zip(batch, own, strict=True) if record is clash.record)
        other = clash.known.learner
        why = (
            f"belongs to the learner {other!r} already"
            if other != learner
            else "stands in your log with another content; one of the two was changed by another program"
        )
        raise DataError(f"{incoming.where(line)}: the record {clash.record.id} {why}. Nothing was changed.") from None


def _carry(tx: Writing, learner: str, incoming: Incoming, *, moves_in: bool) -> tuple[int, int, int, int]:
    """How many settings and drafts of the other were taken over, and how many that differ were not."""
    settings, own = incoming.settings(), tx.settings(learner)
    drafts = incoming.drafts()
    typed = {key: tx.draft(learner, key) for key in drafts}
    new_settings = {name: value for name, value in settings.items() if moves_in and name not in own}
    new_drafts = {key: text for key, text in drafts.items() if moves_in and not typed[key]}
    for name, value in new_settings.items():
        tx.put_setting(learner, name, value)
    for key, text in new_drafts.items():
        tx.put_draft(learner, key, text)
    left = sum(own.get(name) != value for name, value in settings.items()) - len(new_settings)
    left_drafts = sum(typed[key] != text for key, text in drafts.items()) - len(new_drafts)
    return len(new_settings), len(new_drafts), left, left_drafts
