"""Reads the five attributes back from pixels, by rule: no learning, no randomness.

1. Undo the fixed light. The background is the median of the frame, the object what differs from it.
2. Each pixel's share of object is its place on the line from background to object colour.
3. From area and centre of mass each shape's outline follows; the one with the largest overlap is the shape.
4. A colour too far from every palette colour, or an overlap too small, is unreadable (-1), and counts as wrong.

Its own error rate on drawn pictures stands in the model card.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from labs.tiny.data import BACKGROUNDS, COLOURS, DIRECTIONS, SIDE, WORDS, Floats, Labels, Scenes, coverage, light

COLOUR_LIMIT = 0.17
"""Largest distance in RGB (0..1) at which a colour still has that name, brightness apart."""
OVERLAP_LIMIT = 0.68
"""Smallest intersection over union at which an outline still is that shape."""
LARGE_FROM = 7.55
"""Pixels of radius."""
OFF_CENTRE_FROM = 3.0
"""Pixels from the middle."""

# Area of each shape of radius 1, in the order of WORDS["shape"].
AREA = np.array([np.pi, 1.72**2, 0.58**2 * 3 * 3**0.5, np.pi * (1 - 0.52**2), 4 * 0.68 - 0.68**2, 2 * 1.2**2])


def _nearest(colours: Floats, palette: Floats) -> Labels:
    """Index of the palette entry [P, 3] nearest to each colour [N, 3], brightness apart; -1 if none is near."""
    length = np.maximum((palette**2).sum(axis=1), 1e-6)
    brightness = np.clip(colours @ palette.T / length, 0.8, 1.2)
    away = np.linalg.norm(colours[:, None] - brightness[..., None] * palette, axis=2)
    best: Labels = away.argmin(axis=1)
    return np.where(away.min(axis=1) <= COLOUR_LIMIT, best, -1)


def object_share(pictures: Floats) -> tuple[Floats, Floats, Floats]:
    """(share of object [N, 32, 32], object colours [N, 3], background colours [N, 3]) of pictures in 0..1."""
    even = pictures / light()[..., None]
    frame = np.ones((SIDE, SIDE), dtype=bool)
    frame[1:-1, 1:-1] = False
    back: Floats = np.median(even[:, frame], axis=1)
    apart = np.linalg.norm(even - back[:, None, None], axis=3)
    strong = apart >= 0.7 * np.quantile(apart, 0.97, axis=(1, 2), keepdims=True)
    masked = np.where(strong[..., None], even, np.nan).reshape(len(even), -1, 3)
    front: Floats = np.nanmedian(masked, axis=1).astype(np.float32)
    line = front - back
    span = np.maximum((line**2).sum(axis=1), 1e-6)
    share = np.einsum("nyxc,nc->nyx", even - back[:, None, None], line) / span[:, None, None]
    return np.where(share < 0.15, 0, np.clip(share, 0, 1)).astype(np.float32), front, back


def read(pictures: NDArray[np.generic]) -> Scenes:
    """What the pictures [N, 32, 32, 3] show; bytes, or floats in 0..1."""
    bytes_given = pictures.dtype == np.uint8
    values: Floats = pictures.astype(np.float32) / np.float32(255 if bytes_given else 1)
    share, front, back = object_share(values)
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    area = np.maximum(share.sum(axis=(1, 2)), 1e-6)
    centre_x, centre_y = (share * x).sum(axis=(1, 2)) / area, (share * y).sum(axis=(1, 2)) / area
    radii = np.sqrt(area[None] / AREA[:, None]).astype(np.float32)
    overlap = np.empty((len(AREA), len(values)), dtype=np.float32)
    for index, shape in enumerate(WORDS["shape"]):
        outline = coverage(shape, centre_x, centre_y, radii[index])
        union = np.maximum(outline, share).sum(axis=(1, 2))
        overlap[index] = np.minimum(outline, share).sum(axis=(1, 2)) / np.maximum(union, 1e-6)
    best = overlap.argmax(axis=0)
    away = np.stack([centre_x, centre_y], axis=1) - (SIDE - 1) / 2
    far = np.abs(away).max(axis=1) >= OFF_CENTRE_FROM
    radius = radii[best, np.arange(len(values))]
    return Scenes(
        {
            "shape": np.where(overlap.max(axis=0) >= OVERLAP_LIMIT, best, -1),
            "colour": _nearest(front, COLOURS),
            "background": _nearest(back, BACKGROUNDS),
            "size": (radius >= LARGE_FROM).astype(np.int64),
            "position": np.where(far, 1 + (away @ DIRECTIONS[1:].T).argmax(axis=1), 0),
        }
    )


def agreement(read_back: Scenes, asked: Scenes) -> Mapping[str, NDArray[np.bool_]]:
    """Attribute name -> [N] whether it was read as asked; 'all' is true where all five are."""
    right = {name: read_back.labels[name] == asked.labels[name] for name in WORDS}
    return right | {"all": np.logical_and.reduce(list(right.values()))}
