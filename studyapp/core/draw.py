"""Drawing by lot, in a way that a seed repeats on every machine and in every version of Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, TypeVar

Item = TypeVar("Item")


class Rng(Protocol):
    """Numbers by lot; `random.Random` is one, whose `random` alone is promised never to change."""

    def random(self) -> float: ...


def shuffled(items: Iterable[Item], rng: Rng) -> list[Item]:
    """The same items in an order by lot (Fisher and Yates)."""
    left = list(items)
    for last in range(len(left) - 1, 0, -1):
        other = int(rng.random() * (last + 1))
        left[last], left[other] = left[other], left[last]
    return left


def picked(items: Iterable[Item], rng: Rng) -> Item:
    """One of them by lot; there must be one."""
    choices = list(items)
    return choices[int(rng.random() * len(choices))]


def shares(weights: Mapping[str, float], room: Mapping[str, int], count: int, rng: Rng) -> dict[str, int]:
    """How many of `count` places each group gets, by weight.

    Systematic sampling: a group gets its exact share, rounded up or down by lot, so that a light group comes up
    now and then in short draws too. What a group has no room for goes to the others.

    Args:
        weights: of each group, 0 or more; a group of weight 0 gets nothing.
        room: how many places a group can fill.
    """
    given = dict.fromkeys(sorted(room), 0)
    while (left := count - sum(given.values())) > 0:
        order = shuffled((g for g in given if given[g] < room[g] and weights.get(g, 1.0) > 0), rng)
        total = sum(weights.get(group, 1.0) for group in order)
        if not order:
            break
        point, reached = rng.random(), 0.0
        for group in order:
            reached += left * weights.get(group, 1.0) / total
            while point < reached:
                given[group] += given[group] < room[group]
                point += 1
    return given
