"""Trains the U-Nets and transformers that labs/unet_vs_dit.py compares: the same latents, batches and steps for all.

    python -m labs.tiny.backbones                    writes labs/tiny/backbones
    python -m labs.tiny.backbones --out DIR --steps 50    a short try elsewhere

The latents are the tiny pipeline's, of large objects in the middle of a black background; the class says shape and
colour. About 3 minutes on a CPU core for all twelve. It may be stopped at any time and goes on from its checkpoints.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from labs.common import backbones, models
from labs.kit import machine
from labs.tiny import build, program
from labs.tiny.examples import Latents, encode_pictures
from labs.tiny.train import Stage, falling


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the result depends on, besides the pipeline and library versions."""

    seed: int = 41
    pictures: int = 6000
    steps: int = 500
    batch: int = 32
    rate: float = 2e-3
    average: float = 0.99  # of the weights, per step


def train(
    config: Config, arm: str, repeat: int, latents: Latents, labels: Tensor, folder: Path, device: str
) -> tuple[Any, Stage]:
    """The averaged weights of one network and the record of its training."""
    seed = config.seed + 1000 * repeat
    torch.manual_seed(seed)
    model, average = backbones.plain_attention(backbones.make(arm)).to(device), backbones.make(arm).to(device)
    average.load_state_dict(model.state_dict())
    average.requires_grad_(False)
    stage = Stage(f"{arm.replace(', ', '_')}_{repeat}", folder, config.steps, {"net": model}, {"net": average})
    optimizer = torch.optim.AdamW(model.parameters(), lr=config.rate, betas=(0.9, 0.99), weight_decay=0.01, fused=True)
    scheduler = build.noise_scheduler()

    def loss_of(step: int) -> Tensor:
        generator = torch.Generator().manual_seed(seed * 1_000_003 + step)
        chosen = torch.randint(len(latents), (config.batch,), generator=generator)
        t = torch.randint(scheduler.config.num_train_timesteps, (config.batch,), generator=generator).to(device)
        clean, noise = latents.batch(chosen, generator)
        output = model(scheduler.add_noise(clean, noise, t), t, class_labels=labels[chosen].to(device)).sample
        return functional.mse_loss(output, scheduler.get_velocity(clean, noise, t))

    stage.train(optimizer, falling(config.rate, config.steps), loss_of, config.average)
    return average, stage


def main() -> None:
    """The command line."""
    options = program.options("backbones", "Trains U-Nets and DiTs.", backbones.FOLDER, Config().steps)
    device, config = options.device, Config(steps=options.steps)
    if device == "cpu":
        machine.one_thread()
    scenes, pixels = backbones.world(config.pictures, config.seed)
    latents, labels = encode_pictures(models.load(None, device), pixels), backbones.classes_of(scenes)
    networks, stages = {}, []
    for repeat in range(backbones.REPEATS):
        for arm in backbones.ARMS:
            networks[arm, repeat], stage = train(config, arm, repeat, latents, labels, options.work, device)
            stages.append(stage)
    backbones.save(networks, options.out / backbones.WEIGHTS)
    program.write_record(options.out, config, device, stages)


if __name__ == "__main__":
    main()
