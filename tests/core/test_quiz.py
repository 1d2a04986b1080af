"""Questions, their marks, and the quiz that is drawn from them."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studyapp.core.course import Card, MentalModel, NumericQuestion
from studyapp.core.quiz import (
    GAP,
    MADE_GRADE,
    PICKED_GRADE,
    WRONG_GRADE,
    Kind,
    Question,
    drawn,
    marked,
    questions,
    read_number,
    sentence,
    unlike_neighbours,
)
from studyapp.core.quiz_words import right_words, verdict, why_not
from tests.conftest import make_card
from tests.scored import MODELS, rich_cards

CARDS = [Card.from_dict(values) for cards in rich_cards().values() for values in cards]
MENTAL = [MentalModel(**model) for model in MODELS]
WEIGHTS = {"fog": 2.0, "rails": 1.0, "sketch": 1.0}


def pool(seed: int = 1, cards: Sequence[Card] = CARDS) -> list[Question]:
    return questions(cards, MENTAL, random.Random(seed))


def one(kind: Kind, seed: int = 1) -> Question:
    return next(question for question in pool(seed) if question.kind is kind)


# -- repeating


@given(st.randoms(use_true_random=False), st.integers(0, 10**6), st.integers(1, 20))
@settings(max_examples=40)
def test_a_seed_repeats_a_quiz_whatever_the_order_of_the_content(
    shuffler: random.Random, seed: int, count: int
) -> None:
    def quiz(cards: list[Card], models: list[MentalModel], weights: dict[str, float]) -> tuple[Question, ...]:
        rng = random.Random(seed)
        return drawn(questions(cards, models, rng), weights, count, rng)

    cards, models, weights = CARDS[:], MENTAL[:], list(WEIGHTS.items())
    expected = quiz(cards, models, dict(weights))
    for part in (cards, models, weights):
        shuffler.shuffle(part)
    assert quiz(cards, models, dict(weights)) == expected


def test_seeds_differ() -> None:
    papers = {drawn(pool(seed), WEIGHTS, 6, random.Random(seed)) for seed in range(20)}
    assert len(papers) > 15


# -- questions


def test_every_kind_of_question_is_made() -> None:
    assert {question.kind for question in pool()} == set(Kind)


@given(st.integers(0, 10**6))
@settings(max_examples=60)
def test_the_right_answer_is_right_and_every_other_is_not(seed: int) -> None:
    for question in pool(seed):
        if question.number is not None:
            right = marked(question, typed=str(question.number.value))
            wrong = [marked(question, typed=str(question.number.value + 2 * question.number.tolerance + 1))]
        else:
            right = marked(question, question.right)
            others = [n for n in range(len(question.options)) if n not in question.right]
            wrong = [marked(question, [n]) for n in others] + [marked(question)]
            if question.kind.ordered:
                wrong.append(marked(question, question.right[::-1]))
        assert right.right
        assert set(right.grades) == {MADE_GRADE if question.kind in (Kind.ORDER, Kind.NUMBER) else PICKED_GRADE}
        assert not any(result.right for result in wrong)
        assert all(WRONG_GRADE in result.grades for result in wrong)
        assert len(right.grades) == len(question.cards)
        assert len(set(question.options)) == len(question.options) <= 6


def test_a_choice_says_why_each_wrong_answer_is_wrong() -> None:
    question = one(Kind.CHOICE)
    (right,) = question.right
    assert question.options[right] in ("First point of choice.", "Second point of choice.")
    assert why_not(question, [right]) == ""
    assert all(why_not(question, [n]) for n in range(len(question.options)) if n != right)


@pytest.mark.parametrize("seed", range(12))
def test_a_trap_is_a_wrong_answer_and_a_truth_a_key_point(seed: int) -> None:
    question = one(Kind.TRAP, seed)
    true = question.right == (0,)
    assert question.cards == ("t1.rails.trap",)
    assert question.given.startswith("It is a ") != true
    assert ("point of trap" in question.given) == true
    assert why_not(question, [0]) == why_not(question, [1])
    assert bool(why_not(question, [0])) != true


def test_truths_and_traps_are_about_as_many() -> None:
    truths = sum(one(Kind.TRAP, seed).right == (0,) for seed in range(200))
    assert 70 < truths < 130


def test_an_order_never_stands_in_order_already() -> None:
    for seed in range(50):
        question = one(Kind.ORDER, seed)
        assert question.right != tuple(range(len(question.options)))
        assert [question.options[n] for n in question.right] == [
            "draw noise",
            "predict the noise",
            "take a step",
            "decode",
        ]


def test_of_a_long_procedure_six_steps_in_a_row_are_asked() -> None:
    card = make_card(steps=[f"step {n}" for n in range(10)])
    firsts = set()
    for seed in range(30):
        (question,) = questions([card], [], random.Random(seed))
        texts = [question.options[n] for n in question.right]
        first = int(texts[0].split()[1])
        firsts.add(first)
        assert texts == [f"step {n}" for n in range(first, first + 6)]
    assert firsts == {0, 1, 2, 3, 4}


def test_steps_that_read_the_same_may_change_places() -> None:
    (question,) = questions([make_card(steps=["add noise", "denoise", "add noise"])], [], random.Random(2))
    same = [n for n, option in enumerate(question.options) if option == "add noise"]
    (other,) = {0, 1, 2} - {*same}
    assert marked(question, [same[0], other, same[1]]).right
    assert marked(question, [same[1], other, same[0]]).right
    assert not marked(question, [other, *same]).right


def test_a_gap_is_blanked_wherever_it_stands() -> None:
    question = one(Kind.GAP)
    (right,) = question.right
    assert question.given.replace(GAP, question.options[right]) == "x = a · b + c"
    twice = make_card(formulas=[{"text": "a + a = b", "tex": "2a = b", "gaps": ["a", "b"]}])
    for seed in range(10):
        (question,) = questions([twice], [], random.Random(seed))
        assert question.options[question.right[0]] not in question.given


def test_a_gap_with_nothing_beside_it_is_no_question() -> None:
    assert (
        questions([make_card(formulas=[{"text": "a", "tex": "a", "gaps": ["a", " a "]}])], [], random.Random(1)) == []
    )


def test_a_match_names_the_card_of_each_row() -> None:
    question = one(Kind.MATCH)
    pairs = dict(zip(question.rows, (question.options[n] for n in question.right), strict=True))
    assert pairs == {model.title: model.text for model in MENTAL}
    half = marked(question, [question.right[0], question.right[2], question.right[1]])
    assert (half.right, half.parts) == (False, (True, False, False))
    assert verdict(question, half) == "1 of 3 pairs right."
    for model in MENTAL:
        slug = model.card.rpartition(".")[2]
        assert f"- {model.title}: **{slug}** is a part of" in question.explanation


@pytest.mark.parametrize(
    "models",
    [[], MENTAL[:1], [MentalModel("a", "same", "t1.fog.choice"), MentalModel("b", "same", "t1.fog.gap")]],
)
def test_models_that_cannot_be_told_apart_are_no_match(models: list[MentalModel]) -> None:
    assert all(question.kind is not Kind.MATCH for question in questions(CARDS, models, random.Random(1)))


def test_cards_with_nothing_to_ask_are_no_error() -> None:
    assert questions([make_card(), make_card("t1.fog.draft", draft=True, key_points=[])], [], random.Random(1)) == []
    assert drawn([], WEIGHTS, 10, random.Random(1)) == ()


# -- numbers


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("0.068", "", 0.068),
        ("0,068", "", 0.068),
        ("1,000", "", 1000.0),
        ("12,345,678.5", "", 12345678.5),
        ("1 000", "", 1000.0),
        ("6.8e-2", "", 0.068),
        ("−3", "", -3.0),
        ("6.8×10^-2", "", 0.068),
        ("1/4", "", 0.25),
        ("6.8 %", "", 0.068),
        ("6.8 %", "%", 6.8),
        ("50 steps", "steps", 50.0),
        ("40", "ms", 40.0),
        (".5", "", 0.5),
    ],
)
def test_numbers_as_people_write_them(text: str, unit: str, value: float) -> None:
    assert read_number(text, unit) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "x", "nan", "inf", "1/0", "1e999", "1e", "--3", "1.2.3", "9" * 500, "a1", "1_0"])
def test_what_is_no_number(text: str) -> None:
    assert read_number(text) is None


@given(st.text(max_size=30), st.text(max_size=5))
def test_any_text_is_a_number_or_none(text: str, unit: str) -> None:
    number = read_number(text, unit)
    assert number is None or math.isfinite(number)


@given(st.floats(-1e6, 1e6), st.floats(0, 100), st.floats(-3, 3))
def test_tolerance_is_a_distance(value: float, tolerance: float, times: float) -> None:
    question = Question(
        kind=Kind.NUMBER, topic="t", cards=("c",), prompt="", number=NumericQuestion("", value, tolerance)
    )
    answer = value + times * tolerance
    distance = abs(answer - value)
    if abs(distance - tolerance) > 1e-6 * max(1.0, abs(value)):
        assert marked(question, typed=f"{answer:.17g}").right == (distance < tolerance)
    assert marked(question, typed=f"{value:.17g}").right


# -- drawing


@given(st.integers(0, 10**6), st.integers(0, 30))
@settings(max_examples=60)
def test_a_quiz_asks_each_card_once_while_there_are_others(seed: int, count: int) -> None:
    asked = pool(seed)
    paper = drawn(asked, WEIGHTS, count, random.Random(seed))
    assert len(paper) == min(count, len(asked))
    assert len(set(map(id, paper))) == len(paper)
    uses = Counter((question.topic, question.cards) for question in paper)
    for topic in WEIGHTS:
        used = [times for (of, _), times in uses.items() if of == topic]
        cards = {question.cards for question in asked if question.topic == topic}
        if sum(used) <= len(cards) - 1:  # a match lies over the cards of others
            assert max(used, default=0) <= 1


def test_topics_come_by_weight() -> None:
    cards = [
        make_card(f"t1.{topic}.c{n}", numeric=[{"prompt": "?", "value": n, "tolerance": 0}])
        for topic in WEIGHTS
        for n in range(20)
    ]
    paper = drawn(questions(cards, [], random.Random(1)), WEIGHTS, 20, random.Random(1))
    assert Counter(question.topic for question in paper) == {"fog": 10, "rails": 5, "sketch": 5}


KINDS = st.lists(st.tuples(st.sampled_from(Kind), st.sampled_from("ab"), st.sampled_from("xyz")), max_size=14)


@given(KINDS)
def test_no_two_alike_in_a_row(drawn_kinds: list[tuple[Kind, str, str]]) -> None:
    asked = [Question(kind=kind, topic=topic, cards=(card,), prompt="") for kind, topic, card in drawn_kinds]
    order = unlike_neighbours(asked)
    assert sorted(map(id, order)) == sorted(map(id, asked))
    most = max(Counter(question.kind for question in asked).values(), default=0)
    if most <= (len(asked) + 1) // 2:  # then and only then some order keeps every kind from itself
        assert all(one.kind is not other.kind for one, other in pairwise(order))


def test_of_one_kind_neighbours_differ_in_card_and_topic_where_they_can() -> None:
    asked = [Question(kind=Kind.CHOICE, topic=topic, cards=(topic,), prompt="") for topic in "aabb"]
    topics = [question.topic for question in unlike_neighbours(asked)]
    assert topics in (["a", "b", "a", "b"], ["b", "a", "b", "a"])


# -- words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("the image is shrunk", "The image is shrunk."),
        ("It is so.", "It is so."),
        ("x_t is noise", "x_t is noise."),
        ("t is drawn", "t is drawn."),
        ("a point", "A point."),
        ("√ᾱₜ scales it", "√ᾱₜ scales it."),
        ("is it so?", "Is it so?"),
        ("two\n lines", "Two lines."),
        ("", "."),
    ],
)
def test_key_points_and_answers_look_the_same(text: str, words: str) -> None:
    assert sentence(text) == words


@pytest.mark.parametrize("kind", Kind)
def test_every_right_answer_has_words(kind: Kind) -> None:
    question = one(kind)
    words = right_words(question)
    assert words
    assert all(words)
    if kind is Kind.NUMBER:
        assert one(kind).explanation.startswith("0.068 = 0.34 · 0.2\n\n**number** is a part of")
        assert words == ["0.068 of the signal, within 0.002"]


HOSTILE = st.text(min_size=1, max_size=20)


@given(HOSTILE, st.integers(0, 1000))
@settings(max_examples=60)
def test_any_text_in_any_field(bad: str, seed: int) -> None:
    values: dict[str, Any] = {
        "kind": "trap",
        "prompt": bad,
        "answer": bad,
        "key_points": [bad, bad, bad],
        "wrong_answers": [{"answer": bad, "why": bad}, {"answer": bad + "x", "why": bad}],
        "steps": [bad, bad, bad + "y"],
        "numeric": [{"prompt": bad, "value": 1.0, "tolerance": 0.0, "unit": bad}],
        "formulas": [{"text": bad + " = z", "tex": bad, "gaps": [bad, "z"]}],
    }
    cards = [make_card(**values), make_card("t1.fog.two", **values)]
    models = [MentalModel(bad, bad, "t1.fog.one"), MentalModel(bad + "q", bad + "r", "t1.fog.two")]
    for question in questions(cards, models, random.Random(seed)):
        result = marked(question, question.right, "1")
        assert result.right
        assert right_words(question)
