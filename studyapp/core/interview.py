"""A mock interview: which questions, which follow-ups, and what the scorecard says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from studyapp.core.calibration import SURE
from studyapp.core.course import Card, CardKind, FollowUp
from studyapp.core.draw import Rng, shares, shuffled
from studyapp.core.grading import proposed_grade
from studyapp.core.sm2 import PASSING_GRADE
from studyapp.core.text import one_line, visible

MOST_FOLLOW_UPS = 2
"""Follow-ups to one question."""
FOLLOW_UP_SHARE = 0.5
"""Of the time for a question, what a follow-up gets."""


def asked(cards: Iterable[Card], weights: Mapping[str, float], count: int, rng: Rng) -> tuple[Card, ...]:
    """At most `count` cards: topics by weight, in each topic those made for interviews first.

    Then cards with follow-ups, self-checks, and the rest; the same for the same seed whatever the order of `cards`.
    """
    known = sorted((card for card in cards if card.key_points and not card.draft), key=lambda card: card.id)
    chosen: list[Card] = []
    for tier in range(_REST + 1):
        by_topic: dict[str, list[Card]] = {}
        for card in shuffled((card for card in known if _tier(card) == tier), rng):
            by_topic.setdefault(card.topic, []).append(card)
        room = {topic: len(found) for topic, found in by_topic.items()}
        places = shares(weights, room, count - len(chosen), rng)
        chosen += [card for topic, places_ in places.items() for card in by_topic[topic][:places_]]
    return tuple(shuffled(chosen, rng))


_REST = 3


def _tier(card: Card) -> int:
    if card.kind is CardKind.INTERVIEW:
        return 0
    if card.follow_ups:
        return 1
    return 2 if card.kind is CardKind.SELF_CHECK else _REST


def follow_ups(card: Card, said: Collection[int]) -> tuple[FollowUp, ...]:
    """What an interviewer asks next: first what was left out, then what is always asked.

    Args:
        said: positions (from 0) of the key points that were said.
    """
    missed = {number for number in range(1, len(card.key_points) + 1) if number - 1 not in said}
    about = [one for one in card.follow_ups if missed.intersection(one.when_missed)]
    always = [one for one in card.follow_ups if not one.when_missed]
    about.sort(key=lambda one: -len(missed.intersection(one.when_missed)))
    return tuple([*about, *always][:MOST_FOLLOW_UPS])


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpMark:
    prompt: str
    answer: str
    said: bool
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One question of the interview as it went. Holds its own text: it is read when the card may have changed."""

    card: str
    topic: str
    prompt: str
    said: tuple[str, ...]
    missed: tuple[str, ...]
    seconds: int
    limit: int
    """Seconds that the answer should take at most."""
    typed: str = ""
    confidence: int | None = None
    review: str = ""
    """Id in the log."""
    follow_ups: tuple[FollowUpMark, ...] = ()

    @property
    def points(self) -> int:
        return len(self.said) + len(self.missed)

    @property
    def grade(self) -> int:
        return proposed_grade(len(self.said), self.points)

    @property
    def late(self) -> bool:
        return self.seconds > self.limit

    def advice(self) -> list[str]:
        """What to say better next time, in sentences; empty when nothing was missing."""
        words = [f"Say: {point}" for point in self.missed]
        words += [f"Asked “{one.prompt}”, say: {one.answer}" for one in self.follow_ups if not one.said]
        if self.late:
            words.append(f"Shorten it: {clock(self.seconds)} of {clock(self.limit)}. Begin with the key points.")
        if self.confidence is not None and self.confidence >= SURE and self.grade < PASSING_GRADE:
            words.append("You were sure. Read this one again before you rely on it.")
        return words


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    module: str
    at: datetime
    asked: int
    """Questions that were planned."""
    rounds: tuple[Round, ...] = field(default=())

    @property
    def said(self) -> int:
        return sum(len(one.said) for one in self.rounds)

    @property
    def points(self) -> int:
        return sum(one.points for one in self.rounds)

    @property
    def follow_ups(self) -> tuple[FollowUpMark, ...]:
        return tuple(mark for one in self.rounds for mark in one.follow_ups)

    @property
    def follow_ups_said(self) -> int:
        return sum(mark.said for mark in self.follow_ups)

    @property
    def seconds(self) -> int:
        return sum(one.seconds for one in self.rounds) + sum(mark.seconds for mark in self.follow_ups)

    def to_data(self) -> dict[str, Any]:
        """The data of the event: figures for charts, and the rounds for the scorecard."""
        return {
            "asked": self.asked,
            "answered": len(self.rounds),
            "points": self.points,
            "said": self.said,
            "follow_ups": len(self.follow_ups),
            "follow_ups_said": self.follow_ups_said,
            "seconds": self.seconds,
            "complete": len(self.rounds) == self.asked,
            "reviews": [one.review for one in self.rounds],
            "rounds": [asdict(one) for one in self.rounds],
        }


def scorecard_from(module: str, at: datetime, data: Mapping[str, Any]) -> Scorecard:
    """The scorecard that `to_data` described."""
    rounds = []
    for values in data.get("rounds", ()):
        marks = tuple(FollowUpMark(**mark) for mark in values["follow_ups"])
        changed = {"said": tuple(values["said"]), "missed": tuple(values["missed"]), "follow_ups": marks}
        rounds.append(Round(**{**values, **changed}))
    return Scorecard(module=module, at=at, asked=int(data.get("asked", len(rounds))), rounds=tuple(rounds))


def clock(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02}"


# -- as Markdown


def markdown(card: Scorecard, title: str) -> str:
    """The scorecard as a Markdown page; whatever stands in cards and answers is text there, not markup."""
    share = f" ({card.said / card.points:.0%})" if card.points else ""
    lines = [
        f"# Mock interview: {_text(title)}",
        "",
        f"{card.at:%Y-%m-%d %H:%M} UTC · {len(card.rounds)} of {card.asked} questions · {clock(card.seconds)}",
        "",
        "| | |",
        "|---|---|",
        f"| Key points said | {card.said} of {card.points}{share} |",
        f"| Follow-ups answered | {card.follow_ups_said} of {len(card.follow_ups)} |",
        f"| Over time | {sum(one.late for one in card.rounds)} of {len(card.rounds)} |",
    ]
    for number, one in enumerate(card.rounds, start=1):
        lines += ["", *_round(number, one)]
    return "\n".join(lines) + "\n"


def _round(number: int, one: Round) -> list[str]:
    how = "typed" if one.typed else "aloud"
    figures = f"{len(one.said)} of {one.points} key points · {clock(one.seconds)} of {clock(one.limit)} · {how}"
    lines = [f"## {number}. {_text(one.prompt)}", "", figures, ""]
    lines += [f"- [x] {_text(point)}" for point in one.said]
    lines += [f"- [ ] {_text(point)}" for point in one.missed]
    if one.typed:
        lines += ["", *(f"> {_text(line)}" for line in visible(one.typed).splitlines())]
    for mark in one.follow_ups:
        lines += ["", f"**Follow-up:** {_text(mark.prompt)} ({'answered' if mark.said else 'missed'})"]
    advice = one.advice()
    if advice:
        lines += ["", "**Better next time**", "", *(f"- {_text(words)}" for words in advice)]
    return lines


_MARKUP = str.maketrans({sign: "\\" + sign for sign in "\\`*_{}[]<>#|~!&"})


def _text(text: str) -> str:
    """One line in which no sign means anything to Markdown."""
    line = one_line(text, len(text) + 1).translate(_MARKUP)
    head = line[:1]
    return "\\" + line if head in ("-", "+", "=", ">") else line
