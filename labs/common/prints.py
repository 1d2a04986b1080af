"""Test charts with a known content: shapes of any size, digits of any stroke, and how well they survive."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labs.tiny.data import BACKGROUNDS, COLOURS, JITTER, SIDE, WORDS, Floats, Labels, Pixels, Scenes, coverage, light

# Three columns and five rows of each digit, row by row.
DIGITS = np.array(
    [
        [int(cell) for cell in rows.replace(" ", "")]
        for rows in (
            "111 101 101 101 111",
            "010 110 010 010 111",
            "111 001 111 100 111",
            "111 001 111 001 111",
            "101 101 111 001 001",
            "111 100 111 001 111",
            "111 100 111 101 111",
            "111 001 001 001 001",
            "111 101 111 101 111",
            "111 101 111 001 111",
        )
    ],
    dtype=np.float32,
).reshape(10, 5, 3)


@dataclass(frozen=True, slots=True)
class Chart:
    """Pictures [N, side, side, 3] of one digit each: `labels`, top left corner [N, 2] (row, column), ink and paper."""

    pixels: Pixels
    labels: Labels
    corner: Labels
    ink: Floats
    paper: Floats
    stroke: int

    def read(self, pictures: NDArray[np.floating]) -> Labels:
        """The digit whose fields of ink and paper lie nearest, for pictures in 0..1 of the same content.

        Place, stroke and both colours are given to it: whoever reads without them reads less.
        """
        high, wide = 5 * self.stroke, 3 * self.stroke
        found = np.empty(len(pictures), dtype=np.int64)
        for k, picture in enumerate(pictures):
            row, column = self.corner[k]
            line = self.ink[k] - self.paper[k]
            ink = (picture[row : row + high, column : column + wide] - self.paper[k]) @ line / (line @ line)
            fields = ink.reshape(5, self.stroke, 3, self.stroke).mean(axis=(1, 3))
            found[k] = ((DIGITS - fields) ** 2).sum(axis=(1, 2)).argmin()
        return found


def digits(stroke: int, count: int, seed: int, side: int = SIDE) -> Chart:
    """One digit a picture, each equally often, strokes of `stroke` pixels; the course's colours, no light, anywhere."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(count) % 10
    ink, paper = COLOURS[rng.integers(len(COLOURS), size=count)], BACKGROUNDS[rng.integers(2, size=count)]
    corner = np.stack([rng.integers(side - n * stroke + 1, size=count) for n in (5, 3)], axis=1)
    pixels = np.broadcast_to(paper[:, None, None], (count, side, side, 3)).copy()
    for k, (row, column) in enumerate(corner):
        cells = DIGITS[labels[k]].repeat(stroke, 0).repeat(stroke, 1)[..., None]
        part = pixels[k, row : row + 5 * stroke, column : column + 3 * stroke]
        part += cells * (ink[k] - paper[k])
    return Chart((pixels * 255 + 0.5).astype(np.uint8), labels, corner, ink, paper, stroke)


def sized(radius: float, count: int, seed: int) -> tuple[Pixels, Scenes]:
    """Pictures [N, 32, 32, 3] as in training, but for the radius in pixels; their size says nothing."""
    rng = np.random.default_rng(seed)
    labels = {name: rng.permutation(count) % len(words) for name, words in WORDS.items()}
    centre = (SIDE - 1) / 2 + rng.uniform(-JITTER, JITTER, (count, 2)).astype(np.float32)
    cover = np.zeros((count, SIDE, SIDE), dtype=np.float32)
    for index, shape in enumerate(WORDS["shape"]):
        these = np.flatnonzero(labels["shape"] == index)
        cover[these] = coverage(shape, centre[these, 0], centre[these, 1], np.full(len(these), radius, np.float32))
    front, back = COLOURS[labels["colour"]][:, None, None], BACKGROUNDS[labels["background"]][:, None, None]
    picture = (back + cover[..., None] * (front - back)) * light()[..., None]
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8), Scenes(labels)


def psnr(pictures: NDArray[np.floating], truth: NDArray[np.floating]) -> float:
    """Peak signal-to-noise ratio in dB of values in 0..1 (clipped to that); infinite for equal ones."""
    error = float(((np.clip(pictures, 0, 1) - truth) ** 2).mean())
    return -10 * math.log10(error) if error else math.inf
