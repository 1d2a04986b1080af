"""What the learner said against what came out, in words and as bars."""

from __future__ import annotations

from datetime import date

from studyapp.charts.calibration import topic_bars, topic_words
from studyapp.core.calibration import Judgement, reliability


def answers(right: int, of: int, confidence: int = 3) -> list[Judgement]:
    return [Judgement("c", "t", confidence, number < right, date(2026, 11, 23)) for number in range(of)]


def test_a_topic_says_what_was_said_what_came_out_and_how_far_that_can_be_trusted() -> None:
    # Wilson's limits of 11 in 18, by hand: (0.6111 + 0.1067 ± 0.2492) / 1.2134
    assert topic_words(reliability(answers(11, 18))) == "said 75 %, right 61 % (39–80): fits; Brier 0.26 (0.16–0.37)"
    assert ": too sure; " in topic_words(reliability(answers(5, 18)))
    assert "said 75 %, right 100 % (44–100); too few to tell;" in topic_words(reliability(answers(3, 3)))
    assert topic_words(reliability([])) == ""


def test_a_bar_for_each_topic_with_answers() -> None:
    found = topic_bars([("Fog", reliability(answers(11, 18))), ("Rails", reliability([]))])
    (bar,) = found.bars
    assert (bar.label, bar.words) == ("Fog", "61 % (39–80), said 75 %")
    assert bar.value == 100 * 11 / 18
    assert bar.low < bar.value < bar.high
