"""Latent against pixel: what does a denoiser gain by working on a smaller code, and what sets the limit?

    python -m labs.latent_vs_pixel
    python -m labs.latent_vs_pixel --set factors=1,4 --set steps=25 --set pictures=60

The same small network (0.70 M parameters, its first and last layer apart) on pixels, f = 1, and on the latents of three
autoencoders whose sides are f = 2, 4 and 8 times smaller, four channels each (Rombach et al. 2022, arXiv 2112.10752,
section 4.1). It is told the five attributes as labels, so that no text encoder stands in between.
(a) Cost: numbers in a code, multiply-adds of a call, milliseconds of a call, against f^2, and what bounds the call.
(b) Quality: the reader on reconstructions, which bound what a denoiser of them can draw, and on pictures of networks
    with two equal budgets: as many training steps, and as many seconds of training, as the network on pixels.
labs/tiny/factors.py trained every network three times. The first one's weights are drawn with here; what the other two
reached was recorded then, and shows how far another training would differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from labs.kit.spec import Choice, Knob, Lab, Prediction

if TYPE_CHECKING:
    from torch import Tensor

    from labs.common.codecs import Codec, Denoiser
    from labs.common.timing import Job
    from labs.kit.context import Context, Line

FACTORS = ("1", "2", "4", "8")
LAB = Lab(
    name="latent_vs_pixel",
    title="Latent against pixel",
    question="What does a denoiser gain by working on a smaller code, and what sets the limit?",
    knobs=(
        Knob("factors", "choices", FACTORS, "factors f by which a side shrinks", choices=FACTORS),
        Knob("steps", "int", 10, "DDIM steps; divisors of 1000 keep the grid even", low=1, high=200, quick=8),
        Knob("pictures", "int", 40, "pictures with each seed, factor and budget", low=4, high=400, quick=8, gpu=200),
        Knob(
            "held", "int", 200, "drawn pictures through the autoencoders with each seed", 20, 2000, quick=60, gpu=1000
        ),
        Knob("batches", "numbers", (1, 16), "codes at once when timing", 1, 1024, gpu=(1, 16, 256)),
        Knob("repeats", "int", 9, "timed repetitions after warm-up", low=3, high=100, quick=3, gpu=30),
    ),
    prediction=Prediction(
        prompt="At f = 4 the grid has 16 times fewer places. How many times faster is one network call, 16 codes each?",
        metric="faster, f = 4, batch 16",
        choices=(
            Choice("about as fast", 0, 1.5),
            Choice("2 to 5 times", 1.5, 5),
            Choice("5 to 13 times", 5, 13),
            Choice("16 times or more", 13, 1000),
        ),
    ),
    seconds_cpu=20,
    seconds_quick=9,
    tolerances={
        "values, *": 0.0,
        "parameters, *": 0.0,
        "MACs, *": 0.01,
        "fewer MACs, *": 0.01,
        "ceiling, *": 0.04,
        "PSNR, *": 0.3,
        "right, *": 0.12,
        "shape right, *": 0.15,
    },
)


def run(context: Context) -> None:
    """The experiment; see the module's first lines."""
    from labs.common import codecs
    from labs.kit.machine import LabError

    if not codecs.trained():
        raise LabError("The networks of this lab are missing.", codecs.HOW_TO_TRAIN)
    factors = sorted(int(name) for name in context.chosen("factors"))
    coders = [codecs.codec(factor, context.device) for factor in factors]
    total = 2 + 2 * len(factors)
    context.progress(0, total, "cost of a call")
    cost(context, coders)
    context.progress(1, total, "reconstructions")
    ceilings = [ceiling(context, coder) for coder in coders]
    quality(context, coders, ceilings, total)
    context.progress(total, total, "done")


def cost(context: Context, coders: Sequence[Codec]) -> None:
    """(a): values, parameters, multiply-adds, and the time of a call at every batch."""
    import torch

    from labs.common import codecs, timing

    counts, repeats, device = context.counts("batches"), context.integer("repeats"), context.device
    best, macs, sizes = timing.product_rate(device, torch.float32, repeats), [], []
    jobs: dict[str, Job] = {}

    @torch.no_grad()
    def call(denoiser: Denoiser, x: Tensor, labels: Tensor) -> Any:
        return denoiser(x, torch.full((len(x),), 500, device=device), labels)

    for coder in coders:
        denoiser = codecs.read_denoiser(coder, codecs.file_of(coder.factor, codecs.BUDGETS[0]), device)
        name, shape = f"f = {coder.factor}", (counts[-1], coder.channels, coder.side, coder.side)
        x, labels = torch.zeros(shape, device=device), torch.zeros(counts[-1], 5, dtype=torch.int64, device=device)
        jobs |= {f"{name}, batch {n}": partial(call, denoiser, x[:n], labels[:n]) for n in counts}
        macs.append(timing.macs(partial(call, denoiser, x[:1], labels[:1])))
        sizes.append(denoiser.size())
        context.metric(f"values, {name}", coder.values, "numbers in a code")
        context.metric(f"parameters, {name}", sizes[-1], "learned numbers")
        context.metric(f"MACs, {name}", macs[-1] / 1e6, "millions a call and code")
    context.check("parameters, most over fewest", 1.0, max(sizes) / min(sizes), 0.01)
    ms = {}
    for name, seconds in timing.interleaved(jobs, device, repeats, warm_up=2).items():
        ms[name], unit = timing.in_ms(seconds)
        context.metric(f"time of a call, {name}", ms[name], unit)
    report_bound(context, coders, macs, ms, best)
    if coders[0].factor == 1 and len(coders) > 1:
        report_gains(context, coders, macs, ms)


def report_bound(
    context: Context, coders: Sequence[Codec], macs: Sequence[float], ms: Mapping[str, float], best: float
) -> None:
    """The rate that every factor reaches, and how much of a call no factor makes smaller."""
    from labs.common import reporting, timing

    counts, said = context.counts("batches"), []
    for coder, each in zip(coders, macs, strict=True):
        name, most = f"f = {coder.factor}", counts[-1]
        reporting.rate(context, f"{name}, batch {most}", most * each, ms[f"{name}, batch {most}"], best)
        if len(counts) > 1:
            call = timing.split(counts, [ms[f"{name}, batch {n}"] for n in counts])
            said.append(f"{name}: {call.words((counts[0], most), context.device)}")
    if said:
        context.note(f"Starting the operations takes as long at every factor. Its share of a call: {'. '.join(said)}.")


def report_gains(context: Context, coders: Sequence[Codec], macs: Sequence[float], ms: Mapping[str, float]) -> None:
    """Multiply-adds and time against those of f = 1, beside f^2."""
    counts = context.counts("batches")
    fewer = [macs[0] / value for value in macs]
    faster = {n: [ms[f"f = 1, batch {n}"] / ms[f"f = {c.factor}, batch {n}"] for c in coders] for n in counts}
    for place, coder in list(enumerate(coders))[1:]:
        name, places = f"f = {coder.factor}", coder.factor**2
        context.metric(f"fewer MACs, {name}", fewer[place], f"times; f^2 is {places}")
        for n, gains in faster.items():
            context.metric(f"faster, {name}, batch {n}", gains[place], f"times; f^2 is {places}")
        # Every product of the network is a convolution or a layer over places, but for those of the embeddings, which
        # do not shrink, and for attention, which shrinks faster.
        context.check(f"fewer MACs over f^2, {name}", 1.0, fewer[place] / places, 0.05)
    context.series(
        "cost",
        "A call: the clock gains less than the arithmetic",
        ("factor f", [coder.factor for coder in coders]),
        "times less than f = 1",
        [
            ("f^2", [float(c.factor**2) for c in coders]),
            ("multiply-adds", fewer),
            *((f"time, batch {n}", gains) for n, gains in faster.items()),
        ],
        log_x=True,
        log_y=True,
    )


def ceiling(context: Context, coder: Codec) -> list[float]:
    """Share of drawn pictures with all five attributes still right after encoding and decoding, for each seed."""
    import numpy as np
    import torch

    from labs.common import prints, reporting, shapes, stats
    from labs.tiny.data import balanced_scenes, draw

    shares, psnr, off, held = [], [], [], context.integer("held")
    for seed in context.seeds:
        rng = np.random.default_rng(70_000 + seed)
        scenes = balanced_scenes(held, rng)
        pixels = draw(scenes, rng)
        back, truth = coder.decode(coder.encode(pixels)), torch.from_numpy(pixels).float() / 255
        off.append(float((back - truth).abs().max()))
        shares.append(shapes.fidelity(back, scenes)["all"])
        if coder.vae is not None:
            psnr.append(prints.psnr(back.numpy(), truth.numpy()))
    name = f"f = {coder.factor}"
    reporting.share(context, f"ceiling, {name}", shares, "share, all five", held)
    if coder.vae is None:
        context.check("pixels come back as they were", 0.0, max(off), 1e-4)
        context.check("ceiling of pixels: the reader's own", 1.0, stats.mean(shares), 0.02)
    else:
        reporting.decibels(context, f"PSNR, {name}", psnr)
    return shares


def quality(context: Context, coders: Sequence[Codec], ceilings: Sequence[list[float]], total: int) -> None:
    """(b): all five right with either budget, beside the ceiling."""
    import numpy as np

    from labs.common import codecs, reporting, shapes, stats
    from labs.tiny.data import balanced_scenes

    trained, done, each = codecs.record()["factors"], 2, context.integer("pictures")
    reached: dict[str, list[list[float]]] = {budget: [] for budget in codecs.BUDGETS}
    tiles: list[tuple[str, Any]] = []
    for coder in coders:
        one = trained[str(coder.factor)]
        for budget, steps in one["steps"].items():
            done += 1
            context.progress(done, total, f"f = {coder.factor} after {steps} training steps")
            denoiser = codecs.read_denoiser(coder, codecs.file_of(coder.factor, budget), context.device)
            found: dict[str, list[float]] = {"all": [], "shape": []}
            for seed in context.seeds:
                scenes = balanced_scenes(each, np.random.default_rng(seed))
                pictures = codecs.draw(denoiser, coder, scenes, context.integer("steps"), seed)
                for name, shares in found.items():
                    shares.append(shapes.fidelity(pictures, scenes)[name])
                if seed == context.seeds[0]:
                    tiles += [(f"f {coder.factor}, {steps} steps", picture) for picture in pictures[:4]]
            reached[budget].append(found["all"])
            name = f"f = {coder.factor}, {budget}"
            reporting.share(context, f"right, {name}", found["all"], each=each)
            reporting.share(context, f"shape right, {name}", found["shape"], each=each)
            seconds = steps * one["ms of a step"] / 1000
            context.metric(f"trained, {name}", seconds, f"s of a processor, {steps} steps")
        if len(one["steps"]) == 1:  # on pixels both budgets are one
            reached[codecs.BUDGETS[1]].append(found["all"])
    x = ("factor f", [coder.factor for coder in coders])
    lines: list[Line] = [stats.line("ceiling: reconstructions", ceilings, each=context.integer("held"))]
    lines += [stats.line(budget, shares, each=each) for budget, shares in reached.items()]
    title = "Quality against the factor, and the limit that the autoencoder sets"
    context.series("quality", title, x, "share with all five right", lines, log_x=True)
    other_runs(context, [coder.factor for coder in coders])
    context.pictures("networks", "The same four scenes; the noise has each code's own size", 4, tiles)
    context.note(reporting.floor(0.5, each * len(context.seeds)))


def other_runs(context: Context, factors: Sequence[int]) -> None:
    """What every training run reached, as recorded when it was trained."""
    from labs.common import codecs, stats

    record = codecs.record()
    runs: dict[str, list[list[float]]] = {budget: [] for budget in codecs.BUDGETS}
    for factor in factors:
        found = record["factors"][str(factor)]["reached"]
        for budget in codecs.BUDGETS:
            runs[budget].append(found.get(budget, found[codecs.BUDGETS[0]]))
    config = record["config"]
    title = f"Recorded: mean, least and most of {len(config['seeds'])} trainings, {config['judged']} pictures each"
    lines: list[Line] = [
        (budget, [stats.mean(shares) for shares in found], [min(shares) for shares in found], [*map(max, found)])
        for budget, found in runs.items()
    ]
    context.series("runs", title, ("factor f", list(factors)), "share with all five right", lines, log_x=True)
    apart = max(max(shares) - min(shares) for by_factor in runs.values() for shares in by_factor)
    context.note(
        f"Trainings that differ in their random numbers alone ended up to {apart:.2f} apart. On pixels "
        f"{config['steps']} steps of {config['batch']} pictures are far from enough; given time such a network may "
        "learn them. Training the autoencoders, one at each f, is not counted in the seconds. Which factor "
        "is best holds for this budget and pictures of 32 pixels, which leave little out; at 256 Rombach et al. found "
        "4 to 16."
    )


if __name__ == "__main__":
    from labs.kit.run import main

    raise SystemExit(main(LAB, run))
