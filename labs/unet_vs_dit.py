"""U-Net or transformer: what changes with the backbone, at equal parameters and at equal operations?

    python -m labs.unet_vs_dit
    python -m labs.unet_vs_dit --set steps=50 --set pictures=240

Four toy networks learned the same job, the v of the tiny pipeline's latents 8 x 8 x 4 for a known shape and colour,
from the same batches, each three times (labs/tiny/backbones.py):
    U-Net          convolutions at 8 x 8 and 4 x 4, skips between the halves
    DiT            16 patches of 2 x 2 as tokens, the U-Net's parameters       (Peebles & Xie 2023, arXiv 2212.09748)
    DiT, wide      the same with the U-Net's operations
    DiT, patch 4   the DiT with 4 patches of 4 x 4
Parameters and operations are counted, and for transformers held to a count by hand. The start by adaLN-Zero is checked
to the last bit. Then comes what they learned: the error on new pictures, and what they draw.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from labs.kit.spec import Choice, Knob, Lab, Prediction

if TYPE_CHECKING:
    from torch import Tensor

    from labs.kit.context import Context, Line

    Networks = Mapping[tuple[str, int], Any]

LAB = Lab(
    name="unet_vs_dit",
    title="U-Net or transformer",
    question="What does a transformer in the U-Net's place change, in parameters, operations and quality?",
    knobs=(
        Knob("pictures", "int", 72, "pictures drawn by each network", low=12, high=400, quick=24, gpu=288),
        Knob("steps", "int", 20, "DDIM steps", low=2, high=100, quick=10),
        Knob("held_out", "int", 200, "new pictures on which the error is measured", 20, 2000, quick=60, gpu=2000),
        Knob("levels", "numbers", (50, 150, 300, 500, 700, 850, 950), "noise levels t of the error", 0, 999),
        Knob("batches", "numbers", (1, 16, 64), "latents in a call", 1, 4096, quick=(1, 16), gpu=(1, 64, 1024)),
        Knob("sides", "numbers", (8, 16, 32, 64), "sides of latents, for the growth of operations", 8, 128),
    ),
    prediction=Prediction(
        prompt="A transformer's patches shrink from 4 x 4 to 2 x 2. By what factor do its parameters grow?",
        metric="patch 4 to 2, parameters",
        choices=(
            Choice("hardly at all", 0.8, 1.5),
            Choice("about 4, as many as the tokens", 1.5, 8),
            Choice("about 16, as the pairs of tokens", 8, 100),
        ),
    ),
    seconds_cpu=12,
    seconds_quick=8,
    tolerances={
        "parameters, *": 0.5,
        "operations, *": 0.001,
        "operations over *": 0.01,
        "patch 4 to 2, parameters": 0.01,
        "patch 4 to 2, operations": 0.01,
        "3x3 convolutions, *": 0.0,
        "attentions, *": 0.0,
        "changes of resolution, *": 0.0,
        "start, *": 0.0,
        "error, *": 0.01,
        "ceiling, *": 0.02,
        "as asked, *": 0.15,
    },
)


def run(context: Context) -> None:
    """The experiment; see the module's first lines."""
    from labs.common import backbones, models
    from labs.kit.machine import LabError

    context.progress(0, 6, "counting")
    architecture(context)
    growth(context)
    context.progress(1, 6, "the start")
    start(context)
    if not backbones.trained():
        raise LabError("The weights of the networks are missing.", backbones.HOW_TO_TRAIN)
    networks = backbones.load(context.device)
    pipe = models.load(None, context.device)
    context.progress(2, 6, "error on new pictures")
    errors(context, networks, pipe)
    context.progress(3, 6, "drawing")
    draw(context, networks, pipe)
    context.progress(5, 6, "time of a call")
    times(context, networks)
    learning(context)
    context.progress(6, 6, "done")


def architecture(context: Context) -> None:
    """What the networks are made of: layers, parameters, operations; for transformers also by hand."""
    from labs.common import backbones

    weights, work = {}, {}
    for arm in backbones.ARMS:
        model = backbones.make(arm)
        weights[arm], work[arm] = backbones.parameters(model), backbones.operations(model)
        context.metric(f"parameters, {arm}", weights[arm] / 1e3, "thousands")
        context.metric(f"operations, {arm}", work[arm] / 1e6, "millions a latent")
        context.metric(f"operations over parameters, {arm}", work[arm] / weights[arm], "uses of a weight")
        if arm in backbones.SIZES:
            by_hand = backbones.transformer_operations(*backbones.SIZES[arm])
            context.check(f"operations, {arm}, by hand", by_hand, work[arm], 0)
    for kind in ("3x3 convolutions", "attentions", "changes of resolution"):
        for arm in ("U-Net", "DiT"):
            context.metric(f"{kind}, {arm}", backbones.kinds(backbones.make(arm))[kind], "layers")
    context.check("equal parameters, DiT over U-Net", 1, weights["DiT"] / weights["U-Net"], 0.1)
    context.check("equal operations, wide DiT over U-Net", 1, work["DiT, wide"] / work["U-Net"], 0.1)
    context.metric("patch 4 to 2, parameters", weights["DiT"] / weights["DiT, patch 4"], "times")
    context.metric("patch 4 to 2, operations", work["DiT"] / work["DiT, patch 4"], "times")
    context.note(
        "An operation is a multiplication with an addition. A convolution uses each of its weights at every place of "
        "its resolution, 64 or 16 here, a transformer at every token, 16 or 4, and the modulation once a picture; so "
        "equal parameters are not equal operations, and a comparison has to say which it means. Four times the tokens "
        "cost less than four times the operations here, since the layers for step and class do not see the tokens; in "
        "a large DiT it is a little more, from attention."
    )


def growth(context: Context) -> None:
    """Operations on larger latents: attention over all tokens grows with the fourth power of the side."""
    from labs.common import backbones

    sides = [8 * max(1, side // 8) for side in context.counts("sides")]
    unet = backbones.make("U-Net")
    wide = backbones.SIZES["DiT, wide"]
    convolved = [backbones.operations(unet, side) / 1e6 for side in sides]
    tokens = [backbones.transformer_operations(*wide, side=side) / 1e6 for side in sides]
    coarse = [backbones.transformer_operations(wide[0], wide[1], 4, side) / 1e6 for side in sides]
    lines: list[Line] = [("U-Net, attention at half side", convolved), ("DiT, wide", tokens), ("its patches 4", coarse)]
    title = "Operations on larger latents"
    context.series("growth", title, ("side of the latent", sides), "millions", lines, log_x=True, log_y=True)


def start(context: Context) -> None:
    """adaLN-Zero: before training each block is the identity and the network says nothing, to the last bit."""
    import torch

    from labs.common import backbones

    generator = torch.Generator().manual_seed(context.seed)
    width, blocks, patch = backbones.SIZES["DiT"]
    tokens = torch.randn(4, (backbones.SIDE // patch) ** 2, width, generator=generator)
    x = torch.randn(4, backbones.CHANNELS, backbones.SIDE, backbones.SIDE, generator=generator)
    t, labels = torch.tensor([0, 300, 600, 999]), torch.tensor([0, 7, 21, 35])
    for zero in (True, False):
        torch.manual_seed(context.seed)
        model = backbones.transformer(width, blocks, patch, zero)
        with torch.no_grad():
            passed = tokens
            for block in model.transformer_blocks:
                passed = block(passed, timestep=t, class_labels=labels)
            said = model(x, t, class_labels=labels).sample
        changed, spoken = float((passed - tokens).abs().max()), float(said.abs().max())
        if zero:
            context.metric("start, adaLN-Zero, change by all blocks", changed, "largest")
            context.check("start: all blocks are the identity", 0, changed, 0)
            context.check("start: the output is zero", 0, spoken, 0)
        else:
            context.metric("random start, change by all blocks", changed, "largest")
            context.check("a random start is no identity", 1, float(changed > 0), 0)
    context.note(
        "The gates start at zero, not the blocks: attention and MLP have random weights that get gradients as soon as "
        "their gate has moved. diffusers' class draws its gates at random, since it is made to load finished weights; "
        "who trains it anew has to set them to zero."
    )


def errors(context: Context, networks: Networks, pipe: Any) -> None:
    """Mean squared error of v on pictures that no network has seen, the same noise for all."""
    import torch

    from labs.common import backbones, stats
    from labs.tiny.examples import encode_pictures

    scenes, pixels = backbones.world(context.integer("held_out"), context.seed + 7000)
    generator = torch.Generator().manual_seed(context.seed)
    latents, _ = encode_pictures(pipe, pixels).batch(torch.arange(len(pixels)), generator)
    labels, device, levels = backbones.classes_of(scenes), context.device, context.counts("levels")
    noise = torch.randn(len(levels), *latents.shape, generator=generator).to(device)
    by_level: dict[str, list[list[float]]] = {arm: [] for arm in backbones.ARMS}
    for level, drawn in zip(levels, noise, strict=True):
        steps = torch.full((len(latents),), level, device=device)
        for arm in backbones.ARMS:
            found = [
                backbones.errors(networks[arm, k], latents, labels.to(device), drawn, steps)
                for k in range(backbones.REPEATS)
            ]
            by_level[arm].append([float(part.mean()) for part in found])
    whole = {
        arm: [stats.mean([row[k] for row in rows]) for k in range(backbones.REPEATS)] for arm, rows in by_level.items()
    }
    for arm, values in whole.items():
        context.metric(f"error, {arm}", stats.mean(values), "of v, mean square", stats.interval(values, stats.POSITIVE))
    for name, better, worse in (
        ("equal parameters: DiT less U-Net", "DiT", "U-Net"),
        ("equal operations: wide DiT less U-Net", "DiT, wide", "U-Net"),
        ("patch 4 less patch 2", "DiT, patch 4", "DiT"),
    ):
        ahead = [a - b for a, b in zip(whole[better], whole[worse], strict=True)]
        context.metric(f"error, {name}", stats.mean(ahead), "of v", stats.interval(ahead))
    lines = [stats.line(arm, rows, stats.POSITIVE) for arm, rows in by_level.items()]
    context.series("error", "Error on new pictures", ("noise level t", levels), "mean square of v", lines)
    work = [backbones.operations(backbones.make(arm)) / 1e6 for arm in backbones.ARMS[1:]]
    order = sorted(range(len(work)), key=work.__getitem__)
    transformers = stats.line("DiT", [whole[backbones.ARMS[1 + k]] for k in order], stats.POSITIVE)
    held = ("U-Net", [stats.mean(whole["U-Net"])] * len(work))
    x = ("millions of operations", [work[k] for k in order])
    context.series("work", "Error and operations", x, "mean square of v", [transformers, held], log_x=True)
    spread = max(max(values) - min(values) for values in whole.values())
    context.note(
        f"Noise floor: networks of one kind trained from other random numbers differ by up to {spread:.4f} here. A "
        "network that says nothing has an error of about 1. The intervals are over three trainings."
    )


def draw(context: Context, networks: Networks, pipe: Any) -> None:
    """Pictures of every network, read by rule: shape and colour as asked; and the ceiling of the autoencoder."""
    import numpy as np

    from labs.common import backbones, reporting, sampling
    from labs.tiny.examples import encode_pictures
    from labs.tiny.reader import agreement, read

    count, tiles = context.integer("pictures"), []

    def asked(pictures: Tensor, name: str) -> float:
        """Share that shows the right shape, the right colour, or both."""
        right = agreement(read(pictures.clamp(0, 1).numpy()), scenes)
        both = right["shape"] & right["colour"]
        return float(np.mean(both if name == "both" else right[name]))

    ceilings = []
    seen: dict[tuple[str, str], list[float]] = {}
    for repeat, seed in enumerate(context.seeds):
        scenes, pixels = backbones.world(count, seed)
        real = sampling.decode(pipe, encode_pictures(pipe, pixels).means)
        ceilings.append(asked(real, "both"))
        noise = sampling.noise_for(pipe, count, seed)
        for arm in backbones.ARMS:
            labels = backbones.classes_of(scenes)
            latents = backbones.sample(networks[arm, repeat], labels, noise, context.integer("steps"))
            pictures = sampling.decode(pipe, latents)
            for name in ("shape", "colour", "both"):
                seen.setdefault((arm, name), []).append(asked(pictures, name))
            if repeat == 0:
                words = [f"{scenes.word(k, 'colour')} {scenes.word(k, 'shape')}" for k in range(5)]
                tiles += [(f"{arm}: {words[k]}", pictures[k]) for k in range(5)]
    reporting.share(context, "ceiling, both", ceilings, each=count)
    for (arm, name), values in seen.items():
        reporting.share(context, f"as asked, {name}, {arm}", values, each=count)
    context.pictures("drawn", "The same classes and noise", 5, tiles)
    context.note(
        f"{reporting.floor(0.5, count * len(context.seeds))} "
        "Where nearly all is right the pictures of so small a world do not rank the networks; the error does. No "
        f"guidance is used, and all are undertrained: each saw {backbones.seen()} latents. The numbers rank these four "
        "after one budget and one recipe, tuned to none of them. Which side a longer one, other widths or a larger "
        "world would favour is not shown; the studies that scale transformers train them for days."
    )


def times(context: Context, networks: Networks) -> None:
    """Milliseconds of a call, what bounds it, and the rate it reaches; equal operations are not equal time."""
    import torch

    from labs.common import backbones, reporting, timing

    batches, repeats = context.counts("batches"), 10 if context.quick else 20
    best = timing.product_rate(context.device, torch.float32, repeats)
    medians: dict[str, list[float]] = {arm: [] for arm in backbones.ARMS}
    for batch in batches:
        x = torch.zeros(batch, backbones.CHANNELS, backbones.SIDE, backbones.SIDE, device=context.device)
        t = torch.full((batch,), 500, device=context.device)

        def call(arm: str, x: Tensor = x, t: Tensor = t) -> Any:
            return networks[arm, 0](x, t, class_labels=t * 0)

        jobs = {arm: (lambda arm=arm: call(arm)) for arm in backbones.ARMS}
        with torch.no_grad():
            taken = timing.interleaved(jobs, context.device, repeats, warm_up=3)
        for arm, seconds in taken.items():
            medians[arm].append(1000 * timing.median(seconds))
            context.metric(f"a call of {batch}, {arm}", *timing.in_ms(seconds))
    for arm, ms in medians.items():
        work = batches[-1] * backbones.operations(networks[arm, 0])
        reporting.rate(context, f"{arm}, batch {batches[-1]}", work, ms[-1], best)
    if len(batches) > 1:
        ends = batches[0], batches[-1]
        said = [f"{arm}: {timing.split(batches, ms).words(ends, context.device)}" for arm, ms in medians.items()]
        context.note(f"What starting the operations takes of a call. {'. '.join(said)}.")
    lines: list[Line] = list(medians.items())
    context.series("time", "Time of a call", ("latents in a call", batches), "ms", lines, log_x=True, log_y=True)


def learning(context: Context) -> None:
    """The training losses, as recorded: the mean over the three trainings of each kind."""
    from labs.common import backbones, stats

    curves = backbones.record()["curve"]
    lines: list[Line] = []
    for arm in backbones.ARMS:
        runs = [curves[f"{arm.replace(', ', '_')}_{repeat}"] for repeat in range(backbones.REPEATS)]
        lines.append(
            stats.line(arm, [[loss for _, loss in point] for point in zip(*runs, strict=True)], stats.POSITIVE)
        )
    steps = [step for step, _ in runs[0]]
    context.series("learning", "Loss during the training", ("step", steps), "mean square of v", lines, log_y=True)


if __name__ == "__main__":
    from labs.kit.run import main

    raise SystemExit(main(LAB, run))
