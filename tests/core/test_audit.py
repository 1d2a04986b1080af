"""What the log says of an audit statement, with days moved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from studyapp.core.audit import Verdict, assess
from studyapp.core.course import AuditStatement
from studyapp.core.log import Event, EventKind, Mode, Review

MONDAY = date(2026, 11, 23)
A, B = "t1.fog.one-step", "t1.fog.c2"
STATEMENT = AuditStatement("noise-to-image", "I can explain it.", (A, B))


def answer(card: str, grade: int, day: int = 0, **changes: Any) -> Review:
    at = datetime(2026, 11, 23, 9, tzinfo=UTC) + timedelta(days=day)
    return Review(
        id=f"{day:03}{card}{grade}{changes.get('mode', '')}",
        learner="me",
        card_id=card,
        reviewed_at=at,
        study_day=MONDAY + timedelta(days=day),
        grade=grade,
        **changes,
    )


def event(kind: EventKind, day: int = 0, number: int = 0, **data: Any) -> Event:
    return Event(
        id=f"e{number:03}",
        learner="me",
        at=datetime(2026, 11, 23, 9, tzinfo=UTC) + timedelta(days=day),
        study_day=MONDAY + timedelta(days=day),
        kind=kind,
        subject="t1/noise-to-image",
        data=data,
    )


def found(
    reviews: Sequence[Review] = (), events: Sequence[Event] = (), today: int = 0, askable: Sequence[str] = (A, B)
) -> tuple[Verdict, str]:
    finding = assess(STATEMENT, askable, reviews, events, MONDAY + timedelta(days=today))
    return finding.verdict, finding.reason


CASES: list[Any] = [
    pytest.param([], "untested because none of its 2 cards was asked yet", id="nothing"),
    pytest.param([answer(A, 4)], "untested because 1 of its 2 cards was not asked yet", id="half"),
    pytest.param(
        [answer(A, 3), answer(B, 5)],
        "solid because all 2 cards were right when last asked, the latest on 23 Nov 2026",
        id="right",
    ),
    pytest.param(
        [answer(A, 2), answer(B, 5)],
        "shaky because 1 of its 2 cards did not hold when last asked: one step (grade 2 on 23 Nov 2026)",
        id="wrong",
    ),
    pytest.param(
        [answer(A, 2, confidence=4), answer(B, 5)],
        "shaky because 1 of its 2 cards did not hold when last asked: one step (sure, but wrong on 23 Nov 2026)",
        id="sure but wrong",
    ),
    pytest.param(
        [answer(A, 5, confidence=1), answer(B, 5)],
        "shaky because 1 of its 2 cards did not hold when last asked:"
        " one step (right on 23 Nov 2026, but only a guess)",
        id="a guess",
    ),
    pytest.param(
        [answer(A, 1)],
        "shaky because 1 of its 2 cards did not hold when last asked: one step (grade 1 on 23 Nov 2026)",
        id="shaky comes before untested",
    ),
]


@pytest.mark.parametrize(("reviews", "reason"), CASES)
def test_verdict_and_reason(reviews: list[Review], reason: str) -> None:
    assert found(reviews)[1] == reason


def test_a_miss_stands_for_its_day_and_a_later_day_mends_it() -> None:
    reviews = [answer(A, 2), answer(A, 5, mode=Mode.PRACTICE), answer(B, 4)]
    assert found(reviews)[0] is Verdict.SHAKY
    reviews.append(answer(A, 4, day=1))
    assert found(reviews, today=1)[0] is Verdict.SOLID
    reviews.append(answer(A, 1, day=6))
    assert found(reviews, today=6)[0] is Verdict.SHAKY


def test_a_drill_proves_nothing_and_a_quiz_only_a_miss() -> None:
    drills = [answer(A, 5, mode=Mode.DRILL), answer(B, 5, mode=Mode.DRILL)]
    assert found(drills)[0] is Verdict.UNTESTED
    chosen = [answer(A, 4, mode=Mode.QUIZ), answer(B, 4, mode=Mode.QUIZ)]
    assert found(chosen)[0] is Verdict.UNTESTED
    assert found([answer(A, 5), answer(B, 5), answer(B, 1, day=1, mode=Mode.QUIZ)], today=1)[0] is Verdict.SHAKY


def test_what_is_dated_after_today_does_not_count() -> None:
    ahead = [answer(A, 5, day=3), answer(B, 5, day=3)]
    assert found(ahead, today=0)[0] is Verdict.UNTESTED
    assert found(ahead, today=3)[0] is Verdict.SOLID


def test_an_explanation_counts_by_its_key_points() -> None:
    whole = event(EventKind.EXPLAIN, said={A: [0, 1, 2], B: [0, 1]}, of={A: 3, B: 3})
    finding = assess(STATEMENT, (A, B), [], [whole], MONDAY)
    assert finding.verdict is Verdict.SOLID
    assert finding.explained is not None
    assert finding.explained.words == "explained aloud on 23 Nov 2026: 5 of 6 key points"
    poor = event(EventKind.EXPLAIN, day=1, number=1, said={A: [0], B: [0, 1, 2]}, of={A: 3, B: 3})
    assert found([answer(A, 5), answer(B, 5)], [poor, whole], today=1) == (
        Verdict.SHAKY,
        "shaky because 1 of its 2 cards did not hold when last asked: one step (grade 2 on 24 Nov 2026)",
    )


@pytest.mark.parametrize("data", [{}, {"said": None, "of": None}, {"said": {A: [0]}}, {"of": {A: 0}}])
def test_an_explanation_that_lacks_parts_breaks_nothing(data: dict[str, Any]) -> None:
    assert found([], [event(EventKind.EXPLAIN, **data)])[0] is Verdict.UNTESTED


def test_cards_that_cannot_be_asked_are_left_out() -> None:
    assert found([answer(A, 5)], askable=[A])[0] is Verdict.SOLID
    assert found([answer(A, 5)], askable=[]) == (
        Verdict.UNTESTED,
        "untested because none of its cards can be asked",
    )


@pytest.mark.parametrize(
    ("ticked", "grades", "words"),
    [
        (True, (), "ticked, but the evidence says untested"),
        (True, (2, 5), "ticked, but the evidence says shaky"),
        (True, (5, 5), ""),
        (False, (5, 5), "not ticked, though the evidence says solid"),
        (False, (2, 5), ""),
    ],
)
def test_where_tick_and_evidence_part(ticked: bool, grades: tuple[int, ...], words: str) -> None:
    reviews = [answer(card, grade) for card, grade in zip((A, B), grades, strict=False)]
    finding = assess(STATEMENT, (A, B), reviews, [event(EventKind.AUDIT_TICK, ticked=ticked)], MONDAY)
    assert (finding.disagreement, finding.complete) == (words, ticked and words == "")


def test_the_last_tick_is_the_one_that_was_made_last_whatever_the_clock_said() -> None:
    events = [event(EventKind.AUDIT_TICK, day=-5, number=2, ticked=False), event(EventKind.AUDIT_TICK, ticked=True)]
    assert assess(STATEMENT, (A, B), [], events, MONDAY).ticked is False
