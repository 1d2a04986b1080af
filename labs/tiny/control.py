"""Trains a ControlNet for the tiny pipeline: it reads a map of where the object is, and the U-Net stays as it is.

    python -m labs.tiny.control                      writes labs/tiny/control
    python -m labs.tiny.control --out DIR --steps 100     a short try elsewhere

Zhang et al. 2023, arXiv 2302.05543: a copy of the encoder half, joined to the locked U-Net by convolutions that start
at zero. Captions leave out shape, size and place most of the time, so that the map has to be read. About 6 minutes on 2
CPU cores. It may be stopped at any time and goes on from its checkpoint.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from labs.common import models, rails
from labs.tiny import build, program
from labs.tiny.data import outlines, paint, sample_scenes, training_captions
from labs.tiny.examples import encode_captions, encode_pictures
from labs.tiny.train import Stage, falling

KEPT = {"shape": 0.3, "colour": 0.75, "background": 0.65, "size": 0.2, "position": 0.2}
"""How often a caption mentions each attribute."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the result depends on, besides the pipeline and library versions."""

    seed: int = 33
    pictures: int = 12_000
    steps: int = 1600
    batch: int = 48
    rate: float = 1e-3
    caption_dropout: float = 0.2
    average: float = 0.995  # of the weights, per step


def train(config: Config, pipe: Any, folder: Path, device: str) -> tuple[Any, Stage]:
    """The averaged weights and the record of their training."""
    from diffusers.models.attention_processor import AttnProcessor

    rng = np.random.default_rng(config.seed)
    scenes = sample_scenes(config.pictures, rng)
    cover = outlines(scenes, rng)
    latents, maps = encode_pictures(pipe, paint(scenes, cover, rng)), rails.map_of(cover)
    states, which = encode_captions(pipe, [*training_captions(scenes, rng, KEPT), ""])
    empty = which[-1]
    torch.manual_seed(config.seed)
    control, average = rails.control_of(pipe.unet).to(device), rails.control_of(pipe.unet).to(device)
    average.load_state_dict(control.state_dict())
    average.requires_grad_(False)
    unet = pipe.unet.requires_grad_(False)
    for part in (unet, control):
        part.set_attn_processor(AttnProcessor())
    stage = Stage("control", folder, config.steps, {"control": control}, {"control": average})
    optimizer = torch.optim.AdamW(
        control.parameters(), lr=config.rate, betas=(0.9, 0.99), weight_decay=0.01, fused=True
    )
    scheduler = build.noise_scheduler()

    def loss_of(step: int) -> Tensor:
        generator = torch.Generator().manual_seed(config.seed * 1_000_003 + step)
        size = (config.batch,)
        chosen = torch.randint(len(latents), size, generator=generator)
        said = which[chosen]
        said[torch.rand(size, generator=generator) < config.caption_dropout] = empty
        t = torch.randint(scheduler.config.num_train_timesteps, size, generator=generator).to(device)
        clean, noise = latents.batch(chosen, generator)
        noisy, target = scheduler.add_noise(clean, noise, t), scheduler.get_velocity(clean, noise, t)
        text = states[said.to(device)]
        with torch.autocast(device, dtype=torch.bfloat16):
            output = rails.predict(unet, control, noisy, t, text, maps[chosen].to(device))
        return functional.mse_loss(output.float(), target)

    stage.train(optimizer, falling(config.rate, config.steps, flat=0.4, last=0.03), loss_of, config.average)
    return average, stage


def main() -> None:
    """The command line."""
    options = program.options("control", "Trains the tiny ControlNet.", models.CONTROL, Config().steps)
    config = Config(steps=options.steps)
    control, stage = train(config, models.load(None, options.device), options.work, options.device)
    control.to(dtype=torch.float16).save_pretrained(options.out, safe_serialization=True)
    program.write_record(options.out, config, options.device, [stage])


if __name__ == "__main__":
    main()
