"""Small networks on points of the plane, trained side by side: one batched product serves them all."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional

WAVES = (1.0, 2.0)
"""Frequencies at which the networks see a point, besides the point itself: modes are narrow."""
OCTAVES = 5
"""Frequencies pi, 2 pi, 4 pi, ... at which they see the noise level."""


class Networks(torch.nn.Module):
    """`arms` x `len(seeds)` perceptrons of three hidden layers: points [M, N, 2] at levels [M, N] in 0..1 -> [M, N, 2].

    Row arm * len(seeds) + k has the start weights of seed k, the same in every arm, so that arms compare in pairs.
    """

    def __init__(self, seeds: Sequence[int], arms: int, hidden: int) -> None:
        super().__init__()
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        sizes = [2 + 4 * len(WAVES) + 1 + 2 * OCTAVES, hidden, hidden, hidden, 2]
        weights, biases = [], []
        for number, (wide, high) in enumerate(pairwise(sizes)):
            gain = (0.3 if number == len(sizes) - 2 else 1.0) / math.sqrt(wide)
            drawn = torch.stack([gain * torch.randn(wide, high, generator=g) for g in generators])
            weights.append(torch.nn.Parameter(drawn.repeat(arms, 1, 1)))
            biases.append(torch.nn.Parameter(torch.zeros(arms * len(seeds), 1, high)))
        self.weights, self.biases = torch.nn.ParameterList(weights), torch.nn.ParameterList(biases)

    def forward(self, x: Tensor, level: Tensor) -> Tensor:
        """The outputs of all networks, each on its own points."""
        angle = level[..., None] * (math.pi * 2.0 ** torch.arange(OCTAVES, device=x.device))
        waves = [wave(factor * x) for factor in WAVES for wave in (torch.sin, torch.cos)]
        h = torch.cat([x, *waves, level[..., None], angle.sin(), angle.cos()], -1)
        for weight, bias in zip(self.weights, self.biases, strict=True):
            h = torch.baddbmm(bias, functional.silu(h) if weight is not self.weights[0] else h, weight)
        return h

    def averages(self) -> Networks:
        """A copy that `train` keeps as the running mean of the weights."""
        return copy.deepcopy(self).requires_grad_(False)

    def parameters_each(self) -> int:
        """Learned numbers of one network."""
        return sum(part[0].numel() for part in self.parameters())


def train(
    networks: Networks,
    averages: Networks,
    losses: Callable[[], Tensor],
    steps: int,
    rate: float,
    tick: Callable[[int], None],
    decay: float = 0.995,
) -> None:
    """Adam with a cosine to zero; `losses()` draws a batch and gives one loss for each network [M].

    The networks share nothing but the clock: Adam scales every weight's step by itself. `tick(step)` is called after
    every 1 % of the steps. `averages` follows the weights with `decay`.
    """
    optimizer = torch.optim.Adam(networks.parameters(), lr=rate, betas=(0.9, 0.99), fused=True)
    kept: list[Tensor] = list(averages.parameters())
    learned: list[Tensor] = list(networks.parameters())
    every = max(1, steps // 100)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / 50) * (0.5 + 0.5 * math.cos(math.pi * step / steps))
        loss = losses().sum()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(kept, learned, 1 - decay)
        if (step + 1) % every == 0:
            tick(step + 1)
