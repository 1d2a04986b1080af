"""Pictures of captions that leave the colour open: how much they still differ, beside what the training data have."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import numpy as np
import torch
from torch import Tensor

from labs.common import shapes, stats
from labs.tiny.data import WORDS, colour_shares, draw, sample_scenes

OPEN = ("a circle", "a ring")
"""Circles have any colour alike in the data; two rings in three are yellow."""
SPREAD, ENTROPY, MAJORITY = "spread of one caption", "colour entropy of a circle", "rings that are yellow"
UNITS = {SPREAD: "RMS difference of two pictures", ENTROPY: "bits", MAJORITY: "share"}
"""The measures; guidance is said to lower the first two and to raise the third."""


def of_pictures(opened: Tensor) -> dict[str, float]:
    """The measures of one seed's pictures [N, 32, 32, 3], half of them for each caption of OPEN."""
    circles, rings = opened.chunk(len(OPEN))
    yellow = shapes.readings(rings)["colour"] == WORDS["colour"].index("yellow")
    return {
        SPREAD: (shapes.spread(circles) + shapes.spread(rings)) / 2,
        ENTROPY: shapes.entropy(shapes.readings(circles)["colour"], len(WORDS["colour"])),
        MAJORITY: float(yellow.mean()),
    }


def of_data(seeds: Sequence[int], copies: int) -> dict[str, float]:
    """The measures of `copies` pictures of each caption in the training data: the spread of drawn ones, mean over the
    seeds; the others exactly, by the shares that the data are drawn from."""
    circle, ring = (colour_shares()[WORDS["shape"].index(shape)] for shape in ("circle", "ring"))
    return {
        SPREAD: stats.mean([_drawn_spread(seed, copies) for seed in seeds]),
        ENTROPY: expected_entropy(circle, copies),
        MAJORITY: float(ring[WORDS["colour"].index("yellow")]),
    }


def expected_entropy(shares: Sequence[float], draws: int) -> float:
    """Mean entropy in bits of the labels of so many draws; less than that of the shares, for draws miss rare labels."""
    terms = [k / draws * np.log2(draws / k) for k in range(1, draws + 1)]
    return float(
        sum(
            comb(draws, k) * share**k * (1 - share) ** (draws - k) * term
            for share in shares
            for k, term in enumerate(terms, start=1)
        )
    )


def _drawn_spread(seed: int, copies: int) -> float:
    rng = np.random.default_rng(seed)
    scenes = sample_scenes(60 * copies, rng)
    places = [WORDS["shape"].index(shape) for shape in ("circle", "ring")]
    chosen = [scenes.part(np.flatnonzero(scenes.labels["shape"] == place)[:copies]) for place in places]
    drawn = [torch.from_numpy(draw(part, rng)).float() / 255 for part in chosen]
    return sum(shapes.spread(pictures) for pictures in drawn) / 2
