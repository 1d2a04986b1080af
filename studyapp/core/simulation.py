"""A year of a simulated learner under a scheduler: the workload, and what is known for it.

The memory is neither SM-2's nor FSRS's: it is the activation model of P. I. Pavlik and J. R. Anderson ("Practice
and forgetting effects on vocabulary memory", Cognitive Science 29, 2005). Each practice k of a card leaves a trace
that decays as a power of its age, and the faster the more active the card was then (which is the spacing effect):

    m(t) = ln sum_k (t - t_k)^(-d_k),    d_k = c e^m(t_k) + a,

and a card is recalled when m and a logistic noise pass the card's threshold. The values below are this program's:
with them an average card, read a day ago, is recalled by six learners in ten, and nine in ten a day after its first
answer. It says how two schedules differ for such a learner, not how you will do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp, log, sqrt

from studyapp.core.draw import Rng
from studyapp.core.schedule import Scheduler
from studyapp.core.sm2 import DRILL_BELOW, PASSING_GRADE, Memory

DECAY_SCALE, LEAST_DECAY = 0.217, 0.177
"""c and a of the model."""
THRESHOLD, THRESHOLD_SCALE = -1.46, 0.14
"""Mean over the cards, and scale of their logistic spread: some cards are hard."""
NOISE = 0.255
"""Scale of the noise of a single answer."""
UNITS_A_DAY = 2160.0
"""A day away from the cards makes one forget like 36 minutes among them, in seconds."""
SAME_DAY = 0.1
"""Days between the answers to a card that is repeated until it is good."""
MOST_DRILLS = 5
DUE_SECONDS, NEW_SECONDS = 30, 75
RUNS = 10
T_95 = 2.262
"""Student's t for ten runs."""
STEP_DAYS = 7


@dataclass(slots=True)
class SimulatedCard:
    """One card in the simulated head, and its place in the schedule."""

    threshold: float
    memory: Memory = field(default_factory=Memory)
    due: int | None = None
    last: int | None = None
    practices: list[tuple[float, float]] = field(default_factory=list)
    """Day, and decay of its trace."""

    def activation(self, day: float) -> float:
        """m(t); minus infinity before the first practice."""
        traces = sum(((day - when) * UNITS_A_DAY) ** -decay for when, decay in self.practices)
        return log(traces) if traces else float("-inf")

    def practise(self, day: float) -> None:
        self.practices.append((day, DECAY_SCALE * exp(self.activation(day)) + LEAST_DECAY))

    def recall(self, day: float) -> float:
        """The probability of recall."""
        return 1 / (1 + exp((self.threshold - self.activation(day)) / NOISE)) if self.practices else 0.0

    def answer(self, day: float, rng: Rng) -> int:
        """One try, which is also a practice. The grade is how far the noisy activation is from the threshold."""
        margin = (self.activation(day) - self.threshold) / NOISE + _logistic(rng)
        self.practise(day)
        return sum(margin >= bound for bound in (-3, -1, 0, 1, 3))


def _logistic(rng: Rng) -> float:
    chance = min(1 - 1e-12, max(1e-12, rng.random()))
    return log(chance / (1 - chance))


@dataclass(frozen=True, slots=True)
class Plan:
    """What is learned, and how much of it a day."""

    cards: int
    new_a_day: int
    due_a_day: int
    days: int


@dataclass(frozen=True, slots=True)
class Run:
    """One simulated year."""

    answers: int
    minutes: float
    busiest: int
    """Answers on the busiest day."""
    recalled: float
    """Share of the due cards recalled at the first try of the day."""
    known: float
    """Expected share of all cards recalled at the end."""
    weeks: tuple[int, ...]
    """Answers in each whole week."""


def simulate(plan: Plan, schedule: Scheduler, rng: Rng) -> Run:
    """Lives through the days of a plan, every day with all that is due (up to the cap) and the day's new cards."""
    cards = [SimulatedCard(THRESHOLD + THRESHOLD_SCALE * _logistic(rng)) for _ in range(plan.cards)]
    daily, asked, recalled, seconds = [0] * plan.days, 0, 0, 0
    for day in range(plan.days):
        due = sorted(
            (card for card in cards if card.due is not None and card.due <= day), key=lambda card: card.due or 0
        )
        new = [card for card in cards if card.due is None][: plan.new_a_day]
        for card in (*due[: plan.due_a_day], *new):
            if card.last is None:
                card.practise(day - 1.0)  # the chapter was read the day before
            grade, tries = _study(card, day, schedule, rng)
            daily[day] += tries
            seconds += DUE_SECONDS * tries + (NEW_SECONDS - DUE_SECONDS) * (card in new)
            if card not in new:
                asked, recalled = asked + 1, recalled + (grade >= PASSING_GRADE)
    return Run(
        answers=sum(daily),
        minutes=seconds / 60,
        busiest=max(daily, default=0),
        recalled=recalled / asked if asked else 0.0,
        known=sum(card.recall(plan.days) for card in cards) / len(cards) if cards else 0.0,
        weeks=tuple(
            sum(daily[start : start + STEP_DAYS])
            for start in range(0, max(1, plan.days - plan.days % STEP_DAYS), STEP_DAYS)
        ),
    )


def _study(card: SimulatedCard, day: int, schedule: Scheduler, rng: Rng) -> tuple[int, int]:
    """The first grade, which moves the schedule, and how many tries it took to be good."""
    first = grade = card.answer(day, rng)
    tries = 1
    while grade < DRILL_BELOW and tries <= MOST_DRILLS:
        grade = card.answer(day + SAME_DAY * tries, rng)
        tries += 1
    card.memory = schedule(card.memory, first, day - card.last if card.last is not None else 0)
    card.due, card.last = day + card.memory.interval_days, day
    return first, tries


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over the runs, with its 95 % interval."""

    mean: float
    low: float
    high: float


def estimate(values: Sequence[float]) -> Estimate:
    """
    Raises:
        ValueError: not one value a run.
    """
    if len(values) != RUNS:
        raise ValueError(f"{RUNS} runs are needed, not {len(values)}")
    mean = sum(values) / RUNS
    half = T_95 * sqrt(sum((value - mean) ** 2 for value in values) / (RUNS - 1) / RUNS)
    return Estimate(mean, mean - half, mean + half)
