"""Consistency functions in the plane, in z = x_0 + sigma e with sigma = sqrt((1 - abar) / abar)."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor

from labs.common.learned import Networks
from labs.common.mixture import Mixture

SCALE = 0.25
"""Where c_skip hands over to the network: between the modes' width and the data's."""


class Student:
    """f(z, sigma) = c_skip z + c_out F(c_in z, level), so that f(z, lowest) = z; as many students as `networks` holds.

    Song et al. 2023, arXiv 2303.01469, appendix C.
    """

    def __init__(self, networks: Networks, lowest: float, highest: float) -> None:
        self.networks, self.lowest, self.highest = networks, lowest, highest

    def __call__(self, z: Tensor, sigma: Tensor) -> Tensor:
        """Clean points [M, N, 2] for z [M, N, 2] at sigma [M, N], in the networks' precision and on their device."""
        wide, device = (sigma**2 + SCALE**2).sqrt(), self.networks.biases[0].device
        skip, out = SCALE**2 / ((sigma - self.lowest) ** 2 + SCALE**2), SCALE * (sigma - self.lowest) / wide
        level = (sigma / self.lowest).log() / math.log(self.highest / self.lowest)
        said: Tensor = self.networks((z / wide[..., None]).float().to(device), level.float().to(device))
        return (skip[..., None] * z).float().to(device) + out[..., None].float().to(device) * said

    def averages(self) -> Student:
        """The target of the training: a student whose weights follow this one's."""
        return Student(self.networks.averages(), self.lowest, self.highest)

    def to(self, device: str) -> Student:
        """Moves the networks; returns itself."""
        self.networks.to(device)
        return self


def sigmas_of(abar: Tensor, count: int) -> Tensor:
    """Noise levels [count + 1], ascending: of a schedule's index 0 and of `count` evenly spaced ones up to its last."""
    index = torch.tensor([0] + [round(len(abar) / count * k) - 1 for k in range(1, count + 1)])
    bar = abar[index].double()
    return ((1 - bar) / bar).sqrt()


def slope(ring: Mixture, z: Tensor, sigma: Tensor) -> Tensor:
    """dz/dsigma = E[e | z] of the probability-flow ODE for z [..., 2], each point at its own sigma [...]."""
    away = z[..., None, :] - ring.means  # [..., K, 2]
    spread = ring.sd**2 + sigma[..., None] ** 2  # [..., K]
    share = (ring.weights.log() - spread.log() - away.square().sum(-1) / (2 * spread)).softmax(-1) / spread
    return sigma[..., None] * (share[..., None] * away).sum(-2)


def teacher_step(ring: Mixture, z: Tensor, sigma: Tensor, lower: Tensor) -> Tensor:
    """One step of Heun's method with the exact slope from sigma down to lower, both [...]."""
    first, far = slope(ring, z, sigma), (lower - sigma)[..., None]
    return z + far / 2 * (first + slope(ring, z + far * first, lower))


def teacher_flow(ring: Mixture, starts: Tensor, sigmas: Tensor) -> Tensor:
    """Where the teacher's own steps take standard normal starts [..., 2], through all `sigmas` (ascending)."""
    z = starts * (1 + sigmas[-1] ** 2).sqrt()
    for sigma, lower in pairwise(sigmas.flip(0)):
        z = teacher_step(ring, z, sigma.expand(z.shape[:-1]), lower.expand(z.shape[:-1]))
    return z


def pseudo_huber(difference: Tensor, width: float = 0.1) -> Tensor:
    """sqrt(|d|^2 + width^2) - width for d [..., 2]: squares for small differences, lengths for large ones (Song &
    Dhariwal 2023, arXiv 2310.14189)."""
    return (difference.square().sum(-1) + width**2).sqrt() - width
