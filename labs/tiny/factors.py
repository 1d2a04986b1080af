"""Trains what labs/latent_vs_pixel.py compares: autoencoders with f = 2 and 8, and one small denoiser at each f.

    python -m labs.tiny.factors                     writes labs/tiny/factors; half an hour on one core
    python -m labs.tiny.factors --only 8            some factors, for instance one process for each

The autoencoders are trained as the tiny pipeline's own, f = 4, was: the same pictures, batches and steps. The denoisers
have two budgets: as many steps at every f, and as many seconds as the one on pixels, where a step costs most. The rate
is constant and the weights are averaged, so that training longer means only that. All is done with several seeds, to
say how far another run would differ; the weights of the first are kept. It may be stopped at any time and goes on from
its checkpoints.
"""

from __future__ import annotations

import argparse
import copy
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from labs.common import codecs, shapes
from labs.common.codecs import BUDGETS, FACTORS, FOLDER, Codec, Denoiser
from labs.kit import machine
from labs.tiny.build import noise_scheduler
from labs.tiny.data import Dataset, balanced_scenes, make_dataset
from labs.tiny.train import Stage, centre_latents, encode_all, of_pipeline, train_autoencoder


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the result depends on, besides library versions and, for the budget of seconds, the machine."""

    seeds: tuple[int, ...] = (31, 32, 33)
    pictures: int = 12_000
    steps: int = 500
    batch: int = 32
    rate: float = 1.5e-3
    average: float = 0.99  # of the denoiser's weights, per step
    judged: int = 240  # pictures that each training run is judged by
    sampling: int = 10  # DDIM steps


def autoencoder(data: Dataset, factor: int, work: Path) -> None:
    """Trains the autoencoder of one factor and saves it with its latents centred and scaled."""
    plan = of_pipeline()
    torch.manual_seed(plan.seed)
    vae, stage = train_autoencoder(plan, data, work / f"vae{factor}", "cpu", factor)
    centre_latents(vae, encode_all(vae, data, "cpu")[0])
    found = {"steps": plan.vae_steps, "seconds": round(stage.seconds), "curve": stage.curve}
    (work / f"vae{factor}.json").write_text(json.dumps(found))
    vae.to(dtype=torch.float16).save_pretrained(FOLDER / f"vae{factor}", safe_serialization=True)


def loss_on(config: Config, seed: int, codes: Tensor, labels: Tensor, denoiser: Denoiser, step: int) -> Tensor:
    """Squared error of v at uniform t, on the batch of one step."""
    scheduler, size = noise_scheduler(), (config.batch,)
    generator = torch.Generator().manual_seed(seed * 1_000_003 + step)
    chosen = torch.randint(len(codes), size, generator=generator)
    t = torch.randint(scheduler.config.num_train_timesteps, size, generator=generator)
    clean = codes[chosen]
    noise = torch.randn(clean.shape, generator=generator)
    output = denoiser(scheduler.add_noise(clean, noise, t), t, labels[chosen])
    return functional.mse_loss(output, scheduler.get_velocity(clean, noise, t))


def step_times(config: Config, work: Path) -> dict[int, float]:
    """Milliseconds of a training step at each factor, measured once and kept.

    The factors take turns, and the least of each counts: of this process, not of the clock. Other load can only add."""
    file = work / "ms.json"
    if not file.exists():
        jobs = {factor: step_job(config, factor) for factor in FACTORS}
        taken: dict[int, list[float]] = {factor: [] for factor in FACTORS}
        for _ in range(12):
            for factor, job in jobs.items():
                begun = time.process_time()
                job()
                taken[factor].append(1000 * (time.process_time() - begun))
        work.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({factor: round(min(values), 1) for factor, values in taken.items()}))
    return {int(factor): ms for factor, ms in json.loads(file.read_text()).items()}


def step_job(config: Config, factor: int) -> Callable[[], None]:
    """One training step at one factor, on noise, to be timed."""
    channels, side = (3 if factor == 1 else 4), 32 // factor
    denoiser, labels = Denoiser(channels, side), torch.zeros(config.batch, 5, dtype=torch.int64)
    codes = torch.randn(config.batch, channels, side, side)
    optimizer = torch.optim.AdamW(denoiser.parameters(), lr=0.0, fused=True)

    def job() -> None:
        loss = loss_on(config, 0, codes, labels, denoiser, 0)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    return job


def budgets_of(config: Config, ms: dict[int, float], factor: int) -> dict[str, int]:
    """Steps in each budget; in tens, rounded down, where seconds count."""
    longer = int(config.steps * ms[1] / ms[factor] / 10) * 10
    return dict(zip(BUDGETS, (config.steps, longer), strict=True)) if factor != 1 else {BUDGETS[0]: config.steps}


def denoise(
    config: Config, seed: int, data: Dataset, coder: Codec, budgets: dict[str, int], work: Path
) -> dict[str, Any]:
    """Trains one factor's denoiser with one seed, and says what it reached with each budget."""
    codes = torch.cat([coder.encode(data.pixels[at : at + 500]) for at in range(0, len(data.pixels), 500)])
    labels, name = codecs.label_array(data.scenes), f"f{coder.factor}-{seed}"
    torch.manual_seed(seed)
    denoiser = Denoiser(coder.channels, coder.side)
    average = copy.deepcopy(denoiser).requires_grad_(False)
    optimizer = torch.optim.AdamW(denoiser.parameters(), lr=config.rate, betas=(0.9, 0.99), weight_decay=0, fused=True)
    reached = {}
    for budget, planned in budgets.items():
        kept = codecs.file_of(coder.factor, budget)
        file = kept if seed == config.seeds[0] else work / f"{seed}-{kept.name}"
        if not file.exists():  # else the checkpoint may be past it
            Stage(name, work, planned, {"net": denoiser}, {"net": average}).train(
                optimizer,
                lambda step: config.rate * min(1.0, (step + 1) / 50),
                lambda step: loss_on(config, seed, codes, labels, denoiser, step),
                config.average,
            )
            codecs.save_denoiser(average, file)
        reached[budget] = judge(config, codecs.read_denoiser(coder, file), coder, seed)
    curve = json.loads((work / f"{name}.json").read_text())["curve"]
    return {"reached": reached, "curve": curve}


def judge(config: Config, denoiser: Denoiser, coder: Codec, seed: int) -> float:
    """Share of pictures with all five attributes as asked."""
    scenes = balanced_scenes(config.judged, np.random.default_rng(seed))
    return shapes.fidelity(codecs.draw(denoiser, coder, scenes, config.sampling, seed), scenes)["all"]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m labs.tiny.factors", description="Trains latent_vs_pixel's parts.")
    parser.add_argument("--only", type=int, nargs="+", choices=FACTORS, default=FACTORS)
    parser.add_argument("--work", type=Path, default=Path("build/tiny_factors"), help="checkpoints")
    options = parser.parse_args()
    machine.quiet()
    machine.one_thread()
    config, ms = Config(), step_times(Config(), options.work)
    data = make_dataset(of_pipeline().pictures, of_pipeline().seed, captions=1)
    for factor in options.only:
        if factor in (2, 8) and not (FOLDER / f"vae{factor}" / "config.json").exists():
            autoencoder(data, factor, options.work)
    part = data.first(config.pictures)
    pixels = torch.from_numpy(part.pixels).float() / 127.5 - 1
    held = {"middle": round(float(pixels.mean()), 6), "scale": round(1 / float(pixels.std()), 6)}
    for seed in config.seeds:
        for factor in options.only:
            file = options.work / f"f{factor}-{seed}-record.json"
            if not file.exists():
                coder = Codec(1, None, **held) if factor == 1 else codecs.codec(factor)
                budgets = budgets_of(config, ms, factor)
                file.write_text(json.dumps(denoise(config, seed, part, coder, budgets, options.work)))
    write_record(config, ms, held, options.work)


def write_record(config: Config, ms: dict[int, float], pixels: dict[str, float], work: Path) -> None:
    """Writes training.json once every run is done."""
    runs = {factor: [work / f"f{factor}-{seed}-record.json" for seed in config.seeds] for factor in FACTORS}
    if not all(file.exists() for files in runs.values() for file in files):
        print("Some factors are still to be trained.")
        return
    factors = {}
    for factor, files in runs.items():
        found, budgets = [json.loads(file.read_text()) for file in files], budgets_of(config, ms, factor)
        factors[factor] = {
            "ms of a step": ms[factor],
            "steps": budgets,
            "reached": {budget: [run["reached"][budget] for run in found] for budget in budgets},
            "curve": found[0]["curve"],
        }
    whole = {
        "config": asdict(config),
        "device": machine.device_name("cpu"),
        "versions": machine.versions(),
        "pixels": pixels,
        "autoencoders": {factor: json.loads((work / f"vae{factor}.json").read_text()) for factor in (2, 8)},
        "factors": factors,
    }
    (FOLDER / "training.json").write_text(json.dumps(whole, indent=1) + "\n")
    print(f"Saved in {FOLDER}.")


if __name__ == "__main__":
    main()
