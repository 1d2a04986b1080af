"""Whether a record that comes from elsewhere could have been made here. What is let in must never stop a screen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from math import isfinite
from typing import Any

from studyapp.core.log import Event, EventKind, Record, Review
from studyapp.core.sm2 import GRADES

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
LAST_ID = "1d9"
"""Ids begin with their moment; this one lies about the year 3000, and ids near the last possible one leave no room."""
YEARS = range(1970, 3000)
LONGEST_NAME = 200
LARGEST = 2**31 - 1
LARGEST_NUMBER = 2**63 - 1
"""Whole numbers beyond are no numbers for databases and for floating point."""
FAR = timedelta(days=2)
"""A study day may differ from the date in UTC by the zone and by the hour at which it begins."""

Shape = Any
"""A type, or several; `[shape]` a list of it; `{"*": shape}` a mapping to it; `{name: shape}` a mapping in which these
names, where they stand, have these shapes."""
WHOLE_OR_NONE = (int, type(None))
FOLLOW_UP: Shape = {"prompt": str, "answer": str, "said": bool, "seconds": int}
ROUND: Shape = {
    **dict.fromkeys(("card", "topic", "prompt", "typed", "review"), str),
    **{name: [str] for name in ("said", "missed")},
    "seconds": int,
    "limit": int,
    "confidence": WHOLE_OR_NONE,
    "follow_ups": [FOLLOW_UP],
}
ROUND_NEEDS = ("card", "topic", "prompt", "said", "missed", "seconds", "limit", "follow_ups")
DATA: dict[EventKind, Shape] = {
    EventKind.FLAG: {"flag": int},
    EventKind.NOTE: {"text": str},
    EventKind.SESSION: {"complete": bool},
    EventKind.LAB_RUN: {"verdicts": ({"*": str}, type(None)), "seconds": (int, float), "folder": str},
    EventKind.CHAPTER: {"hash": str},
    EventKind.AUDIT_TICK: {"ticked": bool},
    EventKind.CHECKLIST: {"ticked": bool},
    EventKind.SIGN_OFF: {name: (str, type(None)) for name in ("evidence", "override", "reason", "content")},
    EventKind.EXPLAIN: {"said": {"*": [int]}, "of": {"*": int}},
    EventKind.ASK_TODAY: {"cards": [str]},
    EventKind.QUIZ: {"asked": int, "seed": int, "topic": (str, type(None)), "answers": [list]},
    EventKind.INTERVIEW: {"asked": int, "reviews": [str], "rounds": [ROUND]},
    EventKind.REVISION: {
        "questions": int,
        "passed": int,
        "signed": str,
        "reviews": [str],
        "cards": [str],
        "content": str,
    },
}
"""What readers of the log rely on."""


def problem(record: Record) -> str | None:
    """What is wrong with a record, as `field should be …`; None when it is sound."""
    if not _id(record.id) or record.id >= LAST_ID:
        return f"id should be a UUIDv7 in small letters, not {_short(record.id)}"
    if not _name(record.card_id) and (record.card_id is not None or isinstance(record, Review)):
        return f"card_id should be a card's id of 1 to {LONGEST_NAME} letters, not {_short(record.card_id)}"
    at = record.reviewed_at if isinstance(record, Review) else record.at
    return _moment(at, record.study_day) or (_review(record) if isinstance(record, Review) else _event(record))


def _moment(at: datetime, day: date) -> str | None:
    if at.year not in YEARS:
        return f"the time should be of a year from {YEARS[0]} to {YEARS[-1]}, not {at.year}"
    if abs(day - at.date()) > FAR:
        return f"study_day should be near the time ({at.date()}), not {day}"
    return None


def _review(review: Review) -> str | None:
    if type(review.grade) is not int or review.grade not in GRADES:
        return f"grade should be a whole number from 0 to 5, not {_short(review.grade)}"
    if not (review.confidence is None or (type(review.confidence) is int and 1 <= review.confidence <= 4)):
        return f"confidence should be 1 to 4 or null, not {_short(review.confidence)}"
    if not (review.elapsed_ms is None or _whole(review.elapsed_ms)):
        return f"elapsed_ms should be a whole number of milliseconds or null, not {_short(review.elapsed_ms)}"
    if type(review.aloud) is not bool:
        return f"aloud should be true or false, not {_short(review.aloud)}"
    if not _text(review.answer):
        return f"answer should be text, not {_short(review.answer)}"
    if len(review.key_points) > LONGEST_NAME or not all(map(_whole, review.key_points)):
        return f"key_points should be a list of numbers from 0, not {_short(list(review.key_points))}"
    return None


def _event(event: Event) -> str | None:
    if event.subject != "" and not _name(event.subject):
        return f"subject should be text of at most {LONGEST_NAME} letters, not {_short(event.subject)}"
    if event.kind is EventKind.VOID and not (_id(event.subject) and event.subject < event.id):
        return f"subject should be the id of a record made before this one, not {_short(event.subject)}"
    if not isinstance(event.data, Mapping) or not _storable(event.data):
        return "data should be an object of texts, numbers, lists and objects"
    wrong = _misshapen(event.data, DATA.get(event.kind, {}), "data")
    rounds = event.data.get("rounds", []) if event.kind is EventKind.INTERVIEW and not wrong else []
    if any(name not in one for one in rounds for name in ROUND_NEEDS) or any(one.keys() - ROUND for one in rounds):
        return f"data.rounds should have {', '.join(ROUND)}"
    answers = event.data.get("answers", []) if event.kind is EventKind.QUIZ and not wrong else []
    if any(len(one) != 2 or type(one[0]) is not bool or _misshapen(one[1], [str], "") for one in answers):
        return "data.answers should be pairs of true or false and a list of ids"
    return wrong


def _misshapen(value: Any, shape: Shape, place: str) -> str | None:
    """The first part that has not its shape."""
    parts: list[tuple[Any, Shape, str]] = []
    if isinstance(shape, list):
        fits = isinstance(value, list)
        parts = [(item, shape[0], f"{place}[{number}]") for number, item in enumerate(value if fits else ())]
    elif isinstance(shape, dict):
        fits = isinstance(value, Mapping)
        shapes = {name: shape.get(name, shape.get("*")) for name in (value if fits else ())}
        parts = [(value[name], one, f"{place}.{name}") for name, one in shapes.items() if one is not None]
    elif isinstance(shape, tuple):
        fits = any(_misshapen(value, one, place) is None for one in shape)
    else:
        fits = type(value) is shape
    if not fits:
        return f"{place[:LONGEST_NAME]} should not be {_short(value)}"
    return next((wrong for part in parts if (wrong := _misshapen(*part))), None)


def _id(value: Any) -> bool:
    return isinstance(value, str) and ID.fullmatch(value) is not None


def _name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and value.isprintable()


def _text(value: Any) -> bool:
    """Text that every database can hold: no half of a surrogate pair."""
    return isinstance(value, str) and (value.isascii() or not _SURROGATE.search(value))


_SURROGATE = re.compile("[\ud800-\udfff]")


def _storable(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(_text(name) and _storable(item) for name, item in value.items())
    if isinstance(value, list):
        return all(map(_storable, value))
    if isinstance(value, int):  # true and false too
        return abs(value) <= LARGEST_NUMBER
    return _text(value) or value is None or (isinstance(value, float) and isfinite(value))


def _whole(value: Any) -> bool:
    return type(value) is int and 0 <= value <= LARGEST


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
