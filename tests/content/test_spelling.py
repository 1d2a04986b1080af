"""Spelling: only words that somebody has looked at, no doubled words, no stray spaces or quotes."""

from __future__ import annotations

import re

import pytest

from tests.content.spelling import WORDS, spelled, texts, unknown

TEXTS = [pytest.param(text, id=place) for place, text in texts().items()]


def test_every_word_is_known() -> None:
    """When this fails: correct the word, or, if it is right, python -m tests.content.spelling --add"""
    assert unknown() == {}


def test_a_misspelled_word_would_be_found() -> None:
    assert spelled("The nosie `asdf` [words](card:m14.no.such) and xₜ, https://nowhere.example") == {
        "the",
        "nosie",
        "words",
        "and",
    }


def test_the_list_is_sorted_and_says_each_word_once() -> None:
    listed = WORDS.read_text(encoding="utf-8").split()
    assert listed == sorted(set(listed))


@pytest.mark.parametrize("text", TEXTS)
def test_no_word_stands_twice_in_a_row(text: str) -> None:
    doubled = re.findall(r"(?<![\w-])([A-Za-z]{2,})(?: +|\n)\1(?![\w-])", text)
    assert [word for word in doubled if word.lower() not in {"that", "had"}] == []


@pytest.mark.parametrize("text", TEXTS)
def test_signs_are_typed_as_they_should_be(text: str) -> None:
    prose = re.sub(r"```.*?```|`[^`]*`", "x", text, flags=re.DOTALL)
    assert not re.search(r" [,.;:!?](?:\s|$)", prose), "a space before a sign"
    assert not re.search(r"[“”]|\u00a0|\t", prose), "straight quotes and plain spaces"
    assert prose.count("**") % 2 == 0, "bold that is not closed"
