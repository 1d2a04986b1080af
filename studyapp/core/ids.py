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
    """`fresh`, or when the clock was set back an id that follows `newest` (RFC 9562, section 6.2, method 3).

    The moment of `newest` is counted up and the random bits are those of `fresh`: two machines that continue the
    same log under clocks set back never make the same id.
    """
    if fresh > newest:
        return fresh
    counter, value = int(newest.replace("-", ""), 16), int(fresh.replace("-", ""), 16)
    moment = (counter >> 80 << 12 | counter >> 64 & 0xFFF) + 1
    return _written(moment >> 12 << 80 | 0x7 << 76 | (moment & 0xFFF) << 64 | value & (1 << 64) - 1)


def _written(value: int) -> str:
    digits = f"{value:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
