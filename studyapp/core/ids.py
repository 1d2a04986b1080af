"""UUIDv7 (RFC 9562, section 5.7): unique, and in the order in which they were made."""

from __future__ import annotations


def uuid7(nanoseconds: int, random_bits: int) -> str:
    """The identifier of a moment.

    Args:
        nanoseconds: Unix time. Milliseconds fill the 48 bits of the standard; the rest of the
            millisecond (in 1/4096) fills `rand_a`, so ids of one machine sort by time of making.
        random_bits: at least 62 random bits.
    """
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    value = (milliseconds & (1 << 48) - 1) << 80
    value |= 0x7 << 76
    value |= (rest * 4096 // 1_000_000) << 64
    value |= 0b10 << 62
    value |= random_bits & (1 << 62) - 1
    return _written(value)


def after(newest: str, fresh: str) -> str:
    """`fresh`, or the id that follows `newest` when the clock was set back (RFC 9562, section 6.2)."""
    return fresh if fresh > newest else _written(int(newest.replace("-", ""), 16) + 1)


def _written(value: int) -> str:
    digits = f"{value:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
