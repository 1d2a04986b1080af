"""Noise schedules in closed form: betas [T] in float64, and what follows from them."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor


def betas(name: str, steps: int) -> Tensor:
    """The variance added at each of `steps` steps.

    linear: 1e-4 to 0.02 (Ho et al. 2020, arXiv 2006.11239, section 4).
    scaled_linear: the square of a line from sqrt(0.00085) to sqrt(0.012) (Stable Diffusion).
    cosine: abar = cos^2((t/T + 0.008) / 1.008 pi/2), beta at most 0.999 (Nichol & Dhariwal 2021, arXiv 2102.09672,
    equation 17).
    zero_snr: scaled_linear with sqrt(abar) shifted and stretched so that the last is 0 (Lin et al. 2023, arXiv
    2305.08891, algorithm 1).
    """
    match name:
        case "linear":
            return torch.linspace(1e-4, 0.02, steps, dtype=torch.float64)
        case "scaled_linear":
            return torch.linspace(0.00085**0.5, 0.012**0.5, steps, dtype=torch.float64) ** 2
        case "cosine":
            u = torch.arange(steps + 1, dtype=torch.float64) / steps
            bar = torch.cos((u + 0.008) / 1.008 * math.pi / 2) ** 2
            return (1 - bar[1:] / bar[:-1]).clamp(max=0.999)
        case "zero_snr":
            root = signal(betas("scaled_linear", steps))
            root = (root - root[-1]) * root[0] / (root[0] - root[-1])
            bar = root**2
            return 1 - torch.cat([bar[:1], bar[1:] / bar[:-1]])
        case _:
            raise ValueError(f"There is no schedule called {name}.")


def signal(beta: Tensor) -> Tensor:
    """sqrt(abar_t), the factor of the picture in x_t, for t = 1..T."""
    return (1 - beta).cumprod(dim=0).sqrt()


def noise(beta: Tensor) -> Tensor:
    """sqrt(1 - abar_t), the factor of the noise in x_t, for t = 1..T."""
    return (1 - (1 - beta).cumprod(dim=0)).clamp(min=0).sqrt()


def log_snr(beta: Tensor) -> Tensor:
    """ln(abar / (1 - abar)); minus infinity where nothing of the picture is left."""
    return 2 * (signal(beta).log() - noise(beta).log())


def crossing(beta: Tensor, contrast: float = 1.0) -> float:
    """The first step t (1..T) at which the noise is at least as strong as `contrast` times the signal; NaN if it never
    is."""
    drowned = contrast * signal(beta) <= noise(beta)
    return float(drowned.double().argmax()) + 1 if drowned.any() else math.nan


def of_diffusers(name: str, steps: int) -> Any:
    """The diffusers scheduler of the same schedule, every number stated (its classes have different defaults)."""
    from diffusers import DDPMScheduler

    kind = {"linear": "linear", "cosine": "squaredcos_cap_v2"}.get(name, "scaled_linear")
    start, end = (1e-4, 0.02) if name == "linear" else (0.00085, 0.012)
    return DDPMScheduler(
        num_train_timesteps=steps,
        beta_schedule=kind,
        beta_start=start,
        beta_end=end,
        rescale_betas_zero_snr=name == "zero_snr",
        clip_sample=False,
    )
