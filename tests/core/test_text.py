from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyapp.core.grading import proposed_grade
from studyapp.core.ids import uuid7
from studyapp.core.text import one_line, spoken, visible


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("plain [/] text", "plain [/] text"),
        ("a\x1b[31mb\x07\x00", "a[31mb"),
        ("a\u202eb\u200bc", "abc"),
        ("10\u00a0days, 0.5\u2009%", "10 days, 0.5 %"),
        ("line\n\ttab\r\n", "line\n\ttab\n"),
        ("a\x85b\x9bc", "abc"),
    ],
)
def test_no_control_code_is_left_and_no_two_words_run_together(text: str, safe: str) -> None:
    assert visible(text) == safe


@given(st.text())
def test_what_is_visible_can_steer_no_terminal(text: str) -> None:
    assert visible(text).replace("\n", "").replace("\t", "").isprintable()
    assert visible(visible(text)) == visible(text)


def test_emphasis_is_not_spoken_but_formulas_keep_their_signs() -> None:
    assert spoken("**Two** *things*: `x[i]` and 2 * 3 * 4") == "Two things: x[i] and 2 * 3 * 4"


@given(st.text(), st.integers(1, 30))
def test_one_line_is_one_line_of_that_width(text: str, width: int) -> None:
    line = one_line(text, width)
    assert len(line) <= width
    assert line.isprintable()


def test_ticked_points_propose_a_grade() -> None:
    assert [proposed_grade(ticked, 3) for ticked in range(4)] == [0, 2, 3, 4]
    assert [proposed_grade(ticked, 6) for ticked in range(7)] == [0, 1, 2, 2, 3, 3, 4]
    assert proposed_grade(0, 0) == 4


MOMENTS = st.integers(0, 2**48 * 1_000_000 - 1)


@given(MOMENTS, MOMENTS, st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_ids_are_uuids_of_version_7_in_order_of_time(one: int, other: int, bits: int, more: int) -> None:
    first, second = uuid7(one, bits), uuid7(other, more)
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", first)
    if other - one > 250:  # nanoseconds: the resolution of the standard's 12 bits
        assert first < second
