"""Figures from sums, each against a second way to compute it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyapp.core import statistics as core
from studyapp.core.schedule import CardState
from studyapp.core.sm2 import Memory
from studyapp.core.statistics import AGES, PERIODS, CardCount, RecallCount, Share, Streak

TODAY = date(2026, 11, 23)
GRADES = st.lists(st.integers(0, 9), min_size=6, max_size=6).map(tuple)
COUNTS = st.lists(
    st.builds(
        RecallCount,
        module=st.just("t1"),
        topic=st.sampled_from(["fog", "rails", ""]),
        difficulty=st.sampled_from(["green", "red", ""]),
        age=st.sampled_from(AGES),
        period=st.sampled_from([*PERIODS, None]),
        grades=GRADES,
    ),
    max_size=20,
)


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662), (10, 10, 0.7225, 1.0), (0, 0, 0, 1)],
)
def test_wilson_s_interval(hits: int, total: int, low: float, high: float) -> None:
    """81 of 263 is the example of Newcombe (1998), table I, method 3."""
    assert Share(hits, total).interval == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_where_the_score_test_does_not_refuse(share: tuple[int, int]) -> None:
    hits, total = share
    for end in Share(hits, total).interval:
        if 0 < end < 1:
            assert abs(hits / total - end) / (end * (1 - end) / total) ** 0.5 == pytest.approx(1.959964, rel=1e-6)
    low, high = Share(hits, total).interval
    assert 0 <= low <= hits / total <= high <= 1


@given(st.sets(st.integers(-40, 3)), st.booleans())
def test_a_streak_is_what_one_counts_by_hand(back: set[int], answered_today: bool) -> None:
    days = {TODAY + timedelta(days=n) for n in back | ({0} if answered_today else set())}
    seen = {day for day in days if day <= TODAY}
    current = 0
    day = TODAY if TODAY in days else TODAY - timedelta(days=1)
    while day in days:
        current, day = current + 1, day - timedelta(days=1)
    longest = max(
        (n for n in range(1, 50) for start in seen if all(start + timedelta(days=k) in seen for k in range(n))),
        default=0,
    )
    assert core.streak(days, TODAY) == Streak(current, longest, len(seen))


@given(COUNTS)
def test_retention_counts_every_recall_of_a_card_met_before_once(counts: list[RecallCount]) -> None:
    found = core.retention(counts)
    for days, aged in found.items():
        for age, share in (("young", aged.young), ("mature", aged.mature)):
            inside = [c for c in counts if c.age == age and (days is None or (c.period or 9999) <= days)]
            assert share.hits == sum(c.grades[3] + c.grades[4] + c.grades[5] for c in inside)
            assert share.total == sum(sum(c.grades) for c in inside)
    assert found[None].all.total == sum(sum(grades) for age, grades in core.answers(counts).items() if age != "new")


@given(COUNTS)
def test_groups_add_up(counts: list[RecallCount]) -> None:
    shares = core.shares_by(counts, lambda count: count.topic, ["rails", "fog", "never"])
    assert list(shares) == ["rails", "fog", "never"]
    assert shares["never"].rate is None
    known = [c for c in counts if c.topic]
    assert shares["rails"] + shares["fog"] == core.retention(known)[None].all


def state(repetitions: int, grade: int, interval: int = 1, ease: float = 2.5, **more: object) -> CardState:
    return CardState("c", Memory(repetitions, interval, ease), TODAY, TODAY, TODAY, TODAY, grade, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("card", "word"),
    [
        (CardState("c"), "untouched"),
        (state(1, 5), "shaky"),
        (state(2, 4), "done"),
        (state(2, 3), "shaky"),
        (state(3, 5, 15), "done"),
    ],
)
def test_where_a_card_stands(card: CardState, word: str) -> None:
    assert core.standing(card) == word


@pytest.mark.parametrize(
    ("card", "word"),
    [
        (CardState("c"), "new"),
        (state(3, 4, 20), "young"),
        (state(3, 4, 21), "mature"),
        (state(3, 4, 21, suspended=True), "suspended"),
    ],
)
def test_a_card_has_one_word(card: CardState, word: str) -> None:
    assert core.card_word(card) == word


def test_the_topic_map_keeps_the_order_of_the_module_and_cards_without_a_title() -> None:
    rails, odd = ("t1", "rails", ""), ("t1", "odd", "")
    cards = [CardCount(*rails, "done", "young", 25, 3), CardCount(*rails, "untouched", "new", None, 1)]
    cards += [CardCount(*rails, "done", "mature", 21, 4), CardCount(*odd, "shaky", "young", 25, 1)]
    count = RecallCount("t1", "rails", "red", "young", 7, (1, 0, 0, 0, 2, 0))
    titles = {("t1", "fog"): "Fog", ("t1", "rails"): "Rails"}
    topics = core.topic_map(cards, [count], titles)
    assert [(t.title, t.done, t.shaky, t.untouched) for t in topics] == [
        ("Fog", 0, 0, 0),
        ("Rails", 7, 0, 1),
        ("odd", 0, 1, 0),
    ]
    assert [t.recall for t in topics] == [Share(), Share(2, 3), Share()]


def test_ease_is_counted_in_tenths_without_gaps() -> None:
    tenths = [(25, 1), (26, 2), (23, 1), (None, 9), (26, 1)]
    cards = [CardCount("t1", "fog", "", "shaky", "young", tenth, number) for tenth, number in tenths]
    assert core.eases(cards) == {2.3: 1, 2.4: 0, 2.5: 1, 2.6: 3}
    assert core.eases([]) == {}
