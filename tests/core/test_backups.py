"""Thinning of automatic backups."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from studyapp.core.backups import ALL_OF, DAILY, MONTHLY, WEEKLY, kept

NOW = datetime(2026, 11, 24, 18, tzinfo=UTC)
MOST = DAILY + WEEKLY + MONTHLY
AGES = st.integers(-3 * 86_400, 900 * 86_400)
MOMENTS = st.lists(AGES.map(lambda seconds: NOW - timedelta(seconds=seconds)), max_size=200)


@given(MOMENTS)
def test_young_backups_stay_and_old_ones_are_few(moments: list[datetime]) -> None:
    stay = kept(moments, NOW)
    young = {moment for moment in moments if NOW - moment < ALL_OF}
    assert young <= stay <= set(moments)
    assert len(stay - young) <= MOST
    assert not moments or max(moments) in stay


@given(MOMENTS)
def test_thinning_twice_is_thinning_once_and_order_is_nothing(moments: list[datetime]) -> None:
    stay = kept(moments, NOW)
    assert kept(stay, NOW) == stay
    assert kept(moments[::-1] * 2, NOW) == stay


@given(MOMENTS)
def test_the_last_of_each_of_the_newest_days_stays(moments: list[datetime]) -> None:
    old = [moment for moment in moments if NOW - moment >= ALL_OF]
    days = sorted({moment.date() for moment in old}, reverse=True)[:DAILY]
    for day in days:
        same = [moment for moment in old if moment.date() == day]
        assert kept(moments, NOW) & set(same) == {max(same)}


@given(st.lists(st.integers(1, 40), min_size=1, max_size=150), st.integers(1, 3))
def test_however_often_it_is_thinned_the_past_stays_covered(hours: list[int], sessions: int) -> None:
    """Sessions at any distance, thinned after each: beside what one thinning would leave there is no gap of its own."""
    now, stay, everything = NOW, set[datetime](), set[datetime]()
    for gap in hours * sessions:
        now += timedelta(hours=gap)
        stay.add(now)
        everything.add(now)
        stay = kept(stay, now)
    at_once = kept(everything, now)
    assert {moment.date() for moment in at_once if now - moment < timedelta(days=10)} == {
        moment.date() for moment in stay if now - moment < timedelta(days=10)
    }
    assert min(stay) - min(at_once) < timedelta(days=31)


def test_a_year_of_three_sessions_a_day() -> None:
    now, stay = NOW, set[datetime]()
    for hour in range(0, 500 * 24, 8):
        now = NOW + timedelta(hours=hour)
        stay.add(now)
        stay = kept(stay, now)
    young = [moment for moment in stay if now - moment < ALL_OF]
    days = sorted((now.date() - moment.date()).days for moment in stay - set(young))
    assert (len(young), len(days)) == (6, MOST)
    assert days[:DAILY] == list(range(2, 2 + DAILY))
    gaps = [later - earlier for earlier, later in pairwise(days)]
    assert max(gaps[: DAILY + WEEKLY - 1]) <= 7
    assert max(gaps) <= 35
    assert days[-1] > 300


def test_what_a_clock_set_back_leaves_in_the_future_stays() -> None:
    ahead = [NOW + timedelta(days=days) for days in (1, 400)]
    assert kept([*ahead, NOW], NOW) == {*ahead, NOW}
