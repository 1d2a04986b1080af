"""The present moment, real or frozen by `STUDYAPP_NOW`, and ids in order of making."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime

from studyapp.core.ids import uuid7
from studyapp.errors import UsageError
from studyapp.services.ports import Clock

YEARS = range(1971, 3000)
"""Within these every due date is a valid date."""


def read_instant(text: str, where: str) -> datetime:
    """An ISO time as UTC; one without an offset is local time, a date alone is noon of that day.

    Raises:
        UsageError: not an ISO time, or far from any that a learner lives in.
    """
    try:
        instant = datetime.fromisoformat(text.strip())
        if len(text.strip()) == len("2026-11-23"):
            instant = instant.replace(hour=12)  # midnight would belong to the study day before
        if instant.year not in YEARS:
            raise ValueError
        return instant.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"{where} should be an ISO time such as 2026-11-23T09:00, not {text!r}.") from None


def make_clock() -> Clock:
    """The system's clock, or the moment in `STUDYAPP_NOW`."""
    frozen = os.environ.get("STUDYAPP_NOW")
    if frozen:
        moment = read_instant(frozen, "STUDYAPP_NOW")
        return lambda: moment
    return lambda: datetime.now(UTC)


def new_id() -> str:
    """A UUIDv7 from the real clock, also when the study clock is frozen: the order of making is kept."""
    return uuid7(time.time_ns(), int.from_bytes(os.urandom(8), "big"))
