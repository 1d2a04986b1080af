"""The best linear codes: principal components of blocks of pictures, a bound to hold other codes to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


def to_blocks(pictures: Doubles, side: int) -> Doubles:
    """Pictures [N, S, S, 3] as blocks [N * (S / side)^2, side * side * 3]."""
    count, size = pictures.shape[0], pictures.shape[1] // side
    parts = pictures.reshape(count, size, side, size, side, 3).transpose(0, 1, 3, 2, 4, 5)
    return parts.reshape(-1, side * side * 3)


def from_blocks(blocks: Doubles, side: int, size: int) -> Doubles:
    """The pictures [N, size, size, 3] that `to_blocks` cut."""
    places = size // side
    return blocks.reshape(-1, places, places, side, side, 3).transpose(0, 1, 3, 2, 4, 5).reshape(-1, size, size, 3)


@dataclass(frozen=True, slots=True)
class LinearCode:
    """Blocks of `side` pixels a side, each told by its first principal components.

    No linear code of as many numbers a block has a smaller squared error on the pictures it was fitted to (Eckart and
    Young 1936). `components` [values, K] in falling order of variance, `variances` [K] per block.
    """

    side: int
    middle: Doubles
    components: Doubles
    variances: Doubles

    def restored(self, pictures: Doubles, numbers: int) -> Doubles:
        """Pictures [N, S, S, 3] encoded in `numbers` a block and decoded."""
        kept = self.components[:, :numbers]
        blocks = to_blocks(pictures, self.side) - self.middle
        return from_blocks(blocks @ kept @ kept.T + self.middle, self.side, pictures.shape[1])

    def lost(self, numbers: int) -> float:
        """Mean squared error of a value that `numbers` a block leave on the fitted pictures, by the variances alone."""
        return float(self.variances[numbers:].sum()) / len(self.middle)


def fit(pictures: Doubles, side: int) -> LinearCode:
    """The components of the blocks of pictures [N, S, S, 3], from whichever of the two Gram matrices is smaller."""
    blocks = to_blocks(pictures, side)
    middle = blocks.mean(0)
    blocks = blocks - middle
    if blocks.shape[0] < blocks.shape[1]:
        found, left = np.linalg.eigh(blocks @ blocks.T)
        keep = found > 1e-10 * found[-1]
        components = (blocks.T @ left[:, keep]) / np.sqrt(found[keep])
        found = found[keep]
    else:
        found, components = np.linalg.eigh(blocks.T @ blocks)
    return LinearCode(side, middle, components[:, ::-1], np.maximum(found[::-1], 0) / len(blocks))
