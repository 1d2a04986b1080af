"""How sure the learner was against what came out, as a chart and in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from studyapp.charts.pictures import Bar, Bars
from studyapp.charts.terminal import Axis, Curve, Row, chart
from studyapp.core.calibration import CONFIDENCE_NAMES, Level, Reliability

LITTLE = 10
"""Answers below which nothing can be told."""


def reliability_chart(found: Reliability, width: int, height: int) -> list[Row]:
    """The share of right answers over the stated chance, in percent, beside the line on which both are equal."""
    used = [level for level in found.levels if level.share is not None]
    stated = [100 * level.stated for level in used]
    mine = Curve(
        "right, with the range it may have (95 %)",
        [100 * (level.share or 0.0) for level in used],
        [100 * level.interval[0] for level in used],
        [100 * level.interval[1] for level in used],
    )
    return chart(
        Axis("how sure you were, %"),
        [0.0, *stated, 100.0],
        Axis("right answers, %"),
        [
            Curve(mine.label, [None, *mine.values, None], [None, *mine.low, None], [None, *mine.high, None]),
            Curve("perfect: as sure as right", [0.0, *stated, 100.0]),
        ],
        width,
        height,
    )


def level_words(found: Reliability) -> list[str]:
    """One sentence for each confidence that was used, and one for all."""
    lines = []
    for level in found.levels:
        if level.share is None:
            continue
        low, high = level.interval
        name = CONFIDENCE_NAMES[level.confidence - 1]
        lines.append(
            f"{level.confidence} {name:<8} stands for {level.stated:.0%}, {level.right} of {level.answers} were right"
            f" ({low:.0%} to {high:.0%}){_verdict(level)}"
        )
    if found.brier is not None:
        low, high = found.interval
        lines.append(f"Brier score {found.brier:.2f} ({low:.2f} to {high:.2f}) over {found.answers} answers")
    return lines


def topic_words(found: Reliability) -> str:
    """`said 75 %, right 61 % (40–79): too sure; Brier 0.28 (0.15–0.41)`; empty without answers."""
    if found.stated is None or found.share is None:
        return ""
    said, right = f"said {100 * found.stated:.0f} %", f"right {100 * found.share:.0f} % ({_range(found)})"
    low, high = found.interval
    return f"{said}, {right}{_verdict(found)}; Brier {found.brier:.2f} ({low:.2f}–{high:.2f})"


def topic_bars(topics: Sequence[tuple[str, Reliability]]) -> Bars:
    """How often the answers of each topic were right, beside how often they should have been as was said."""
    bars = []
    for title, found in topics:
        if found.stated is not None and found.share is not None:
            low, high = found.share_interval
            words = f"{100 * found.share:.0f} % ({_range(found)}), said {100 * found.stated:.0f} %"
            bars.append(Bar(title, 100 * found.share, 100 * low, 100 * high, words))
    return Bars("How sure, and how often right, by topic", "right answers, %", tuple(bars))


def _range(found: Reliability) -> str:
    low, high = found.share_interval
    return f"{100 * low:.0f}–{100 * high:.0f}"


def _verdict(found: Level | Reliability) -> str:
    few = found.answers < LITTLE and found.verdict == "fits"
    return "; too few to tell" if few else f": {found.verdict}"
