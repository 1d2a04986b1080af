"""Latent against pixel: what does a denoiser gain by working on a smaller code, and what sets the limit?

    python -m labs.latent_vs_pixel
    python -m labs.latent_vs_pixel --set factors=1,4 --set steps=25 --set pictures=60

The same small network (0.95 M parameters, its first and last layer apart) on pixels, f = 1, and on the latents of two
autoencoders whose sides are f = 4 and 8 times smaller, four channels each (Rombach et al. 2022, arXiv 2112.10752,
section 4.1). It is told the five attributes as labels, so that no text encoder stands in between.
(a) Cost: numbers in a code, multiply-adds of a call, milliseconds of a call, against f^2.
(b) Quality: the reader on reconstructions, which no denoiser can beat, and on pictures after equal training; then what
    the latent networks reach when they go on, still in less time than the pixel network took.
The networks were trained by labs/tiny/factors.py, one run each: how far another run would differ is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from labs.kit.spec import Choice, Knob, Lab, Prediction

if TYPE_CHECKING:
    from labs.common.codecs import Codec, Denoiser
    from labs.kit.context import Context

FACTORS = ("1", "4", "8")
LAB = Lab(
    name="latent_vs_pixel",
    title="Latent against pixel",
    question="What does a denoiser gain by working on a smaller code, and what sets the limit?",
    knobs=(
        Knob("factors", "choices", FACTORS, "factors f by which a side shrinks", choices=FACTORS),
        Knob("steps", "int", 10, "DDIM steps; divisors of 1000 keep the grid even", low=1, high=200, quick=8),
        Knob("pictures", "int", 40, "pictures with each seed, factor and training", low=4, high=400, quick=8),
        Knob("held", "int", 200, "drawn pictures through the autoencoder with each seed", low=20, high=2000, quick=60),
        Knob("batch", "int", 16, "codes at once when timing", low=1, high=256),
        Knob("repeats", "int", 9, "timed repetitions after warm-up", low=3, high=100, quick=3),
    ),
    prediction=Prediction(
        prompt="At f = 4 the grid has 16 times fewer places. How many times faster is one network call, 16 codes each?",
        metric="faster, f = 4",
        choices=(
            Choice("about as fast", 0, 1.5),
            Choice("2 to 5 times", 1.5, 5),
            Choice("5 to 13 times", 5, 13),
            Choice("16 times or more", 13, 1000),
        ),
    ),
    seconds_cpu=20,
    seconds_quick=8,
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
    coders = [codecs.codec(factor) for factor in factors]
    total = 2 + 3 * len(factors)
    context.progress(0, total, "cost of a call")
    cost(context, coders)
    context.progress(1, total, "reconstructions")
    ceilings = [ceiling(context, coder) for coder in coders]
    quality(context, coders, ceilings, total)
    context.progress(total, total, "done")


def cost(context: Context, coders: Sequence[Codec]) -> None:
    """(a): values, parameters, multiply-adds, milliseconds; each also against f = 1 where that takes part."""
    import torch

    from labs.common import codecs, timing

    batch, jobs, macs, sizes = context.integer("batch"), {}, [], []

    @torch.no_grad()
    def call(denoiser: Denoiser, x: Any, labels: Any) -> Any:
        return denoiser(x, torch.full((len(x),), 500), labels)

    for coder in coders:
        denoiser, name = codecs.load_denoiser(coder, "equal"), f"f = {coder.factor}"
        x, labels = torch.zeros(batch, coder.channels, coder.side, coder.side), torch.zeros(batch, 5, dtype=torch.int64)
        jobs[name] = partial(call, denoiser, x, labels)
        macs.append(timing.macs(partial(call, denoiser, x[:1], labels[:1])))
        sizes.append(denoiser.size())
        context.metric(f"values, {name}", coder.values, "numbers in a code")
        context.metric(f"parameters, {name}", sizes[-1], "learned numbers")
        context.metric(f"MACs, {name}", macs[-1] / 1e6, "million multiply-adds a call and code")
    context.check("parameters, most over fewest", 1.0, max(sizes) / min(sizes), 0.01)
    taken = timing.interleaved(jobs, "cpu", context.integer("repeats"), warm_up=2)
    for name, seconds in taken.items():
        context.metric(f"time of a call, {name}", *timing.in_ms(seconds))
    if coders[0].factor != 1 or len(coders) < 2:
        return
    fewer = [macs[0] / value for value in macs]
    faster = [timing.median(taken["f = 1"]) / timing.median(taken[name]) for name in taken]
    for coder, less, quick in list(zip(coders, fewer, faster, strict=True))[1:]:
        places = coder.factor**2
        context.metric(f"fewer MACs, f = {coder.factor}", less, f"times; f^2 is {places}")
        context.metric(f"faster, f = {coder.factor}", quick, f"times, batch {batch}; f^2 is {places}")
        # Every product of the network is a convolution or a layer over places, but for those of the embeddings, which
        # do not shrink, and for attention, which shrinks faster.
        context.check(f"fewer MACs over f^2, f = {coder.factor}", 1.0, less / places, 0.05)
    context.series(
        "cost",
        f"A call of {batch} codes: the clock gains less than the arithmetic",
        ("factor f", [coder.factor for coder in coders]),
        "times less than f = 1",
        [("f^2", [float(c.factor**2) for c in coders]), ("multiply-adds", fewer), ("time", faster)],
        log_x=True,
        log_y=True,
    )


def ceiling(context: Context, coder: Codec) -> list[float]:
    """Share of drawn pictures with all five attributes still right after encoding and decoding, for each seed."""
    import math

    import numpy as np
    import torch

    from labs.common import shapes, stats
    from labs.tiny.data import balanced_scenes, draw

    shares, psnr = [], []
    for seed in context.seeds:
        rng = np.random.default_rng(70_000 + seed)
        scenes = balanced_scenes(context.integer("held"), rng)
        pixels = draw(scenes, rng)
        back = coder.decode(coder.encode(pixels)).clamp(0, 1)
        error = float((back - torch.from_numpy(pixels).float() / 255).square().mean())
        psnr.append(-10 * math.log10(max(error, 1e-12)))
        shares.append(shapes.fidelity(back, scenes)["all"])
    name = f"f = {coder.factor}"
    context.metric(f"ceiling, {name}", stats.mean(shares), "share, all five", stats.interval(shares, stats.SHARE))
    if coder.vae is None:
        context.check("pixels come back as they were", 0.0, math.sqrt(error), 1e-4)
        context.check("ceiling of pixels: the reader's own", 1.0, stats.mean(shares), 0.02)
    else:
        context.metric(f"PSNR, {name}", stats.mean(psnr), "dB", stats.interval(psnr))
    return shares


def quality(context: Context, coders: Sequence[Codec], ceilings: Sequence[list[float]], total: int) -> None:
    """(b): all five right after equal training and after going on, beside the ceiling."""
    import numpy as np

    from labs.common import codecs, shapes, stats
    from labs.tiny.data import balanced_scenes

    record, done = codecs.record(), 2
    reached: dict[str, list[list[float]]] = {"equal": [], "longer": []}
    tiles: list[tuple[str, Any]] = []
    for coder in coders:
        factor = str(coder.factor)
        for budget in ("equal", "longer"):
            steps = record["factors"][factor]["steps"].get(budget)
            done += 1
            if steps is None:  # the pixel network does not go on
                reached[budget].append(reached["equal"][-1])
                continue
            context.progress(done, total, f"f = {factor} after {steps} training steps")
            denoiser = codecs.load_denoiser(coder, budget)
            shares, shape = [], []
            for seed in context.seeds:
                scenes = balanced_scenes(context.integer("pictures"), np.random.default_rng(seed))
                codes = codecs.sample(denoiser, coder, scenes, context.integer("steps"), seed)
                found = shapes.fidelity(coder.decode(codes), scenes)
                shares.append(found["all"])
                shape.append(found["shape"])
                if seed == context.seeds[0]:
                    pictures = coder.decode(codes[:4])
                    tiles += [(f"f {factor}, {steps} steps", picture) for picture in pictures]
            reached[budget].append(shares)
            name = f"f = {factor}, {steps} steps"
            context.metric(f"right, {name}", stats.mean(shares), "share", stats.interval(shares, stats.SHARE))
            context.metric(f"shape right, {name}", stats.mean(shape), "share", stats.interval(shape, stats.SHARE))
            seconds = steps * record["ms of a step"][factor] / 1000
            context.metric(f"trained, {name}", seconds, "s of a processor when it was trained")
    context.series(
        "quality",
        "Quality against the factor, and the limit that the autoencoder sets",
        ("factor f", [coder.factor for coder in coders]),
        "share with all five right",
        [
            stats.line("ceiling: reconstructions", ceilings, stats.SHARE),
            stats.line("as many training steps", reached["equal"], stats.SHARE),
            stats.line("latents go on, in less time", reached["longer"], stats.SHARE),
        ],
        log_x=True,
    )
    context.pictures("networks", "The same four scenes; the noise has each code's own size", 4, tiles)
    config = record["config"]
    count = context.integer("pictures") * len(context.seeds)
    context.note(f"Noise floor of a share near 0.5 of {count} pictures: {(0.25 / count) ** 0.5:.3f}, one s.e.")
    context.note(
        f"All are far from trained out: {config['steps']} steps of {config['batch']} pictures; the tiny pipeline had "
        f"7000 of 64. The autoencoder of f = 8 had {config['vae_steps']} steps of 16, that of f = 4 5000, so that "
        "some, perhaps most, of what f = 8 loses is its training and not its factor. Which factor is best holds for "
        "this budget and these pictures only."
    )


if __name__ == "__main__":
    from labs.kit.run import main

    raise SystemExit(main(LAB, run))
