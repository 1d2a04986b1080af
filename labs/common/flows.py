"""Flow matching's linear path x_s = (1 - s) x_0 + s e, s = 1 noise and s = 0 data: velocity, steps, whole paths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from labs.common.mixture import Mixture

Velocity = Callable[[Tensor, float], Tensor]
"""The velocity at points [..., 2] and level s."""
FINE = 200
"""Steps of a path that counts as exact."""


def exact_velocity(ring: Mixture) -> Velocity:
    """E[e - x_0 | x_s = x] for x [..., 2]: both ends lie on one line through x, so it is (x - E[x_0 | x]) / s."""

    def velocity(x: Tensor, s: float) -> Tensor:
        return (x - ring.clean(x.reshape(-1, 2), 1 - s, s).reshape(x.shape)) / s

    return velocity


def even(steps: int, shift: float = 1.0) -> list[float]:
    """Levels s from 1 to 0 in `steps` steps, even before the shift."""
    levels = [1 - k / steps for k in range(steps + 1)]
    return [shift * s / (1 + (shift - 1) * s) for s in levels]


def euler(velocity: Velocity, x: Tensor, levels: Sequence[float]) -> Tensor:
    """Euler's method: one call a step."""
    for here, there in pairwise(levels):
        x = x + (there - here) * velocity(x, here)
    return x


def heun(velocity: Velocity, x: Tensor, levels: Sequence[float]) -> Tensor:
    """Heun's method: two calls a step, but one for the last, which ends at s = 0 where the velocity is not defined."""
    for here, there in pairwise(levels):
        slope = velocity(x, here)
        moved = x + (there - here) * slope
        x = moved if there == 0 else x + (there - here) / 2 * (slope + velocity(moved, there))
    return x


def fine(steps: int = FINE) -> list[float]:
    """The levels s of `trace`, from 1 down, finer towards the data; after the last it goes straight to 0."""
    return [(1 - k / steps) ** 2 for k in range(steps)] + [1e-5]


def trace(velocity: Velocity, x: Tensor, steps: int = FINE) -> Tensor:
    """The path [steps + 2, ..., 2] from s = 1 to 0 by fourth-order Runge-Kutta."""
    levels = fine(steps)
    path = [x]
    for here, there in pairwise(levels):
        h, middle = there - here, (here + there) / 2
        a = velocity(x, here)
        b = velocity(x + h / 2 * a, middle)
        c = velocity(x + h / 2 * b, middle)
        d = velocity(x + h * c, there)
        x = x + h / 6 * (a + 2 * b + 2 * c + d)
        path.append(x)
    return torch.stack([*path, x - levels[-1] * velocity(x, levels[-1])])


def detour(path: Tensor) -> float:
    """Length of the paths [steps, ..., 2] over the distance between their ends, both summed over all points."""
    return float((path[1:] - path[:-1]).norm(dim=-1).sum() / (path[-1] - path[0]).norm(dim=-1).sum())


def variance_preserving(path: Tensor) -> Tensor:
    """A path of `trace` with its points divided by sqrt((1 - s)^2 + s^2): in the coordinates of a diffusion model whose
    signal and noise factors have squares that add to 1."""
    levels = torch.tensor([*fine(len(path) - 2), 0.0], dtype=path.dtype)
    scale = ((1 - levels) ** 2 + levels**2).sqrt()
    return path / scale.reshape(-1, *[1] * (path.dim() - 1))


def threads(path: Tensor, between: int = 12) -> Tensor:
    """Points [M, 2] densely along paths [T, N, 2], so that a cloud of them shows lines."""
    shares = torch.linspace(0, 1, between, dtype=path.dtype)[:, None, None, None]
    return (path[None, :-1] * (1 - shares) + path[None, 1:] * shares).reshape(-1, 2)
