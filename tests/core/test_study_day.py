from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyapp.core.study_day import StudyCalendar

BERLIN = StudyCalendar(zone=ZoneInfo("Europe/Berlin"))
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Kolkata"]
)
INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-11-23T03:59:59", date(2026, 11, 22)),
        ("2026-11-23T04:00:00", date(2026, 11, 23)),
        ("2026-11-24T00:30:00", date(2026, 11, 23)),
        ("2026-03-29T03:59:00", date(2026, 3, 28)),  # the hour from two to three is missing that night
        ("2026-03-29T04:00:00", date(2026, 3, 29)),
        ("2026-10-25T02:30:00", date(2026, 10, 24)),  # this one comes twice
        ("2026-10-25T04:00:00", date(2026, 10, 25)),
    ],
)
def test_the_day_begins_at_four_by_the_wall_clock(moment: str, day: date) -> None:
    assert BERLIN.day_of(berlin(moment)) == day


def test_the_hour_that_comes_twice_is_one_study_day() -> None:
    first, second = (berlin("2026-10-25T02:30:00").replace(fold=fold) for fold in (0, 1))
    assert BERLIN.day_of(first) == BERLIN.day_of(second) == date(2026, 10, 24)


def test_a_short_day_is_23_hours_long() -> None:
    start, end = (BERLIN.start_of(date(2026, 3, day)) for day in (28, 29))
    assert end - start == timedelta(hours=23)


def test_the_rollover_hour_is_a_choice() -> None:
    midnight = StudyCalendar(time(0), UTC)
    assert midnight.day_of(datetime(2026, 11, 23, 0, 0, tzinfo=UTC)) == date(2026, 11, 23)


@given(INSTANTS, ZONES, st.integers(0, 23))
def test_an_instant_lies_within_its_study_day(instant: datetime, zone: str, hour: int) -> None:
    calendar = StudyCalendar(time(hour), ZoneInfo(zone))
    day = calendar.day_of(instant)
    wall = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert datetime.combine(day, time(hour)) <= wall < datetime.combine(day + timedelta(days=1), time(hour))


@given(INSTANTS, ZONES)
def test_days_never_run_backwards_over_more_than_a_clock_change(instant: datetime, zone: str) -> None:
    calendar = StudyCalendar(zone=ZoneInfo(zone))
    assert calendar.day_of(instant) <= calendar.day_of(instant + timedelta(hours=3))
