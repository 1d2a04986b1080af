"""The study day: it begins at the rollover hour of the learner's local clock, not at midnight."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo


@dataclass(frozen=True, slots=True)
class StudyCalendar:
    """Turns instants into study days."""

    rollover: time = time(4)
    """Local time at which a new study day begins."""
    zone: tzinfo | None = None
    """The learner's zone; None is the system's, with its own rules for summer time."""

    def day_of(self, instant: datetime) -> date:
        """The study day of an aware instant.

        Compares wall-clock readings, so a day with 23 or 25 hours needs no care.
        """
        local = instant.astimezone(self.zone)
        return local.date() if local.time() >= self.rollover else local.date() - timedelta(days=1)

    def start_of(self, day: date) -> datetime:
        """The instant (UTC) at which a study day begins."""
        wall = datetime.combine(day, self.rollover)
        local = wall.replace(tzinfo=self.zone) if self.zone else wall.astimezone()
        return local.astimezone(UTC)
