"""Figures of a group: shares of clustered answers, runs of days, the order of the hardest cards."""

from __future__ import annotations

import random
from datetime import date
from statistics import mean, pvariance

import pytest

from studyapp.core.cohort import CardSums, hardest, streak_of
from studyapp.core.proportion import wilson

MONDAY = date(2026, 11, 23)


def sums(card_id: str, *learners: tuple[int, int], sure: int = 0) -> CardSums:
    """Of (answers, wrong ones) of each learner."""
    answers, wrong = sum(n for n, _ in learners), sum(x for _, x in learners)
    squares = sum(n * n for n, _ in learners), sum(n * x for n, x in learners), sum(x * x for _, x in learners)
    return CardSums(card_id, answers, wrong, sure, len(learners), *squares)


def test_answers_of_one_learner_tell_less_than_as_many_of_many() -> None:
    split = sums("a", *[(10, 10)] * 5, *[(10, 0)] * 5)
    assert split.effective == pytest.approx(9, abs=0.01), "ten learners, less one for the mean"
    alike = sums("a", *[(10, 5)] * 10)
    assert alike.effective == 100, "never more than there are"
    assert alike.interval == wilson(50, 100)
    low, high = split.interval
    assert low < alike.interval[0] < 0.5 < alike.interval[1] < high
    for one in (sums("a", (7, 3)), sums("a", (3, 0), (4, 0)), sums("a", (3, 3), (4, 4))):
        assert one.effective == one.answers
        assert one.interval == wilson(one.wrong, one.answers)


def test_the_variance_of_the_share_is_the_one_that_repeated_groups_show() -> None:
    """Learners differ in how often they are wrong and in how often they answer."""
    dice = random.Random(14)

    def group() -> CardSums:
        learners = []
        for _ in range(60):
            ability, answers = dice.choice((0.1, 0.6)), dice.choice((2, 4, 8))
            learners.append((answers, sum(dice.random() < ability for _ in range(answers))))
        return sums("a", *learners)

    groups = [group() for _ in range(400)]
    claimed = mean(one.rate * (1 - one.rate) / one.effective for one in groups)
    assert claimed == pytest.approx(pvariance([one.rate for one in groups]), rel=0.2)
    covered = sum(one.interval[0] <= 0.35 <= one.interval[1] for one in groups) / len(groups)
    naive = sum(wilson(one.wrong, one.answers)[0] <= 0.35 <= wilson(one.wrong, one.answers)[1] for one in groups) / 400
    assert 0.91 <= covered <= 0.98
    assert naive < 0.88


def test_the_hardest_come_first_and_ties_have_one_order() -> None:
    cards = [
        sums("few", (3, 3)),
        sums("right", (40, 0)),
        sums("b", (10, 5)),
        sums("a", (10, 5)),
        sums("more", (20, 10)),
        sums("worst", (10, 6)),
    ]
    assert [card.card_id for card in hardest(cards)] == ["worst", "more", "a", "b"]
    assert hardest(reversed(cards), 1)[0].card_id == "few"
    assert hardest([]) == []


def test_a_row_of_days_goes_on_until_yesterday() -> None:
    day = date.fromordinal
    now = MONDAY.toordinal()
    assert [streak_of((day(now - back), 4), MONDAY) for back in range(3)] == [4, 4, 0]
    assert streak_of(None, MONDAY) == 0
