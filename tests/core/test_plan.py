from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from studyapp.core.plan import Candidate, introduction_order, likeness, new_per_day, plan_day
from tests.conftest import make_card

TODAY = date(2026, 11, 23)


def due(card_id: str, late: int = 0, interval: int = 6, topic: str = "fog", kind: str = "concept") -> Candidate:
    return Candidate(card_id, topic, kind, (), TODAY - timedelta(days=late), interval)


def test_easy_before_hard_and_needs_first() -> None:
    cards = [
        make_card("t1.fog.hard", difficulty="red"),
        make_card("t1.fog.easy", difficulty="green", needs=["t1.rails.first"]),
        make_card("t1.rails.first", difficulty="yellow"),
        make_card("t1.sketch.easy", difficulty="green"),
    ]
    order = [card.id for card in introduction_order(cards, ["fog", "sketch", "rails"])]
    assert order == ["t1.sketch.easy", "t1.rails.first", "t1.fog.easy", "t1.fog.hard"]


def test_topics_take_turns() -> None:
    cards = [make_card(f"t1.{topic}.c{n}") for topic in ("fog", "sketch", "rails") for n in range(3)]
    topics = [card.topic for card in introduction_order(cards, ["fog", "sketch", "rails"])]
    assert topics == ["fog", "sketch", "rails"] * 3


def test_the_module_is_spread_over_its_week() -> None:
    assert new_per_day(44, None) == 7
    assert new_per_day(0, None) == 0
    assert new_per_day(44, 3) == 3


def test_after_a_break_the_most_at_risk_come_first_and_the_rest_wait() -> None:
    cards = [due("long", late=10, interval=100), due("short", late=10, interval=1), due("fresh", late=0, interval=10)]
    plan = plan_day(cards, [], today=TODAY, due_cap=2)
    assert plan.order == ("short", "long")
    assert (plan.due, plan.postponed) == (2, 1)


def test_neighbours_differ_when_they_can() -> None:
    cards = [due(f"{topic}{n}", topic=topic) for topic in ("a", "b") for n in range(5)]
    order = plan_day(cards, [], today=TODAY, due_cap=100).order
    assert all(one[0] != other[0] for one, other in pairwise(order))


def test_a_card_and_what_it_needs_are_not_neighbours_when_others_can_stand_between() -> None:
    first, second = Candidate("n1", "fog", "concept"), Candidate("n2", "fog", "trap", ("n1",))
    order = plan_day([due("d1", topic="x"), due("d2", topic="y")], [first, second], today=TODAY, due_cap=9).order
    assert order.index("n2") - order.index("n1") > 1


def test_likeness_counts_links_topics_and_kinds() -> None:
    one, other = Candidate("a", "fog", "concept"), Candidate("b", "fog", "concept", ("a",))
    assert likeness(one, other) == likeness(other, one) == 7
    assert likeness(one, Candidate("c", "rails", "trap")) == 0


CANDIDATES = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(["concept", "trap"]), st.integers(0, 50), st.integers(1, 90)),
    max_size=40,
)


@given(CANDIDATES, CANDIDATES, st.integers(0, 50))
def test_a_plan_loses_and_repeats_nothing(
    due_data: list[tuple[str, str, int, int]], new_data: list[tuple[str, str, int, int]], cap: int
) -> None:
    dues = [due(f"d{n}", late, interval, topic, kind) for n, (topic, kind, late, interval) in enumerate(due_data)]
    news = [
        Candidate(f"n{n}", topic, kind, (f"n{n - 1}",) if n % 3 == 2 else ())
        for n, (topic, kind, *_) in enumerate(new_data)
    ]
    plan = plan_day(dues, news, today=TODAY, due_cap=cap)
    assert len(set(plan.order)) == len(plan.order) == plan.due + plan.new
    assert plan.due == min(cap, len(dues))
    assert plan.due + plan.postponed == len(dues)
    for card in news:
        for need in card.needs:
            assert plan.order.index(need) < plan.order.index(card.card_id)
