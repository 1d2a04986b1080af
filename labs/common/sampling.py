"""Text-to-image sampling in the open: the loop that StableDiffusionPipeline runs, with its calls counted."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

BATCH = 64
"""Pictures denoised together."""
DICE = 2**31
"""Added to seeds, which are smaller, and still within the 32 bits that the generator takes."""
SCALE_WIDTH = 256
"""Numbers in which a network that has learned guidance is told its scale."""


@dataclass(frozen=True, slots=True)
class Guidance:
    """Classifier-free guidance: eps = eps_empty + scale (eps_text - eps_empty) (Ho & Salimans 2022, arXiv 2207.12598,
    with scale = 1 + w).

    `interval`: the share of the noise levels, 0 (clean) to 1 (pure noise), where it acts (arXiv 2404.07724); elsewhere
    scale 1. `rescale`: how far the result's standard deviation is pulled back to eps_text's (arXiv 2305.08891, 3.4).
    """

    scale: float
    interval: tuple[float, float] = (0.0, 1.0)
    rescale: float = 0.0


@dataclass(slots=True)
class Cost:
    """What sampling cost: U-Net calls, and rows (latents) that went through it in all."""

    calls: int = 0
    rows: int = 0


def noise_for(pipe: Any, count: int, seed: int, side: int | None = None) -> Tensor:
    """Start noise [count, channels, side, side], drawn on the CPU: the same for the same seed on every device."""
    generator = torch.Generator().manual_seed(seed)
    side = side or pipe.unet.config.sample_size
    return torch.randn(count, pipe.unet.config.in_channels, side, side, generator=generator)


def dice(seed: int) -> torch.Generator:
    """Where the noise on the way is drawn from: not the stream of `noise_for`, or a sampler that adds noise would add
    the start noise of the same seed over again."""
    return torch.Generator().manual_seed(seed + DICE)


@dataclass(frozen=True, slots=True)
class Condition:
    """What the U-Net is told: `states` [N, tokens, width], and for SDXL also `pooled` [N, width] and `sizes` [N, 6]."""

    states: Tensor
    pooled: Tensor | None = None
    sizes: Tensor | None = None

    def repeated(self, count: int) -> Condition:
        """One row as `count` equal rows."""
        extras = (part if part is None else part.expand(count, -1) for part in (self.pooled, self.sizes))
        return Condition(self.states.expand(count, -1, -1), *extras)

    def beside(self, other: Condition) -> Condition:
        """The rows of this one, then those of the other."""
        pairs = ((self.pooled, other.pooled), (self.sizes, other.sizes))
        extras = (None if a is None or b is None else torch.cat([a, b]) for a, b in pairs)
        return Condition(torch.cat([self.states, other.states]), *extras)

    def arguments(self) -> dict[str, Any]:
        """As the U-Net takes them."""
        added = (
            {} if self.pooled is None else {"added_cond_kwargs": {"text_embeds": self.pooled, "time_ids": self.sizes}}
        )
        return {"encoder_hidden_states": self.states} | added


@torch.no_grad()
def encode(pipe: Any, prompts: Sequence[str]) -> Condition:
    """The captions as the U-Net is told them."""
    if hasattr(pipe, "text_encoder_2"):
        return _encode_xl(pipe, prompts)
    tokenizer = pipe.tokenizer
    tokens = tokenizer(
        list(prompts),
        padding="max_length",
        max_length=tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    )
    return Condition(pipe.text_encoder(tokens.input_ids.to(pipe.device))[0])


def _encode_xl(pipe: Any, prompts: Sequence[str]) -> Condition:
    """SDXL: two encoders, a pooled text, and the picture's size (arXiv 2307.01952, section 2.2). Its empty caption is
    all zeros where the pipeline says so."""
    states, _, pooled, _ = pipe.encode_prompt(list(prompts), device=pipe.device, do_classifier_free_guidance=False)
    if pipe.config.force_zeros_for_empty_prompt and not any(prompts):
        states, pooled = torch.zeros_like(states), torch.zeros_like(pooled)
    side = float(pipe.unet.config.sample_size * pipe.vae_scale_factor)
    sizes = torch.tensor([side, side, 0, 0, side, side], dtype=states.dtype, device=pipe.device)
    return Condition(states, pooled, sizes.expand(len(prompts), -1))


@torch.no_grad()
def encode_pictures(pipe: Any, pixels: NDArray[np.uint8]) -> Tensor:
    """Scaled latents [N, channels, side, side], the means, of pictures [N, height, width, 3] in bytes."""
    parts = []
    for at in range(0, len(pixels), BATCH):
        x = torch.from_numpy(pixels[at : at + BATCH]).permute(0, 3, 1, 2).to(pipe.device, pipe.vae.dtype) / 127.5 - 1
        parts.append(pipe.vae.encode(x).latent_dist.mean * pipe.vae.config.scaling_factor)
    return torch.cat(parts)


@torch.no_grad()
def decode(pipe: Any, latents: Tensor) -> Tensor:
    """Pictures [N, height, width, 3] in about 0..1, not clipped, float32 on the CPU."""
    parts = []
    for at in range(0, len(latents), BATCH):
        part = latents[at : at + BATCH]
        pixels = pipe.vae.decode(part.to(pipe.device, pipe.vae.dtype) / pipe.vae.config.scaling_factor).sample
        parts.append((pixels.float() / 2 + 0.5).permute(0, 2, 3, 1).cpu())
    return torch.cat(parts)


def draw(
    pipe: Any,
    prompts: Sequence[str],
    noise: Tensor,
    steps: int,
    guidance: Guidance,
    seed: int = 0,
    cost: Cost | None = None,
) -> Tensor:
    """Pictures [N, height, width, 3] of N prompts: `sample`, then `decode`, in parts."""
    costs: list[Cost] = []

    def part(own: Any, here: slice) -> Tensor:
        costs.append(Cost())
        return decode(own, sample(own, prompts[here], noise[here], steps, guidance, seed + here.start, costs[-1]))

    pictures = in_parts(pipe, len(prompts), part)
    if cost is not None:
        cost.calls += sum(each.calls for each in costs)
        cost.rows += sum(each.rows for each in costs)
    return pictures


def in_parts(pipe: Any, count: int, part: Callable[[Any, slice], Tensor]) -> Tensor:
    """What `part(pipe, places)` makes of `count` pictures, in equal parts of at most BATCH.

    On a processor two parts are made at a time, each by a thread with a scheduler of its own. That takes 0.6 times as
    long, and unlike two threads inside every operation it is not held up when another program keeps a core busy.
    """
    number = 2 * math.ceil(count / (2 * BATCH)) if count > BATCH // 4 else 1
    edges = [round(count * k / number) for k in range(number + 1)]

    def made(k: int) -> Tensor:
        own = copy.copy(pipe)
        own.scheduler = copy.deepcopy(pipe.scheduler)  # solvers keep what they saw in earlier steps
        return part(own, slice(edges[k], edges[k + 1]))

    with ThreadPoolExecutor(2 if torch.device(pipe.device).type == "cpu" else 1) as pool:
        return torch.cat(list(pool.map(made, range(number))))


def embedded_scale(scale: Tensor) -> Tensor:
    """Guidance scales [N] as waves [N, SCALE_WIDTH] of w = scale - 1, as StableDiffusionPipeline tells them."""
    rates = torch.exp(-math.log(10_000.0) * torch.arange(SCALE_WIDTH // 2) / (SCALE_WIDTH // 2 - 1))
    angle = 1000.0 * (scale - 1)[:, None] * rates
    return torch.cat([angle.sin(), angle.cos()], 1)


def _predict(
    pipe: Any, x: Tensor, t: Tensor, text: Condition, empty: Condition, guidance: Guidance, cost: Cost
) -> Tensor:
    """The guided prediction at one noise level: one U-Net call, of twice the batch where guidance acts."""
    level = float(t) / pipe.scheduler.config.num_train_timesteps
    acts = guidance.interval[0] <= level <= guidance.interval[1]
    scale = guidance.scale if acts else 1.0
    cost.calls += 1
    if pipe.unet.config.time_cond_proj_dim is not None:  # guidance is inside the network
        cost.rows += len(x)
        told = embedded_scale(torch.full((len(x),), scale)).to(x.device, x.dtype)
        inside: Tensor = pipe.unet(x, t, timestep_cond=told, **text.arguments()).sample
        return inside
    if scale in (0.0, 1.0):  # one of the two predictions has no weight: not computed
        cost.rows += len(x)
        single: Tensor = pipe.unet(x, t, **(text if scale else empty).arguments()).sample
        return single
    cost.rows += 2 * len(x)
    both = pipe.unet(torch.cat([x, x]), t, **empty.beside(text).arguments()).sample
    without, with_text = both.chunk(2)
    guided: Tensor = without + scale * (with_text - without)
    if guidance.rescale:
        axes = (1, 2, 3)
        matched = guided * (with_text.std(axes, keepdim=True) / guided.std(axes, keepdim=True))
        guided = guidance.rescale * matched + (1 - guidance.rescale) * guided
    return guided


@torch.no_grad()
def sample(
    pipe: Any,
    prompts: Sequence[str],
    noise: Tensor,
    steps: int,
    guidance: Guidance,
    seed: int = 0,
    cost: Cost | None = None,
    eta: float = 0.0,
    watch: Callable[[Tensor, Tensor], None] | None = None,
    tell: Callable[[Any, Sequence[str]], Condition] = encode,
) -> Tensor:
    """Latents [N, channels, side, side] for N prompts from N start noises, with the pipeline's own scheduler.

    `seed` feeds the samplers that add noise on the way; `eta` is how much of it DDIM adds. `cost` is counted up when
    given. `watch(x_t, predicted x_0)` sees every step of a scheduler that predicts x_0. `tell(pipe, prompts)` makes of
    the prompts, and of the empty one, what the U-Net is told.
    """
    cost = cost if cost is not None else Cost()
    device, dtype = pipe.device, pipe.unet.dtype
    empty_one = tell(pipe, [""])
    finished = []
    for at in range(0, len(prompts), BATCH):
        text = tell(pipe, prompts[at : at + BATCH])
        empty = empty_one.repeated(len(text.states))
        scheduler = pipe.scheduler
        scheduler.set_timesteps(steps, device=device)
        generator = dice(seed + at)
        x = noise[at : at + BATCH].to(device, dtype) * scheduler.init_noise_sigma
        for t in scheduler.timesteps:
            model_input = scheduler.scale_model_input(x, t)
            output = _predict(pipe, model_input, t, text, empty, guidance, cost)
            moved = step(scheduler, output, t, x, generator, eta)
            if watch is not None:
                watch(x, moved.pred_original_sample)
            x = moved.prev_sample
        finished.append(x)
    return torch.cat(finished)


@torch.no_grad()
def from_picture(
    pipe: Any, latents: Tensor, prompts: Sequence[str], noise: Tensor, steps: int, start: float, seed: int = 0
) -> Tensor:
    """Image to image: latents noised to the share `start` of the schedule, and denoised from there without guidance.

    `steps` are those of the whole schedule; from `start` on the rest of them is taken.
    """
    scheduler, generator = pipe.scheduler, dice(seed)
    scheduler.set_timesteps(steps, device=pipe.device)
    left = [t for t in scheduler.timesteps if float(t) < start * scheduler.config.num_train_timesteps]
    told = encode(pipe, prompts)
    x: Tensor = scheduler.add_noise(latents, noise.to(latents), left[0][None])
    for t in left:
        output = pipe.unet(scheduler.scale_model_input(x, t), t, **told.arguments()).sample
        x = step(scheduler, output, t, x, generator).prev_sample
    return x


def nearer(pipe: Any, latents: Tensor, truth: Tensor, steps: int) -> Tensor:
    """Latents, found from the given ones on, whose decoded pictures lie nearer to the truth [N, height, width, 3]."""
    z = latents.clone().requires_grad_(True)
    optimizer = torch.optim.Adam([z], lr=0.02)
    for _ in range(steps):
        pixels = pipe.vae.decode(z / pipe.vae.config.scaling_factor).sample.permute(0, 2, 3, 1) / 2 + 0.5
        (z.grad,) = torch.autograd.grad((pixels - truth).square().mean(), z)
        optimizer.step()
    return z.detach()


def step(scheduler: Any, output: Tensor, t: Any, x: Tensor, generator: torch.Generator, eta: float = 0.0) -> Any:
    """What a diffusers scheduler makes of one step, `prev_sample` in it; those that add no noise take no generator."""
    extra: dict[str, Any] = {"generator": generator} if scheduler.__class__.__name__ in _STOCHASTIC else {}
    return scheduler.step(output, t, x, **extra, **({"eta": eta} if eta else {}))


_STOCHASTIC = {
    "DDPMScheduler",
    "DDIMScheduler",
    "EulerDiscreteScheduler",
    "EulerAncestralDiscreteScheduler",
    "LCMScheduler",
}
