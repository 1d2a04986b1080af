from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from studyapp.core.course import CardKind
from studyapp.core.log import Event, EventKind, Mode, Review
from studyapp.core.revision import OPEN_DAYS, Progress, asked, progress, record, stands
from tests.conftest import make_card

DAY = date(2026, 11, 23)


def review(
    number: int, card: str, grade: int = 4, day: int = 0, confidence: int | None = 3, mode: Mode = Mode.REVISION
) -> Review:
    at = datetime(2026, 11, 23, 9, tzinfo=UTC) + timedelta(days=day)
    return Review(
        id=f"r{number:03}",
        learner="me",
        card_id=card,
        reviewed_at=at,
        study_day=DAY + timedelta(days=day),
        grade=grade,
        mode=mode,
        confidence=confidence,
    )


def where(reviews: list[Review], signed: str = "", day: int = 0) -> Progress:
    return progress(["a", "b"], reviews, signed=signed, today=DAY + timedelta(days=day))


def test_self_checks_come_first_then_traps_and_nothing_else() -> None:
    cards = [make_card(f"t1.fog.{kind.value.replace('_', '-')}", kind=kind.value) for kind in CardKind]
    cards.append(make_card("t1.fog.draft", kind="trap", draft=True))
    assert [card.id for card in asked(reversed(cards))] == ["t1.fog.self-check", "t1.fog.trap"]


def test_a_revision_is_complete_when_every_card_was_answered_in_it() -> None:
    assert where([]).open == ("a", "b")
    assert where([review(1, "a")]).open == ("b",)
    assert where([review(1, "a", mode=Mode.QUIZ), review(2, "b", mode=Mode.RECALL)]).open == ("a", "b")
    assert where([review(1, "a"), review(2, "b"), review(3, "gone")]).complete


def test_the_latest_answer_counts() -> None:
    found = where([review(2, "a", grade=5), review(1, "a", grade=1)])
    assert found.answers["a"].grade == 5


def test_what_was_signed_is_over() -> None:
    done = [review(1, "a"), review(2, "b")]
    assert where(done, signed="r003").open == ("a", "b")
    assert where([*done, review(4, "a")], signed="r003").open == ("b",)


def test_an_answer_of_an_open_revision_counts_for_a_week() -> None:
    assert where([review(1, "a")], day=OPEN_DAYS - 1).open == ("b",)
    assert where([review(1, "a")], day=OPEN_DAYS).open == ("a", "b")


def test_a_module_without_questions_is_never_complete() -> None:
    assert not progress([], [], signed="", today=DAY).complete


def test_the_record_is_what_the_gate_relies_on() -> None:
    done = where([review(2, "b", grade=2, confidence=4, day=1), review(1, "a", grade=3, confidence=3)], day=1)
    assert record(done, " Ada \n") == {
        "questions": 2,
        "passed": 1,
        "brier": pytest.approx((0.25**2 + 0.95**2) / 2),
        "closed_book": True,
        "signed": "Ada",
        "cards": ["a", "b"],
        "reviews": ["r001", "r002"],
        "begun": "2026-11-23",
    }


@pytest.mark.parametrize(("reviews", "name"), [([review(1, "a")], "Ada"), ([review(1, "a"), review(2, "b")], "  ")])
def test_nothing_is_signed_before_the_end_or_by_nobody(reviews: list[Review], name: str) -> None:
    with pytest.raises(ValueError, match="signed once"):
        record(where(reviews), name)


@pytest.mark.parametrize(
    ("kind", "data", "undone", "stands_"),
    [
        (EventKind.REVISION, {"reviews": ["r1", "r2"]}, set(), True),
        (EventKind.REVISION, {"reviews": ["r1", "r2"]}, {"r2"}, False),
        (EventKind.REVISION, {"reviews": ["r1"]}, {"e"}, False),
        (EventKind.REVISION, {"reviews": "r1"}, {"r1"}, True),
        (EventKind.REVISION, {}, {"r1"}, True),
        (EventKind.SIGN_OFF, {"reviews": ["r1"]}, {"r1"}, True),
    ],
)
def test_a_revision_stands_while_its_answers_do(
    kind: EventKind, data: dict[str, object], undone: set[str], stands_: bool
) -> None:
    at = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert stands(Event(id="e", learner="me", at=at, study_day=DAY, kind=kind, data=data), undone) == stands_
