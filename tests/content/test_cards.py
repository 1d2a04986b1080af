"""What a card of this module must be: atomic, said in a minute, giving nothing away, fit for quiz and interview."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations
from typing import Any

import pytest

import labs
from studyapp.core.course import Card, CardKind
from studyapp.core.maths import readable
from tests.content.module import cards, gist, module, sentences, words

CARDS = [pytest.param(card, id=card.id) for card in cards()]
LEAST_BY_KIND = {"concept": 60, "mental_model": 6, "trap": 16, "interview": 10, "self_check": 7}
LEAST_BY_TOPIC = {
    "forward": 12,
    "reverse": 12,
    "objective": 12,
    "conditioning": 8,
    "guidance": 12,
    "latent": 12,
    "samplers": 10,
    "distillation": 6,
    "backbones": 7,
    "control": 7,
    "latency": 7,
}


def test_enough_cards_of_every_kind_and_topic() -> None:
    kinds = Counter(card.kind.value for card in cards())
    topics = Counter(card.topic for card in cards())
    assert {kind: kinds[kind] for kind in LEAST_BY_KIND if kinds[kind] < LEAST_BY_KIND[kind]} == {}
    assert {topic: topics[topic] for topic in LEAST_BY_TOPIC if topics[topic] < LEAST_BY_TOPIC[topic]} == {}
    assert topics.keys() == LEAST_BY_TOPIC.keys() == {topic.id for topic in module().topics}


def test_every_topic_can_be_met_easily_and_can_be_hard() -> None:
    for topic in module().topics:
        levels = {card.difficulty.value for card in cards() if card.topic == topic.id}
        assert {"yellow", "red"} <= levels, topic.id


def test_a_quiz_has_numbers_orders_and_gaps_to_ask() -> None:
    assert sum(len(card.numeric) for card in cards()) >= 35
    assert sum(bool(card.steps) for card in cards()) >= 8
    assert sum(bool(formula.gaps) for card in cards() for formula in card.formulas) >= 40


@pytest.mark.parametrize("card", CARDS)
def test_a_card_is_complete(card: Card) -> None:
    assert card.explainer
    assert 2 <= len(card.wrong_answers) <= 4
    assert card.sources
    for source in card.sources:
        assert source.arxiv or source.url, f"{source.title} can be found nowhere"
    assert not card.draft


@pytest.mark.parametrize("card", CARDS)
def test_an_answer_can_be_said_in_a_minute(card: Card) -> None:
    assert len(card.prompt) <= 160
    assert len(words(card.answer)) <= 150
    assert max(len(words(point)) for point in card.key_points) <= 15
    assert max(len(words(step)) for step in card.steps or [""]) <= 15
    for wrong in card.wrong_answers:
        assert len(words(wrong.answer)) <= 30
        assert len(words(wrong.why)) <= 35


@pytest.mark.parametrize("card", CARDS)
def test_an_answer_reads_easily(card: Card) -> None:
    """Automated Readability Index: about the year of school in which a text is read with ease."""
    told = sentences(card.answer)
    every = [word for sentence in told for word in sentence]
    index = 4.71 * sum(map(len, every)) / len(every) + 0.5 * len(every) / len(told) - 21.43
    assert index <= 9
    assert max(map(len, told)) <= 36


@pytest.mark.parametrize("card", CARDS)
def test_a_prompt_gives_no_key_point_away(card: Card) -> None:
    asked = gist(card.prompt)
    for point in card.key_points:
        said = gist(point)
        assert len(said) < 3 or len(said & asked) / len(said) < 0.75, point


@pytest.mark.parametrize("card", CARDS)
def test_a_card_says_each_thing_once(card: Card) -> None:
    for texts in (card.key_points, [w.answer for w in card.wrong_answers], card.steps):
        for one, other in combinations(texts, 2):
            assert _likeness(one, other) < 0.8, (one, other)


def test_no_two_cards_ask_the_same() -> None:
    """Two lines of the course's sheet may be alike; cards of our own may not."""
    alike = [
        (one.id, other.id)
        for one, other in combinations(cards(), 2)
        if _likeness(one.prompt, other.prompt) >= 0.5 and not (one.prompt in one.sheet and other.prompt in other.sheet)
    ]
    assert alike == []
    questions = [question.prompt for card in cards() for question in card.numeric]
    assert len(questions) == len(set(questions))


def _likeness(one: str, other: str) -> float:
    """Share of common words; numbers and symbols count, since they often are all that differs."""
    a, b = (gist(text) | frozenset(re.findall(r"[^\sA-Za-z.,;:?]+", text)) for text in (one, other))
    return len(a & b) / max(1, len(a | b))


def test_likeness_knows_the_same_question_in_other_words() -> None:
    assert _likeness("Why does guidance need two passes?", "Why are two passes needed for guidance?") >= 0.5
    assert _likeness("What does a gate do in a block?", "Why is latent diffusion fast?") == 0


@pytest.mark.parametrize("card", [card for card in cards() if card.kind is CardKind.INTERVIEW], ids=lambda c: c.id)
def test_an_interview_goes_on(card: Card) -> None:
    assert len(card.follow_ups) >= 2
    assert any(follow_up.when_missed for follow_up in card.follow_ups)


@pytest.mark.parametrize("card", [card for card in cards() if card.follow_ups], ids=lambda card: card.id)
def test_a_model_answer_fills_a_minute_and_no_more(card: Card) -> None:
    for follow_up in card.follow_ups:
        assert 75 <= len(words(follow_up.answer)) <= 140, follow_up.prompt


@pytest.mark.parametrize("card", [card for card in cards() if card.lab], ids=lambda card: card.id)
def test_a_lab_takes_the_cards_parameters(card: Card) -> None:
    lab = labs.load(card.lab)
    settings: dict[str, Any] = {name: str(value) for name, value in card.lab_params.items()}
    taken = lab.parameters(settings)
    defaults = lab.parameters({})
    assert all(taken[name] != defaults[name] for name in settings), "a parameter that is the default says nothing"


def test_every_lab_that_a_card_may_need_has_cards() -> None:
    linked = Counter(card.lab for card in cards() if card.lab)
    for lab in ("forward_noising", "cfg_sweep", "sampler_timing"):
        assert linked[lab] >= 5


FORMULAS = [pytest.param(formula.tex, id=card.id) for card in cards() for formula in card.formulas]


@pytest.mark.parametrize("tex", FORMULAS)
def test_tex_parses(tex: str) -> None:
    mathtext = pytest.importorskip("matplotlib.mathtext")
    mathtext.MathTextParser("path").parse(f"${' '.join(tex.split())}$")
    assert "\\" not in readable(tex)


@pytest.mark.parametrize("card", [card for card in cards() if card.formulas], ids=lambda card: card.id)
def test_gaps_leave_something_to_go_by(card: Card) -> None:
    for formula in card.formulas:
        for gap in formula.gaps:
            assert len(gap) < 0.7 * len(formula.text)


@pytest.mark.parametrize("card", CARDS)
def test_a_wrong_answer_is_no_key_point(card: Card) -> None:
    for wrong in card.wrong_answers:
        assert all(_likeness(wrong.answer, point) < 0.8 for point in card.key_points)
