"""The learner's settings: names, defaults, and what values are allowed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, time
from functools import partial
from typing import Any

from studyapp.core.schedule import Scheduler
from studyapp.core.sm2 import Sm2Options, next_memory
from studyapp.core.study_day import StudyCalendar
from studyapp.core.target import Towards
from studyapp.errors import UsageError

OWN_THEMES = ("studyapp-dark", "studyapp-light", "studyapp-blue-orange")
TEXTUAL_THEMES = (
    *("textual-dark", "textual-light", "ansi-dark", "ansi-light", "atom-one-dark", "atom-one-light"),
    *("catppuccin-frappe", "catppuccin-latte", "catppuccin-macchiato", "catppuccin-mocha", "dracula", "flexoki"),
    *("gruvbox", "monokai", "nord", "rose-pine", "rose-pine-dawn", "rose-pine-moon", "solarized-dark"),
    *("solarized-light", "tokyo-night"),
)
"""Written out, for Textual is slow to import; a test holds them to those that Textual has."""


@dataclass(frozen=True, slots=True)
class Settings:
    rollover_hour: int = 4
    """Local hour at which a new study day begins."""
    zone: str = "system"
    """`system`, or an IANA name such as Europe/Berlin."""
    new_per_day: str = "auto"
    """`auto` spreads the module over a week; or a number."""
    due_per_day: int = 60
    """Daily cap on due cards after a break; the least at risk wait."""
    scheduler: str = "sm2"
    """`sm2` or `fsrs`."""
    desired_retention: int = 90
    """FSRS alone: percent of the cards that should be recalled on the day they fall due."""
    failure_ease: str = "keep"
    after_failure: str = "first"
    interval_ease: str = "updated"
    rounding: str = "up"
    target_date: str = "none"
    """`none`, or the date (ISO) of an interview or exam before which every card is seen again."""
    theme: str = "studyapp-dark"
    pictures: str = "auto"
    """`auto`: sharp where the terminal is known to show them; `sharp`, or `blocks`."""
    ask_confidence: bool = True
    aloud: bool = True
    """Count an answer as said aloud when nothing was typed."""
    welcomed: bool = False

    @property
    def calendar(self) -> StudyCalendar:
        zone = None
        if self.zone != "system":
            from zoneinfo import ZoneInfo  # only for learners who name a zone

            zone = ZoneInfo(self.zone)
        return StudyCalendar(time(self.rollover_hour), zone)

    @property
    def target(self) -> date | None:
        return None if self.target_date == "none" else date.fromisoformat(self.target_date)

    @property
    def schedule(self) -> Scheduler:
        return Towards(self._scheduler, self.target) if self.target else self._scheduler

    @property
    def _scheduler(self) -> Scheduler:
        if self.scheduler == "fsrs":
            from studyapp.core import fsrs  # only for learners who chose it

            return partial(fsrs.next_memory, retention=self.desired_retention / 100)
        options: Any = {name: getattr(self, name) for name in SM2_SETTINGS}
        return partial(next_memory, options=Sm2Options(**options))

    @property
    def replays(self) -> bool:
        """Whether an answer needs the card's whole log: its row in the schedule holds what SM-2 knows, not FSRS."""
        return self.scheduler == "fsrs"

    @property
    def new_limit(self) -> int | None:
        return None if self.new_per_day == "auto" else int(self.new_per_day)

    def said_aloud(self, typed: str, told: bool | None = None) -> bool:
        """Whether an answer counts as said aloud: as the learner told, else by `aloud` when nothing was typed."""
        return told if told is not None else self.aloud and not typed.strip()


SM2_SETTINGS = ("failure_ease", "after_failure", "interval_ease", "rounding")
SCHEDULER_SETTINGS = ("scheduler", "desired_retention", "target_date", *SM2_SETTINGS)
"""A change of one of these replays the log."""


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        if not value.isdecimal() or len(value) > 9 or not low <= int(value) <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(value)

    return read


def _one_of(*choices: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in choices:
            raise ValueError(" or ".join([", ".join(choices[:-1]), choices[-1]]))
        return value

    return read


def _truth(value: str) -> bool:
    if value.lower() in ("yes", "true", "on", "1"):
        return True
    if value.lower() in ("no", "false", "off", "0"):
        return False
    raise ValueError("yes or no")


def _zone(value: str) -> str:
    if value != "system":
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("system, or a name such as Europe/Berlin") from None
    return value


def _new_per_day(value: str) -> str:
    if value == "auto":
        return value
    try:
        return str(_whole(0, 999)(value))
    except ValueError as allowed:
        raise ValueError(f"auto, or {allowed}") from None


TARGET_YEARS = range(2000, 2100)
"""A plan has a line for each day until then."""


def _target(value: str) -> str:
    if value != "none":
        try:
            day = date.fromisoformat(value)
            if day.isoformat() != value or day.year not in TARGET_YEARS:
                raise ValueError
        except ValueError:
            raise ValueError("none, or a date such as 2026-12-10") from None
    return value


READERS: dict[str, Callable[[str], Any]] = {
    "rollover_hour": _whole(0, 23),
    "zone": _zone,
    "new_per_day": _new_per_day,
    "due_per_day": _whole(1, 9999),
    "scheduler": _one_of("sm2", "fsrs"),
    "desired_retention": _whole(70, 97),
    "target_date": _target,
    "failure_ease": _one_of("keep", "update"),
    "after_failure": _one_of("first", "before_first"),
    "interval_ease": _one_of("updated", "previous"),
    "rounding": _one_of("up", "nearest"),
    "theme": _one_of(*OWN_THEMES, *TEXTUAL_THEMES),
    "pictures": _one_of("auto", "sharp", "blocks"),
    "ask_confidence": _truth,
    "aloud": _truth,
    "welcomed": _truth,
}
CHOSEN = tuple(name for name in READERS if name != "welcomed")
"""Those that the learner sets."""


def changed(settings: Settings, name: str, value: str) -> Settings:
    """The settings with one value changed.

    Raises:
        UsageError: no such setting, or a value it cannot have.
    """
    if name not in READERS:
        raise unknown_setting(name)
    try:
        return replace(settings, **{name: READERS[name](value)})
    except ValueError as allowed:
        raise UsageError(f"The setting {name} takes {allowed}, not {value!r}.") from None


def unknown_setting(name: str) -> UsageError:
    return UsageError(f"There is no setting {name!r}; there are: {', '.join(CHOSEN)}.")


def stored_value(settings: Settings, name: str) -> str:
    """One setting as the text that is stored and that `changed` reads back."""
    value = getattr(settings, name)
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def load(stored: Mapping[str, str]) -> Settings:
    """Settings from the store; what is unknown or no longer allowed falls back to its default."""
    settings = Settings()
    for field in fields(Settings):
        if isinstance(stored.get(field.name), str):
            try:
                settings = changed(settings, field.name, stored[field.name])
            except UsageError:
                continue
    return settings
