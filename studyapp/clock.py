"""The present moment, real or frozen by `STUDYAPP_NOW`, and ids in order of making."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime

from studyapp.core.ids import uuid7
from studyapp.errors import UsageError
from studyapp.services.ports import Clock


def read_instant(text: str, where: str) -> datetime:
    """An ISO time as UTC; one without an offset is local time.

    Raises:
        UsageError: not an ISO time.
    """
    try:
        return datetime.fromisoformat(text.strip()).astimezone(UTC)
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
