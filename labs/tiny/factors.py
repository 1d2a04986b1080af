"""Trains what labs/latent_vs_pixel.py compares: an autoencoder with f = 8, and one small denoiser at each f.

    python -m labs.tiny.factors                     writes labs/tiny/factors
    python -m labs.tiny.factors --only 1 4          some factors, for instance one process for each

All are trained for as many steps. Those on latents, where a step is cheaper, then go on, and even so take less time
than the one on pixels; a stopwatch says once what a step costs. The rate is constant and the weights are
averaged, so that
training longer means only that. It may be stopped at any time and goes on from its checkpoints.
"""

from __future__ import annotations

import argparse
import copy
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from labs.common import codecs, models, timing
from labs.common.codecs import FACTORS, FOLDER, Codec, Denoiser
from labs.kit import machine
from labs.tiny.build import noise_scheduler
from labs.tiny.data import Dataset, make_dataset
from labs.tiny.train import Config as Training
from labs.tiny.train import Stage, centre_latents, encode_all, train_autoencoder


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the result depends on, besides library versions and, for the budget of seconds, the machine."""

    seed: int = 31
    pictures: int = 12_000
    vae_steps: int = 1500  # of f = 8; the tiny pipeline's own, f = 4, had 5000
    steps: int = 400
    longer: int = 1250  # for the latents
    batch: int = 32
    rate: float = 1.5e-3
    average: float = 0.99  # of the denoiser's weights, per step


def data_of(config: Config) -> Dataset:
    """The first pictures that the tiny pipeline was trained on."""
    training = Training(**json.loads((models.WEIGHTS / "training.json").read_text())["config"])
    data = make_dataset(training.pictures, training.seed, captions=1)
    chosen = slice(0, config.pictures)
    return Dataset(data.pixels[chosen], data.scenes.part(chosen), [])


def autoencoder(config: Config, data: Dataset, factor: int, work: Path) -> None:
    """Trains the autoencoder of one factor and saves it with its latents centred and scaled."""
    plan = replace(Training(), seed=config.seed, pictures=config.pictures, held_back=0, vae_steps=config.vae_steps)
    torch.manual_seed(config.seed)
    vae, stage = train_autoencoder(plan, data, work / f"vae{factor}", "cpu", factor)
    centre_latents(vae, encode_all(vae, data, "cpu")[0])
    found = {"plans": stage.plans, "seconds": round(stage.seconds), "curve": stage.curve}
    (work / f"vae{factor}-record.json").write_text(json.dumps(found))
    vae.to(dtype=torch.float16).save_pretrained(FOLDER / f"vae{factor}", safe_serialization=True)


def loss_on(config: Config, codes: Tensor, labels: Tensor, denoiser: Denoiser, step: int) -> Tensor:
    """Squared error of v at uniform t, on the batch of one step."""
    scheduler, size = noise_scheduler(), (config.batch,)
    generator = torch.Generator().manual_seed(config.seed * 1_000_003 + step)
    chosen = torch.randint(len(codes), size, generator=generator)
    t = torch.randint(scheduler.config.num_train_timesteps, size, generator=generator)
    clean = codes[chosen]
    noise = torch.randn(clean.shape, generator=generator)
    output = denoiser(scheduler.add_noise(clean, noise, t), t, labels[chosen])
    return functional.mse_loss(output, scheduler.get_velocity(clean, noise, t))


def step_times(config: Config, work: Path) -> dict[str, float]:
    """Milliseconds of a training step at each factor.

    Of this process, not of the clock, so that other load does not count; the factors take turns. Measured once and
    kept."""
    file = work / "ms.json"
    if not file.exists():
        jobs = {factor: step_job(config, factor) for factor in FACTORS}
        taken: dict[int, list[float]] = {factor: [] for factor in FACTORS}
        for turn in range(13):
            for factor, job in jobs.items():
                begun = time.process_time()
                job()
                if turn > 2:
                    taken[factor].append(1000 * (time.process_time() - begun))
        work.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({f"{f}": round(timing.quartiles(values)[1], 1) for f, values in taken.items()}))
    ms: dict[str, float] = json.loads(file.read_text())
    return ms


def step_job(config: Config, factor: int) -> Callable[[], None]:
    """One training step at one factor, on noise, to be timed."""
    channels, side = (3 if factor == 1 else 4), 32 // factor
    denoiser, labels = Denoiser(channels, side), torch.zeros(config.batch, 5, dtype=torch.int64)
    codes = torch.randn(config.batch, channels, side, side)
    optimizer = torch.optim.AdamW(denoiser.parameters(), lr=0.0, fused=True)

    def job() -> None:
        loss = loss_on(config, codes, labels, denoiser, 0)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    return job


def denoise(config: Config, data: Dataset, coder: Codec, work: Path) -> dict[str, Any]:
    """Trains one factor's denoiser and saves it; that of latents then goes on and is saved again."""
    codes = torch.cat([coder.encode(data.pixels[at : at + 500]) for at in range(0, len(data.pixels), 500)])
    labels, name = codecs.label_array(data.scenes), f"f{coder.factor}"
    torch.manual_seed(config.seed)
    denoiser = Denoiser(coder.channels, coder.side)
    average = copy.deepcopy(denoiser).requires_grad_(False)
    optimizer = torch.optim.AdamW(denoiser.parameters(), lr=config.rate, betas=(0.9, 0.99), weight_decay=0, fused=True)
    budgets = {"equal": config.steps} | ({} if coder.factor == 1 else {"longer": config.longer})
    for budget, planned in budgets.items():
        if (FOLDER / f"{name}-{budget}.safetensors").exists():  # the checkpoint may be past it
            continue
        stage = Stage(name, work, planned, {"net": denoiser}, {"net": average})
        stage.train(
            optimizer,
            lambda step: config.rate * min(1.0, (step + 1) / 50),
            lambda step: loss_on(config, codes, labels, denoiser, step),
            config.average,
        )
        codecs.save_denoiser(average, f"{name}-{budget}")
    curve = json.loads((work / f"{name}.json").read_text())["curve"]
    return {"parameters": denoiser.size(), "steps": budgets, "curve": curve}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m labs.tiny.factors", description="Trains latent_vs_pixel's parts.")
    parser.add_argument("--only", type=int, nargs="+", choices=FACTORS, default=FACTORS)
    parser.add_argument("--work", type=Path, default=Path("build/tiny_factors"), help="checkpoints")
    options = parser.parse_args()
    machine.quiet()
    machine.one_thread()
    config = Config()
    data, ms = data_of(config), step_times(config, options.work)
    pixels = torch.from_numpy(data.pixels).float() / 127.5 - 1
    held = {"middle": round(float(pixels.mean()), 6), "scale": round(1 / float(pixels.std()), 6)}
    for factor in options.only:
        if factor == 8 and not (FOLDER / f"vae{factor}" / "config.json").exists():
            autoencoder(config, data, factor, options.work)
        coder = Codec(1, None, **held) if factor == 1 else codecs.codec(factor)
        found = denoise(config, data, coder, options.work)
        (options.work / f"f{factor}-record.json").write_text(json.dumps(found))
    records = {str(factor): options.work / f"f{factor}-record.json" for factor in FACTORS}
    if not all(file.exists() for file in records.values()):
        print("Some factors are still to be trained.")
        return
    whole = {
        "config": asdict(config),
        "device": machine.device_name("cpu"),
        "versions": machine.versions(),
        "pixels": held,
        "ms of a step": ms,
        "autoencoder": json.loads((options.work / "vae8-record.json").read_text()),
        "factors": {name: json.loads(file.read_text()) for name, file in records.items()},
    }
    (FOLDER / "training.json").write_text(json.dumps(whole, indent=1) + "\n")
    print(f"Saved in {FOLDER}.")


if __name__ == "__main__":
    main()
