"""A target date: due days brought forward, the plan to it, and what is expected on it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import partial
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyapp.core import fsrs, target
from studyapp.core.log import Review
from studyapp.core.schedule import replay
from studyapp.core.sm2 import Memory, next_memory
from studyapp.core.target import Held, Pace, Towards, last_look, new_a_day, project, recall_probability

MONDAY = date(2026, 11, 23)
EXAM = MONDAY + timedelta(days=30)


@pytest.mark.parametrize("stability", [1, 6, 38])
def test_the_curve_is_at_ninety_percent_after_the_stability(stability: float) -> None:
    assert recall_probability(stability, stability) == pytest.approx(0.9)
    assert recall_probability(0, stability) == 1
    # (1 + 19/81 * 3)^-0.5, by hand
    assert recall_probability(3 * stability, stability) == pytest.approx((1 + 57 / 81) ** -0.5)
    assert recall_probability(-5, stability) == 1, "a clock set back"


def reviews(card: str, *days: int, grade: int = 5) -> list[Review]:
    return [
        Review(
            id=f"{number:03}",
            learner="me",
            card_id=card,
            reviewed_at=datetime(2026, 11, 23, 9, tzinfo=UTC) + timedelta(days=number),
            study_day=MONDAY + timedelta(days=number),
            grade=grade,
        )
        for number in days
    ]


@given(st.text(min_size=1, max_size=20), st.lists(st.integers(0, 60), min_size=1, max_size=8, unique=True))
def test_every_card_is_seen_again_before_the_target(card: str, days: list[int]) -> None:
    log = reviews(card, *sorted(days))
    plain = replay(card, log, [], next_memory)
    aimed = replay(card, log, [], Towards(next_memory, EXAM))
    assert aimed.memory == plain.memory, "what the scheduler knows is untouched"
    assert aimed.due is not None
    assert plain.due is not None
    assert aimed.due <= plain.due
    assert aimed.scheduled_on is not None
    last = last_look(card, EXAM)
    assert MONDAY < EXAM - timedelta(days=target.LAST_LOOKS) <= last < EXAM
    assert aimed.due <= last or aimed.scheduled_on >= last or plain.due <= last


def test_a_day_after_the_last_look_stands_as_it_would() -> None:
    card = "t1.fog.c0"
    after = (last_look(card, EXAM) - MONDAY).days
    log = reviews(card, 0, 1, 7, after)
    assert replay(card, log, [], Towards(next_memory, EXAM)) == replay(card, log, [], next_memory)


def test_last_looks_are_spread_over_a_week() -> None:
    looks = Counter(last_look(f"m14.topic.card-{number}", EXAM) for number in range(700))
    assert len(looks) == target.LAST_LOOKS
    assert max(looks.values()) < 140


@pytest.mark.parametrize(
    ("usual", "left", "days", "number"),
    [(5, 20, 30, 5), (5, 70, 9, 10), (5, 70, 12, 7), (5, 500, 10, 10), (5, 3, 1, 5), (0, 50, 5, 0)],
)
def test_new_cards_a_day_grow_within_reason(usual: int, left: int, days: int, number: int) -> None:
    assert new_a_day(usual, left, days) == number


def held(number: int, interval: int = 0, due: int | None = None, last: int | None = None) -> Held:
    def day(offset: int | None) -> date | None:
        return None if offset is None else MONDAY + timedelta(days=offset)

    return Held(f"t1.fog.c{number}", Memory(2 if interval else 0, interval), day(due), day(last))


def plan(
    cards: list[Held], days: int = 10, new: int = 3, cap: int = 60, usual: int = 60, done: tuple[int, int] = (0, 0)
) -> target.Projection:
    goal = MONDAY + timedelta(days=days)
    pace = Pace(cap, usual, new, hurry=False)
    return project(cards, MONDAY, goal, pace=pace, schedule=Towards(next_memory, goal), done=done)


def test_the_plan_meets_new_cards_and_none_in_the_last_days() -> None:
    found = plan([held(number) for number in range(12)], days=6, done=(0, 1))
    assert [one.new for one in found.days] == [2, 3, 3, 3, 0, 0]
    assert (found.cards, found.met, found.unmet) == (12, 0, 1)
    assert (found.now, found.stopped) == (0, 0)
    assert found.kept == pytest.approx(11 / 12, abs=0.05)


@pytest.mark.parametrize(
    ("waiting", "left", "days", "limits"),
    [
        (20, 40, 30, (20, 5)),  # a usual day
        (26, 40, 30, (20, 0)),  # six wait, which is more than the new cards
        (23, 40, 30, (20, 2)),  # three wait
        (120, 40, 4, (30, 0)),  # all before the date
        (500, 40, 4, (60, 0)),  # and never more than the learner wants
        (0, 70, 9, (20, 10)),  # in a hurry
    ],
)
def test_what_waits_is_spread_and_takes_the_place_of_new_cards(
    waiting: int, left: int, days: int, limits: tuple[int, int]
) -> None:
    assert Pace(60, 20, 5, hurry=True).limits(waiting, left, days) == limits


def test_the_learners_own_number_does_not_hurry() -> None:
    assert Pace(60, 20, 5, hurry=False).limits(0, 70, 9) == (20, 5)


def test_a_usual_day() -> None:
    assert target.usual_due(127, 19) == 38
    assert target.usual_due(127, 5) == 19, "the last looks at all, over a week"


def test_the_plan_after_a_gap_has_no_wall() -> None:
    """Half of a module learnt in four days, then a week missed, 26 days before the date."""
    late = [held(n, interval=1 + 5 * (n % 2), due=-7 + n % 7, last=-8 + n % 7 - 5 * (n % 2)) for n in range(68)]
    cards = [*late, *(held(n) for n in range(68, 127))]
    found = plan(cards, days=26, new=19, usual=target.usual_due(127, 19))
    wall = plan(cards, days=26, new=19, usual=60)
    assert [(one.due, one.new) for one in found.days[:3]] == [(38, 0), (30, 19), (19, 19)]
    assert [max(one.due + one.new for one in each.days) for each in (found, wall)] == [57, 71]
    assert found.unmet == wall.unmet == 0
    assert found.kept == pytest.approx(wall.kept, abs=0.001)


def test_what_was_answered_today_counts_into_its_limits() -> None:
    cards = [held(number, interval=6, due=-3, last=-9) for number in range(12)]
    whole, half = plan(cards, usual=5), plan(cards[2:], usual=5, done=(2, 0))
    assert (whole.days[0].due, half.days[0].due) == (5, 3)
    assert [one.due for one in whole.days[1:3]] == [one.due for one in half.days[1:3]] == [5, 2]


def test_late_cards_come_first_and_the_cap_holds() -> None:
    cards = [held(number, interval=6, due=-9 + number, last=-15 + number) for number in range(8)]
    found = plan(cards, cap=3)
    assert [one.due for one in found.days[:3]] == [3, 3, 2]
    assert sum(one.due for one in found.days) >= len(cards)


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(-9, 30)), max_size=12),
    st.integers(0, 60),
    st.integers(0, 3),
    st.integers(1, 4),
    st.integers(1, 4),
)
def test_the_plan_is_that_of_going_through_all_cards_every_day(
    cards: list[tuple[int, int]], days: int, new: int, cap: int, usual: int
) -> None:
    all_held = [held(n, i, due, due - i) if i else held(n) for n, (i, due) in enumerate(cards)]
    goal, goes = MONDAY + timedelta(days=days), Towards(next_memory, MONDAY + timedelta(days=days))
    now, counts = list(all_held), []
    for offset in range(days):
        day = MONDAY + timedelta(days=offset)
        late = sorted((card for card in now if card.due and card.due <= day), key=lambda card: card.due or day)
        due = late[: min(cap, max(usual, ceil(len(late) / (days - offset))))]
        limit = 0 if offset and days - offset <= target.DAYS_WITHOUT_NEW else max(0, new - (len(late) - len(due)))
        fresh = [card for card in now if card.due is None][:limit]
        now = [target._answered(card, day, goes) if card in (*due, *fresh) else card for card in now]
        counts.append((len(due), len(fresh)))
    found = plan(all_held, days, new, cap, usual)
    assert [(one.due, one.new) for one in found.days] == counts
    assert found.unmet == sum(card.due is None for card in now)
    assert found.kept == target._share(now, goal)


def test_stopping_and_keeping() -> None:
    cards = [held(0, interval=6, due=0, last=-6), held(1, interval=38, due=30, last=-8)]
    found = plan(cards)
    assert found.now == pytest.approx((0.9 + recall_probability(8, 38)) / 2)
    assert found.stopped == pytest.approx((recall_probability(16, 6) + recall_probability(18, 38)) / 2)
    assert found.stopped < found.now < found.kept


def test_fsrs_knows_how_well_a_card_is_recalled_whatever_the_interval_aims_at() -> None:
    """The goal of a scheduler sets when a card comes; it does not change what is remembered."""
    expected = []
    for retention in (0.8, 0.9):
        goes = partial(fsrs.next_memory, retention=retention)
        memory = goes(goes(Memory(), 4), 4, 3)
        card = Held("c", memory, MONDAY, MONDAY - timedelta(days=4))
        found = project([card], MONDAY, EXAM, pace=Pace(60, 60, 5, False), schedule=Towards(goes, EXAM))
        assert found.now == pytest.approx(fsrs.recall_probability(memory, 4))
        expected.append((memory.interval_days, found.stopped))
    (long, at_80), (short, at_90) = expected
    assert long > short
    assert at_80 == at_90 == pytest.approx(fsrs.recall_probability(memory, 34))


def test_no_cards_and_no_days() -> None:
    assert plan([]).kept == 0
    assert plan([held(0)], days=0).days == ()
    assert plan([held(0)], days=-3).days == ()
