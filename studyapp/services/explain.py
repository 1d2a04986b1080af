"""Explaining an audit statement aloud, and ticking what was said of the key points of its cards."""

from __future__ import annotations

from dataclasses import dataclass, field

from studyapp.core.course import AuditStatement, Card
from studyapp.core.log import EventKind
from studyapp.errors import StudyError
from studyapp.services.recall import Recall
from studyapp.services.standing import Standing


@dataclass(slots=True)
class Explanation:
    """One attempt; nothing is logged before its points are ticked."""

    recall: Recall
    module: str
    statement: AuditStatement
    cards: tuple[Card, ...]
    said: set[tuple[str, int]] = field(default_factory=set)
    """Card and position of each key point that was said."""

    @classmethod
    def begin(cls, recall: Recall, now: Standing, statement_id: str) -> Explanation:
        """An attempt at one statement.

        Raises:
            UsageError: no such statement.
            StudyError: none of its cards can be asked.
        """
        finding = now.finding(statement_id)
        cards = tuple(recall.card(card.card_id) for card in finding.cards)
        if not any(card.key_points for card in cards):
            raise StudyError(f"{statement_id} has no key points to compare with; `studyapp content check` tells more.")
        return cls(recall, now.module, finding.statement, cards)

    @property
    def points(self) -> tuple[tuple[Card, int], ...]:
        """Every key point, card by card."""
        return tuple((card, number) for card in self.cards for number in range(len(card.key_points)))

    def tick(self, card_id: str, number: int) -> None:
        """Ticks a point, or takes the tick away."""
        self.said ^= {(card_id, number)}

    def record(self, seconds: float, typed: str = "", *, aloud: bool | None = None) -> None:
        """Logs the attempt; it counts as evidence for each of the cards.

        Args:
            aloud: whether it was said aloud; by default as the settings say.
        """
        data = {
            "said": {card.id: sorted(n for card_id, n in self.said if card_id == card.id) for card in self.cards},
            "of": {card.id: len(card.key_points) for card in self.cards},
            "seconds": round(seconds),
            "aloud": self.recall.settings.said_aloud(typed, aloud),
            "answer": typed.strip(),
        }
        self.recall.log_event(EventKind.EXPLAIN, f"{self.module}/{self.statement.id}", data)
