"""Both schedulers side by side: what a change would move, and which one knows the learner's memory better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zlib import crc32

from studyapp import settings as known
from studyapp.core import scoring
from studyapp.core.log import voided
from studyapp.core.schedule import replay
from studyapp.core.scoring import ENOUGH_FORGOTTEN, ENOUGH_RECALLS, Prediction, Score
from studyapp.core.target import recall_probability
from studyapp.core.text import plural
from studyapp.services.recall import Recall
from studyapp.settings import Settings

AHEAD_DAYS = 30
MOST_RECALLS = 20_000
"""Of a longer history a sample of the cards is scored, each with all its recalls."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change of the scheduler would do to the cards that can be asked."""

    cards: int
    """Cards met so far."""
    earlier: int
    later: int
    due_now: tuple[int, int]
    """Cards due today: as it is, as it would be."""
    due_soon: tuple[int, int]
    """Today and in the 30 days after."""

    @property
    def moved(self) -> int:
        return self.earlier + self.later

    @property
    def words(self) -> str:
        if not self.cards:
            return "no card was met yet, so none moves"
        if not self.moved:
            return f"none of {plural(self.cards, 'card')} moves"
        verb = "moves" if self.moved == 1 else "move"
        return (
            f"{self.moved} of {plural(self.cards, 'card')} {verb}, {self.earlier} earlier, {self.later} later;"
            f" due today {self.due_now[0]} → {self.due_now[1]},"
            f" within {AHEAD_DAYS} days {self.due_soon[0]} → {self.due_soon[1]}"
        )


def preview(recall: Recall, name: str, value: str) -> Preview:
    """What a setting would move, had it that value. Nothing is changed.

    Raises:
        UsageError: no such setting, or a value it cannot have.
    """
    schedule = known.changed(recall.settings, name, value).schedule
    store, learner, today = recall.store, recall.learner, recall.day
    soon = today + timedelta(days=AHEAD_DAYS)
    before, after = [], []
    for card in store.listing(learner):
        if card.state.due is None or card.retired or card.draft or card.state.suspended:
            continue
        state = replay(card.id, store.reviews_of(learner, card.id), store.events_of(learner, card.id), schedule)
        before.append(card.state.due)
        after.append(state.due or card.state.due)
    return Preview(
        cards=len(before),
        earlier=sum(then < now for now, then in zip(before, after, strict=True)),
        later=sum(then > now for now, then in zip(before, after, strict=True)),
        due_now=(sum(day <= today for day in before), sum(day <= today for day in after)),
        due_soon=(sum(day <= soon for day in before), sum(day <= soon for day in after)),
    )


def preview_values(found: Preview) -> dict[str, Any]:
    """Plain values, for `studyapp settings NAME VALUE --preview --json`."""
    return {
        "cards": found.cards,
        "moved": found.moved,
        "earlier": found.earlier,
        "later": found.later,
        "due_today": {"now": found.due_now[0], "then": found.due_now[1]},
        "due_in_30_days": {"now": found.due_soon[0], "then": found.due_soon[1]},
    }


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both schedulers over the learner's own recalls."""

    recalls: int
    forgotten: int
    cards: int
    sampled: bool
    """Not all cards were looked at: the history is long."""
    scores: Mapping[str, Score]
    """By scheduler; empty while there is too little."""
    constant: float
    """Log loss of always saying the learner's own average."""
    difference: tuple[float, float, float]
    """Log loss of SM-2 minus that of FSRS-6, with its 95 % interval."""

    @property
    def enough(self) -> bool:
        return bool(self.scores)

    @property
    def verdict(self) -> str:
        """What can be told, or what is still needed for it."""
        if not self.enough:
            return (
                f"Go on answering what is due: from {ENOUGH_RECALLS} recalls of cards met before on, at least"
                f" {ENOUGH_FORGOTTEN} of them forgotten, it is told here which scheduler expects you better."
                f" So far there {'is' if self.recalls == 1 else 'are'} {plural(self.recalls, 'recall')},"
                f" {self.forgotten} forgotten."
            )
        mean, low, high = self.difference
        if low > 0 or high < 0:
            better, worse = ("FSRS-6", "SM-2") if mean > 0 else ("SM-2", "FSRS-6")
            return f"{better} has expected your recalls better than {worse}."
        return "Your recalls so far do not tell which of the two expects them better."


def compare(recall: Recall) -> Comparison:
    """Scores the learner's own history under SM-2 (with the options set) and FSRS-6 (default parameters)."""
    made: dict[str, list[Prediction]] = {"sm2": [], "fsrs": []}
    ids = sorted(recall.store.card_ids(recall.learner), key=lambda card_id: crc32(card_id.encode()))
    looked_at = 0
    for card_id in ids:
        if len(made["sm2"]) >= MOST_RECALLS:
            break
        looked_at += 1
        for name, found in _predictions(recall, card_id).items():
            made[name] += found
    return _compared(made["sm2"], made["fsrs"], sampled=looked_at < len(ids))


def _predictions(recall: Recall, card_id: str) -> dict[str, list[Prediction]]:
    from studyapp.core import fsrs  # loads a package that SM-2 does not need

    undone = voided(recall.store.events_of(recall.learner, card_id))
    reviews = [review for review in recall.store.reviews_of(recall.learner, card_id) if review.id not in undone]
    sm2 = _without_target(recall.settings, "sm2").schedule
    return {
        "sm2": scoring.predictions(
            card_id, reviews, sm2, lambda memory, days: recall_probability(days, max(1, memory.interval_days))
        ),
        "fsrs": scoring.predictions(card_id, reviews, fsrs.next_memory, fsrs.recall_probability),
    }


def _without_target(settings: Settings, scheduler: str) -> Settings:
    return known.changed(known.changed(settings, "scheduler", scheduler), "target_date", "none")


def _compared(sm2: list[Prediction], fsrs: list[Prediction], sampled: bool) -> Comparison:
    forgotten = sum(not one.recalled for one in sm2)
    cards = len({one.card_id for one in sm2})
    if len(sm2) < ENOUGH_RECALLS or forgotten < ENOUGH_FORGOTTEN:
        return Comparison(len(sm2), forgotten, cards, sampled, {}, 0.0, (0.0, 0.0, 0.0))
    losses = [(one.card_id, one.loss - other.loss) for one, other in zip(sm2, fsrs, strict=True)]
    mean, half = scoring.mean_of_cards(losses)
    return Comparison(
        recalls=len(sm2),
        forgotten=forgotten,
        cards=cards,
        sampled=sampled,
        scores={"sm2": scoring.score(sm2), "fsrs": scoring.score(fsrs)},
        constant=scoring.constant_loss(sm2),
        difference=(mean, mean - half, mean + half),
    )


def comparison_values(found: Comparison) -> dict[str, Any]:
    """Plain values, for `studyapp stats --schedulers --json`."""
    mean, low, high = found.difference
    return {
        "recalls": found.recalls,
        "forgotten": found.forgotten,
        "needed": {"recalls": ENOUGH_RECALLS, "forgotten": ENOUGH_FORGOTTEN},
        "sampled": found.sampled,
        "verdict": found.verdict,
        "scores": {name: _score_values(score) for name, score in found.scores.items()},
        "constant_log_loss": round(found.constant, 4) if found.enough else None,
        "sm2_minus_fsrs": {"mean": _rounded(mean), "low": _rounded(low), "high": _rounded(high)}
        if found.enough
        else None,
    }


def _score_values(score: Score) -> dict[str, Any]:
    bins = [
        {"expected": round(part.expected, 4), "recalled": part.recalled.hits, "asked": part.recalled.total}
        for part in score.bins
    ]
    return {
        "log_loss": _rounded(score.log_loss),
        "low": _rounded(score.low),
        "high": _rounded(score.high),
        "bins": bins,
    }


def _rounded(value: float) -> float:
    return round(value, 4)
