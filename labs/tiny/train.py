"""Trains the tiny pipeline from nothing: autoencoder first, then text encoder and denoiser together.

    python -m labs.tiny.train                      both stages, weights to labs/tiny/weights
    python -m labs.tiny.train --out DIR --steps 200 200     a short try elsewhere

About 25 minutes on 2 CPU cores. It may be stopped at any time: started again with the same arguments, it goes on from
the last checkpoint, with the same batches. `python -m labs.tiny.card` then measures the model and writes its card.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from labs.common.models import WEIGHTS
from labs.tiny import build, checkpoint, program
from labs.tiny.data import Dataset, make_dataset

EVERY = 250
"""Steps between checkpoints."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the result depends on, besides library versions."""

    seed: int = 14
    pictures: int = 30_000
    held_back: int = 600  # the last pictures, never trained on
    vae_steps: int = 5000
    vae_batch: int = 16
    vae_rate: float = 1.5e-3
    kl_weight: float = 1e-3
    unet_steps: int = 7000
    unet_batch: int = 64
    unet_rate: float = 1.2e-3
    caption_dropout: float = 0.12
    average: float = 0.998  # of the denoiser's weights, per step


def of_pipeline() -> Config:
    """How the tiny pipeline that is there was trained."""
    return Config(**json.loads((WEIGHTS / "training.json").read_text())["config"])


class Stage:
    """One optimisation: its steps, learning rates, checkpoints and loss curve. `modules[*]` are trained,
    `averages` are running means of them."""

    def __init__(self, name: str, folder: Path, steps: int, modules: dict[str, Any], averages: dict[str, Any]) -> None:
        self.name, self.path, self.steps = name, folder / name, steps
        self.modules, self.averages = modules, averages
        self.parameters = [p for module in modules.values() for p in module.parameters()]
        self.curve: list[tuple[int, float]] = []
        self.plans: list[tuple[int, int]] = []  # (first step, planned steps) of every start with another plan
        self.seconds = 0.0

    def train(
        self,
        optimizer: torch.optim.Optimizer,
        rate: Callable[[int], float],
        loss_of: Callable[[int], Tensor],
        average: float = 0.0,
    ) -> None:
        """Runs the remaining steps; `loss_of(step)` draws the batch of that step and gives its loss."""
        everything = self.modules | {f"average-{name}": module for name, module in self.averages.items()}
        done = checkpoint.load(self.path, everything, optimizer) or {
            "step": 0,
            "curve": [],
            "plans": [],
            "seconds": 0.0,
        }
        self.curve, self.seconds = [tuple(point) for point in done["curve"]], done["seconds"]
        self.plans = [tuple(plan) for plan in done["plans"]]
        if not self.plans or self.plans[-1][1] != self.steps:
            self.plans.append((done["step"], self.steps))
        begun, recent = time.monotonic() - self.seconds, []
        for step in range(done["step"], self.steps):
            for group in optimizer.param_groups:
                group["lr"] = rate(step)
            loss = loss_of(step)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
            optimizer.step()
            self._average(average)
            recent.append(float(loss.detach()))
            if (step + 1) % EVERY == 0 or step + 1 == self.steps:
                self.seconds = time.monotonic() - begun
                self.curve.append((step + 1, float(np.mean(recent))))
                state = {"step": step + 1, "curve": self.curve, "plans": self.plans, "seconds": self.seconds}
                checkpoint.save(self.path, everything, optimizer, state)
                print(
                    f"{self.name} {step + 1}/{self.steps} loss {self.curve[-1][1]:.4f} {self.seconds:.0f} s", flush=True
                )
                recent = []

    @torch.no_grad()
    def _average(self, decay: float) -> None:
        for name, module in self.averages.items():
            kept, new = list(module.parameters()), list(self.modules[name].parameters())
            torch._foreach_lerp_(kept, new, 1 - decay)


def falling(
    highest: float, steps: int, warm_up: int = 50, flat: float = 0.3, last: float = 0.02
) -> Callable[[int], float]:
    """A learning rate that rises in `warm_up` steps, stays for the share `flat` of all, and then falls in a line to the
    share `last` of its highest."""

    def rate(step: int) -> float:
        fall = max(0.0, step - flat * steps) / (steps - flat * steps)
        return highest * min(1.0, (step + 1) / warm_up) * (1 - (1 - last) * fall)

    return rate


def _generator(config: Config, step: int) -> torch.Generator:
    """The random numbers of one step, the same after a restart."""
    return torch.Generator().manual_seed(config.seed * 1_000_003 + step)


def _autocast(device: str) -> Any:
    return torch.autocast(device, dtype=torch.bfloat16)


def pixels_to_input(pixels: Any, device: str) -> Tensor:
    """Bytes [N, 32, 32, 3] to the autoencoder's input [N, 3, 32, 32] in -1..1."""
    values = torch.from_numpy(np.ascontiguousarray(pixels)).to(device).permute(0, 3, 1, 2).float()
    return (values / 127.5 - 1).contiguous(memory_format=torch.channels_last)


def train_autoencoder(config: Config, data: Dataset, folder: Path, device: str, factor: int = 4) -> tuple[Any, Stage]:
    """L1 + 2 MSE + 0.5 L1 of the picture's gradients + a little KL."""
    vae = build.autoencoder(factor).to(device, memory_format=torch.channels_last)
    stage = Stage("autoencoder", folder, config.vae_steps, {"vae": vae}, {})
    optimizer = torch.optim.AdamW(
        vae.parameters(), lr=config.vae_rate, betas=(0.9, 0.99), weight_decay=1e-4, fused=True
    )
    count = config.pictures - config.held_back

    def rate(step: int) -> float:
        cosine = 0.5 + 0.5 * float(np.cos(np.pi * step / config.vae_steps))
        return config.vae_rate * min(1.0, (step + 1) / 50) * (0.02 + 0.98 * cosine)

    def loss_of(step: int) -> Tensor:
        generator = _generator(config, step)
        chosen = torch.randint(count, (config.vae_batch,), generator=generator).numpy()
        x = pixels_to_input(data.pixels[chosen], device)
        with _autocast(device):
            posterior = vae.encode(x).latent_dist
            noise = torch.randn(posterior.mean.shape, generator=generator).to(device)
            y = vae.decode(posterior.mean + posterior.std * noise).sample.float()
        edges = sum(functional.l1_loss(y.diff(dim=axis), x.diff(dim=axis)) for axis in (2, 3))
        loss: Tensor = functional.l1_loss(y, x) + 2 * functional.mse_loss(y, x) + 0.5 * edges
        kl: Tensor = posterior.kl().float().mean() / noise[0].numel()  # diffusers sums over the latent's values
        return loss + config.kl_weight * kl

    stage.train(optimizer, rate, loss_of)
    return vae, stage


@torch.no_grad()
def encode_all(vae: Any, data: Dataset, device: str) -> tuple[Tensor, Tensor]:
    """Means and standard deviations [N, 4, height, width] of every picture's latents."""
    means, spreads = [], []
    for at in range(0, len(data.pixels), 256):
        posterior = vae.encode(pixels_to_input(data.pixels[at : at + 256], device)).latent_dist
        means.append(posterior.mean)
        spreads.append(posterior.std)
    return torch.cat(means), torch.cat(spreads)


@torch.no_grad()
def centre_latents(vae: Any, means: Tensor) -> Tensor:
    """Moves the channel means of the latents to zero inside the autoencoder and sets `scaling_factor` to 1 / their
    standard deviation, so that scaled latents have mean 0 and variance 1. Returns the moved means."""
    middle = means.mean(dim=(0, 2, 3))
    vae.quant_conv.bias[: len(middle)] -= middle
    vae.post_quant_conv.bias += vae.post_quant_conv.weight[:, :, 0, 0] @ middle
    moved = means - middle[None, :, None, None]
    vae.register_to_config(scaling_factor=round(1 / float(moved.std()), 6))
    return moved


def train_denoiser(config: Config, data: Dataset, vae: Any, folder: Path, device: str) -> tuple[Any, Stage]:
    """v-prediction (Salimans & Ho 2022, arXiv 2202.00512), uniform t, captions dropped now and then for guidance."""
    from diffusers.models.attention_processor import AttnProcessor

    captions = sorted({text for texts in data.captions for text in texts})
    tokens = build.tokenizer(captions)
    ids = tokens([*captions, ""], padding="max_length", max_length=build.MAX_TOKENS, return_tensors="pt").input_ids
    number = {text: index for index, text in enumerate(captions)}
    variants = torch.tensor([[number[text] for text in texts] for texts in data.captions])  # [6, N]
    means, spreads = encode_all(vae, data, device)
    means, scale = centre_latents(vae, means), vae.config.scaling_factor
    torch.manual_seed(config.seed + 1)
    parts = {"text": build.text_encoder(tokens), "unet": build.denoiser()}
    averages = {"text": build.text_encoder(tokens), "unet": build.denoiser()}
    for name, part in parts.items():
        part.to(device)
        averages[name].load_state_dict(part.state_dict())
        averages[name].to(device).requires_grad_(False)
    parts["unet"].set_attn_processor(AttnProcessor())  # plain products: twice as fast to train on a processor
    parts["text"].set_attn_implementation("eager")
    stage = Stage("denoiser", folder, config.unet_steps, parts, averages)
    optimizer = torch.optim.AdamW(
        stage.parameters, lr=config.unet_rate, betas=(0.9, 0.99), weight_decay=0.01, fused=True
    )
    scheduler, count = build.noise_scheduler(), config.pictures - config.held_back

    def loss_of(step: int) -> Tensor:
        generator = _generator(config, step)
        size = (config.unet_batch,)
        chosen = torch.randint(count, size, generator=generator)
        which = variants[torch.randint(len(variants), size, generator=generator), chosen]
        which[torch.rand(size, generator=generator) < config.caption_dropout] = len(captions)
        t = torch.randint(scheduler.config.num_train_timesteps, size, generator=generator)
        draws = torch.randn((2, *size, *means.shape[1:]), generator=generator).to(device)
        where = chosen.to(device)
        latents = (means[where] + spreads[where] * draws[0]) * scale
        noisy = scheduler.add_noise(latents, draws[1], t.to(device))
        target = scheduler.get_velocity(latents, draws[1], t.to(device))
        with _autocast(device):
            states = parts["text"](ids[which].to(device))[0]
            output = parts["unet"](noisy, t.to(device), encoder_hidden_states=states).sample
        return functional.mse_loss(output.float(), target)

    stage.train(optimizer, falling(config.unet_rate, config.unet_steps, warm_up=200), loss_of, config.average)
    return build.pipeline(vae, averages["text"], tokens, averages["unet"]), stage


def save_pipeline(pipe: Any, out: Path) -> None:
    """Half-precision safetensors and configurations, as any `from_pretrained` reads them."""
    pipe.to(dtype=torch.float16)
    pipe.save_pretrained(out, safe_serialization=True)


def main() -> None:
    """The command line."""
    plan = Config()
    options = program.options("train", "Trains the tiny pipeline.", WEIGHTS, (plan.vae_steps, plan.unet_steps))
    config, device = replace(plan, vae_steps=options.steps[0], unet_steps=options.steps[1]), options.device
    torch.manual_seed(config.seed)
    data = make_dataset(config.pictures, config.seed)
    vae, first = train_autoencoder(config, data, options.work, device)
    pipe, second = train_denoiser(config, data, vae, options.work, device)
    save_pipeline(pipe, options.out)
    program.write_record(options.out, config, device, (first, second), data_sha256=data.digest())


if __name__ == "__main__":
    main()
