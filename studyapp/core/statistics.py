"""What the log says about the learner, as figures: counted sums in, shares with their uncertainty out.

True retention counts what a schedule promises: the first recall of a study day of a card that had been recalled
on an earlier day. A card's first answer, drills, quizzes and early practice say nothing about it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from studyapp.core.proportion import wilson
from studyapp.core.schedule import CardState
from studyapp.core.sm2 import DRILL_BELOW, PASSING_GRADE

MATURE_FROM = 21
"""Days since the recall before from which a memory counts as mature, as in Anki."""
PERIODS = (7, 30, 365)
"""The last days over which retention is told; then all days."""
AGES = ("new", "young", "mature")
SETTLED_FROM = 2
"""Recalls in a row from which a card is done, if the last one was good."""
EASE_STEP = 0.1


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `total`, with the interval that holds the true share 95 times in 100."""

    hits: int = 0
    total: int = 0

    def __add__(self, other: Share) -> Share:
        return Share(self.hits + other.hits, self.total + other.total)

    @property
    def rate(self) -> float | None:
        return self.hits / self.total if self.total else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval; the whole of 0 to 1 while nothing was counted."""
        return wilson(self.hits, self.total)


@dataclass(frozen=True, slots=True)
class DayTotal:
    """A study day: all answers that stand, in any mode, and the time they took."""

    day: date
    reviews: int
    seconds: int
    timed: int
    """Answers whose time is known; one that was graded from the shell has none."""


@dataclass(frozen=True, slots=True)
class RecallCount:
    """First recalls of a study day of the cards of a topic, of one difficulty, age and period, by grade."""

    module: str
    topic: str
    difficulty: str
    """These three are empty for cards that were never in the content."""
    age: str
    """One of `AGES`: days since the recall before; new for the first of all."""
    period: int | None
    """The shortest of `PERIODS` in which they lie; None when they are older than all."""
    grades: tuple[int, ...]
    """How many of each grade 0 to 5."""

    @property
    def share(self) -> Share:
        return Share(sum(self.grades[PASSING_GRADE:]), sum(self.grades))


@dataclass(frozen=True, slots=True)
class Aged:
    """A share of recalls by the age of the memory."""

    young: Share
    mature: Share

    @property
    def all(self) -> Share:
        return self.young + self.mature


@dataclass(frozen=True, slots=True)
class Streak:
    current: int
    """Study days in a row up to today, or to yesterday while nothing was answered today."""
    longest: int
    days: int
    """Study days in all."""


@dataclass(frozen=True, slots=True)
class LogSums:
    """The whole log, counted."""

    days: tuple[DayTotal, ...]
    by_period: tuple[RecallCount, ...]
    """First recalls by age and period; module, topic and difficulty are empty."""
    by_topic: tuple[RecallCount, ...]
    """First recalls by module, topic, difficulty and age, of all days; the period is None."""


@dataclass(frozen=True, slots=True)
class CardCount:
    """Cards in the content that are alike in all that figures tell apart."""

    module: str
    topic: str
    lab: str
    standing: str
    """As `standing` has it."""
    word: str
    """As `card_word` has it."""
    tenths: int | None
    """Ease rounded down to a tenth, in tenths; None while a card is new."""
    cards: int


@dataclass(frozen=True, slots=True)
class TopicStanding:
    title: str
    done: int
    shaky: int
    untouched: int
    recall: Share


@dataclass(frozen=True, slots=True)
class LabStanding:
    name: str
    runs: int
    reproduced: int
    """Runs that agreed with the reference in every figure that can be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    day: date
    scheduler: str
    cards: Mapping[str, int]
    """Cards by where they stand: new, young, mature, suspended."""
    forecast: tuple[int, ...]
    """Cards due today (with those overdue), tomorrow, and on the days after."""
    days: tuple[DayTotal, ...]
    """Every study day with answers, in order."""
    streak: Streak
    retention: Mapping[int | None, Aged]
    """By the length of the period; None for all days."""
    by_difficulty: Mapping[str, Share]
    answers: Mapping[str, tuple[int, ...]]
    """First recalls of a day by age of the memory, then by grade 0 to 5."""
    ease: Mapping[float, int]
    """Cards met so far by ease, in steps of 0.1."""
    topics: tuple[TopicStanding, ...]
    labs: tuple[LabStanding, ...]

    @property
    def reviews(self) -> int:
        return sum(day.reviews for day in self.days)

    @property
    def seconds(self) -> int:
        return sum(day.seconds for day in self.days)

    @property
    def timed(self) -> int:
        return sum(day.timed for day in self.days)

    def last_days(self, number: int) -> list[DayTotal]:
        """Today and the days before it, the oldest first, days without an answer too."""
        known = {total.day: total for total in self.days}
        days = [self.day - timedelta(days=back) for back in reversed(range(number))]
        return [known.get(day, DayTotal(day, 0, 0, 0)) for day in days]


def streak(days: Collection[date], today: date) -> Streak:
    """Runs of study days without a gap, up to today: a day after it was written by a clock since set back."""
    longest, runs = 0, dict[date, int]()
    for day in sorted(day for day in days if day <= today):
        runs[day] = runs.get(day - timedelta(days=1), 0) + 1
        longest = max(longest, runs[day])
    return Streak(runs.get(today) or runs.get(today - timedelta(days=1), 0), longest, len(runs))


def retention(counts: Iterable[RecallCount]) -> dict[int | None, Aged]:
    """Recalls of cards met before, over each period and over all days. A longer period holds the shorter ones."""
    found = {(age, period): Share() for age in AGES for period in (*PERIODS, None)}
    for count in counts:
        longer = [period for period in PERIODS if count.period is not None and period >= count.period]
        for period in (*longer, None):
            found[count.age, period] += count.share
    return {period: Aged(found["young", period], found["mature", period]) for period in (*PERIODS, None)}


def answers(counts: Iterable[RecallCount]) -> dict[str, tuple[int, ...]]:
    """How often each grade was given, by age of the memory."""
    found = {age: [0] * 6 for age in AGES}
    for count in counts:
        found[count.age] = [one + more for one, more in zip(found[count.age], count.grades, strict=True)]
    return {age: tuple(grades) for age, grades in found.items()}


def shares_by(
    counts: Iterable[RecallCount], group: Callable[[RecallCount], str], order: Iterable[str]
) -> dict[str, Share]:
    """Retention by a group of the cards, in the order given; other groups are left out."""
    found = dict.fromkeys(order, Share())
    for count in counts:
        if count.age != "new" and group(count) in found:
            found[group(count)] += count.share
    return found


def standing(state: CardState) -> str:
    """untouched, shaky or done.

    Done: recalled at least twice in a row, and well (4 or 5) the last time. Shaky: met, and not there yet.
    """
    if state.introduced is None:
        return "untouched"
    settled = state.memory.repetitions >= SETTLED_FROM and (state.last_grade or 0) >= DRILL_BELOW
    return "done" if settled else "shaky"


def card_word(state: CardState) -> str:
    """suspended, new, young or mature (an interval of three weeks or more)."""
    if state.suspended:
        return "suspended"
    if state.introduced is None:
        return "new"
    return "mature" if state.memory.interval_days >= MATURE_FROM else "young"


def topic_map(
    cards: Iterable[CardCount], counts: Iterable[RecallCount], titles: Mapping[tuple[str, str], str]
) -> tuple[TopicStanding, ...]:
    """Where each topic stands.

    Args:
        titles: of the topics by module and topic, in the order wanted; topics of one title are one.
    """
    words = Counter[tuple[str, str]]()
    for card in cards:
        words[titles.get((card.module, card.topic), card.topic), card.standing] += card.cards
    order = dict.fromkeys([*titles.values(), *(topic for topic, _ in words)])
    recall = shares_by(counts, lambda count: titles.get((count.module, count.topic), count.topic), order)
    return tuple(
        TopicStanding(title, words[title, "done"], words[title, "shaky"], words[title, "untouched"], recall[title])
        for title in recall
    )


def eases(cards: Iterable[CardCount]) -> dict[float, int]:
    """Cards met so far by ease, rounded down to a tenth, without gaps."""
    tenths = Counter[int]()
    for card in cards:
        if card.tenths is not None:
            tenths[card.tenths] += card.cards
    return {round(n * EASE_STEP, 1): tenths[n] for n in range(min(tenths), max(tenths) + 1)} if tenths else {}
