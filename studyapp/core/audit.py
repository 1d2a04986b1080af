"""The foundation-gap audit: what the log says of each statement, beside what the learner says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from studyapp.core.calibration import SURE
from studyapp.core.course import AuditStatement
from studyapp.core.grading import proposed_grade
from studyapp.core.log import Event, EventKind, Mode, Review
from studyapp.core.sm2 import PASSING_GRADE
from studyapp.core.text import date_words, listed, plural

GUESS = 1
"""Confidence of an answer that proves nothing when it was right."""


class Verdict(StrEnum):
    SOLID = "solid"
    SHAKY = "shaky"
    UNTESTED = "untested"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that says something about a card."""

    card_id: str
    day: date
    grade: int
    how: str
    """`recall`, `quiz`, `practice`, …, `explained aloud` or `explained in writing`."""
    confidence: int | None = None

    @property
    def wrong(self) -> bool:
        return self.grade < PASSING_GRADE

    @property
    def words(self) -> str:
        """Why the card does or does not hold."""
        on = f"on {date_words(self.day)}"
        if self.wrong and self.confidence is not None and self.confidence >= SURE:
            return f"sure, but wrong {on}"
        if self.wrong:
            return f"grade {self.grade} {on}"
        return f"right {on}, but only a guess" if self.confidence == GUESS else f"grade {self.grade} {on}"


@dataclass(frozen=True, slots=True)
class CardFinding:
    """What the log says of one card of a statement."""

    card_id: str
    latest: Answer | None
    """The worst answer of the last day on which there was one."""

    @property
    def verdict(self) -> Verdict:
        if self.latest is None:
            return Verdict.UNTESTED
        holds = not self.latest.wrong and self.latest.confidence != GUESS
        return Verdict.SOLID if holds else Verdict.SHAKY

    @property
    def name(self) -> str:
        """The card in a word or two, from its id."""
        return self.card_id.rpartition(".")[2].replace("-", " ")


@dataclass(frozen=True, slots=True)
class Explained:
    """One attempt to explain a statement."""

    id: str
    day: date
    said: int
    """Key points that were said, of all key points of the statement's cards."""
    total: int
    grades: Mapping[str, int]
    """By card, from the share of its key points."""
    how: str = "explained aloud"

    @property
    def words(self) -> str:
        return f"{self.how} on {date_words(self.day)}: {self.said} of {plural(self.total, 'key point')}"


@dataclass(frozen=True, slots=True)
class Tick:
    ticked: bool
    day: date


@dataclass(frozen=True, slots=True)
class Finding:
    """A statement with its verdict, and the learner's own tick."""

    statement: AuditStatement
    verdict: Verdict
    reason: str
    """One sentence: `solid because …`."""
    cards: tuple[CardFinding, ...]
    tick: Tick | None = None
    explained: Explained | None = None
    """The last attempt."""

    @property
    def name(self) -> str:
        return self.statement.id.replace("-", " ")

    @property
    def ticked(self) -> bool:
        return self.tick is not None and self.tick.ticked

    @property
    def disagreement(self) -> str:
        """Where tick and evidence part; empty when they agree."""
        if self.ticked and self.verdict is not Verdict.SOLID:
            return f"ticked, but the evidence says {self.verdict}"
        if not self.ticked and self.verdict is Verdict.SOLID:
            return "not ticked, though the evidence says solid"
        return ""

    @property
    def complete(self) -> bool:
        return self.ticked and self.verdict is Verdict.SOLID


def answer_of(review: Review) -> Answer | None:
    """What a review proves; None when it proves nothing.

    A drill repeats what was just seen. A right choice in a quiz may be recognised, not known; a wrong one tells.
    """
    if review.mode is Mode.DRILL or (review.mode is Mode.QUIZ and review.grade >= PASSING_GRADE):
        return None
    return Answer(review.card_id, review.study_day, review.grade, review.mode.value, review.confidence)


def explained(event: Event) -> Explained:
    """The attempt that an event logged; whatever it lacks counts as not said."""
    said = {str(card): points for card, points in dict(event.data.get("said") or {}).items()}
    totals = {str(card): int(total) for card, total in dict(event.data.get("of") or {}).items()}
    counts = {card: len(set(said.get(card) or ())) for card in totals}
    grades = {card: proposed_grade(counts[card], total) for card, total in totals.items() if total > 0}
    how = " aloud" if event.data.get("aloud", True) else " in writing" if event.data.get("answer") else ""
    return Explained(event.id, event.study_day, sum(counts.values()), sum(totals.values()), grades, f"explained{how}")


def assess(
    statement: AuditStatement,
    askable: Collection[str],
    reviews: Iterable[Review],
    events: Sequence[Event],
    today: date,
) -> Finding:
    """What the log says of one statement.

    A card holds when it was right on the last day on which it was asked: a miss stands for its day, for what is
    said after the answer was shown proves nothing. What is dated after today (a clock was set back) does not count.

    Args:
        askable: ids of the cards that can be asked; others of the statement are left out.
        reviews: answers to its cards that stand.
        events: its ticks and explanations that stand, newest first by the time of their making.
    """
    attempts = [explained(e) for e in events if e.kind is EventKind.EXPLAIN and e.study_day <= today]
    answers = [answer for review in reviews if (answer := answer_of(review)) and answer.day <= today]
    for attempt in attempts:
        answers += [Answer(card, attempt.day, grade, attempt.how) for card, grade in attempt.grades.items()]
    cards = tuple(CardFinding(card, _latest(card, answers)) for card in statement.cards if card in askable)
    verdict, reason = _verdict(cards)
    ticks = [event for event in events if event.kind is EventKind.AUDIT_TICK]
    tick = Tick(bool(ticks[0].data.get("ticked")), ticks[0].study_day) if ticks else None
    last = max(attempts, key=lambda attempt: (attempt.day, attempt.id), default=None)
    return Finding(statement, verdict, f"{verdict} because {reason}", cards, tick, last)


def _latest(card_id: str, answers: Iterable[Answer]) -> Answer | None:
    own = [answer for answer in answers if answer.card_id == card_id]
    if not own:
        return None
    last = max(answer.day for answer in own)
    return min((a for a in own if a.day == last), key=lambda a: (a.grade, a.confidence != GUESS))


def _verdict(cards: Sequence[CardFinding]) -> tuple[Verdict, str]:
    if not cards:
        return Verdict.UNTESTED, "none of its cards can be asked"
    number = f"{len(cards)} cards" if len(cards) > 1 else "card"
    shaky = [card for card in cards if card.verdict is Verdict.SHAKY]
    if shaky:
        named = listed([f"{card.name} ({card.latest.words})" for card in shaky if card.latest])
        return Verdict.SHAKY, f"{len(shaky)} of its {number} did not hold when last asked: {named}"
    missing = sum(card.latest is None for card in cards)
    if missing == len(cards):
        return Verdict.UNTESTED, f"none of its {number} was asked yet" if len(
            cards
        ) > 1 else "its card was not asked yet"
    if missing:
        return Verdict.UNTESTED, f"{missing} of its {number} {'was' if missing == 1 else 'were'} not asked yet"
    last = max(card.latest.day for card in cards if card.latest)
    every = f"all {number}" if len(cards) > 1 else "its card"
    were = "were" if len(cards) > 1 else "was"
    return Verdict.SOLID, f"{every} {were} right when last asked, the latest on {date_words(last)}"
