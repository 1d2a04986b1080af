"""From what the learner ticked to a proposed grade."""

from __future__ import annotations


def proposed_grade(ticked: int, total: int) -> int:
    """A grade for having said `ticked` of `total` key points.

    All: 4 (only the learner knows whether it was perfect); at least two thirds: 3; at least one
    third: 2; at least one: 1; none: 0.
    """
    if total <= 0 or ticked >= total:
        return 4
    share = ticked / total
    if share >= 2 / 3:
        return 3
    if share >= 1 / 3:
        return 2
    return 1 if ticked else 0
