"""Pictures as text: real numbers beside every axis, nothing wider than asked, nothing told by colour alone."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyapp.charts.bars import NARROWEST, drawn, fit
from studyapp.charts.pictures import Bar, Bars, Columns, Heat, Lines, Picture, Stacks
from studyapp.charts.terminal import Axis, Curve, as_text

TODAY = date(2026, 11, 23)
LABEL = st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=30)
SHARE = st.floats(0, 100)


def cells(text: str) -> int:
    return next(width for width in range(500) if fit(text, width).rstrip() == text.rstrip())


COLUMNS = st.lists(st.tuples(st.text("0123456789 Nov.", max_size=12), st.floats(0, 1e6)), max_size=60).map(
    lambda rows: Columns("t", "x" * 50, "y", tuple(n for n, _ in rows), tuple(v for _, v in rows))
)
BARS = st.lists(st.tuples(LABEL, st.none() | SHARE), min_size=1, max_size=6).map(
    lambda rows: Bars("t" * 99, "x", tuple(Bar(n, v, (v or 0) / 2, min(100, (v or 0) + 5), "w" * 30) for n, v in rows))
)
STACKS = st.lists(st.tuples(LABEL, st.tuples(*[st.integers(0, 10**6)] * 3)), min_size=1, max_size=6).map(
    lambda rows: Stacks("t", "x", ("a", "b" * 99, "c"), tuple(rows))
)
HEAT = st.dictionaries(st.integers(-5, 500).map(lambda n: TODAY - timedelta(days=n)), st.integers(0, 900)).map(
    lambda days: Heat("t", "u" * 99, days, TODAY)
)


@given(picture=st.one_of(COLUMNS, BARS, STACKS, HEAT), width=st.integers(1, 130))
def test_any_figures_fit_any_width(picture: Picture, width: int) -> None:
    rows = as_text(drawn(picture, width)).splitlines()
    assert max(map(cells, rows)) <= max(NARROWEST, width)


@given(st.text(max_size=40), st.integers(1, 40))
def test_a_label_is_cut_or_filled_by_cells(text: str, width: int) -> None:
    assert fit("日本語", 5) == "日本…"
    assert fit("日本語", 4) == "日… "
    assert fit("ab", 4) == "ab  "
    assert fit(fit(text, width), width) == fit(text, width)


def column_heights(text: str) -> list[int]:
    rows = [row.partition("┤")[2] or row.partition("│")[2] for row in text.splitlines() if "┤" in row or "│" in row]
    wide = max(map(len, rows))
    return [sum(row.ljust(wide)[n] == "█" for row in rows) for n in range(0, wide, 2)]


def test_columns_are_as_high_as_their_values_and_the_axis_says_so() -> None:
    labels = tuple(f"{n} Nov" for n in range(1, 31))
    text = as_text(drawn(Columns("Cards", "day", "cards", labels, (6.0, 0.0, 3.0, *[0.0] * 26, 2.0)), 66))
    heights = column_heights(text)
    assert (heights[0], heights[1], heights[2], heights[29]) == (6, 0, 3, 2)
    for words in ("6┤", "4┤", "2┤", "0└", "1 Nov", "day", "cards"):
        assert words in text


@pytest.mark.parametrize(("newest_last", "kept"), [(True, "d99"), (False, "d0")])
def test_where_there_is_no_room_the_nearest_days_stay(newest_last: bool, kept: str) -> None:
    labels = tuple(f"d{n}" for n in range(100))
    values = tuple(float(label == kept) for label in labels)
    assert "█" in as_text(drawn(Columns("t", "x", "y", labels, values, newest_last), 40))
    assert "█" not in as_text(drawn(Columns("t", "x", "y", labels, values, not newest_last), 40))


def test_the_least_that_is_not_nothing_can_be_seen() -> None:
    text = as_text(drawn(Columns("t", "x", "y", ("a", "b"), (1000.0, 1.0)), 40))
    assert "▁" in text


def test_a_bar_ends_at_its_value_and_shows_its_interval() -> None:
    bars = (Bar("a", 50.0, 25.0, 75.0, "half"), Bar("never", None, 0, 100, "nothing yet"))
    text = as_text(drawn(Bars("Share", "%", bars), 60))
    line = next(row for row in text.splitlines() if row.startswith("a"))
    bar = line.partition("│")[2]
    axis = next(row for row in text.splitlines() if "└" in row).partition("└")[2]
    assert bar.index("┃") == pytest.approx(len(axis) / 2, abs=1)
    assert bar.count("█") == pytest.approx(bar.count("▓"), abs=1)
    assert bar.count("▒") == pytest.approx(bar.count("▓"), abs=2)
    assert "nothing yet" in text


def test_parts_of_a_stack_differ_by_sign_and_have_their_numbers() -> None:
    text = as_text(
        drawn(Stacks("Map", "cards", ("done", "shaky", "new"), (("Fog", (8, 4, 4)), ("Rails", (0, 0, 1)))), 60)
    )
    line = next(row for row in text.splitlines() if row.startswith("Fog"))
    assert line.count("█") == pytest.approx(2 * line.count("▒"), abs=1)
    assert "8 + 4 + 4" in line
    assert "█ done  ▒ shaky  ░ new" in text
    assert next(row for row in text.splitlines() if row.startswith("Rails")).count("░") >= 1


def test_a_calendar_has_a_row_a_weekday_and_a_column_a_week() -> None:
    monday = TODAY - timedelta(days=7)
    heat = Heat("Calendar", "answers", {monday: 5, TODAY: 20, TODAY - timedelta(days=1): 10}, TODAY)
    rows = as_text(drawn(heat, 80)).splitlines()
    assert [row[:3] for row in rows[2:9]] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert rows[2].rstrip()[-2:] == "░▓"  # last Monday, and today
    assert rows[8].rstrip()[-1:] == "▒"  # yesterday; the coming Sunday is not there yet
    assert len(rows[3].rstrip()) == len(rows[2].rstrip()) - 1
    assert "Nov" in rows[1]
    assert "· none  ░ 5–9  ▒ 10–19  ▓ 20+" in rows[9]


def test_every_picture_is_also_a_table() -> None:
    lines = Lines("t", Axis("x"), (1.0, 2.0), Axis("y"), (Curve("a", (0.5, None), (0.4, None), (0.6, None)),))
    assert lines.table() == (("x", "a"), [("1", "0.5 (0.4 to 0.6)")])
    assert "● a" in as_text(drawn(lines, 40))
    heat = Heat("t", "answers", {date(2026, 10, 30): 3, date(2026, 11, 2): 4, date(2026, 11, 3): 0}, TODAY)
    assert heat.table() == (("month", "days", "answers"), [("Oct 2026", "1", "3"), ("Nov 2026", "1", "4")])
    stacks = Stacks("t", "x", ("a", "b"), (("Fog", (1, 2)),))
    assert stacks.table() == (("", "a", "b"), [("Fog", "1", "2")])
