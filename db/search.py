"""Search words as SQL. Words of one of a few values (state, kind, difficulty) become lists of these."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from studyapp.core.course import CardKind, Difficulty
from studyapp.core.search import STATES, Term

CARDS = "FROM cards c LEFT JOIN schedule s ON s.card_id = c.id AND s.learner = :learner"
RETIRED = "c.retired OR NOT coalesce(s.askable OR c.draft, TRUE)"
STATE_WORD = (
    f"CASE WHEN {RETIRED} THEN 'retired' WHEN c.draft THEN 'draft' WHEN s.suspended THEN 'suspended'"
    " WHEN s.buried_until > :today THEN 'buried' WHEN s.due IS NULL THEN 'new' WHEN s.due <= :today THEN 'due'"
    " ELSE 'waiting' END"
)
"""As `CardState.name` and the content have it."""
ALL_DUE = (Term("due", "state"),)
TEXTS = {"topic": "c.topic", "lab": "c.lab", "module": "c.module", "id": "c.id"}


class Conditions:
    """The condition for all terms, and the parameters that it takes."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self.parameters: dict[str, str] = {}
        self.sql = " AND ".join([f"({self._fits(term)})" for term in terms]) or "TRUE"

    def _fits(self, term: Term) -> str:
        match term.field:
            case "state":
                return self._state(term.text)
            case "kind":
                return _any("c.kind", [kind for kind in CardKind if term.text in _spoken(kind)])
            case "difficulty":
                return _any("c.difficulty", [level for level in Difficulty if term.text in level])
            case "":
                return f"c.id IN ({' UNION '.join(self._anywhere(term.text))})"
        return self._contains(TEXTS[term.field], term.text)

    def _anywhere(self, text: str) -> Iterable[str]:
        words = f"words LIKE {self._pattern(text)} ESCAPE '!'"
        yield f"SELECT card_id FROM card_words WHERE {words}"
        note = self._contains("note", text)
        yield f"SELECT card_id FROM schedule WHERE learner = :learner AND note <> '' AND {note}"
        if any(text in word for word in (*STATES, "flagged")):
            yield f"SELECT c.id {CARDS} WHERE {self._state(text)}"

    def _state(self, text: str) -> str:
        words = [word for word in STATES if text in word]
        word = _any(STATE_WORD, words)
        if words == ["due"]:
            word = f"s.due <= :today AND {word}"  # says the same, and lets the index on that day be used
        return f"{word} OR s.flag > 0" if text in "flagged" else word

    def _contains(self, column: str, text: str) -> str:
        """Whether a part of the column is the text. SQLite folds the case of a to z alone, so of other letters
        the usual forms are looked for too."""
        forms = [text] if text.isascii() else dict.fromkeys((text, text.upper(), text.capitalize(), text.title()))
        return " OR ".join(f"lower({column}) LIKE lower({self._pattern(form)}) ESCAPE '!'" for form in forms)

    def _pattern(self, text: str) -> str:
        escaped = "".join(f"!{letter}" if letter in "!%_" else letter for letter in text)
        name = f"word{len(self.parameters)}"
        self.parameters[name] = f"%{escaped}%"
        return f":{name}"


def _spoken(kind: CardKind) -> str:
    return f"{kind.replace('_', '-')} {kind.replace('_', ' ')}"


def _any(expression: str, values: Sequence[str]) -> str:
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{expression} IN ({listed})" if values else "FALSE"
