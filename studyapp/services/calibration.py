"""How well the learner knows what he knows, from the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from studyapp.core.calibration import (
    Judgement,
    Reliability,
    SureButWrong,
    judgements,
    reliability,
    sure_but_wrong,
)
from studyapp.core.log import Mode
from studyapp.services.course import standing
from studyapp.services.library import Library
from studyapp.services.recall import WHOLE_LOG, Recall

SHOWN = 8
"""Surprises in a list for people."""


@dataclass(frozen=True, slots=True)
class TopicCalibration:
    topic: str
    title: str
    found: Reliability


@dataclass(frozen=True, slots=True)
class Surprise:
    """A card on which the learner was sure and wrong, with its question."""

    found: SureButWrong
    prompt: str


@dataclass(frozen=True, slots=True)
class Calibration:
    total: Reliability
    topics: tuple[TopicCalibration, ...]
    """Those with answers, the worst score first."""
    surprises: tuple[Surprise, ...]
    unsaid: int
    """Answers without a confidence."""

    @property
    def standing(self) -> tuple[Surprise, ...]:
        """The surprises that were not right since."""
        return tuple(one for one in self.surprises if not one.found.repaired)

    @property
    def rest_words(self) -> str:
        """What a list of the first few surprises leaves out; empty when nothing."""
        left, later = len(self.standing) - SHOWN, len(self.surprises) - len(self.standing)
        parts = [f"{left} more"] * (left > 0) + [f"{later} that {'was' if later == 1 else 'were'} right since"] * (
            later > 0
        )
        return "and " + " and ".join(parts) if parts else ""


def calibration(recall: Recall, library: Library) -> Calibration:
    """Every answer that stands and for which a confidence was given, of all modules and modes but the drill."""
    reviews = standing(recall, reversed(recall.store.latest_reviews(recall.learner, WHOLE_LOG)))
    listed = {card.id: card for card in recall.store.listing(recall.learner)}
    topic_of = {card.id: card.topic for card in listed.values()}
    said = judgements(reviews, topic_of)
    titles = {
        (module.id, topic["id"]): str(topic["title"])
        for module in library.modules()
        for topic in module.body.get("topics", ())
    }
    by_topic: dict[tuple[str, str], list[Judgement]] = {}  # two modules may have a topic of one name
    for one in said:
        module = listed[one.card_id].module if one.card_id in listed else ""
        by_topic.setdefault((module, one.topic), []).append(one)
    topics = [TopicCalibration(key[1], titles.get(key, key[1]), reliability(of)) for key, of in by_topic.items()]
    topics.sort(key=lambda one: (-(one.found.brier or 0.0), one.title))
    surprises = [
        Surprise(found, listed[found.card_id].prompt if found.card_id in listed else found.card_id)
        for found in sure_but_wrong(reviews, topic_of)
    ]
    asked = sum(review.mode is not Mode.DRILL for review in reviews)
    return Calibration(reliability(said), tuple(topics), tuple(surprises), asked - len(said))


def described(found: Calibration) -> dict[str, Any]:
    """As `calibration --json`."""
    return {
        **_values(found.total),
        "without_confidence": found.unsaid,
        "sure_but_wrong": [
            {
                "card": one.found.card_id,
                "topic": one.found.topic,
                "confidence": one.found.confidence,
                "day": one.found.day.isoformat(),
                "times": one.found.times,
                "repaired": one.found.repaired,
            }
            for one in found.surprises
        ],
        "topics": [{"topic": one.topic, "title": one.title, **_values(one.found)} for one in found.topics],
    }


def _values(found: Reliability) -> dict[str, Any]:
    return {
        "answers": found.answers,
        "right": found.right,
        "stated": found.stated,
        "share": found.share,
        "low": found.share_interval[0],
        "high": found.share_interval[1],
        "brier": found.brier,
        "brier_low": found.interval[0],
        "brier_high": found.interval[1],
        "verdict": found.verdict,
        "levels": [
            {
                "confidence": level.confidence,
                "stated": level.stated,
                "answers": level.answers,
                "right": level.right,
                "share": level.share,
                "low": level.interval[0],
                "high": level.interval[1],
                "verdict": level.verdict,
            }
            for level in found.levels
        ],
    }
