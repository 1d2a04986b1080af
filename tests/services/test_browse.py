"""Searching cards: the database finds what a look at every card finds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from studyapp.bootstrap import Program
from studyapp.services.browse import search, state_word
from studyapp.services.ports import CardListing
from tests.conftest import FrozenClock, card_values, small_module, write_module

PLAIN = (
    "",
    "fog",
    "FOG c1",
    "RED",
    "due",
    "u",
    "new",
    "flagged",
    "mental-model",
    "mental",
    "t1",
    "remember",
    "forward_",
)
FIELDS = ("topic:fog", "state:due", "state:e", "state:flagged", "difficulty:gr rails", "id:t1.fog", "lab:", "kind:trap")
FOREIGN = ("straße", "STRASSE", "größe", "GRÖSSE", "Übung", "übung", "100%", "%", "_", "!", "'", '"', "\\", "x:y", "[/")


@pytest.fixture
def lived(content: Path, clock: FrozenClock, open_again: Callable[[], Program]) -> Program:
    """Cards in every state, some with words of other alphabets, one with a note."""
    cards = small_module()
    cards["fog"] += [
        card_values("t1.fog.wide", prompt="Größe der STRASSE in 100% Nebel?", kind="mental_model"),
        card_values(
            "t1.fog.trap", prompt="What is not x:y here, 'one' or \"two\"!", kind="trap", lab="forward_noising"
        ),
    ]
    write_module(content / "module_1", cards)
    recall = open_again().recall
    for number, card in enumerate(cards["fog"] + cards["rails"]):
        if number % 4:
            recall.grade(card["id"], 4)
    recall.suspend("t1.fog.c0")
    recall.suspend("t1.fog.c3")  # one that is due tomorrow, as those that are buried, made drafts and removed below
    recall.flag("t1.fog.c1", 1)
    recall.note("t1.rails.c2", "Übung: remember 100% of it!")
    clock.forward(days=1)
    recall.bury("t1.sketch.c0")
    recall.bury("t1.rails.c1")
    cards["fog"][2]["draft"] = cards["fog"][5]["draft"] = True
    del cards["sketch"][3]
    del cards["rails"][-1]
    write_module(content / "module_1", cards)
    return open_again()


def looked_through(program: Program, query: str) -> list[str]:
    words, cards = query.casefold().split(), program.store.listing("me")
    return [card.id for card in cards if all(fits(program, card, word) for word in words)]


def fits(program: Program, card: CardListing, word: str) -> bool:
    values = {
        "topic": card.topic,
        "kind": f"{card.kind.replace('_', '-')} {card.kind.replace('_', ' ')}",
        "state": state_word(card, program.recall) + " flagged" * bool(card.state.flag),
        "difficulty": card.difficulty,
        "lab": card.lab,
        "module": card.module,
        "id": card.id,
    }
    name, colon, value = word.partition(":")
    if colon and name in values:
        return value in values[name].casefold()
    return any(word in text.casefold() for text in (card.prompt, card.state.note, *values.values()))


def test_what_is_found_is_what_a_look_at_every_card_finds(lived: Program) -> None:
    states = {state_word(card, lived.recall) for card in lived.store.listing("me")}
    assert states == {"retired", "draft", "suspended", "buried", "new", "due"}
    for query in (*PLAIN, *FIELDS, *FOREIGN):
        assert search(lived.recall, query) == looked_through(lived, query), query
    counts = {"strasse": 1, "größe": 1, "übung": 1, "!": 2, "retired": 2}
    assert {query: len(search(lived.recall, query)) for query in counts} == counts


def test_the_total_is_that_of_all_cards(lived: Program) -> None:
    assert lived.store.card_total("me") == len(search(lived.recall, "")) == len(lived.store.listing("me"))


def test_rows_come_in_the_order_asked_for(lived: Program) -> None:
    ids = search(lived.recall, "")[::-1]
    assert [card.id for card in lived.store.listings("me", [*ids, "none"])] == ids
    listed = {card.id: card for card in lived.store.listing("me")}
    assert lived.store.listings("me", ids) == [listed[card_id] for card_id in ids]
    assert lived.store.listings("me", []) == []
