"""The course module as the tests see it: read once, as the program reads it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import labs
from studyapp.core.course import Card, Document, Module
from studyapp.curriculum.loader import read_module

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "content/module_14_diffusion"


@cache
def module() -> Module:
    reading = read_module(FOLDER, frozenset(labs.NAMES))
    assert reading.module is not None, "\n".join(map(str, reading.problems))
    return reading.module


def cards() -> tuple[Card, ...]:
    return module().cards


def card(card_id: str) -> Card:
    return next(card for card in cards() if card.id == card_id)


def text_of(document: Document) -> str:
    return (FOLDER / document.file).read_text(encoding="utf-8")


def document(role: str) -> str:
    return text_of(next(document for document in module().documents if document.role == role))


def written(card: Card) -> list[str]:
    """Every piece of prose on a card."""
    pieces = [card.prompt, card.answer, *card.key_points, *card.steps]
    pieces += [text for wrong in card.wrong_answers for text in (wrong.answer, wrong.why)]
    pieces += [text for follow_up in card.follow_ups for text in (follow_up.prompt, follow_up.answer)]
    return [*pieces, *(text for asked in card.numeric for text in (asked.prompt, asked.why))]


_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")


def words(text: str) -> list[str]:
    """Words as a reader counts them; formulas and numbers are none."""
    return _WORD.findall(text)


def sentences(text: str) -> list[list[str]]:
    """The words of each sentence; a paragraph and a line of a list end one, and so do colon and semicolon."""
    text = re.sub(r"(?m)^\s*(- |\d+\. )", ". ", text)
    text = re.sub(r"\n\s*\n", ". ", text).replace("\n", " ")
    return [found for part in re.split(r"[.!?:;]\s", text + " ") if (found := words(part))]


_GLUE = """
the a an of to in is are it its as and or not no by for on at from with that this what which why how does do when where
than be has have only more per but if each all one two into they same own you your
"""
_GLUE_WORDS = frozenset(_GLUE.split())


def gist(text: str) -> frozenset[str]:
    """The words that carry the meaning, without their endings."""
    return frozenset(
        re.sub(r"(ing|ed|es|s)$", "", word)
        for word in map(str.lower, words(text))
        if len(word) > 2 and word not in _GLUE_WORDS
    )
