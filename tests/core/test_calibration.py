from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyapp.core.calibration import PROBABILITY, Judgement, brier, judgements, reliability, sure_but_wrong
from studyapp.core.log import Mode, Review

DAY = date(2026, 11, 23)


def said(confidence: int, success: bool, card: str = "c", day: int = 0) -> Judgement:
    return Judgement(card, "t", confidence, success, DAY + timedelta(days=day))


SAID = st.lists(st.builds(said, st.integers(1, 4), st.booleans()), min_size=1, max_size=60)


@given(SAID)
def test_brier_against_its_definition_and_its_decomposition(answers: list[Judgement]) -> None:
    chances = {1: 0.25, 2: 0.5, 3: 0.75, 4: 0.95}
    squares = [(chances[one.confidence] - (1.0 if one.success else 0.0)) ** 2 for one in answers]
    score = brier(answers)
    assert score == pytest.approx(sum(squares) / len(squares))
    # Murphy, 1973: reliability - resolution + uncertainty, exact when the forecasts have few values
    count, base = len(answers), sum(one.success for one in answers) / len(answers)
    murphy = base * (1 - base)
    for confidence, chance in chances.items():
        of = [one.success for one in answers if one.confidence == confidence]
        if of:
            rate = sum(of) / len(of)
            murphy += len(of) / count * ((chance - rate) ** 2 - (rate - base) ** 2)
    assert score == pytest.approx(murphy)


def test_no_answers_no_score() -> None:
    nothing = reliability([])
    assert brier([]) is None
    assert (nothing.brier, nothing.stated, nothing.verdict, nothing.interval) == (None, None, "no answers", (0.0, 1.0))


@given(SAID)
def test_the_interval_holds_the_score_and_narrows_with_more_of_the_same(answers: list[Judgement]) -> None:
    once, often = reliability(answers), reliability(answers * 16)
    assert once.brier is not None
    low, high = once.interval
    assert 0 <= low <= once.brier + 1e-12
    assert once.brier - 1e-12 <= high <= 1
    assert often.interval[1] - often.interval[0] <= high - low + 1e-12


def test_the_interval_against_a_bootstrap() -> None:
    rng = random.Random(5)
    answers = [said(c, rng.random() < chance) for c, chance in ((1, 0.4), (3, 0.6), (4, 0.8)) for _ in range(80)]
    scores = sorted(brier(rng.choices(answers, k=len(answers))) or 0.0 for _ in range(2000))
    low, high = reliability(answers).interval
    assert low == pytest.approx(scores[50], abs=0.015)
    assert high == pytest.approx(scores[1949], abs=0.015)


def test_three_certain_and_right_answers_prove_little() -> None:
    found = reliability([said(4, True)] * 3)
    assert found.brier == pytest.approx(0.0025)
    assert found.interval[1] > 0.3
    assert found.verdict == "fits"


@pytest.mark.parametrize(
    ("confidence", "right", "of", "verdict"),
    [(4, 10, 20, "too sure"), (4, 19, 20, "fits"), (1, 18, 20, "too unsure"), (2, 10, 20, "fits"), (3, 2, 3, "fits")],
)
def test_verdicts(confidence: int, right: int, of: int, verdict: str) -> None:
    found = reliability([said(confidence, n < right) for n in range(of)])
    assert found.verdict == verdict
    level = found.levels[confidence - 1]
    assert (level.verdict, level.share, level.stated) == (verdict, right / of, PROBABILITY[confidence])
    assert {other.verdict for other in found.levels if other is not level} == {"no answers"}


def review(
    grade: int, confidence: int | None = None, card: str = "c", day: int = 0, mode: Mode = Mode.RECALL
) -> Review:
    return Review(
        id="r",
        learner="me",
        card_id=card,
        reviewed_at=datetime(2026, 11, 23, 9, tzinfo=UTC) + timedelta(days=day),
        study_day=DAY + timedelta(days=day),
        grade=grade,
        confidence=confidence,
        mode=mode,
    )


def test_only_reviews_with_a_confidence_are_judgements() -> None:
    found = judgements([review(3, 4), review(2, 1), review(5, None), review(5, 9)], {"c": "fog"})
    assert [(one.topic, one.confidence, one.success) for one in found] == [("fog", 4, True), ("fog", 1, False)]
    assert judgements([review(3, 4)], {})[0].topic == ""


def test_a_drill_is_no_judgement_and_repairs_nothing() -> None:
    answers = [review(1, 4), review(5, 4, mode=Mode.DRILL)]
    assert reliability(judgements(answers, {})).answers == 1
    assert [one.repaired for one in sure_but_wrong(answers, {})] == [False]
    drilled_later = [review(1, 4), review(1, 4, day=1, mode=Mode.DRILL), review(5, 4, day=2, mode=Mode.DRILL)]
    assert [(one.times, one.repaired) for one in sure_but_wrong(drilled_later, {})] == [(1, False)]


@pytest.mark.parametrize("confidence", [None, 1, 4])
def test_a_right_answer_on_a_later_day_repairs_whatever_was_said(confidence: int | None) -> None:
    assert [one.repaired for one in sure_but_wrong([review(1, 4), review(5, confidence, day=1)], {})] == [True]
    # a miss stands for its day, and one with no confidence counts too
    assert [one.repaired for one in sure_but_wrong([review(1, 4), review(5, confidence)], {})] == [False]
    later = [review(1, 4), review(5, day=1), review(1, confidence, day=2), review(5, confidence, day=2)]
    assert [one.repaired for one in sure_but_wrong(later, {})] == [False]


def test_an_answer_entered_afterwards_takes_its_day() -> None:
    assert [one.repaired for one in sure_but_wrong([review(1, 4, day=3), review(5, 4, day=1)], {})] == [False]


def test_sure_but_wrong_comes_in_the_order_of_surprise() -> None:
    found = sure_but_wrong(
        [
            review(1, 4, "repaired", 0),
            review(0, 3, "fairly", 1),
            review(2, 4, "old", 1),
            review(2, 4, "new", 2),
            review(2, 2, "unsure", 2),
            review(3, 1, "repaired", 3),
            review(2, 3, "old", 3),
        ],
        {"old": "fog"},
    )
    assert [(one.card_id, one.topic, one.confidence, one.times, one.repaired) for one in found] == [
        ("old", "fog", 4, 2, False),
        ("new", "", 4, 1, False),
        ("fairly", "", 3, 1, False),
        ("repaired", "", 4, 1, True),
    ]
