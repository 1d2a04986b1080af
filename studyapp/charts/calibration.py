"""How sure the learner was against what came out, as a chart and in sentences."""

from __future__ import annotations

from studyapp.charts.terminal import Axis, Curve, Row, chart
from studyapp.core.calibration import CONFIDENCE_NAMES, Reliability

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
        hint = "; too few to tell" if level.answers < LITTLE and level.verdict == "fits" else f": {level.verdict}"
        lines.append(
            f"{level.confidence} {name:<8} stands for {level.stated:.0%}, {level.right} of {level.answers} were right"
            f" ({low:.0%} to {high:.0%}){hint}"
        )
    if found.brier is not None:
        low, high = found.interval
        lines.append(f"Brier score {found.brier:.2f} ({low:.2f} to {high:.2f}) over {found.answers} answers")
    return lines
