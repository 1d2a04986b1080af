"""The learner's figures, gathered from sums that the database counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from studyapp.core import statistics as core
from studyapp.core.course import Difficulty
from studyapp.core.statistics import CardFacts, LabStanding, Share, Statistics
from studyapp.services import lab_log
from studyapp.services.ports import CardListing, ModuleListing
from studyapp.services.recall import LONGEST_ANSWER_MS, Recall

FORECAST_DAYS = 30


def gather(recall: Recall, modules: Sequence[ModuleListing]) -> Statistics:
    """Everything that is shown about the learner's work.

    Args:
        modules: the modules that there are; cards of others count in the history, not in the topic map.
    """
    store, learner, today = recall.store, recall.learner, recall.day
    titles = {(module.id, topic["id"]): topic["title"] for module in modules for topic in module.body.get("topics", ())}
    listings = [card for card in store.listing(learner) if not card.retired and not card.draft]
    facts = [CardFacts(titles.get((card.module, card.topic), card.topic), card.state) for card in listings]
    counts = store.recall_counts(learner, today)
    days = store.day_totals(learner, LONGEST_ANSWER_MS)
    states = [card.state for card in listings]
    words = Counter(core.card_word(state) for state in states)
    return Statistics(
        day=today,
        scheduler=recall.settings.scheduler,
        cards={word: words[word] for word in ("new", "young", "mature", "suspended")},
        forecast=_forecast(recall),
        days=tuple(days),
        streak=core.streak([total.day for total in days], today),
        retention=core.retention(counts),
        by_difficulty=core.shares_by(counts, lambda count: count.difficulty, [level.value for level in Difficulty]),
        answers=core.answers(counts),
        ease=core.eases(states),
        topics=core.topic_map(facts, counts, titles),
        labs=_labs(recall, listings),
    )


def _forecast(recall: Recall) -> tuple[int, ...]:
    today = recall.day
    due = recall.store.due_counts(recall.learner, date.min, today + timedelta(days=FORECAST_DAYS))
    now = sum(cards for day, cards in due.items() if day <= today)
    return (now, *(due.get(today + timedelta(days=ahead), 0) for ahead in range(1, FORECAST_DAYS + 1)))


def _labs(recall: Recall, listings: Sequence[CardListing]) -> tuple[LabStanding, ...]:
    """The labs that the cards point to, and those that were run."""
    runs = lab_log.history(recall)
    names = dict.fromkeys([card.lab for card in listings if card.lab] + [run.lab for run in runs])
    made = Counter(run.lab for run in runs)
    reproduced = Counter(run.lab for run in runs if run.outcome == "reproduced")
    return tuple(LabStanding(name, made[name], reproduced[name]) for name in names)


def described(figures: Statistics) -> dict[str, Any]:
    """Everything as plain values, for `studyapp stats --json`."""
    first = figures.day
    forecast = [{"day": (first + timedelta(days=n)).isoformat(), "cards": c} for n, c in enumerate(figures.forecast)]
    periods = [
        {
            "days": days,
            "young": share_values(aged.young),
            "mature": share_values(aged.mature),
            "all": share_values(aged.all),
        }
        for days, aged in figures.retention.items()
    ]
    return {
        "day": first.isoformat(),
        "scheduler": figures.scheduler,
        "cards": dict(figures.cards),
        "forecast": forecast,
        "retention": {
            "periods": periods,
            "difficulty": {level: share_values(share) for level, share in figures.by_difficulty.items()},
        },
        "time": {"reviews": figures.reviews, "timed": figures.timed, "seconds": figures.seconds},
        "streak": {"current": figures.streak.current, "longest": figures.streak.longest, "days": figures.streak.days},
        "days": [{"day": d.day.isoformat(), "reviews": d.reviews, "seconds": d.seconds} for d in figures.days],
        "answers": {age: list(grades) for age, grades in figures.answers.items()},
        "ease": [{"from": low, "cards": cards} for low, cards in figures.ease.items()],
        "topics": [
            {
                "title": t.title,
                "done": t.done,
                "shaky": t.shaky,
                "untouched": t.untouched,
                "recall": share_values(t.recall),
            }
            for t in figures.topics
        ],
        "labs": [{"lab": lab.name, "runs": lab.runs, "reproduced": lab.reproduced} for lab in figures.labs],
    }


def share_values(share: Share) -> dict[str, Any]:
    """A share with its 95 % interval; no rate while nothing was counted."""
    low, high = share.interval
    rate = None if share.rate is None else round(share.rate, 4)
    return {"recalled": share.hits, "asked": share.total, "rate": rate, "low": round(low, 4), "high": round(high, 4)}
