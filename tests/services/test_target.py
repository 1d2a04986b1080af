"""A target date in the settings: what moves, and the plan."""

from __future__ import annotations

from datetime import date, timedelta
from unittest.mock import Mock

import pytest

from studyapp.bootstrap import Program
from studyapp.core.target import last_look
from studyapp.services import doctor
from studyapp.services.preferences import change_setting
from studyapp.services.target import target_plan
from tests.conftest import FrozenClock

MONDAY = date(2026, 11, 23)


def set_target(program: Program, days: int | None) -> int:
    value = "none" if days is None else (program.recall.day + timedelta(days=days)).isoformat()
    return change_setting(program.recall, "target_date", value)


def learn(program: Program, clock: FrozenClock, days: int = 8) -> None:
    for _ in range(days):
        for card in program.recall.today().order:
            program.recall.grade(card, 5)
        clock.forward(days=1)


def dues(program: Program) -> dict[str, date | None]:
    return {card.id: card.state.due for card in program.store.listing("me")}


@pytest.mark.parametrize("scheduler", ["sm2", "fsrs"])
def test_every_card_comes_before_the_date_and_without_it_as_before(
    program: Program, clock: FrozenClock, scheduler: str
) -> None:
    change_setting(program.recall, "scheduler", scheduler)
    change_setting(program.recall, "new_per_day", "12")
    learn(program, clock, 10)
    before, target = dues(program), program.recall.day + timedelta(days=9)
    moved = set_target(program, 9)
    after = dues(program)
    assert moved == sum(after[card] != due for card, due in before.items()) > 0
    assert all(due is not None and due < target for due in after.values())
    assert all(after[card] == min(due, last_look(card, target)) for card, due in before.items() if due)
    assert all(finding.ok for finding in doctor.examine(program.recall))
    set_target(program, None)
    assert dues(program) == before


def test_new_cards_hurry_towards_the_date_but_not_past_what_can_be_asked(program: Program) -> None:
    assert program.recall.today().new == 2
    set_target(program, 6)  # twelve cards in four days
    assert program.recall.today().new == 3
    first = program.recall.today().order[0]
    program.recall.grade(first, 5)
    assert program.recall.today().new == 2, "the day's number stays the same while it is worked through"
    set_target(program, 3)
    assert program.recall.today().new == 3
    set_target(program, -1)
    assert program.recall.today().new == 1
    change_setting(program.recall, "new_per_day", "1")
    set_target(program, 3)
    assert program.recall.today().new == 0, "the learner's own number stands"


def test_the_plan_says_what_is_left_and_is_kind_after_missed_days(program: Program, clock: FrozenClock) -> None:
    assert target_plan(program.recall) is None
    set_target(program, 14)
    fresh = target_plan(program.recall)
    assert fresh is not None
    assert (fresh.days_left, len(fresh.projection.days), fresh.projection.unmet) == (14, 14, 0)
    assert sum(day.new for day in fresh.projection.days) == 12
    assert fresh.lines[0] == f"7 Dec 2026 is in 14 days: 2 cards left today, about {fresh.cards_a_day} a day."
    assert fresh.lines[1] == (
        "97 % expected to be recalled if you keep the plan and are right every time, 0 % if you stop today."
    )
    learn(program, clock, 3)
    clock.forward(days=6)  # nothing done for six days
    late = target_plan(program.recall)
    assert late is not None
    assert late.days_left == 5
    assert max(day.new for day in late.projection.days) <= 4
    assert late.projection.stopped < late.projection.kept <= 1
    assert late.lines[0].startswith(f"7 Dec 2026 is in 5 days: {late.cards_today} cards left today, about ")
    clock.forward(days=5)
    past = target_plan(program.recall)
    assert past is not None
    assert past.lines == ("Your target date, 7 Dec 2026, is today; `studyapp settings target_date none` clears it.",)
    clock.forward(days=5)
    past = target_plan(program.recall)
    assert past is not None
    assert "has passed" in past.lines[0]


def test_after_a_gap_due_cards_are_spread_and_new_ones_wait(program: Program, clock: FrozenClock) -> None:
    change_setting(program.recall, "new_per_day", "5")
    learn(program, clock, 2)
    clock.forward(days=7)
    usual = program.recall.today()
    assert (usual.due, usual.new) == (10, 2), "without a date as ever"
    change_setting(program.recall, "new_per_day", "auto")
    set_target(program, 5)
    for due in (4, 3, 2, 1, 0):  # a usual day of twelve cards over a week; it does not grow while it is worked through
        found, today = target_plan(program.recall), program.recall.today()
        assert found is not None
        assert (today.due, today.new, today.postponed) == (due, 0, 6)
        assert (found.projection.days[0].due, found.projection.days[0].new) == (due, 0)
        assert found.cards_today == due
        if due:
            program.recall.grade(today.order[0], 4)
    clock.forward(days=1)
    found, today = target_plan(program.recall), program.recall.today()
    assert found is not None
    assert (found.projection.days[0].due, found.projection.days[0].new) == (today.due, today.new)
    assert found.projection.unmet == 0


def test_a_date_decades_away_reads_the_log_once_for_days_that_are_alike(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_setting(program.recall, "target_date", "2099-01-01")
    read = Mock(wraps=program.store.latest_reviews)
    monkeypatch.setattr(program.store, "latest_reviews", read)
    found = target_plan(program.recall)
    assert found is not None
    days = found.projection.days
    assert len(found.minutes) == len(days) == found.days_left > 26_000
    assert read.call_count == len({(day.due, day.new) for day in days}) < 20


def test_too_many_cards_are_told(program: Program) -> None:
    set_target(program, 2)
    found = target_plan(program.recall)
    assert found is not None
    assert found.lines[-1] == "8 cards will not be met before it; the rest is what counts."


def test_an_empty_module(content: object, open_again: object) -> None:
    program = open_again()  # type: ignore[operator]
    set_target(program, 5)
    found = target_plan(program.recall)
    assert found is not None
    assert (found.projection.cards, found.cards_a_day, found.projection.kept) == (0, 0, 0)
