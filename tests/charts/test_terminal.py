"""Charts of text: every curve can be told from the others without colour, and nothing is wider than asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyapp.charts.scale import fitted
from studyapp.charts.terminal import Axis, Curve, as_text, chart

NUMBERS = st.lists(st.none() | st.floats(-1e9, 1e9), min_size=1, max_size=30)


def drawn(curves: list[Curve], width: int = 60, height: int = 8, *, log_x: bool = False, log_y: bool = False) -> str:
    xs = [float(n + 1) for n in range(len(curves[0].values))]
    return as_text(chart(Axis("step t", log_x), xs, Axis("factor, of 1", log_y), curves, width, height))


def test_axes_curves_and_numbers_are_named_in_text() -> None:
    text = drawn([Curve("signal", [1, 0.8, 0.5, 0.2, 0]), Curve("noise", [0, 0.2, 0.5, 0.8, 1])])
    for words in ("step t", "factor, of 1", "● signal", "■ noise", "1.0┤", "0.0┤", "┬"):
        assert words in text
    plot = text.split("noise", 1)[1]
    assert plot.count("●") + plot.count("■") >= 9  # each point has its curve's sign; two of them cross


def test_a_rising_curve_rises() -> None:
    rows = drawn([Curve("a", [float(n) for n in range(10)])]).splitlines()
    plot = [row for row in rows if "┤" in row or "│" in row]
    first = [min(n for n, letter in enumerate(row[3:]) if letter.strip()) for row in plot if row[3:].strip()]
    assert first == sorted(first, reverse=True)


def test_a_missing_number_is_a_gap() -> None:
    whole, gap = (drawn([Curve("a", values)]) for values in ([1, 1, 1, 1, 1], [1, 1, None, 1, 1]))
    assert gap.count("●") == whole.count("●") - 1


def test_a_band_is_drawn_beside_its_curve() -> None:
    values = [5.0] * 8
    bare = drawn([Curve("a", values), Curve("b", [0.0, 10.0] * 4)])
    band = drawn([Curve("a", values, [2.0] * 8, [8.0] * 8), Curve("b", [0.0, 10.0] * 4)])
    assert sum(0x2800 < ord(letter) < 0x2900 for letter in band) > sum(0x2800 < ord(letter) < 0x2900 for letter in bare)


def test_powers_of_ten_stand_beside_a_logarithmic_axis() -> None:
    text = drawn([Curve("error", [1, 0.1, 0.01, 0.001])], height=10, log_y=True)
    for label in ("1┤", "0.1┤", "0.01┤", "0.001┤"):
        assert label in text
    assert "error" in drawn([Curve("error", [0, -1, None, 0.5])], log_y=True)  # what has no logarithm is left out


@given(
    values=NUMBERS, width=st.integers(1, 130), height=st.integers(1, 20), logs=st.tuples(st.booleans(), st.booleans())
)
def test_any_numbers_fit_any_size(values: list[float | None], width: int, height: int, logs: tuple[bool, bool]) -> None:
    text = drawn(
        [Curve("a", values, values, values), Curve("b" * 200, values)], width, height, log_x=logs[0], log_y=logs[1]
    )
    assert max(map(len, text.splitlines())) <= max(width, 32)


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=9), st.booleans(), st.integers(2, 12), st.booleans())
def test_an_axis_holds_its_numbers_and_few_round_ticks(values: list[float], log: bool, most: int, snug: bool) -> None:
    scale = fitted(values, log, most, snug)
    assert scale.low < scale.high
    assert len(scale.ticks) <= most + 2
    assert len(set(scale.labels())) == len(scale.labels())
    for value in values:
        place = scale.place(value)
        if log and value <= 1e-300:
            assert place is None
        else:
            assert place is not None
            assert -1e-6 <= place <= 1 + 1e-6


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0, 1, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (-1.9, 30, ["-10", "0", "10", "20", "30"]),
        (0.02, 0.021, ["0.0200", "0.0202", "0.0204", "0.0206", "0.0208", "0.0210"]),
    ],
)
def test_ticks_are_round(low: float, high: float, labels: list[str]) -> None:
    assert fitted([low, high], False, 6).labels() == labels
