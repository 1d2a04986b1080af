"""Measures the tiny pipeline and writes its card: `python -m labs.tiny.card`, about two minutes on 2 CPU cores."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from labs.common import samplers, sampling, shapes, stats
from labs.common.models import WEIGHTS
from labs.kit import figures, machine
from labs.tiny.data import WORDS, Scenes, balanced_scenes, draw, full_captions, make_dataset
from labs.tiny.reader import agreement, read
from labs.tiny.train import Config, pixels_to_input

SCALES = (1.0, 2.0, 3.0, 5.0, 7.5, 12.0, 20.0)
SEEDS = (0, 1, 2)
STEPS = 20


def reader_errors(count: int = 4000) -> dict[str, float]:
    """Share of drawn pictures, never trained on, whose attribute is read wrongly."""
    made = make_dataset(count, seed=1_000, captions=1)
    return {name: float(1 - right.mean()) for name, right in agreement(read(made.pixels), made.scenes).items()}


@torch.no_grad()
def autoencoder_quality(pipe: Any, count: int = 600) -> dict[str, float]:
    """PSNR in dB, and what the reader still reads, of drawn pictures through the autoencoder."""
    rng = np.random.default_rng(2_000)
    scenes = balanced_scenes(count, rng)
    pixels = draw(scenes, rng)
    means = pipe.vae.encode(pixels_to_input(pixels, "cpu")).latent_dist.mean
    back = sampling.decode(pipe, means * pipe.vae.config.scaling_factor)
    error = float((back.clamp(0, 1) - torch.from_numpy(pixels).float() / 255).square().mean())
    return {"psnr": -10 * float(np.log10(error))} | shapes.fidelity(back, scenes)


def pictures_of(pipe: Any, captions: Sequence[str], seed: int, scale: float) -> Tensor:
    """One picture for each caption, DDIM."""
    noise = sampling.noise_for(pipe, len(captions), seed)
    return sampling.decode(pipe, sampling.sample(pipe, captions, noise, STEPS, sampling.Guidance(scale), seed))


def fidelity(pipe: Any, scale: float, count: int, held_out: bool = False) -> dict[str, list[float]]:
    """Share of pictures as asked: attribute name to one value for each seed."""
    found: dict[str, list[float]] = {name: [] for name in shapes.ATTRIBUTES}
    for seed in SEEDS:
        scenes = balanced_scenes(count, np.random.default_rng(100 + seed), held_out)
        for name, share in shapes.fidelity(pictures_of(pipe, full_captions(scenes), seed, scale), scenes).items():
            found[name].append(share)
    return found


def by_size(pipe: Any, count: int) -> dict[str, float]:
    """All five right, apart for small and large shapes, at guidance 3."""
    result = {}
    for index, size in enumerate(WORDS["size"]):
        scenes = balanced_scenes(count, np.random.default_rng(300 + index))
        scenes = Scenes(dict(scenes.labels) | {"size": np.full(count, index)})
        result[size] = shapes.fidelity(pictures_of(pipe, full_captions(scenes), 7, 3.0), scenes)["all"]
    return result


def unmixed(pipe: Any, count: int) -> dict[str, float]:
    """Share of readable colours where the caption names none."""
    captions = ("a circle", "a shape at the left", "a large diamond on a black background")
    return {
        caption: float((shapes.readings(pictures_of(pipe, [caption] * count, 9, 3.0))["colour"] >= 0).mean())
        for caption in captions
    }


def measure(folder: Path) -> dict[str, Any]:
    """Everything the card says, as numbers."""
    from labs.common.models import load_folder

    pipe = load_folder(folder, "cpu")
    pipe.scheduler = samplers.make("ddim", samplers.process_of(pipe))
    files = {file.relative_to(folder).as_posix(): file.stat().st_size for file in folder.rglob("*.safetensors")}
    return {
        "parameters": {
            name: sum(p.numel() for p in getattr(pipe, name).parameters()) for name in ("vae", "text_encoder", "unet")
        },
        "bytes": files,
        "reader_errors": reader_errors(),
        "autoencoder": autoencoder_quality(pipe),
        "fidelity": {f"{scale:g}": fidelity(pipe, scale, 80) for scale in SCALES},
        "held_out_pairs": fidelity(pipe, 3.0, 40, held_out=True),
        "by_size": by_size(pipe, 120),
        "readable_colour_when_not_named": unmixed(pipe, 64),
        "versions": machine.versions(),
    }


def row(label: str, shares: dict[str, list[float]]) -> str:
    """One row of the fidelity table, the last column with its interval."""
    cells = [f"{stats.mean(shares[name]):.3f}" for name in shapes.ATTRIBUTES]
    low, high = stats.interval(shares["all"])
    return f"| {label} | " + " | ".join(cells) + f" | {low:.3f} to {min(high, 1):.3f} |"


def resumed(plans: dict[str, list[list[int]]]) -> list[str]:
    """A sentence for every stage whose plan was changed on the way: its learning rates are not those of one run."""
    return [
        f"The {name} was planned for {plan[0][1]} steps and then went on from {later[0]} to {later[1]}."
        for name, plan in plans.items()
        for later in plan[1:]
    ]


def write_card(folder: Path, card: dict[str, Any], training: dict[str, Any]) -> None:
    """README.md beside the weights."""
    seconds, size = training["seconds"], sum(card["bytes"].values()) / 1e6
    header = (
        "| | " + " | ".join(shapes.ATTRIBUTES) + " | all, 95 % interval |\n|" + "---|" * (len(shapes.ATTRIBUTES) + 2)
    )
    rows = [row(f"guidance {scale}", shares) for scale, shares in card["fidelity"].items()]
    rows.append(row("guidance 3, pairs never trained", card["held_out_pairs"]))
    parts = ", ".join(f"{name} {count / 1e6:.2f} M" for name, count in card["parameters"].items())
    colours = ", ".join(f"'{text}' {share:.2f}" for text, share in card["readable_colour_when_not_named"].items())
    quality = card["autoencoder"]
    config = Config(**training["config"])
    lines = [
        "# The tiny text-to-image pipeline",
        "",
        "A latent diffusion pipeline of stock diffusers and transformers classes, trained from nothing on drawn "
        "shapes (`labs/tiny/data.py`) by `python -m labs.tiny.train`. It makes experiments on a processor a matter of "
        "seconds; it knows six shapes, six colours, four backgrounds, two sizes and five positions, and nothing else.",
        "",
        f"Parameters: {parts}. Weights: {size:.1f} MB of half-precision safetensors.",
        f"Training: {config.vae_steps} + {config.unet_steps} steps, "
        f"{sum(seconds.values()) / 60:.0f} minutes on a busy machine ({training['device']}), seed {config.seed}, "
        f"one run; run-to-run spread is not known. Loss: `curve.png`.",
        *resumed(training["plans"]),
        f"Data: {config.pictures} pictures, SHA-256 of pixels and captions `{training['data_sha256']}`.",
        "",
        "## Does it draw what the caption says?",
        "",
        f"Share of pictures whose attribute the rule-based reader reads as asked: all attributes balanced, captions "
        f"with all five, DDIM {STEPS} steps, {len(SEEDS)} seeds of 80 pictures (40 for the pairs never trained). "
        f"Chance alone moves a share of 0.95 of 240 pictures by 0.014.",
        "",
        header,
        *rows,
        "",
        f"At guidance 3, all five: small {card['by_size']['small']:.3f}, large {card['by_size']['large']:.3f} "
        "(120 pictures each).",
        f"Colours that can be named where the caption names none: {colours} (64 pictures each).",
        f"Ceiling set by the autoencoder: all five {quality['all']:.3f}, shape {quality['shape']:.3f}, "
        f"PSNR {quality['psnr']:.1f} dB.",
        f"The reader's own error on 4000 drawn pictures: {card['reader_errors']['all']:.4f} (any attribute).",
        "",
        "Pairs of shape and colour held out of training: purple square, yellow cross, blue diamond, white triangle.",
    ]
    (folder / "README.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def draw_curve(folder: Path, curve: dict[str, list[list[float]]]) -> None:
    """The loss of the denoiser over its steps, as curve.png."""
    points = curve["denoiser"]
    figures.save_series(
        folder / "curve.png",
        {
            "title": "Training the denoiser",
            "x": {"label": "step", "values": [step for step, _ in points], "log": False},
            "y": {"label": "mean squared error of v", "log": True},
            "lines": [{"label": "loss, mean of 250 steps", "values": [loss for _, loss in points]}],
        },
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m labs.tiny.card", description="Measures the tiny pipeline.")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder of the pipeline")
    folder = parser.parse_args().weights
    machine.quiet()
    training = json.loads((folder / "training.json").read_text())
    card = measure(folder)
    (folder / "card.json").write_text(json.dumps(card, indent=1) + "\n")
    write_card(folder, card, training)
    draw_curve(folder, training["curve"])
    print((folder / "README.md").read_text())


if __name__ == "__main__":
    main()
