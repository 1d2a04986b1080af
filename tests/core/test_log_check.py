"""What comes from elsewhere must be what this program could have written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from studyapp.core.ids import uuid7
from studyapp.core.log import Event, EventKind, Review
from studyapp.core.log_check import problem

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ID, LATER = uuid7(10**18, 1), uuid7(10**18 + 10**9, 1)
GOOD = Review(id=ID, learner="me", card_id="t1.fog.c0", reviewed_at=NOW, study_day=NOW.date(), grade=4)
FACT = Event(id=LATER, learner="me", at=NOW, study_day=NOW.date(), kind=EventKind.SESSION)
ROUND = {
    **dict.fromkeys(("card", "topic", "prompt", "typed", "review"), "x"),
    "said": ["a"],
    "missed": [],
    "seconds": 3,
    "limit": 60,
    "confidence": None,
    "follow_ups": [{"prompt": "x", "answer": "y", "said": True, "seconds": 2}],
}


def test_what_the_program_writes_is_sound() -> None:
    assert problem(GOOD) is None
    assert problem(replace(GOOD, confidence=4, elapsed_ms=0, aloud=True, answer="π\n", key_points=(0, 2))) is None
    assert problem(replace(GOOD, study_day=date(2026, 11, 21))) is None, "Samoa, and a day that begins at 23:00"
    assert problem(FACT) is None
    assert problem(replace(FACT, kind=EventKind.INTERVIEW, data={"asked": 1, "rounds": [ROUND]})) is None
    assert problem(replace(FACT, kind=EventKind.QUIZ, data={"answers": [[True, [ID]]]})) is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"id": "x"}, "id should be a UUIDv7"),
        ({"id": ID.upper().replace("0", "A", 1)}, "id should be a UUIDv7"),
        ({"id": "ffffffff-ffff-7fff-bfff-ffffffffffff"}, "id should be a UUIDv7"),
        ({"card_id": ""}, "card_id should be"),
        ({"card_id": None}, "card_id should be"),
        ({"card_id": "a\x1b[2J"}, "card_id should be"),
        ({"card_id": "a" * 201}, "card_id should be"),
        ({"grade": 6}, "grade should be a whole number from 0 to 5, not 6"),
        ({"grade": True}, "grade should be"),
        ({"grade": 4.0}, "grade should be"),
        ({"confidence": 0}, "confidence should be"),
        ({"elapsed_ms": -1}, "elapsed_ms should be"),
        ({"elapsed_ms": 2**31}, "elapsed_ms should be"),
        ({"aloud": 1}, "aloud should be"),
        ({"answer": 5}, "answer should be text"),
        ({"answer": "\ud800"}, "answer should be text"),
        ({"key_points": (-1,)}, "key_points should be"),
        ({"key_points": ("0",)}, "key_points should be"),
        ({"study_day": date(2026, 11, 26)}, "study_day should be near the time"),
        ({"reviewed_at": NOW.replace(year=9000)}, "the time should be of a year"),
    ],
)
def test_a_review_out_of_range_is_named(change: dict[str, Any], words: str) -> None:
    assert (problem(replace(GOOD, **change)) or "").startswith(words)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"subject": "x" * 201}, "subject should be"),
        ({"kind": EventKind.VOID, "subject": ""}, "subject should be the id"),
        ({"kind": EventKind.VOID, "subject": LATER}, "subject should be the id of a record made before"),
        ({"data": []}, "data should be"),
        ({"data": {"x": float("nan")}}, "data should be"),
        ({"data": {"x": [{"y": "\udfff"}]}}, "data should be"),
        ({"kind": EventKind.FLAG, "data": {"flag": "one"}}, "data.flag should not be 'one'"),
        ({"kind": EventKind.NOTE, "data": {"text": 1}}, "data.text should not be 1"),
        ({"kind": EventKind.LAB_RUN, "data": {"verdicts": [1]}}, "data.verdicts should not be [1]"),
        ({"kind": EventKind.EXPLAIN, "data": {"of": {"c": "3"}}}, "data.of.c should not be '3'"),
        ({"kind": EventKind.ASK_TODAY, "data": {"cards": [1]}}, "data.cards[0] should not be 1"),
        ({"kind": EventKind.QUIZ, "data": {"answers": [[1, []]]}}, "data.answers should be pairs"),
        ({"kind": EventKind.QUIZ, "data": {"answers": [[True]]}}, "data.answers should be pairs"),
        ({"kind": EventKind.INTERVIEW, "data": {"rounds": [{}]}}, "data.rounds should have"),
        ({"kind": EventKind.INTERVIEW, "data": {"rounds": [ROUND | {"x": 1}]}}, "data.rounds should have"),
    ],
)
def test_an_event_that_a_reader_would_stumble_over_is_named(change: dict[str, Any], words: str) -> None:
    assert (problem(replace(FACT, **change)) or "").startswith(words)


def test_an_undo_names_what_was_made_before_it() -> None:
    assert problem(replace(FACT, kind=EventKind.VOID, subject=ID)) is None
    assert problem(replace(FACT, at=NOW + timedelta(days=30))), "and no study day far from its time"
