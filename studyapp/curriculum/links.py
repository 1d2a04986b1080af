"""References inside a module: every link leads somewhere, nothing needs itself."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from studyapp.core.course import Card, Module, NumericQuestion, module_of
from studyapp.curriculum.located import Path_
from studyapp.curriculum.tex import imbalance


def within_card(card: Card) -> Iterator[tuple[Path_, str]]:
    """What is wrong with a card by itself."""
    for index, formula in enumerate(card.formulas):
        wrong = imbalance(formula.tex)
        if wrong:
            yield ("formulas", index, "tex"), f"{wrong} in {formula.tex!r}"
        for gap in formula.gaps:
            if gap not in formula.text:
                yield ("formulas", index, "gaps"), f"{gap!r} does not stand in the formula's text"
    for index, follow_up in enumerate(card.follow_ups):
        for number in follow_up.when_missed:
            if number > len(card.key_points):
                yield ("follow_ups", index, "when_missed"), f"there is no key point {number}"
    for index, asked in enumerate(card.numeric):
        if not (asked.why or card.draft or _stands_in(card.answer, asked)):
            wanted = "a line on how it comes about, such as 4 = 2 · 2"
            yield ("numeric", index, "why"), f"{asked.value:g} does not stand in the card's answer; add {wanted}"


_NUMBER = re.compile(r"(?<!\w)[-−]?\d[\d,]*(?:\.\d+)?")


def _stands_in(text: str, asked: NumericQuestion) -> bool:
    found = (float(number.replace(",", "").replace("−", "-")) for number in _NUMBER.findall(text))
    return any(abs(number - asked.value) <= asked.tolerance for number in found)


Known = Collection[str] | None
"""The ids of all cards; None when some could not be read, so that none can be said to be missing."""


def within_module(module: Module, headings: Mapping[str, list[str]], known: Known) -> Iterator[tuple[Path_, str]]:
    """What is wrong with the references of the module file."""
    files = {document.file for document in module.documents}
    for index, model in enumerate(module.mental_models):
        yield from _unknown(("mental_models", index, "card"), [model.card], known)
    for index, mark in enumerate(module.difficulty_marks):
        yield from _unknown(("difficulty_marks", index, "cards"), mark.cards, known)
    for index, statement in enumerate(module.audit):
        yield from _unknown(("audit", index, "cards"), statement.cards, known)
        revisit = statement.revisit
        if revisit and revisit.document not in files:
            yield ("audit", index, "revisit"), f"{revisit.document} is not among the documents"
        elif revisit and revisit.chapter not in headings.get(revisit.document, [revisit.chapter]):
            yield ("audit", index, "revisit"), f"{revisit.document} has no heading {revisit.chapter}"
    for index, item in enumerate(module.gate):
        if item.document and item.document not in files:
            yield ("gate", index, "document"), f"{item.document} is not among the documents"
    for key, ids in (
        ("topics", [topic.id for topic in module.topics]),
        ("audit", [statement.id for statement in module.audit]),
        ("gate", [item.id for item in module.gate]),
        ("documents", [document.file for document in module.documents]),
    ):
        for index, one in enumerate(ids):
            if one in ids[:index]:
                yield (key, index), f"{one} stands twice; keep one"


def between_cards(
    module: Module, headings: Mapping[str, list[str]], labs: Collection[str], known: Known
) -> Iterator[tuple[str, str, str]]:
    """(card id, key, what is wrong) of the cards' references. Whether a card of another module exists is not
    known here; `shelf` looks."""
    cards = {card.id: card for card in module.cards}
    topics = {topic.id for topic in module.topics}
    explainers = [document.file for document in module.documents if document.role == "explainer"]
    readable = all(file in headings for file in explainers)
    chapters = {anchor for file in explainers for anchor in headings.get(file, [])}
    before = {connection.module for connection in module.prerequisites}
    for card in module.cards:
        if not card.id.startswith(module.id + "."):
            yield card.id, "id", f"should begin with the module's id, {module.id}."
        if card.topic not in topics:
            yield card.id, "topic", f"{card.topic} is not a topic of {module.id}"
        if card.explainer and readable and card.explainer not in chapters:
            yield card.id, "explainer", f"no explainer of the module has a heading {card.explainer}"
        if card.lab and card.lab not in labs:
            yield card.id, "lab", f"there is no lab {card.lab}; there are: {', '.join(sorted(labs)) or 'none'}"
        for need in card.needs:
            if module_of(need) == module.id:
                yield from ((card.id, "needs", text) for _, text in _unknown((), [need], known))
            elif module_of(need) not in before:
                text = f"{need} is in another module; name {module_of(need)} among the prerequisites of {module.id}"
                yield card.id, "needs", text
    try:
        TopologicalSorter({card.id: [need for need in card.needs if need in cards] for card in module.cards}).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        yield circle[0], "needs", f"the cards need each other in a circle: {' > '.join(circle)}"


def _unknown(path: Path_, ids: Collection[str], known: Known) -> Iterator[tuple[Path_, str]]:
    for card_id in ids:
        if known is not None and card_id not in known:
            yield path, f"there is no card {card_id}; correct the id or write the card"
