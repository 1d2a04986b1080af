"""The same simulated learners under both schedulers, with the learner's own settings and cards."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from studyapp import settings as known
from studyapp.core.plan import new_per_day
from studyapp.core.simulation import RUNS, Estimate, Plan, Run, estimate, simulate
from studyapp.services.recall import Recall

CARDS_WITHOUT_CONTENT = 100
FIGURES: Mapping[str, Callable[[Run], float]] = {
    "answers": lambda run: run.answers,
    "minutes": lambda run: run.minutes,
    "busiest_day": lambda run: run.busiest,
    "recalled": lambda run: run.recalled,
    "known_at_end": lambda run: run.known,
}


@dataclass(frozen=True, slots=True)
class Simulated:
    """Runs by scheduler; run n of each has the same cards and the same luck."""

    plan: Plan
    seed: int
    retention: int
    """Percent, for FSRS."""
    runs: Mapping[str, Sequence[Run]]

    def figure(self, scheduler: str, name: str) -> Estimate:
        return estimate([FIGURES[name](run) for run in self.runs[scheduler]])

    def difference(self, name: str) -> Estimate:
        """FSRS minus SM-2, run by run."""
        pairs = zip(self.runs["fsrs"], self.runs["sm2"], strict=True)
        return estimate([FIGURES[name](one) - FIGURES[name](other) for one, other in pairs])

    def weeks(self, scheduler: str) -> list[Estimate]:
        """Answers in each week."""
        return [estimate(week) for week in zip(*(run.weeks for run in self.runs[scheduler]), strict=True)]


def run_simulation(recall: Recall, days: int, seed: int) -> Simulated:
    """Ten simulated learners for so many days, once under each scheduler."""
    cards = sum(not (card.retired or card.draft) for card in recall.store.listing(recall.learner))
    cards = cards or CARDS_WITHOUT_CONTENT
    settings = known.changed(recall.settings, "target_date", "none")
    plan = Plan(cards, new_per_day(cards, settings.new_limit), settings.due_per_day, days)
    runs = {}
    for scheduler in ("sm2", "fsrs"):
        schedule = known.changed(settings, "scheduler", scheduler).schedule
        runs[scheduler] = [simulate(plan, schedule, random.Random(f"{seed} {number}")) for number in range(RUNS)]
    return Simulated(plan, seed, settings.desired_retention, runs)


def described(found: Simulated) -> dict[str, Any]:
    """Plain values, for `studyapp simulate --json`."""
    plan = found.plan
    return {
        "days": plan.days,
        "cards": plan.cards,
        "new_a_day": plan.new_a_day,
        "due_a_day": plan.due_a_day,
        "seed": found.seed,
        "runs": RUNS,
        "desired_retention": found.retention,
        "schedulers": {
            scheduler: {
                **{name: _values(found.figure(scheduler, name)) for name in FIGURES},
                "answers_a_week": [_values(week) for week in found.weeks(scheduler)],
            }
            for scheduler in found.runs
        },
        "fsrs_minus_sm2": {name: _values(found.difference(name)) for name in FIGURES},
    }


def _values(found: Estimate) -> dict[str, float]:
    return {"mean": round(found.mean, 4), "low": round(found.low, 4), "high": round(found.high, 4)}
