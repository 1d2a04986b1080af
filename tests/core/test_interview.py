from __future__ import annotations

import json
import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyapp.core.course import Card
from studyapp.core.interview import (
    MOST_FOLLOW_UPS,
    FollowUpMark,
    Round,
    Scorecard,
    asked,
    follow_ups,
    markdown,
    scorecard_from,
)
from tests.conftest import make_card
from tests.scored import FOLLOW_UPS, rich_cards

CARDS = [Card.from_dict(values) for cards in rich_cards().values() for values in cards]
WEIGHTS = {"fog": 1.0, "rails": 1.0, "sketch": 1.0}
AT = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "prompts"),
    [
        ({0, 1, 2}, ["And what else?"]),
        ({1, 2}, ["Why the first?", "And what else?"]),
        ({0, 2}, ["Why the second?", "And what else?"]),
        (set(), ["Why the first?", "Why the second?"]),
        ({2}, ["Why the first?", "Why the second?"]),
    ],
)
def test_follow_ups_go_where_something_was_missed(said: set[int], prompts: list[str]) -> None:
    card = make_card(follow_ups=FOLLOW_UPS)
    assert [one.prompt for one in follow_ups(card, said)] == prompts


def test_the_follow_up_about_most_of_what_was_missed_comes_first() -> None:
    both = {"prompt": "Both?", "answer": "Yes.", "when_missed": [1, 2]}
    card = make_card(follow_ups=[*FOLLOW_UPS, both])
    assert [one.prompt for one in follow_ups(card, [2])] == ["Both?", "Why the first?"]
    assert len(follow_ups(card, [])) == MOST_FOLLOW_UPS


def test_a_card_without_follow_ups_has_none() -> None:
    assert follow_ups(make_card(), []) == ()


@given(st.randoms(use_true_random=False), st.integers(0, 10**6), st.integers(1, 12))
def test_a_seed_repeats_a_round_whatever_the_order_of_the_cards(shuffler: random.Random, seed: int, count: int) -> None:
    cards = CARDS[:]
    shuffler.shuffle(cards)
    found = asked(cards, WEIGHTS, count, random.Random(seed))
    assert found == asked(CARDS, WEIGHTS, count, random.Random(seed))
    assert len(found) == len({card.id for card in found}) == min(count, len(CARDS))


def test_cards_made_for_interviews_come_first() -> None:
    for seed in range(10):
        assert asked(CARDS, WEIGHTS, 1, random.Random(seed))[0].id == "t1.rails.talk"
        three = {card.id for card in asked(CARDS, WEIGHTS, 3, random.Random(seed))}
        assert three == {"t1.rails.talk", "t1.sketch.check", "t1.sketch.other"}
    assert asked([make_card(draft=True), make_card("t1.fog.bare", key_points=[])], WEIGHTS, 5, random.Random(1)) == ()


def one_round(**changes: object) -> Round:
    values: dict[str, object] = {
        "card": "t1.fog.one",
        "topic": "fog",
        "prompt": "What is it?",
        "said": ("one",),
        "missed": ("two", "three"),
        "seconds": 200,
        "limit": 180,
        "typed": "",
        "confidence": 4,
        "review": "r1",
        "follow_ups": (FollowUpMark(prompt="Why?", answer="Because.", said=False, seconds=20),),
    }
    return Round(**{**values, **changes})  # type: ignore[arg-type]


def test_what_to_say_better() -> None:
    assert one_round().advice() == [
        "Say: two",
        "Say: three",
        "Asked “Why?”, say: Because.",
        "Shorten it: 3:20 of 3:00. Begin with the key points.",
        "You were sure. Read this one again before you rely on it.",
    ]
    assert one_round(said=("one", "two", "three"), missed=(), seconds=10, follow_ups=()).advice() == []


def test_figures_of_a_scorecard() -> None:
    card = Scorecard(module="t1", at=AT, asked=3, rounds=(one_round(), one_round(said=(), missed=("x",), seconds=5)))
    assert (card.said, card.points, len(card.follow_ups), card.follow_ups_said, card.seconds) == (1, 4, 2, 0, 245)
    assert card.to_data()["complete"] is False


WORDS = st.text(max_size=30)
ROUNDS = st.builds(
    Round,
    card=WORDS,
    topic=WORDS,
    prompt=WORDS,
    said=st.lists(WORDS, max_size=3).map(tuple),
    missed=st.lists(WORDS, max_size=3).map(tuple),
    seconds=st.integers(0, 9999),
    limit=st.integers(1, 9999),
    typed=WORDS,
    confidence=st.one_of(st.none(), st.integers(1, 4)),
    review=WORDS,
    follow_ups=st.lists(
        st.builds(FollowUpMark, prompt=WORDS, answer=WORDS, said=st.booleans(), seconds=st.integers(0, 99)), max_size=2
    ).map(tuple),
)


@given(st.lists(ROUNDS, max_size=3), WORDS)
def test_a_scorecard_survives_the_log_and_is_markdown_whatever_it_holds(rounds: list[Round], title: str) -> None:
    card = Scorecard(module="t1", at=AT, asked=5, rounds=tuple(rounds))
    assert scorecard_from("t1", AT, json.loads(json.dumps(card.to_data()))) == card
    text = markdown(card, title)
    assert text.count("\n## ") == len(rounds)
    assert all(letter.isprintable() or letter == "\n" for letter in text)


def test_nothing_in_an_answer_is_markup() -> None:
    from markdown_it import MarkdownIt

    bad = "<script>x</script> [a](javascript:b) `c` *d* | # e"
    card = Scorecard(module="t1", at=AT, asked=1, rounds=(one_round(prompt=bad, said=("- " + bad,), typed="# f\n> g"),))
    html = MarkdownIt("commonmark").enable("table").render(markdown(card, bad))
    for tag in ("<script", "<a ", "<code", "<em>", "<h3"):
        assert tag not in html
    assert html.count("<h1>") == 1
    assert html.count("<blockquote>") == 1


def test_an_old_event_without_rounds_is_an_empty_scorecard() -> None:
    assert scorecard_from("t1", AT, {}).rounds == ()
