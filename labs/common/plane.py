"""Pictures of the plane: clouds of points, paths and heights, as [side, side, 3] in 0..1, x right and y up."""

from __future__ import annotations

import torch
from torch import Tensor

SIDE = 64
"""Pixels of a picture's edge."""


def grid(reach: float, side: int = SIDE) -> Tensor:
    """The centres [side * side, 2] of a picture's pixels, row by row from the top left, of the square -reach..reach."""
    across = (torch.arange(side, dtype=torch.float64) + 0.5) / side * 2 * reach - reach
    y, x = torch.meshgrid(-across, across, indexing="ij")
    return torch.stack([x, y], -1).reshape(-1, 2)


def heights(values: Tensor, top: float) -> Tensor:
    """Values [side * side] of the points of `grid`, 0 dark to `top` bright, in a scale that every eye reads alike."""
    from matplotlib import colormaps

    side = round(len(values) ** 0.5)
    shares = (values / top).clamp(0, 1).reshape(side, side)
    return torch.from_numpy(colormaps["cividis"](shares.numpy())[..., :3])


def cloud(points: Tensor, reach: float, side: int = SIDE) -> Tensor:
    """How dense the points [N, 2] lie, the square root of the count; points beyond `reach` are not shown."""
    from matplotlib import colormaps

    pixel = ((points * torch.tensor([1.0, -1.0], dtype=points.dtype) + reach) / (2 * reach) * side).floor().long()
    inside = pixel[((pixel >= 0) & (pixel < side)).all(1)]
    counts = torch.bincount(inside[:, 1] * side + inside[:, 0], minlength=side * side).double().sqrt()
    top = max(1.0, (40 * len(points) / side**2) ** 0.5)  # brightest: forty times as dense as points spread evenly
    return torch.from_numpy(colormaps["magma"]((counts / top).clamp(0, 1).reshape(side, side).numpy())[..., :3])
