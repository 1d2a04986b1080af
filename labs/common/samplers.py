"""Six diffusers schedulers on equal terms: every beta, the spacing and the prediction type stated.

Their classes have different defaults, and `from_config` drops values that equal the source class's default, so a race
that only swaps classes also swaps betas and time grid.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from labs.common.sampling import dice, step


@dataclass(frozen=True, slots=True)
class Process:
    """The forward process a network was trained for, and what it predicts."""

    beta_schedule: str
    beta_start: float
    beta_end: float
    prediction_type: str
    train_steps: int = 1000


DDPM_LINEAR = Process("linear", 1e-4, 0.02, "epsilon")
CLEAN_LINEAR = Process("linear", 1e-4, 0.02, "sample")
"""The same for a network that predicts x_0."""


def process_of(pipe: Any) -> Process:
    """The process of a pipeline, from its scheduler's configuration."""
    return process_of_scheduler(pipe.scheduler)


def process_of_scheduler(scheduler: Any) -> Process:
    """The process that a diffusers scheduler belongs to."""
    config = scheduler.config
    return Process(
        config.beta_schedule, config.beta_start, config.beta_end, config.prediction_type, config.num_train_timesteps
    )


def make(name: str, process: Process, karras: bool = False) -> Any:
    """The scheduler called `name` (ddpm | ddim | euler | heun | dpmpp | unipc | lcm | inverse_ddim) for `process`, from
    t = T - 1 down; inverse_ddim goes up from clean data. ddpm_large adds noise of variance beta_t instead of the
    posterior's; ddpm_mean leaves it out.

    `karras` is for dpmpp and unipc: noise levels that lie denser near the end (arXiv 2206.00364, equation 5).
    """
    import diffusers

    shared = {
        "num_train_timesteps": process.train_steps,
        "beta_schedule": process.beta_schedule,
        "beta_start": process.beta_start,
        "beta_end": process.beta_end,
        "prediction_type": process.prediction_type,
        "timestep_spacing": "trailing",
        "steps_offset": 0,
    }
    kinds: dict[str, tuple[str, dict[str, Any]]] = {
        "ddpm": ("DDPMScheduler", {"clip_sample": False, "variance_type": "fixed_small"}),
        "ddpm_large": ("DDPMScheduler", {"clip_sample": False, "variance_type": "fixed_large"}),
        "ddpm_mean": ("DDPMScheduler", {"clip_sample": False, "variance_type": "fixed_small"}),
        "ddim": ("DDIMScheduler", {"clip_sample": False, "set_alpha_to_one": True}),
        "euler": ("EulerDiscreteScheduler", {"final_sigmas_type": "zero"}),
        "heun": ("HeunDiscreteScheduler", {}),
        "dpmpp": ("DPMSolverMultistepScheduler", {"algorithm_type": "dpmsolver++", "solver_order": 2}),
        "lcm": ("LCMScheduler", {"clip_sample": False, "set_alpha_to_one": True}),
        "inverse_ddim": ("DDIMInverseScheduler", {"clip_sample": False, "set_alpha_to_one": True}),
        "unipc": ("UniPCMultistepScheduler", {"solver_order": 2}),
    }
    kind, own = kinds[name]
    if karras:
        own |= {"use_karras_sigmas": True}
    made = getattr(diffusers, kind)(**shared, **own)
    if name == "ddpm_mean":  # diffusers has no switch for it
        made._get_variance = lambda *_, **__: torch.zeros(())
    return made


def steps_for(name: str, calls: int) -> int:
    """The steps that come nearest to `calls` network calls without more of them: Heun needs 2 N - 1 for N steps."""
    return (calls + 1) // 2 if name == "heun" else calls


def calls_for(name: str, steps: int) -> int:
    """The network calls of `steps` steps."""
    return 2 * steps - 1 if name == "heun" else steps


@torch.no_grad()
def run(
    scheduler: Any, predict: Callable[[Tensor, int], Tensor], start: Tensor, steps: int, seed: int, eta: float = 0.0
) -> tuple[Tensor, int]:
    """Samples with `predict(x, t)`, in the scheduler's prediction type, in place of a network.

    `start` [..., N, D] is standard normal noise; `eta` is how much noise DDIM adds. Returns (end points, calls made).
    """
    scheduler.set_timesteps(steps)
    generator = dice(seed)
    x, calls = start * float(scheduler.init_noise_sigma), 0
    for t in scheduler.timesteps:
        output = predict(scheduler.scale_model_input(x, t), int(t))
        x, calls = step(scheduler, output, t, x, generator, eta).prev_sample, calls + 1
    return x, calls


def level(scheduler: Any) -> float:
    """abar of the noise level that a dpmpp or unipc scheduler has come to; on a Karras grid no whole t has it."""
    return 1 / (1 + float(scheduler.sigmas[scheduler.step_index or 0]) ** 2)


def rmse(a: Tensor, b: Tensor) -> float:
    """Root of the mean squared distance of points [N, D] and [N, D]."""
    return math.sqrt(float(((a - b) ** 2).sum(1).mean()))
