"""The points that no other point beats in both of two things: less cost and more quality."""

from __future__ import annotations

from collections.abc import Sequence


def front(points: Sequence[tuple[float, float]]) -> list[int]:
    """Places of the points (cost, quality) that are on the Pareto front, by rising cost.

    Of points that cost the same the best stays, of equal points the first."""
    kept: list[int] = []
    for place in sorted(range(len(points)), key=lambda k: (points[k][0], -points[k][1], k)):
        if not kept or points[place][1] > points[kept[-1]][1]:
            kept.append(place)
    return kept


def best_so_far(points: Sequence[tuple[float, float]]) -> list[float]:
    """The best quality that costs no more, for each point (cost, quality)."""
    return [max(quality for cost, quality in points if cost <= own) for own, _ in points]
