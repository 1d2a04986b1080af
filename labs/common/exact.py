"""Eight modes in the plane, diffused by DDPM's linear schedule: start noise, data, exact end points for every seed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from labs.common import mixture, samplers, stats
from labs.common.mixture import Mixture

NEAR = 3.0
"""Standard deviations within which a point lies on a mode."""
ON_MODE = 1 - math.exp(-(NEAR**2) / 2)
"""The share of data that does: of a Gaussian in the plane; what neighbouring modes add is less than 1e-6."""


@dataclass(frozen=True, slots=True)
class Exact:
    """For S seeds: standard normal starts, data, and where the exact probability-flow ODE takes the starts, [S, N, 2].

    `abar` [T] belongs to the schedule; all in float64 on the processor.
    """

    ring: Mixture
    abar: Tensor
    starts: Tensor
    data: Tensor
    ends: Tensor

    def eps(self, x: Tensor, t: int) -> Tensor:
        """E[e | x_t = x] at index t of the schedule, for x [..., 2]."""
        return self.ring.epsilon(x.reshape(-1, 2), float(self.abar[t])).reshape(x.shape)

    def sample(self, name: str, steps: int, start: Tensor, seed: int, eta: float = 0.0) -> Tensor:
        """End points of the diffusers scheduler called `name` from `start` [..., 2], with the exact eps."""
        return samplers.run(samplers.make(name, samplers.DDPM_LINEAR), self.eps, start, steps, seed, eta)[0]

    def off(self, points: Tensor) -> list[float]:
        """RMSE of points [S, N, 2] to the exact end points, seed by seed."""
        return [samplers.rmse(*pair) for pair in zip(points, self.ends, strict=True)]

    def typical(self, points: Tensor) -> float:
        """Median distance of points [S, N, 2] to the exact end points: few that end on another mode do not count."""
        return float((points - self.ends).norm(dim=-1).median())

    def far(self, points: Tensor) -> list[float]:
        """Sliced Wasserstein-1 distance of points [S, N, 2] to the data, seed by seed."""
        return [mixture.sliced_wasserstein(*pair) for pair in zip(points, self.data, strict=True)]

    def spread(self, points: Tensor) -> list[float]:
        """Root of the mean squared distance of points [S, N, 2] to their mean, as a share of the data's."""
        wide = (points - points.mean(1, keepdim=True)).square().sum(2).mean(1).sqrt() / self.ring.spread()
        return [float(share) for share in wide]

    def on_mode(self, points: Tensor) -> list[float]:
        """Share of points [S, N, 2] on a mode; ON_MODE is right."""
        distance = (points[..., None, :] - self.ring.means).norm(dim=-1) / self.ring.sd
        return [float(share) for share in (distance.min(-1).values < NEAR).double().mean(1)]

    def chance(self, seeds: Sequence[int]) -> list[float]:
        """The noise floor of `far`: data against as much other data, mean of eight draws for every seed."""
        draws, count = [torch.Generator().manual_seed(seed + 900) for seed in seeds], self.data.shape[1]
        found = [self.far(torch.stack([self.ring.sample(count, g) for g in draws])) for _ in range(8)]
        return [stats.mean(distances) for distances in zip(*found, strict=True)]


def prepare(seeds: Sequence[int], count: int) -> Exact:
    """`count` points for every seed; the exact solution is good to about 1e-5."""
    ring, draws = mixture.ring_of_eight(), [torch.Generator().manual_seed(seed) for seed in seeds]
    starts = torch.stack([torch.randn(count, 2, generator=g, dtype=torch.float64) for g in draws])
    data = torch.stack([ring.sample(count, g) for g in draws])
    abar = samplers.make("ddim", samplers.DDPM_LINEAR).alphas_cumprod
    ends = mixture.exact_flow(ring.epsilon, starts.flatten(0, 1), float(abar[-1]), steps=120)
    return Exact(ring, abar, starts, data, ends.reshape(starts.shape))
