"""Distils the tiny pipeline into a latent consistency model: few steps, and guidance inside the network.

    python -m labs.tiny.distill                      writes labs/tiny/lcm, the U-Net and its scheduler
    python -m labs.tiny.distill --out DIR --steps 100     a short try elsewhere

Luo et al. 2023, arXiv 2310.04378, algorithm 1: the student's answers at two neighbouring levels of one path shall be
equal, the path being one DDIM step of the guided teacher, and the student is told the guidance scale. The autoencoder,
the text encoder and the tokenizer stay the teacher's. It may be stopped at any time and goes on from its checkpoint.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from labs.common import models, samplers, sampling
from labs.tiny import program
from labs.tiny.data import make_dataset
from labs.tiny.examples import encode_captions, encode_pictures
from labs.tiny.train import Stage, falling, of_pipeline


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the result depends on, besides the teacher and library versions."""

    seed: int = 21
    pictures: int = 8000
    steps: int = 2000
    batch: int = 32
    rate: float = 4e-4
    skip: int = 20  # steps t between neighbouring levels: 50 levels, as in the LCMScheduler
    scales: tuple[float, float] = (1.0, 8.0)  # guidance scales that the student learns
    width: float = 1e-3  # below it the loss is a square, above it a length
    average: float = 0.95  # of the target's weights, per step


def student_of(teacher: Any) -> Any:
    """The teacher's U-Net with an input for the guidance scale that does nothing yet."""
    from diffusers import UNet2DConditionModel

    config = {key: value for key, value in dict(teacher.config).items() if not key.startswith("_")}
    student = UNet2DConditionModel(**config | {"time_cond_proj_dim": sampling.SCALE_WIDTH})
    unknown = student.load_state_dict(teacher.state_dict(), strict=False)
    assert unknown.missing_keys == ["time_embedding.cond_proj.weight"]
    torch.nn.init.zeros_(student.time_embedding.cond_proj.weight)
    return student


def clean_of(scheduler: Any, output: Tensor, x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """(x_0, eps) that the v `output` stands for, at steps t [N] of x [N, ...]."""
    bar = scheduler.alphas_cumprod[t.cpu()].to(x.device)[:, None, None, None]
    signal, noise = bar.sqrt(), (1 - bar).sqrt()
    return signal * x - noise * output, noise * x + signal * output


def consistent(scheduler: Any, output: Tensor, x: Tensor, t: Tensor) -> Tensor:
    """f(x, t) = c_skip x + c_out x_0, with the LCMScheduler's own factors; f(x, 0) = x."""
    skip, out = scheduler.get_scalings_for_boundary_condition_discrete(t.float())
    held: Tensor = skip[:, None, None, None] * x + out[:, None, None, None] * clean_of(scheduler, output, x, t)[0]
    return held


def distil(config: Config, pipe: Any, folder: Path, device: str) -> tuple[Any, Stage]:
    """The student's averaged weights and the record of its training."""
    from diffusers.models.attention_processor import AttnProcessor

    training = of_pipeline()
    data = make_dataset(training.pictures, training.seed).first(config.pictures)
    latents = encode_pictures(pipe, data.pixels)
    states, which = encode_captions(pipe, [text for texts in data.captions for text in texts])
    variants, empty = which.reshape(len(data.captions), -1), sampling.encode(pipe, [""]).states
    teacher, student, target = pipe.unet, student_of(pipe.unet).to(device), student_of(pipe.unet).to(device)
    target.requires_grad_(False)
    for unet in (teacher, student, target):
        unet.set_attn_processor(AttnProcessor())
    scheduler = samplers.make("lcm", samplers.process_of(pipe))
    stage = Stage("student", folder, config.steps, {"unet": student}, {"unet": target})
    optimizer = torch.optim.AdamW(student.parameters(), lr=config.rate, betas=(0.9, 0.99), weight_decay=0, fused=True)

    def loss_of(step: int) -> Tensor:
        generator = torch.Generator().manual_seed(config.seed * 1_000_003 + step)
        size = (config.batch,)
        chosen = torch.randint(len(latents), size, generator=generator)
        text = states[variants[torch.randint(len(variants), size, generator=generator), chosen]]
        level = torch.randint(1, 1000 // config.skip + 1, size, generator=generator) * config.skip - 1
        low, high = config.scales
        guidance = low + (high - low) * torch.rand(size, generator=generator)
        told, t = sampling.embedded_scale(guidance).to(device), level.to(device)
        x = scheduler.add_noise(*latents.batch(chosen, generator), t)
        lower = (t - config.skip).clamp(min=0)
        with torch.no_grad(), torch.autocast(device, dtype=torch.bfloat16):
            both = torch.cat([empty.expand_as(text), text])
            without, with_text = teacher(torch.cat([x, x]), torch.cat([t, t]), both).sample.float().chunk(2)
            guided = without + guidance.to(device)[:, None, None, None] * (with_text - without)
            clean, eps = clean_of(scheduler, guided, x, t)
            nearer = scheduler.add_noise(clean, eps, lower)  # one step of DDIM
            output = target(nearer, lower, text, timestep_cond=told).sample.float()
            wanted = consistent(scheduler, output, nearer, lower)
        with torch.autocast(device, dtype=torch.bfloat16):
            output = student(x, t, text, timestep_cond=told).sample.float()
        off = consistent(scheduler, output, x, t) - wanted
        loss: Tensor = ((off**2 + config.width**2).sqrt() - config.width).mean()
        return loss

    stage.train(optimizer, falling(config.rate, config.steps, flat=0, last=0.05), loss_of, config.average)
    return target, stage


def main() -> None:
    """The command line."""
    options = program.options("distill", "Distils the tiny pipeline.", models.DISTILLED, Config().steps)
    config = Config(steps=options.steps)
    pipe = models.load(None, options.device)
    unet, stage = distil(config, pipe, options.work, options.device)
    unet.to(dtype=torch.float16).save_pretrained(options.out / "unet", safe_serialization=True)
    samplers.make("lcm", samplers.process_of(pipe)).save_pretrained(options.out / "scheduler")
    program.write_record(options.out, config, options.device, [stage])


if __name__ == "__main__":
    main()
