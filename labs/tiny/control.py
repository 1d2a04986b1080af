"""Trains a ControlNet for the tiny pipeline: it reads a map of where the object is, and the U-Net stays as it is.

    python -m labs.tiny.control                      writes labs/tiny/control
    python -m labs.tiny.control --out DIR --steps 100     a short try elsewhere

Zhang et al. 2023, arXiv 2302.05543: a copy of the encoder half, joined to the locked U-Net by convolutions that start
at zero. Captions leave out shape, size and place most of the time, so that the map has to be read. About 6 minutes on 2
CPU cores. It may be stopped at any time and goes on from its checkpoint.
"""

from __future__ import annotations

import argparse
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from labs.common import models, rails
from labs.kit import machine
from labs.tiny import build
from labs.tiny.data import outlines, paint, sample_scenes, training_captions
from labs.tiny.examples import encode_captions, encode_pictures
from labs.tiny.train import Stage

OUT = models.CONTROL
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

    def rate(step: int) -> float:
        flat = 0.4 * config.steps
        fall = 1 - 0.97 * max(0.0, step - flat) / (config.steps - flat)
        return config.rate * min(1.0, (step + 1) / 50) * fall

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

    stage.train(optimizer, rate, loss_of, config.average)
    return average, stage


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m labs.tiny.control", description="Trains the tiny ControlNet.")
    parser.add_argument("--out", type=Path, default=OUT, help="where the ControlNet goes")
    parser.add_argument("--work", type=Path, default=Path("build/tiny_control"), help="checkpoints")
    parser.add_argument("--steps", type=int, default=Config().steps)
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    parser.add_argument("--afresh", action="store_true", help="forget the checkpoint")
    options = parser.parse_args()
    machine.quiet()
    device, config = machine.choose_device(options.device), Config(steps=options.steps)
    if options.afresh:
        shutil.rmtree(options.work, ignore_errors=True)
    control, stage = train(config, models.load(None, device), options.work, device)
    control.to(dtype=torch.float16).save_pretrained(options.out, safe_serialization=True)
    record = {
        "config": asdict(config),
        "device": machine.device_name(device),
        "versions": machine.versions(),
        "seconds": round(stage.seconds),
        "plans": stage.plans,
        "curve": stage.curve,
    }
    (options.out / "training.json").write_text(json.dumps(record, indent=1) + "\n")
    print(f"Saved in {options.out}.")


if __name__ == "__main__":
    main()
