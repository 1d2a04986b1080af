"""Questions with answers that a program can mark, made from a module's cards, and a quiz drawn from them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from math import isfinite

from studyapp.core.course import Card, CardKind, MentalModel, NumericQuestion
from studyapp.core.draw import Rng, picked, shares, shuffled

MOST_CHOICES, MOST_STEPS, MOST_MODELS = 4, 6, 4
"""Options of one question; each has a letter of its own, a to f."""
GAP = "▁▁▁▁"
PICKED_GRADE, MADE_GRADE, WRONG_GRADE = 4, 5, 1
"""Grades in the log: right among given answers (that may be luck), right from one's own head, wrong."""


class Kind(StrEnum):
    CHOICE = "choice"
    TRAP = "trap"
    ORDER = "order"
    MATCH = "match"
    GAP = "gap"
    NUMBER = "number"

    @property
    def task(self) -> str:
        return _TASKS[self]

    @property
    def made(self) -> bool:
        """Whether the answer comes from the learner's own head."""
        return self in (Kind.ORDER, Kind.NUMBER)

    @property
    def ordered(self) -> bool:
        """Whether the answer is several letters in turn."""
        return self in (Kind.ORDER, Kind.MATCH)


_TASKS = {
    Kind.CHOICE: "Which answer is right?",
    Kind.TRAP: "True, or a trap?",
    Kind.ORDER: "Put these in order: their letters, first to last.",
    Kind.MATCH: "For each idea in turn, the letter of its picture.",
    Kind.GAP: "What belongs in the gap?",
    Kind.NUMBER: "Give the number.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    kind: Kind
    topic: str
    cards: tuple[str, ...]
    """The card that it is about; for a match the card of each row."""
    prompt: str
    given: str = ""
    """The claim to judge, or the formula with its gap."""
    rows: tuple[str, ...] = ()
    """Models to match with the options."""
    options: tuple[str, ...] = ()
    right: tuple[int, ...] = ()
    """Positions among the options: the right one, their right order, or the one of each row."""
    reasons: tuple[str, ...] = ()
    """Why each option is wrong; "" where nothing is known or it is right."""
    number: NumericQuestion | None = None
    explanation: str = ""
    """Markdown: how the number comes about and the card's answer; for a match how the answer of each row begins."""


@dataclass(frozen=True, slots=True)
class Marked:
    """An answer against the right one."""

    right: bool
    parts: tuple[bool, ...]
    """For each card of the question whether it was right."""
    grades: tuple[int, ...]
    """For each card its grade in the log."""


def marked(question: Question, letters: Sequence[int] = (), typed: str = "") -> Marked:
    """Marks an answer: positions of options, or what was typed when a number is asked for."""
    match question.kind:
        case Kind.NUMBER:
            parts: tuple[bool, ...] = (_near(question.number, typed),)
        case Kind.ORDER:  # two steps that read the same may change places
            parts = (_texts(question, letters) == _texts(question, question.right),)
        case Kind.MATCH:
            parts = tuple(n < len(letters) and letters[n] == right for n, right in enumerate(question.right))
        case _:
            parts = (tuple(letters) == question.right,)
    good = MADE_GRADE if question.kind.made else PICKED_GRADE
    return Marked(all(parts), parts, tuple(good if part else WRONG_GRADE for part in parts))


def _texts(question: Question, letters: Sequence[int]) -> list[str]:
    return [question.options[n] for n in letters if n < len(question.options)]


def _near(asked: NumericQuestion | None, typed: str) -> bool:
    value = read_number(typed, asked.unit if asked else "")
    if asked is None or value is None:
        return False
    slack = 1e-9 * max(1.0, abs(asked.value))  # 0.3 - 0.2 is within 0.1 of 0.2
    return abs(value - asked.value) <= asked.tolerance + slack


_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?")


def read_number(text: str, unit: str = "") -> float | None:
    """A number as people write it: `0.068`, `0,068`, `1,000`, `6.8e-2`, `1/3`, `6.8 %`, with its unit; else None."""
    words = "".join(text.split()).replace("−", "-").replace("×10^", "e").replace("*10^", "e")
    bare = "".join(unit.split())
    if bare and words.endswith(bare):
        words = words.removesuffix(bare)
    percent = words.endswith("%")
    words = words.removesuffix("%")
    if _THOUSANDS.fullmatch(words):
        words = words.replace(",", "")
    if len(words) > 40 or not re.fullmatch(r"[+-]?[\d.,]+([eE][+-]?\d{1,3})?(/[\d.,]+)?", words):
        return None
    try:
        value = float(_fraction(words))
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    if not isfinite(value):
        return None
    return value / 100 if percent else value


def _fraction(words: str) -> Fraction:
    above, _, below = words.replace(",", ".").partition("/")
    return Fraction(above) / (Fraction(below) if below else 1)


# -- questions from cards


def questions(cards: Iterable[Card], models: Iterable[MentalModel], rng: Rng) -> list[Question]:
    """Every question that these cards allow, the same ones for the same seed whatever the order of the cards."""
    known = {card.id: card for card in sorted(cards, key=lambda card: card.id) if not card.draft}
    gaps = [(card.topic, gap) for card in known.values() for formula in card.formulas for gap in formula.gaps]
    made: list[Question] = []
    for card in known.values():
        for make in (_choice, _trap, _order, _numbers):
            made.extend(make(card, rng))
        made.extend(_gaps(card, gaps, rng))
    made.extend(_matches([model for model in models if model.card in known], known, rng))
    return made


def sentence(text: str) -> str:
    """A key point or an answer as a sentence, so that its look does not tell which of the two it was."""
    text = " ".join(text.split()).rstrip(".")
    word = re.match(r"[a-z]+(?=[\s,;:-]|$)", text)
    if word and (len(word[0]) > 1 or word[0] == "a"):
        text = text[0].upper() + text[1:]
    return text + "." * (not text.endswith(("!", "?", "…")))


def _about(card: Card, kind: Kind) -> Question:
    return Question(kind=kind, topic=card.topic, cards=(card.id,), prompt=card.prompt, explanation=card.answer)


def _right_answer(card: Card, rng: Rng) -> str:
    """One of the first two key points: authors put first what matters most."""
    return sentence(picked(card.key_points[:2], rng))


def _choice(card: Card, rng: Rng) -> Iterator[Question]:
    if not card.wrong_answers or not card.key_points:
        return
    right = _right_answer(card, rng)
    wrong = {sentence(slip.answer): slip.why for slip in card.wrong_answers}
    wrong.pop(right, None)
    options = shuffled([right, *shuffled(wrong, rng)[: MOST_CHOICES - 1]], rng)
    if len(options) > 1:
        yield replace(
            _about(card, Kind.CHOICE),
            options=tuple(options),
            right=(options.index(right),),
            reasons=tuple(wrong.get(option, "") for option in options),
        )


def _trap(card: Card, rng: Rng) -> Iterator[Question]:
    if card.kind is not CardKind.TRAP or not card.wrong_answers or not card.key_points:
        return
    slip = picked(card.wrong_answers, rng)
    true = rng.random() < 0.5
    yield replace(
        _about(card, Kind.TRAP),
        given=_right_answer(card, rng) if true else sentence(slip.answer),
        options=("true", "a trap"),
        right=(0 if true else 1,),
        reasons=("", "") if true else (slip.why, ""),
    )


def _order(card: Card, rng: Rng) -> Iterator[Question]:
    if len(card.steps) < 3:
        return
    first = int(rng.random() * (max(0, len(card.steps) - MOST_STEPS) + 1))
    steps = card.steps[first : first + MOST_STEPS]
    mixed = shuffled(range(len(steps)), rng)
    if mixed == sorted(mixed):
        mixed = [*mixed[1:], mixed[0]]
    if len(set(steps)) > 1:
        yield replace(
            _about(card, Kind.ORDER),
            options=tuple(steps[n] for n in mixed),
            right=tuple(mixed.index(n) for n in range(len(steps))),
        )


def _numbers(card: Card, rng: Rng) -> Iterator[Question]:
    for number in card.numeric:
        yield replace(
            _about(card, Kind.NUMBER),
            prompt=number.prompt,
            number=number,
            explanation="\n\n".join(filter(None, [number.why, card.answer])),
        )


def _gaps(card: Card, all_gaps: Sequence[tuple[str, str]], rng: Rng) -> Iterator[Question]:
    """A formula with one part blanked; to choose from stand its other parts, then those of its topic, then the rest."""
    near = [gap for topic, gap in all_gaps if topic == card.topic]
    far = [gap for topic, gap in all_gaps if topic != card.topic]
    for formula in card.formulas:
        gaps = [gap for gap in dict.fromkeys(formula.gaps) if gap.strip() and gap in formula.text]
        if not gaps:
            continue
        right = picked(gaps, rng)
        looks = {"".join(right.split())}
        wrong: list[str] = []
        for gap in [*shuffled(gaps, rng), *shuffled(near, rng), *shuffled(far, rng)]:
            look = "".join(gap.split())
            if look and look not in looks and len(wrong) < MOST_CHOICES - 1:
                looks.add(look)
                wrong.append(gap)
        if wrong:
            options = shuffled([right, *wrong], rng)
            yield replace(
                _about(card, Kind.GAP),
                given=formula.text.replace(right, GAP),
                options=tuple(options),
                right=(options.index(right),),
                reasons=tuple("" for _ in options),
            )


def _matches(models: Sequence[MentalModel], cards: Mapping[str, Card], rng: Rng) -> Iterator[Question]:
    """All models in groups of two to four, each model once."""
    titles: dict[str, MentalModel] = {}
    for model in sorted(models, key=lambda model: (model.title, model.text)):
        if model.text not in [other.text for other in titles.values()]:
            titles.setdefault(model.title, model)
    left = shuffled(titles.values(), rng)
    groups = max(1, -(-len(left) // MOST_MODELS))
    for group in (left[n::groups] for n in range(groups)):
        if len(group) < 2:
            continue
        mixed = shuffled(range(len(group)), rng)
        yield Question(
            kind=Kind.MATCH,
            topic=cards[group[0].card].topic,
            cards=tuple(model.card for model in group),
            prompt="Which picture belongs to which idea?",
            rows=tuple(model.title for model in group),
            options=tuple(group[n].text for n in mixed),
            right=tuple(mixed.index(n) for n in range(len(group))),
            explanation="\n".join(f"- {model.title}: {_first_sentence(cards[model.card].answer)}" for model in group),
        )


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.!?])\s", " ".join(text.split()), maxsplit=1)[0]


# -- a quiz


def drawn(pool: Sequence[Question], weights: Mapping[str, float], count: int, rng: Rng) -> tuple[Question, ...]:
    """At most `count` questions: topics by weight, each card once while there are others, kinds in turn.

    No two alike stand in a row: never the same kind twice where that can be arranged, else not the same card or topic.
    """
    by_topic: dict[str, list[Question]] = {}
    for question in shuffled(pool, rng):
        by_topic.setdefault(question.topic, []).append(question)
    places = shares(weights, {topic: len(asked) for topic, asked in by_topic.items()}, count, rng)
    chosen: list[Question] = []
    for topic in shuffled(places, rng):
        left = by_topic[topic]
        for _ in range(places[topic]):
            uses, kinds = Counter(c for q in chosen for c in q.cards), Counter(q.kind for q in chosen)
            best = min(left, key=lambda q: (max(uses[c] for c in q.cards), kinds[q.kind]))
            left.remove(best)
            chosen.append(best)
    return tuple(unlike_neighbours(shuffled(chosen, rng)))


def unlike_neighbours(asked: Iterable[Question]) -> list[Question]:
    """The same questions, reordered so that no kind comes twice in a row if any order allows it."""
    left, order = list(asked), list[Question]()
    while left:
        kinds = Counter(question.kind for question in left)
        last = order[-1] if order else None
        pick = min(range(len(left)), key=_cost(left, kinds, last))
        order.append(left.pop(pick))
    return order


def _cost(left: Sequence[Question], kinds: Counter[Kind], last: Question | None) -> Callable[[int], tuple[int, ...]]:
    def cost(place: int) -> tuple[int, ...]:
        question = left[place]
        rest = len(left) - 1
        # A kind that fills more than its half of what is left must come now, or it meets itself later.
        stuck = any(count > (rest + 1) // 2 for kind, count in kinds.items() if kind is not question.kind)
        stuck = stuck or kinds[question.kind] - 1 > rest // 2
        same_kind = last is not None and last.kind is question.kind
        same_card = last is not None and bool({*last.cards} & {*question.cards})
        same_topic = last is not None and last.topic == question.topic
        return (same_kind, stuck, same_card, same_topic, place)

    return cost
