"""The learner's figures, gathered from sums that the database counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from studyapp.core import statistics as core
from studyapp.core.course import Difficulty
from studyapp.core.statistics import CardCount, LabStanding, Share, Statistics
from studyapp.errors import StudyError
from studyapp.services import lab_log
from studyapp.services.ports import ModuleListing
from studyapp.services.recall import LONGEST_ANSWER_MS, Recall

FORECAST_DAYS = 30
KEEP_SUMS_EVERY = 1_000
"""Records."""


def gather(recall: Recall, modules: Sequence[ModuleListing]) -> Statistics:
    """Everything that is shown about the learner's work.

    Args:
        modules: the modules that there are; cards of others count in the history, not in the topic map.
    """
    store, learner, today = recall.store, recall.learner, recall.day
    titles = {(module.id, topic["id"]): topic["title"] for module in modules for topic in module.body.get("topics", ())}
    _keep_sums(recall)
    sums, cards = store.log_sums(learner, today, LONGEST_ANSWER_MS), store.card_counts(learner)
    words = Counter[str]()
    for card in cards:
        words[card.word] += card.cards
    return Statistics(
        day=today,
        scheduler=recall.settings.scheduler,
        cards={word: words[word] for word in ("new", "young", "mature", "suspended")},
        forecast=_forecast(recall),
        days=sums.days,
        streak=core.streak([total.day for total in sums.days], today),
        retention=core.retention(sums.by_period),
        by_difficulty=core.shares_by(
            sums.by_topic, lambda count: count.difficulty, [level.value for level in Difficulty]
        ),
        answers=core.answers(sums.by_period),
        ease=core.eases(cards),
        topics=core.topic_map(cards, sums.by_topic, titles),
        labs=_labs(recall, cards),
    )


def _keep_sums(recall: Recall) -> None:
    """Now and then, so that the figures of a long log need not count all of it."""
    if recall.store.uncounted(recall.learner) >= KEEP_SUMS_EVERY:
        with suppress(StudyError), recall.store.transaction() as tx:  # a full disk is no hindrance to look at figures
            tx.keep_sums(recall.learner, LONGEST_ANSWER_MS)


def _forecast(recall: Recall) -> tuple[int, ...]:
    today = recall.day
    due = recall.store.due_counts(recall.learner, date.min, today + timedelta(days=FORECAST_DAYS))
    now = sum(cards for day, cards in due.items() if day <= today)
    return (now, *(due.get(today + timedelta(days=ahead), 0) for ahead in range(1, FORECAST_DAYS + 1)))


def _labs(recall: Recall, cards: Sequence[CardCount]) -> tuple[LabStanding, ...]:
    """The labs that the cards point to, and those that were run."""
    runs = lab_log.history(recall)
    names = dict.fromkeys([card.lab for card in cards if card.lab] + [run.lab for run in runs])
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
