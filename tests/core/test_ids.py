"""Ids in the order of making, whatever the clocks of several machines say."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from studyapp.core.ids import after, uuid7

MOMENTS = st.integers(0, 32_503_680_000 * 10**9)
BITS = st.integers(0, 2**64 - 1)


@given(MOMENTS, BITS, MOMENTS, BITS)
def test_the_next_id_follows_the_newest_and_is_a_uuid7(first: int, bits: int, second: int, more: int) -> None:
    newest, fresh = uuid7(first, bits), uuid7(second, more)
    made = after(newest, fresh)
    assert made > newest or fresh > newest
    assert made >= fresh
    assert (UUID(made).version, str(UUID(made))) == (7, made)


def test_two_machines_that_continue_one_log_under_clocks_set_back_make_different_ids() -> None:
    newest = uuid7(2 * 10**18, 5)
    made = {after(newest, uuid7(10**18, bits)) for bits in range(100)}
    assert len(made) == 100
    assert min(made) > newest


def test_the_moment_is_carried_over_into_the_milliseconds() -> None:
    newest = uuid7(7_999_999, 2**62 - 1)
    assert after(newest, uuid7(0, 9)) == "00000000-0008-7000-8000-000000000009"
