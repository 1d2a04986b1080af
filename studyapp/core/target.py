"""A date to be ready for: due days brought forward to it, what it needs a day, and what will be recalled then.

What will be recalled is an estimate. FSRS knows each card's stability, the time after which it is recalled with a
probability of 90 %. SM-2 does not: there the interval is taken for it, and the power curve of FSRS-4.5 for the
forgetting in between (J. Ye, "The Algorithm", open-spaced-repetition/fsrs4anki wiki; the power law of forgetting
is Wixted and Carpenter's, 2007, doi 10.1111/j.1467-9280.2007.01862.x).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING
from zlib import crc32

from studyapp.core import fsrs
from studyapp.core.sm2 import Memory

if TYPE_CHECKING:
    from studyapp.core.schedule import Scheduler

LAST_LOOKS = 7
"""Days before the target over which every card's last look is spread, so that none has to hold them all."""
ASSUMED_GRADE = 4
"""What the plan takes every answer to be."""
MOST_NEW = 2
"""New cards a day grow at most so many times above the usual: a late start must not become a wall."""
DAYS_WITHOUT_NEW = 2
"""Before the target nothing new is met."""
_DECAY, _FACTOR = -0.5, 19 / 81


def recall_probability(days: float, stability: float) -> float:
    """R(t, S) = (1 + 19/81 · t/S)^-0.5, which is 0.9 at t = S.

    Args:
        days: since the last repetition, at least 0.
        stability: days after which the probability is 0.9, above 0.
    """
    return float((1 + _FACTOR * max(0.0, days) / stability) ** _DECAY)


def last_look(card_id: str, target: date) -> date:
    """The day before the target on which the card is seen once more, unless it was seen on a later one."""
    return target - timedelta(days=1 + crc32(card_id.encode()) % LAST_LOOKS)


@dataclass(frozen=True, slots=True)
class Towards:
    """A scheduler with a target: the memory is as the scheduler says, the due day is never after the last look.

    So without the target, or with another, every card stands where it would stand.
    """

    schedule: Scheduler
    target: date

    def __call__(self, memory: Memory, grade: int, days: int) -> Memory:
        return self.schedule(memory, grade, days)

    def due(self, card_id: str, studied: date, planned: date) -> date:
        """When a card comes that was studied on a day and would come on `planned`."""
        last = last_look(card_id, self.target)
        return min(planned, last) if studied < last else planned


def new_a_day(usual: int, left: int, days: int) -> int:
    """New cards a day that meet all before the target, between the usual number and `MOST_NEW` times as many.

    Args:
        left: new cards, those met today among them.
        days: from today to the target.
    """
    days_for_new = max(1, days - DAYS_WITHOUT_NEW)
    return min(max(usual, -(-left // days_for_new)), MOST_NEW * usual)


@dataclass(frozen=True, slots=True)
class Pace:
    """How much a day may hold on the way to a target."""

    most_due: int
    """The learner's own limit."""
    usual_due: int
    """What came together while nothing was done is not spread thinner than this."""
    new: int
    """Usual new cards a day."""
    hurry: bool
    """Whether they may grow as `new_a_day` says."""

    def limits(self, waiting: int, left: int, days: int) -> tuple[int, int]:
        """Due and new cards for one day. What cannot come on it takes the place of new cards.

        Args:
            waiting: cards due, those answered that day among them.
            left: new cards, those met that day among them.
            days: to the target, at least 1.
        """
        due = min(self.most_due, max(self.usual_due, -(-waiting // days)))
        new = new_a_day(self.new, left, days) if self.hurry else self.new
        return due, max(0, new - max(0, waiting - due))


def usual_due(cards: int, new: int) -> int:
    """Due cards of a day without a gap: those met the day before and a week ago, or the last looks at all cards."""
    return max(2 * new, -(-cards // LAST_LOOKS))


@dataclass(frozen=True, slots=True)
class Held:
    """A card as the plan sees it."""

    card_id: str
    memory: Memory
    due: date | None
    """None while it is new."""
    last: date | None
    """Study day of the last repetition."""

    def recalled(self, on: date) -> float:
        """Probability of recall on a day; 0 for a card never met."""
        if self.last is None:
            return 0.0
        if self.memory.stability:
            return fsrs.recall_probability(self.memory, (on - self.last).days)
        return recall_probability((on - self.last).days, max(1, self.memory.interval_days))


@dataclass(frozen=True, slots=True)
class PlanDay:
    day: date
    due: int
    new: int


@dataclass(frozen=True, slots=True)
class Projection:
    """What the days to the target hold, and what is expected on it."""

    days: tuple[PlanDay, ...]
    cards: int
    met: int
    """Cards met so far."""
    unmet: int
    """Cards that the plan does not reach before the target."""
    now: float
    """Expected share recalled today, from 0 to 1."""
    stopped: float
    """On the target, if nothing is repeated from now on."""
    kept: float
    """On the target, if the plan is kept and every answer is right."""


def project(
    cards: Sequence[Held], today: date, target: date, *, pace: Pace, schedule: Scheduler, done: tuple[int, int] = (0, 0)
) -> Projection:
    """Plays the days from today to the day before the target.

    Args:
        cards: all that can be asked; new ones in the order of introduction.
        done: due and new cards answered today.
    """
    held, days = list(cards), []
    coming = [(card.due, place) for place, card in enumerate(held) if card.due]
    heapify(coming)  # a target decades away has many days on which nothing comes
    waiting: deque[int] = deque()
    unmet = deque(place for place, card in enumerate(held) if card.due is None)
    for offset in range((target - today).days):
        day, left = today + timedelta(days=offset), (target - today).days - offset
        while coming and coming[0][0] <= day:
            waiting.append(heappop(coming)[1])
        answered, met = done if not offset else (0, 0)
        most_due, most_new = pace.limits(len(waiting) + answered, len(unmet) + met, left)
        if offset and left <= DAYS_WITHOUT_NEW:
            most_new = 0
        due = [waiting.popleft() for _ in range(min(max(0, most_due - answered), len(waiting)))]
        new = [unmet.popleft() for _ in range(min(max(0, most_new - met), len(unmet)))]
        for place in (*due, *new):
            held[place] = card = _answered(held[place], day, schedule)
            heappush(coming, (card.due or day, place))
        days.append(PlanDay(day, len(due), len(new)))
    return Projection(
        days=tuple(days),
        cards=len(cards),
        met=sum(card.last is not None for card in cards),
        unmet=sum(card.last is None for card in held),
        now=_share(cards, today),
        stopped=_share(cards, target),
        kept=_share(held, target),
    )


def _answered(card: Held, day: date, schedule: Scheduler) -> Held:
    memory = schedule(card.memory, ASSUMED_GRADE, (day - card.last).days if card.last else 0)
    due = day + timedelta(days=memory.interval_days)
    if isinstance(schedule, Towards):
        due = schedule.due(card.card_id, day, due)
    return replace(card, memory=memory, due=due, last=day)


def _share(cards: Sequence[Held], on: date) -> float:
    return sum(card.recalled(on) for card in cards) / len(cards) if cards else 0.0
