from __future__ import annotations

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyapp.core.proportion import Z95, wilson

SHARES = st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (1, 1, 0.2065, 1.0), (0, 0, 0.0, 1.0)],
)
def test_published_values(successes: int, trials: int, low: float, high: float) -> None:
    assert wilson(successes, trials) == pytest.approx((low, high), abs=5e-5)


@given(SHARES)
def test_the_limits_are_where_the_score_test_just_rejects(share: tuple[int, int]) -> None:
    successes, trials = share
    low, high = wilson(successes, trials)
    seen = successes / trials
    assert 0 <= low <= seen <= high <= 1
    for limit in (low, high):
        if 0 < limit < 1:
            assert abs(seen - limit) == pytest.approx(Z95 * sqrt(limit * (1 - limit) / trials), rel=1e-6)


@pytest.mark.parametrize(("successes", "trials"), [(-1, 3), (4, 3)])
def test_what_is_no_share(successes: int, trials: int) -> None:
    with pytest.raises(ValueError, match="not a share"):
        wilson(successes, trials)
