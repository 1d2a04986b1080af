"""The whole log as JSON lines: one record a line, in the order of their ids, the same bytes on any machine.

The first line names the format and counts what follows, so that a file cut short is told from a whole one:

    {"events":2,"format":"studyapp-log","reviews":3,"version":1}
    {"name":"theme","record":"setting","value":"nord"}
    {"key":"m14.forward.closed-form","record":"draft","text":"an answer being typed"}
    {"aloud":false,"answer":"","card_id":…,"grade":4,"id":…,"mode":"recall","record":"review","reviewed_at":…}
    {"at":…,"card_id":null,"data":{},"id":…,"kind":"session","record":"event","study_day":…,"subject":""}

Fields are those of `studyapp.core.log`, without the learner: a file is one learner's. Times are UTC.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, BinaryIO, TypeVar

from studyapp.core.log import Event, EventKind, Mode, Record, Review
from studyapp.errors import DataError
from studyapp.services.ports import LogStream

FORMAT, VERSION = "studyapp-log", 1
LONGEST_LINE = 16_000_000
"""Bytes; an answer or a note may be long, but not that long."""

REVIEW_NEEDS = frozenset(("record", "id", "card_id", "reviewed_at", "study_day", "grade"))
REVIEW_MAY = REVIEW_NEEDS | {"mode", "elapsed_ms", "confidence", "aloud", "answer", "key_points"}
EVENT_NEEDS = frozenset(("record", "id", "at", "study_day", "kind"))
EVENT_MAY = EVENT_NEEDS | {"card_id", "subject", "data"}
SETTING = frozenset(("record", "name", "value"))
DRAFT = frozenset(("record", "key", "text"))

NEWER = "if a newer studyapp wrote this, update studyapp"
Made = TypeVar("Made")

A_TIME, A_DAY = "a time such as 2026-11-23T09:00:00Z", "a date such as 2026-11-23"
A_MODE, A_KIND = (f"one of {', '.join(known)}; {NEWER}" for known in (Mode, EventKind))

_dumps = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode


# -- writing


def lines(log: LogStream) -> Iterator[bytes]:
    """The file, line by line."""
    head = {"format": FORMAT, "version": VERSION, "reviews": log.reviews, "events": log.events}
    yield _line(head)
    for name, value in log.settings().items():
        yield _line({"record": "setting", "name": name, "value": value})
    for key, text in log.drafts().items():
        yield _line({"record": "draft", "key": key, "text": text})
    for record in log.records():
        yield _line(_review_values(record) if isinstance(record, Review) else _event_values(record))


def _line(values: Mapping[str, Any]) -> bytes:
    return (_dumps(values) + "\n").encode()


def _review_values(review: Review) -> dict[str, Any]:
    return {
        "record": "review",
        "id": review.id,
        "card_id": review.card_id,
        "reviewed_at": instant_text(review.reviewed_at),
        "study_day": review.study_day.isoformat(),
        "grade": review.grade,
        "mode": review.mode.value,
        "elapsed_ms": review.elapsed_ms,
        "confidence": review.confidence,
        "aloud": review.aloud,
        "answer": review.answer,
        "key_points": review.key_points,
    }


def _event_values(event: Event) -> dict[str, Any]:
    return {
        "record": "event",
        "id": event.id,
        "at": instant_text(event.at),
        "study_day": event.study_day.isoformat(),
        "kind": event.kind.value,
        "card_id": event.card_id,
        "subject": event.subject,
        "data": event.data,
    }


def instant_text(instant: datetime) -> str:
    """`2026-11-23T09:00:00.000000Z`, to the microsecond."""
    return instant.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


# -- reading


class Wrong(Exception):
    """What is wrong with a line, as part of a sentence."""


class LogFile:
    """A file of JSON lines while it is read, one line at a time.

    Raises:
        DataError: it is not such a file, or a newer one.
    """

    def __init__(self, stream: BinaryIO, place: str, learner: str) -> None:
        self._stream = stream
        self._place = place
        self._learner = learner
        self._number = 0
        self.settings: dict[str, str] = {}
        self.drafts: dict[str, str] = {}
        """Like the settings: whole after the last record."""
        self.reviews, self.events = self._head()

    def _head(self) -> tuple[int, int]:
        try:
            head = _values((self._next() or b"").removeprefix(b"\xef\xbb\xbf"))
        except (Wrong, DataError):
            head = {}
        if head.get("format") != FORMAT:
            raise DataError(
                f"{self._place} is not a log of studyapp; make one with `studyapp export jsonl FILE`. Nothing was"
                " changed."
            )
        if head.get("version") != VERSION:
            raise self._error(f"this is version {head.get('version')!r} of the format; update studyapp to read it")
        reviews, events = head.get("reviews"), head.get("events")
        if not (isinstance(reviews, int) and isinstance(events, int) and min(reviews, events) >= 0):
            raise self._error("reviews and events should be how many follow")
        return reviews, events

    def records(self) -> Iterator[tuple[int, Record]]:
        """Every review and event with the number of its line.

        Raises:
            DataError: a line is wrong, or the file is cut short; it names file and line.
        """
        left = [self.reviews, self.events]
        while line := self._next():
            if line.isspace():
                continue
            try:
                found = self._read(_values(line))
            except Wrong as wrong:
                raise self._error(str(wrong)) from None
            if found is not None:
                left[isinstance(found, Event)] -= 1
                yield self._number, found
        if left != [0, 0]:
            raise self._error(
                f"the first line promises {self.reviews} reviews and {self.events} other records, here are"
                f" {self.reviews - left[0]} and {self.events - left[1]}; the file was cut short or changed, export it"
                " anew"
            )

    def _next(self) -> bytes:
        line = self._stream.readline(LONGEST_LINE + 1)
        self._number += bool(line)
        if len(line) > LONGEST_LINE:
            raise self._error(f"the line is longer than {LONGEST_LINE // 1_000_000} MB; this is no log of studyapp")
        return line

    def _read(self, values: Mapping[str, Any]) -> Record | None:
        match values.get("record"):
            case "review":
                _check_keys(values, REVIEW_NEEDS, REVIEW_MAY)
                return self._review(**values)
            case "event":
                _check_keys(values, EVENT_NEEDS, EVENT_MAY)
                return self._event(**values)
            case "setting":
                _check_keys(values, SETTING, SETTING)
                _keep(self.settings, values["name"], values["value"])
            case "draft":
                _check_keys(values, DRAFT, DRAFT)
                _keep(self.drafts, values["key"], values["text"])
            case other:
                raise Wrong(f"record {other!r} is not known here; {NEWER}")
        return None

    def _review(
        self, *, record: str, reviewed_at: Any, study_day: Any, mode: Any = "recall", key_points: Any = (), **rest: Any
    ) -> Review:
        if not isinstance(key_points, list | tuple):
            raise Wrong("key_points should be a list of numbers from 0")
        return Review(
            learner=self._learner,
            reviewed_at=_read("reviewed_at", _instant, reviewed_at, A_TIME),
            study_day=_read("study_day", _day, study_day, A_DAY),
            mode=_read("mode", Mode, mode, A_MODE),
            key_points=tuple(key_points),
            **rest,
        )

    def _event(self, *, record: str, at: Any, study_day: Any, kind: Any, **rest: Any) -> Event:
        return Event(
            learner=self._learner,
            at=_read("at", _instant, at, A_TIME),
            study_day=_read("study_day", _day, study_day, A_DAY),
            kind=_read("kind", EventKind, kind, A_KIND),
            **rest,
        )

    def _error(self, wrong: str) -> DataError:
        return DataError(f"{self._place}:{max(1, self._number)}: {wrong}. Nothing was changed.")


def _values(line: bytes) -> dict[str, Any]:
    try:
        values = _loads(line.decode())
    except UnicodeDecodeError:
        raise Wrong("the text is not UTF-8; export the file anew") from None
    except (ValueError, RecursionError):
        raise Wrong("this is no JSON; the line was cut or changed, export the file anew") from None
    if not isinstance(values, dict):
        raise Wrong('this should be an object, as {"record": "review", …}')
    return values


def _no_number(word: str) -> None:
    raise ValueError(word)


_loads = json.JSONDecoder(parse_constant=_no_number).decode


def _check_keys(values: Mapping[str, Any], needs: frozenset[str], may: frozenset[str]) -> None:
    if not needs <= values.keys():
        raise Wrong(f"{min(needs - values.keys())} is missing; export the file anew")
    if not values.keys() <= may:
        raise Wrong(f"{min(values.keys() - may)[:40]!r} is no field known here; {NEWER}")


def _keep(texts: dict[str, str], name: Any, text: Any) -> None:
    if not (isinstance(name, str) and 0 < len(name) <= 200 and isinstance(text, str)):
        raise Wrong("a name of 1 to 200 letters and a text are needed here")
    try:
        (name + text).encode()
    except UnicodeEncodeError:
        raise Wrong("the text holds half of a letter, which cannot be stored") from None
    texts[name] = text


def _read(name: str, read: Callable[[Any], Made], value: Any, wanted: str) -> Made:
    try:
        return read(value)
    except (ValueError, TypeError, OverflowError):
        raise Wrong(f"{name} should be {wanted}, not {str(value)[:40]!r}") from None


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is UTC:
        return instant
    if instant.tzinfo is None:
        raise ValueError("no zone")
    return instant.astimezone(UTC)


_day = date.fromisoformat
