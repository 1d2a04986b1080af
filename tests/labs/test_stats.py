from __future__ import annotations

import pytest

from labs.common import stats
from labs.sampler_timing import enough_calls


def test_interval_of_three_by_hand() -> None:
    low, high = stats.interval([1.0, 2.0, 3.0])
    assert stats.mean([1.0, 2.0, 3.0]) == 2
    assert high - 2 == pytest.approx(4.303 / 3**0.5)
    assert 2 - low == pytest.approx(high - 2)


def test_a_line_has_a_band() -> None:
    label, values, low, high = stats.line("a", [[1.0, 1.0], [2.0, 4.0]])
    assert (label, values) == ("a", [1.0, 3.0])
    assert low[0] == high[0] == 1
    assert low[1] < 3 < high[1]


def test_a_share_is_never_certain() -> None:
    low, high = stats.of_shares([1.0, 1.0, 1.0], 16)
    assert low == pytest.approx(48 / (48 + 1.96**2))  # Wilson's bound where all of 48 went well
    assert high == 1
    assert stats.of_shares([0.0, 0.0, 0.0], 16) == pytest.approx((0, 1 - low))
    assert stats.of_shares([0.9, 0.5, 0.1], 16) == stats.interval([0.9, 0.5, 0.1], stats.SHARE)
    assert stats.line("a", [[1.0, 1.0, 1.0]], each=16)[2] == [low]


def test_a_gain_of_shares_is_no_more_certain_than_its_trials() -> None:
    # Newcombe 1998, Statistics in Medicine 17, table II, method 10: 9 of 10 against 3 of 10, and all against none.
    assert stats.of_gains([0.9, 0.9], [0.3, 0.3], 5) == pytest.approx((0.1705, 0.8090), abs=1e-4)
    assert stats.of_gains([1.0, 1.0], [0.0, 0.0], 5) == pytest.approx((0.6075, 1.0), abs=1e-4)
    low, high = stats.of_gains([0.0] * 3, [0.0] * 3, 100)
    assert -0.02 < low < -0.01 < 0.01 < high < 0.02, "where nothing happens, little is known, not all"
    assert stats.of_gains([1.0, 0.5, 0.2], [0.0, 0.5, 0.8], 1000) == stats.interval([1.0, 0.0, -0.6], (-1, 1))


def test_an_interval_that_holds_the_value_takes_no_side() -> None:
    bounds = {"a": (-2.0, -1.0), "b": (-1.0, 0.5), "c": (0.1, 0.2), "d": (3.0, 4.0)}
    assert stats.sides(bounds) == ("a", "c, d")
    assert stats.sides(bounds, 2.0) == ("a, b, c", "d")
    assert stats.sides({"b": bounds["b"]}, none="nothing") == ("nothing", "nothing")
    said = [stats.compared(sum(pair) / 2, pair) for pair in bounds.values()]
    assert [text.split(" (")[0] for text in said] == ["less", "not told apart", "more", "more"]
    assert said[0] == "less (-1.500 [-2.000, -1.000])"
    assert stats.paired([3.0, 5.0, 7.0], [2.0, 3.0, 4.0]) == stats.interval([1.0, 2.0, 3.0])


def test_enough_is_where_the_best_is_ahead_by_chance_alone_and_no_relapse_follows() -> None:
    def enough(*shares: float) -> int:
        return enough_calls([2, 4, 8, 20], [[share] * 3 for share in shares], 100)

    assert enough(0.3, 0.92, 0.94, 0.94) == 4
    assert enough(0.3, 0.94, 0.80, 0.94) == 20
    assert enough(0.3, 0.94, 0.94, 0.80) == 20, "the most calls are worse than the best, and nothing comes after them"


def test_few_pictures_cannot_tell_that_more_calls_are_needed() -> None:
    shares = [[0.3] * 3, [0.88, 1.0, 0.88], [1.0, 1.0, 1.0]]
    assert enough_calls([2, 4, 8], shares, 16) == 4
    assert enough_calls([2, 4, 8], [[value] * 3 for value in (0.3, 0.92, 1.0)], 400) == 8


def test_timing_helpers() -> None:
    pytest.importorskip("torch")
    from labs.common import timing

    assert timing.quartiles([4.0, 1.0, 3.0, 2.0, 5.0]) == (2, 3, 4)
    assert timing.fit_line([1, 2, 3], [5, 7, 9]) == (3, 2, 1)
    order: list[str] = []
    taken = timing.interleaved({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, "cpu", 2)
    assert order == ["a", "b"] * 3
    assert [len(values) for values in taken.values()] == [2, 2]
