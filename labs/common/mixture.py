"""Gaussian mixtures: the data distributions whose score, and so whose whole diffusion, is known exactly."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from labs.common import plane


@dataclass(frozen=True, slots=True)
class Mixture:
    """sum_k weights[k] N(means[k], sd[k]^2 I): weights [K] that add to 1, means [K, D], sd [K]."""

    weights: Tensor
    means: Tensor
    sd: Tensor

    def sample(self, count: int, generator: torch.Generator) -> Tensor:
        """Independent draws [count, D]."""
        which = torch.multinomial(self.weights, count, replacement=True, generator=generator)
        noise = torch.randn(count, self.means.shape[1], generator=generator, dtype=self.means.dtype)
        return self.means[which] + self.sd[which, None] * noise

    def noised(self, abar: float) -> Mixture:
        """The mixture of x_t = sqrt(abar) x_0 + sqrt(1 - abar) e."""
        return Mixture(self.weights, self.means * math.sqrt(abar), (abar * self.sd**2 + 1 - abar).sqrt())

    def log_parts(self, x: Tensor) -> Tensor:
        """ln(weights[k] N(x; k)) as [N, K] for x [N, D]."""
        squares = torch.cdist(x, self.means) ** 2 / self.sd**2
        norm = x.shape[1] * (self.sd.log() + 0.5 * math.log(2 * math.pi))
        return self.weights.log() - norm - squares / 2

    def log_density(self, x: Tensor) -> Tensor:
        """ln p(x) as [N] for x [N, D]."""
        return self.log_parts(x).logsumexp(1)

    def score(self, x: Tensor) -> Tensor:
        """The gradient of ln p at x, [N, D]."""
        share = self.log_parts(x).softmax(1) / self.sd**2
        return share @ self.means - share.sum(1, keepdim=True) * x

    def clean(self, x: Tensor, signal: float, noise: float) -> Tensor:
        """E[x_0 | signal x_0 + noise e = x], [N, D]; exact also at signal = 0, where it is the mean of the data."""
        spread = (signal * self.sd) ** 2 + noise**2  # [K]
        blurred = Mixture(self.weights, signal * self.means, spread.sqrt())
        share, gain = blurred.log_parts(x).softmax(1), signal * self.sd**2 / spread
        return share @ (self.means * (noise**2 / spread)[:, None]) + (share @ gain)[:, None] * x

    def mean(self) -> Tensor:
        """The mean of the data, [D]."""
        return self.weights @ self.means

    def spread(self) -> float:
        """Root of the mean squared distance to the mean, over all D values."""
        return float(
            (
                self.weights @ ((self.means - self.mean()) ** 2).sum(1) + self.weights @ self.sd**2 * len(self.means[0])
            ).sqrt()
        )

    def epsilon(self, x: Tensor, abar: float) -> Tensor:
        """What a perfect network would predict: E[e | x_t = x] = -sqrt(1 - abar) times the score at that level."""
        return -math.sqrt(1 - abar) * self.noised(abar).score(x)


def ring_of_eight() -> Mixture:
    """Eight modes on the unit circle, weights 1:2:...:8, standard deviation 0.08."""
    angle = torch.arange(8, dtype=torch.float64) * math.pi / 4
    weights = torch.arange(1, 9, dtype=torch.float64)
    return Mixture(
        weights / weights.sum(), torch.stack([angle.cos(), angle.sin()], 1), torch.full((8,), 0.08, dtype=torch.float64)
    )


def two_classes() -> tuple[Mixture, Mixture]:
    """(all, class 1) on the line: class 1 has equal modes at 0.5 and 3, class 0 one at -1, both classes equally likely,
    every mode with standard deviation 0.5."""
    half = torch.tensor([0.5, 0.5], dtype=torch.float64)
    ones = Mixture(half, torch.tensor([[0.5], [3.0]], dtype=torch.float64), half)
    everything = Mixture(
        torch.tensor([0.5, 0.25, 0.25], dtype=torch.float64),
        torch.tensor([[-1.0], [0.5], [3.0]], dtype=torch.float64),
        torch.full((3,), 0.5, dtype=torch.float64),
    )
    return everything, ones


def _line() -> Tensor:
    """Points [N, 1] that cover mixtures on the line, `two_classes` among them, finely."""
    return torch.linspace(-12, 30, 42_001, dtype=torch.float64)[:, None]


def entropy(mixture: Mixture) -> float:
    """Differential entropy in nats of a mixture on the line, by quadrature."""
    x = _line()
    log = mixture.log_density(x)
    return -float((log.exp() * log).sum() * (x[1, 0] - x[0, 0]))


def tilted_share(everything: Mixture, one: Mixture, scale: float, beyond: float) -> float:
    """Share above `beyond` of the density proportional to p(x|c) p(c|x)^(scale - 1), that is p(x|c)^scale
    p(x)^(1 - scale), for mixtures on the line: p(x) `everything`, p(x|c) `one`."""
    x = _line()
    log = scale * one.log_density(x) + (1 - scale) * everything.log_density(x)
    weight = (log - log.max()).exp()
    return float(weight[x[:, 0] > beyond].sum() / weight.sum())


def least_error(mixture: Mixture, abar: float) -> float:
    """The least mean squared error, for a value, of any prediction of e from x_t in the plane, by quadrature.

    It is 1 - (1 - abar) E|score|^2 / 2: what is left of e's variance 1 when the variance of E[e | x_t] is gone.
    """
    noised = mixture.noised(abar)
    # Sums over a grid of 0.3 of the narrowest standard deviation, out to nine of the widest: exact to many digits.
    reach = float(noised.means.abs().max()) + 9 * float(noised.sd.max())
    side = math.ceil(2 * reach / (0.3 * float(noised.sd.min())))
    x = plane.grid(reach, side)
    parts = noised.log_parts(x)
    mass = parts.logsumexp(1).exp() * (2 * reach / side) ** 2
    share = parts.softmax(1) / noised.sd**2
    score = share @ noised.means - share.sum(1, keepdim=True) * x
    return 1 - (1 - abar) * float(mass @ score.square().sum(1)) / 2


def exact_flow(
    epsilon: Callable[[Tensor, float], Tensor], x: Tensor, abar: float, steps: int = 300, last: float = 1e-4
) -> Tensor:
    """Follows the probability-flow ODE from x [N, D] at level `abar` to clean data.

    In z = x / sqrt(abar) and sigma = sqrt((1 - abar) / abar) it reads dz/dsigma = epsilon (Karras et al. 2022, arXiv
    2206.00364, equation 1 with s = 1); fourth-order Runge-Kutta over equal steps of ln sigma, and a last straight step
    from sigma = `last` to 0.
    """
    top = math.sqrt((1 - abar) / abar)
    logs = torch.linspace(math.log(top), math.log(last), steps + 1, dtype=torch.float64).tolist()

    def slope(z: Tensor, log_sigma: float) -> Tensor:
        sigma = math.exp(log_sigma)
        level = 1 / (1 + sigma**2)
        return sigma * epsilon(z * math.sqrt(level), level)

    z = x / math.sqrt(abar)
    for here, there in pairwise(logs):
        h, middle = there - here, (here + there) / 2
        a = slope(z, here)
        b = slope(z + h / 2 * a, middle)
        c = slope(z + h / 2 * b, middle)
        d = slope(z + h * c, there)
        z = z + h / 6 * (a + 2 * b + 2 * c + d)
    return z - slope(z, logs[-1])


def sliced_wasserstein(a: Tensor, b: Tensor, directions: int = 64) -> float:
    """Mean over evenly spaced directions of the 1-D Wasserstein-1 distance of equally many points [N, 2] and [N, 2]."""
    angle = torch.arange(directions, dtype=a.dtype) * math.pi / directions
    onto = torch.stack([angle.cos(), angle.sin()])
    return float(((a @ onto).sort(0).values - (b @ onto).sort(0).values).abs().mean())
