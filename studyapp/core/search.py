"""Words that narrow a list of cards: `trap`, `due`, `topic:forward`, or a part of the question."""

from __future__ import annotations

from dataclasses import dataclass

FIELDS = ("topic", "kind", "state", "difficulty", "lab", "module", "id")
STATES = ("retired", "draft", "suspended", "buried", "new", "due", "waiting")


@dataclass(frozen=True, slots=True)
class Term:
    """One word, a part of what it is looked for in."""

    text: str
    """Casefolded."""
    field: str = ""
    """One of `FIELDS`; empty for any, the question and the learner's note included."""


def terms(query: str) -> tuple[Term, ...]:
    """The words of a query; a card is found when every one of them fits."""
    return tuple(_term(word) for word in query.casefold().split())


def _term(word: str) -> Term:
    name, colon, value = word.partition(":")
    return Term(value, name) if colon and name in FIELDS else Term(word)
