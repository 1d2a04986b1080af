"""One sitting: a queue of cards in memory, over a log on disk. Losing it loses nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from studyapp.core.log import EventKind, Mode, voided
from studyapp.core.sm2 import DRILL_BELOW
from studyapp.services.recall import Answered, Recall, Undone


@dataclass(frozen=True, slots=True)
class Summary:
    """What a sitting came to."""

    answered: int
    """Cards of the recall, drills not counted."""
    grades: tuple[int, ...]
    shaky: tuple[str, ...]
    """Cards that were first graded below 4."""
    aloud: int
    seconds: int
    due_tomorrow: int
    complete: bool
    """Nothing is left for today."""


@dataclass(slots=True)
class Session:
    """The queue of one sitting: today's cards first, then every card below 4 until it is repaired."""

    recall: Recall
    queue: deque[str] = field(default_factory=deque)
    answers: list[Answered] = field(default_factory=list)
    taken_back: dict[str, Answered] = field(default_factory=dict)
    """Answers of this sitting that were undone, by the id of their review."""
    logged: tuple[str, dict[str, Any]] = ("", {})
    """Id and totals of the record that stands for this sitting."""

    @classmethod
    def start(cls, recall: Recall, cards: Sequence[str] | None = None) -> Session:
        """A sitting over today's plan, or over the cards that are named."""
        order = recall.today().order if cards is None else tuple(cards)
        return cls(recall, deque(order))

    @property
    def current(self) -> str | None:
        return self.queue[0] if self.queue else None

    @property
    def position(self) -> int:
        """Number of the current card, from 1."""
        return min(self.total, len(self.answers) + 1)

    @property
    def total(self) -> int:
        """Answers of this sitting, given and to come; a drill counts again."""
        return len(self.answers) + len(self.queue)

    @property
    def drilling(self) -> bool:
        """Whether the current card is asked again on the day of its first grade."""
        card_id = self.current
        return card_id is not None and self.recall.state(card_id).next_mode(self.recall.day) is Mode.DRILL

    def answer(
        self,
        grade: int,
        *,
        confidence: int | None = None,
        aloud: bool = False,
        answer: str = "",
        key_points: Sequence[int] = (),
        elapsed_ms: int | None = None,
    ) -> Answered:
        """Grades the current card and goes on to the next; it is on disk when this returns."""
        card_id = self.queue[0]
        answered = self.recall.grade(
            card_id,
            grade,
            confidence=confidence,
            aloud=aloud,
            answer=answer,
            key_points=key_points,
            elapsed_ms=elapsed_ms,
        )
        self.answers.append(answered)
        self.queue.popleft()
        if answered.after.needs_drill(answered.review.study_day):
            self.queue.append(card_id)
        return answered

    def skip(self) -> None:
        """Puts the current card at the end of the queue."""
        self.queue.rotate(-1)

    def drop(self) -> None:
        """Takes the current card out of this sitting (it was suspended or buried)."""
        if self.queue:
            self.queue.popleft()

    def undo(self) -> Undone | None:
        """Takes back the last change and returns to its card."""
        undone = self.recall.undo()
        if undone is None:
            return None
        waiting = self._leave_out(undone.card_id) and self._asked(undone)
        if undone.what == "review":
            for answered in [a for a in self.answers if a.review.id == undone.record_id]:
                self.answers.remove(answered)
                self.taken_back[undone.record_id] = answered
        if waiting or undone.what in ("review", "suspend", "bury"):
            self.queue.appendleft(undone.card_id)
        return undone

    def redo(self) -> Undone | None:
        """Does again what was undone."""
        redone = self.recall.redo()
        if redone is None:
            return None
        waiting = self._leave_out(redone.card_id) and self._asked(redone)
        if redone.record_id in self.taken_back:
            self.answers.append(self.taken_back.pop(redone.record_id))
        if redone.what == "review" or redone.scored:
            if self.recall.state(redone.card_id).needs_drill(self.recall.day):
                self.queue.append(redone.card_id)
            elif redone.scored and waiting:
                self.queue.appendleft(redone.card_id)
        elif waiting and redone.what not in ("suspend", "bury"):
            self.queue.appendleft(redone.card_id)
        return redone

    def _asked(self, change: Undone) -> bool:
        """False for a card that was only to be repaired after a quiz whose answer no longer stands."""
        return not change.scored or self.recall.state(change.card_id).next_mode(self.recall.day) is not Mode.PRACTICE

    def _leave_out(self, card_id: str) -> bool:
        """Takes a card out of the queue; whether it was there."""
        there = card_id in self.queue
        if there:
            self.queue.remove(card_id)
        return there

    def finish(self) -> Summary:
        """Logs what the sitting came to and sums it up.

        A sitting that goes on after its end, or is looked at again, still leaves one record that stands.
        """
        summary = self.summary()
        totals = {
            "answered": summary.answered,
            "aloud": summary.aloud,
            "seconds": summary.seconds,
            "complete": summary.complete,
        }
        record, known = self.logged
        if totals != known and (self.answers or record):
            self.logged = self.recall.finish_session(totals, replaces=record), totals
        return summary

    def summary(self) -> Summary:
        first = [a for a in self.answers if a.review.mode is not Mode.DRILL]
        return Summary(
            answered=len(first),
            grades=tuple(a.review.grade for a in first),
            shaky=tuple(a.review.card_id for a in first if a.review.grade < DRILL_BELOW),
            aloud=sum(a.review.aloud for a in first),
            seconds=sum(a.review.elapsed_ms or 0 for a in self.answers) // 1000,
            due_tomorrow=self.recall.forecast(1)[0],
            complete=not self.queue and not self.recall.today().order,
        )


def close_day(recall: Recall) -> bool:
    """Logs that nothing is left for today, when the last card was answered outside a sitting; True when it did."""
    events = recall.store.facts(recall.learner, (EventKind.SESSION, EventKind.VOID), since=recall.day)
    undone = voided(events)
    closed = any(
        event.kind is EventKind.SESSION
        and event.study_day == recall.day
        and event.data.get("complete") is True
        and event.id not in undone
        for event in events
    )
    if closed or recall.today().order:
        return False
    recall.finish_session({"complete": True})
    return True
