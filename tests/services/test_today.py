"""What stands open today: counts, order, caps, minutes, the days to come and the days behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest

from studyapp.bootstrap import Program
from studyapp.services.preferences import change_setting
from studyapp.services.recall import Recall
from tests.conftest import FrozenClock, small_module, write_module

A, B, C = "t1.fog.c0", "t1.fog.c1", "t1.fog.c2"
Open = Callable[[], Program]


@pytest.fixture
def recall(program: Program) -> Recall:
    return program.recall


def test_new_cards_are_spread_over_a_week_or_as_many_as_were_set(recall: Recall) -> None:
    assert recall.today().new == 2  # twelve cards over seven days
    change_setting(recall, "new_per_day", "5")
    assert recall.today().new == 5
    for card_id in recall.today().order[:3]:
        recall.grade(card_id, 5)
    assert recall.today().new == 2
    change_setting(recall, "new_per_day", "0")
    assert recall.today().order == ()


def test_a_suspended_card_still_counts_as_met_today(recall: Recall) -> None:
    for card_id in recall.today().order:
        recall.grade(card_id, 4)
        recall.suspend(card_id)
    assert (recall.today().new, recall.today().answered) == (0, 2)


def test_the_cap_holds_over_the_day_and_the_rest_waits(recall: Recall, clock: FrozenClock) -> None:
    change_setting(recall, "new_per_day", "12")
    for card_id in recall.today().order:
        recall.grade(card_id, 4)
    clock.forward(days=30)
    change_setting(recall, "due_per_day", "5")
    today = recall.today()
    assert (today.due, today.new, today.postponed, len(today.order)) == (5, 0, 7, 5)
    for card_id in today.order[:3]:
        recall.grade(card_id, 5)
    today = recall.today()
    assert (today.due, today.postponed, today.answered) == (2, 7, 3)


def test_failed_cards_are_drilled_last_until_they_are_good(recall: Recall) -> None:
    change_setting(recall, "new_per_day", "4")
    first, second, *rest = recall.today().order
    recall.grade(first, 0)
    recall.grade(second, 3)
    today = recall.today()
    assert (today.drill, set(today.order[-2:])) == (2, {first, second})
    assert today.order[:-2] == tuple(rest)
    recall.grade(first, 4)
    assert recall.today().order == (*rest, second)
    recall.bury(second)
    assert recall.today().drill == 0
    recall.resume(second)
    recall.suspend(second)
    assert recall.today().drill == 0


def test_yesterday_s_drills_are_today_s_due_cards(recall: Recall, clock: FrozenClock) -> None:
    recall.grade(A, 1)
    clock.forward(days=1)
    today = recall.today()
    assert (today.drill, today.due, A in today.order) == (0, 1, True)


def test_cards_come_after_what_they_need(content: Path, open_again: Open, clock: FrozenClock) -> None:
    cards = small_module()
    cards["fog"][0]["needs"] = ["t1.rails.c3"]  # an easy card that needs a hard one
    write_module(content / "m", cards)
    recall = open_again().recall
    met: list[str] = []
    for _ in range(7):
        today = recall.today()
        for card_id in today.order:
            met += [card_id] * (card_id not in met)
            recall.grade(card_id, 5)
        clock.forward(days=1)
    assert len(met) == 12
    assert met.index("t1.rails.c3") < met.index("t1.fog.c0")


def test_minutes_follow_the_learner_s_own_pace(recall: Recall) -> None:
    change_setting(recall, "new_per_day", "12")
    assert recall.today().minutes == 15  # twelve new cards at 75 seconds
    for card_id in recall.today().order[:10]:
        recall.grade(card_id, 4, elapsed_ms=60_000)
    assert recall.today().minutes == 5  # two new cards at twice the assumed pace
    for _ in range(50):
        recall.grade(A, 4, elapsed_ms=24 * 3_600_000)  # left open overnight
    assert recall.today().minutes == 50


def test_the_forecast_counts_the_days_to_come(recall: Recall, clock: FrozenClock) -> None:
    recall.grade(A, 4)
    recall.grade(B, 4)
    clock.forward(days=1)
    recall.grade(A, 4)
    assert recall.forecast(7) == [0, 0, 0, 0, 0, 1, 0]
    recall.grade(B, 1)
    assert recall.forecast(2) == [1, 0]
    recall.suspend(B)
    assert recall.forecast(2) == [0, 0]


def test_the_streak_counts_study_days_in_a_row(recall: Recall, clock: FrozenClock) -> None:
    assert recall.streak() == 0
    for _ in range(3):
        recall.grade(A, 4)
        assert recall.streak() > 0
        clock.forward(days=1)
    assert recall.streak() == 3  # today may still come
    recall.grade(A, 4)
    assert recall.streak() == 4
    recall.undo()
    assert recall.streak() == 3
    recall.redo()
    assert recall.streak() == 4
    clock.forward(days=2)
    assert recall.streak() == 0


def test_shaky_cards_are_those_that_failed(recall: Recall, clock: FrozenClock) -> None:
    for card_id, grade in ((A, 5), (B, 1), (C, 3)):
        recall.grade(card_id, grade)
    clock.forward(days=1)
    assert recall.shaky() == [B, C]
    assert recall.shaky(1) == [B]


def test_a_zone_and_a_rollover_hour_move_the_study_day(recall: Recall, clock: FrozenClock) -> None:
    clock.now = datetime.fromisoformat("2026-11-23T23:30+00:00")
    assert recall.day == date(2026, 11, 23)
    change_setting(recall, "zone", "Asia/Tokyo")  # half past eight in the morning
    assert recall.day == date(2026, 11, 24)
    change_setting(recall, "rollover_hour", "9")
    assert recall.day == date(2026, 11, 23)
