"""Sampler race: how few network calls are enough, and what does a call cost?

    python -m labs.sampler_timing
    python -m labs.sampler_timing --set samplers=ddim,dpmpp --set calls=2,4,5,8,10,20
    python -m labs.sampler_timing --model path/to/a/stable-diffusion

Six samplers with the same betas, the same (trailing) time grid and the same number of network calls; Heun makes
2 N - 1 calls in N steps, so it gets fewer steps.
(a) On a mixture whose score is exact: distance of every end point to the exact solution of the probability-flow ODE
    from the same start, and of the whole sample to data. No network, so no error but the sampler's.
(b) On the tiny pipeline: share of pictures with all five attributes as the caption says.
(c) Time: first call, then median and quartiles after warm-up, t = a + b calls fitted, and whether a call's time grows
    with the batch (compute-bound) or not (launch-bound).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from labs.kit.spec import Choice, Knob, Lab, Prediction

if TYPE_CHECKING:
    from torch import Tensor

    from labs.kit.context import Context

SAMPLERS = ("ddpm", "ddim", "euler", "heun", "dpmpp", "unipc")
LAB = Lab(
    name="sampler_timing",
    title="Sampler race",
    question="How few network calls does a good picture need, with which sampler, and what does a call cost?",
    knobs=(
        Knob("samplers", "choices", SAMPLERS, "who takes part", choices=SAMPLERS),
        Knob("calls", "numbers", (2, 4, 8, 20), "network calls on the pipeline", 2, 200, quick=(2, 8)),
        Knob("exact_calls", "numbers", (5, 10, 20, 50, 100), "calls on the exact mixture", 2, 1000, quick=(5, 20, 50)),
        Knob("points", "int", 1000, "points of the mixture with each seed", low=200, high=20000, quick=500),
        Knob("pictures", "int", 20, "captions with each seed, sampler and number of calls", low=4, high=400, quick=5),
        Knob("guidance", "float", 3.0, "guidance scale on the pipeline", low=1, high=20),
        Knob("batch", "int", 8, "pictures at once when timing", low=1, high=64),
        Knob("repeats", "int", 7, "timed repetitions after warm-up", low=3, high=50, quick=3),
        Knob("prompt", "text", "a photo of a red bicycle", "what a pipeline given with --model draws"),
    ),
    prediction=Prediction(
        prompt="From how many U-Net calls on does DDIM stop making the tiny pipeline's pictures more faithful?",
        metric="enough calls, ddim",
        choices=(
            Choice("2", 0, 3),
            Choice("4 to 10", 3, 15),
            Choice("20", 15, 35),
            Choice("50 or more", 35, 1001),
        ),
    ),
    seconds_cpu=55,
    seconds_quick=10,
    tolerances={
        "order of *": 0.15,
        "error to the exact solution, *": 0.03,
        "distance to data, floor": 0.02,
        "distance to data, *": 0.04,
        "all five right, *": 0.15,
        "calls made, *": 0.0,
    },
    takes_model=True,
)
NEAR = 0.03  # a share this close to the best one is as good
STAGES = 4


def run(context: Context) -> None:
    """The experiment; see the module's first lines."""
    from labs.common import models, samplers

    models.check(context.model)
    total = STAGES + len(context.chosen("samplers"))
    context.progress(0, total, "exact mixture")
    race_on_mixture(context)
    if context.model is None and not models.trained():
        context.note(f"The part on the tiny pipeline was left out: it has no weights here. {models.HOW_TO_TRAIN}")
        return
    context.progress(1, total, "loading the pipeline")
    pipe = models.load(context.model, context.device)
    process = samplers.process_of(pipe)
    time_calls(context, pipe, process, total)
    if context.model is None:
        race_on_shapes(context, pipe, process, total)
    else:
        race_on_foreign(context, pipe, process, total)
    context.progress(total, total, "done")


def whole(numbers: tuple[float, ...]) -> list[int]:
    """Numbers of calls, ascending, each once."""
    return sorted({round(number) for number in numbers})


def race_on_mixture(context: Context) -> None:
    """(a): eight modes on a circle, exact epsilon, DDPM's linear betas."""
    import torch

    from labs.common import mixture, samplers, stats

    ring, count, budgets = mixture.ring_of_eight(), context.integer("points"), whole(context.numbers("exact_calls"))
    draws = [torch.Generator().manual_seed(seed) for seed in context.seeds]
    starts = torch.cat([torch.randn(count, 2, generator=g, dtype=torch.float64) for g in draws])
    data = [ring.sample(count, g) for g in draws]
    abar = float(samplers.make("ddim", samplers.DDPM_LINEAR).alphas_cumprod[-1])
    exact = mixture.exact_flow(ring.epsilon, starts, abar, steps=150)
    few = slice(0, 200)
    finer = mixture.exact_flow(ring.epsilon, starts[few], abar, steps=300)
    context.check("exact solution, changed by halving its steps", 0.0, samplers.rmse(finer, exact[few]), 1e-4)
    floor = [mixture.sliced_wasserstein(known, ring.sample(count, g)) for known, g in zip(data, draws, strict=True)]
    context.metric(
        "distance to data, floor", stats.mean(floor), "real against real", stats.interval(floor, stats.POSITIVE)
    )
    errors: dict[str, list[list[float]]] = {}
    distances: dict[str, list[list[float]]] = {}
    seeds = len(context.seeds)
    for name in context.chosen("samplers"):
        scheduler = samplers.make(name, samplers.DDPM_LINEAR)
        errors[name], distances[name] = [], []
        for budget in budgets:
            steps = samplers.steps_for(name, budget)
            ends, calls = samplers.run_exact(scheduler, ring, starts, steps, context.seed)
            context.check(f"calls of {name} in {steps} steps", samplers.calls_for(name, steps), calls, 0)
            shape = (seeds, count, 2)
            pairs = list(zip(ends.reshape(shape), exact.reshape(shape), data, strict=True))
            errors[name].append([samplers.rmse(end, true) for end, true, _ in pairs])
            distances[name].append([mixture.sliced_wasserstein(end, known) for end, _, known in pairs])
            label = f"{name}, {budget} calls"
            far = distances[name][-1]
            context.metric(
                f"distance to data, {label}", stats.mean(far), "sliced W1", stats.interval(far, stats.POSITIVE)
            )
            if name != "ddpm":
                off = errors[name][-1]
                context.metric(
                    f"error to the exact solution, {label}",
                    stats.mean(off),
                    "RMSE",
                    stats.interval(off, stats.POSITIVE),
                )
    report_mixture(context, budgets, errors, distances, stats.mean(floor))


def report_mixture(
    context: Context,
    budgets: list[int],
    errors: dict[str, list[list[float]]],
    distances: dict[str, list[list[float]]],
    floor: float,
) -> None:
    """The curves of (a), the order of each sampler, and where its distance to data meets the floor."""
    import math

    from labs.common import stats, timing

    x = ("network calls", budgets)
    ode = {name: values for name, values in errors.items() if name != "ddpm"}
    if ode:
        lines = [stats.line(name, values, stats.POSITIVE) for name, values in ode.items()]
        context.series("exact_error", "Distance to the exact solution", x, "RMSE", lines, log_x=True, log_y=True)
    lines = [stats.line(name, values, stats.POSITIVE) for name, values in distances.items()]
    context.series(
        "exact_distance",
        "Distance to data, with the floor that chance alone gives",
        x,
        "sliced W1",
        [*lines, ("data against data", [floor] * len(budgets))],
        log_x=True,
        log_y=True,
    )
    for name, values in ode.items():
        if len(budgets) > 1:
            logs = [math.log(stats.mean(v)) for v in values]
            _, slope, _ = timing.fit_line([math.log(b) for b in budgets], logs)
            context.metric(f"order of {name}", -slope, "error falls as calls^-order")
    for name, values in distances.items():
        gone = [budget for budget, v in zip(budgets, values, strict=True) if stats.mean(v) <= floor + 0.02]
        if gone:
            context.metric(f"enough calls on the mixture, {name}", gone[0], "calls")
    context.note(
        "On this shared grid the last step, from t = 1000 / steps - 1 to clean data, is the coarsest for every "
        "sampler, so that none shows an order above about one; a grid denser near the end would let it show."
    )
    if {"ddim", "euler"} <= ode.keys():
        # DDIM is Euler's method for the probability-flow ODE (Song et al. 2021, arXiv 2010.02502, section 4.3).
        # Where the steps do not divide 1000, diffusers' DDIM steps off its own grid; those are left out.
        pairs = zip(budgets, ode["ddim"], ode["euler"], strict=True)
        apart = [abs(stats.mean(d) - stats.mean(e)) for budget, d, e in pairs if 1000 % budget == 0]
        context.check("DDIM minus Euler, error on the same grid", 0.0, max(apart, default=0.0), 2e-3)


def denoise(
    pipe: Any, scheduler: Any, prompts: list[str], noise: Tensor, steps: int, guidance: float, seed: int = 0
) -> Tensor:
    """Latents of the pipeline with another scheduler put in."""
    from labs.common import sampling

    pipe.scheduler = scheduler
    return sampling.sample(pipe, prompts, noise, steps, sampling.Guidance(guidance), seed)


def time_calls(context: Context, pipe: Any, process: Any, total: int) -> None:
    """(c): stages, t = a + b calls, samplers, and batch 1 against the batch."""
    from labs.common import samplers, sampling, stats, timing

    context.progress(2, total, "timing")
    device, repeats, batch = context.device, context.integer("repeats"), context.integer("batch")
    prompts = [prompt_for(context)] * batch
    noise, guidance = sampling.noise_for(pipe, batch, context.seed), context.number("guidance")
    ddim = samplers.make("ddim", process)
    latents = noise.to(device, pipe.unet.dtype)

    def with_ddim(steps: int, count: int = batch) -> Callable[[], object]:
        return partial(denoise, pipe, ddim, prompts[:count], noise[:count], steps, guidance)

    first = timing.once(with_ddim(4), device)
    budgets = whole(context.numbers("calls"))
    jobs: dict[str, Callable[[], object]] = {f"{steps} calls": with_ddim(steps) for steps in budgets}
    jobs |= {
        "text encoding": partial(sampling.encode, pipe, prompts),
        "decoding": partial(sampling.decode, pipe, latents),
        "4 calls, all": with_ddim(4),
        "4 calls, one picture": with_ddim(4, 1),
    }
    taken = timing.interleaved(jobs, device, repeats)
    middle = {name: timing.quartiles(values) for name, values in taken.items()}
    x = [float(steps) for steps in budgets for _ in range(repeats)]
    y = [1000 * seconds for steps in budgets for seconds in taken[f"{steps} calls"]]
    per_call = 1000 * middle["4 calls, all"][1] / 4
    if len(budgets) > 1:
        start, per_call, fit = timing.fit_line(x, y)
        context.metric("time besides calls (a)", start, "ms")
        context.metric("time for a call (b)", per_call, f"ms, batch {batch}")
        context.metric("fit of t = a + b calls", fit, "R^2")
    lines = [("lower quartile", 0), ("median", 1), ("upper quartile", 2)]
    context.series(
        "time",
        f"Time for {batch} pictures with DDIM, {repeats} interleaved repetitions",
        ("network calls", budgets),
        "ms",
        [(label, [1000 * middle[f"{steps} calls"][k] for steps in budgets]) for label, k in lines],
    )
    for name in ("text encoding", "decoding"):
        low, mid, high = middle[name]
        context.metric(f"time, {name}", 1000 * mid, f"ms, quartiles {1000 * low:.3g} to {1000 * high:.3g}")
    context.metric("first run over median run", first / middle["4 calls, all"][1], "times; why one warms up")
    growth = middle["4 calls, all"][1] / middle["4 calls, one picture"][1]
    context.metric(f"time of {batch} pictures over that of one", growth, "times")
    if batch > 1:
        whole_call, single = middle["4 calls, all"][1], middle["4 calls, one picture"][1]
        fixed = max(0.0, (batch * single - whole_call) / (batch - 1))  # of t = fixed + pictures * each
        kinds = {
            pictures: f"{fixed / taken:.0%} at batch {pictures}, "
            f"{'launch-bound' if fixed > taken / 2 else 'compute-bound'}"
            for pictures, taken in ((1, single), (batch, whole_call))
        }
        context.note(f"Of a call this much does not depend on the number of pictures: {'; '.join(kinds.values())}.")
    if device == "cpu":
        context.note(
            "On a processor every call waits for its result; on a GPU a clock read without synchronising lies."
        )
    own = {
        name: timing_of(pipe, samplers.make(name, process), prompts, noise, samplers.steps_for(name, 8), guidance)
        for name in context.chosen("samplers")
    }
    for name, values in timing.interleaved(own, device, repeats).items():
        calls = samplers.calls_for(name, samplers.steps_for(name, 8))
        ms = [1000 * seconds / calls for seconds in values]
        context.metric(f"time for a call, {name}", timing.quartiles(ms)[1], f"ms, mean {stats.mean(ms):.3g}")


def timing_of(
    pipe: Any, scheduler: Any, prompts: list[str], noise: Tensor, steps: int, scale: float
) -> Callable[[], object]:
    """A job for the stopwatch."""
    return partial(denoise, pipe, scheduler, prompts, noise, steps, scale)


def prompt_for(context: Context) -> str:
    """What is drawn when timing."""
    return "a large red circle at the left on a sky background" if context.model is None else context.text("prompt")


def race_on_shapes(context: Context, pipe: Any, process: Any, total: int) -> None:
    """(b): fidelity of every sampler at every number of calls, the same captions and noise for all."""
    import numpy as np

    from labs.common import samplers, sampling, shapes, stats
    from labs.tiny.data import balanced_scenes, full_captions

    budgets, names = whole(context.numbers("calls")), context.chosen("samplers")
    right: dict[str, list[list[float]]] = {name: [[] for _ in budgets] for name in names}
    tiles: dict[str, list[tuple[str, Any]]] = {name: [] for name in names}
    for number, name in enumerate(names):
        context.progress(STAGES - 1 + number, total, f"tiny pipeline with {name}")
        scheduler = samplers.make(name, process)
        for place, budget in enumerate(budgets):
            steps = samplers.steps_for(name, budget)
            for seed in context.seeds:
                scenes = balanced_scenes(context.integer("pictures"), np.random.default_rng(seed))
                prompts = full_captions(scenes)
                noise = sampling.noise_for(pipe, len(prompts), seed)
                latents = denoise(pipe, scheduler, prompts, noise, steps, context.number("guidance"), seed)
                pictures = sampling.decode(pipe, latents)
                right[name][place].append(shapes.fidelity(pictures, scenes)["all"])
                if seed == context.seeds[0]:
                    tiles[name].append((f"{name}, {samplers.calls_for(name, steps)} calls", pictures[0]))
            shares = right[name][place]
            context.metric(
                f"all five right, {name}, {budget} calls",
                stats.mean(shares),
                "share",
                stats.interval(shares, stats.SHARE),
            )
    lines = [stats.line(name, values, stats.SHARE) for name, values in right.items()]
    enough = {name: enough_calls(budgets, [stats.mean(v) for v in values]) for name, values in right.items()}
    marks = ", ".join(f"{name} {calls}" for name, calls in enough.items())
    title = f"Fidelity; enough from (calls): {marks}"
    context.series("fidelity", title, ("network calls", budgets), "share with all five right", lines, log_x=True)
    context.pictures(
        "samplers", "The same caption and noise", len(budgets), [tile for name in names for tile in tiles[name]]
    )
    for name, calls in enough.items():
        context.metric(f"enough calls, {name}", calls, f"calls; within {NEAR} of its best from here on")
    count = context.integer("pictures") * len(context.seeds)
    context.note(f"Noise floor of a share near 0.9 of {count} pictures: {(0.09 / count) ** 0.5:.3f}, one s.e.")


def enough_calls(budgets: list[int], shares: list[float]) -> int:
    """The fewest calls from which on no share lies more than NEAR below the best."""
    best = max(shares)
    good = [share >= best - NEAR for share in shares]
    return next(budget for place, budget in enumerate(budgets) if all(good[place:]) or place == len(budgets) - 1)


def race_on_foreign(context: Context, pipe: Any, process: Any, total: int) -> None:
    """Another pipeline: each deterministic sampler against its own result with the most calls, from the same noise."""
    from labs.common import samplers, sampling, stats

    budgets = whole(context.numbers("calls"))
    names = [name for name in context.chosen("samplers") if name != "ddpm"]
    off: dict[str, list[list[float]]] = {name: [] for name in names}
    tiles: list[tuple[str, Any]] = []
    for number, name in enumerate(names):
        context.progress(STAGES - 1 + number, total, name)
        scheduler = samplers.make(name, process)
        ends = []
        for budget in budgets:
            steps = samplers.steps_for(name, budget)
            noises = [sampling.noise_for(pipe, 1, seed) for seed in context.seeds]
            guidance = context.number("guidance")
            ends.append([denoise(pipe, scheduler, [prompt_for(context)], noise, steps, guidance) for noise in noises])
            tiles.append((f"{name}, {samplers.calls_for(name, steps)} calls", sampling.decode(pipe, ends[-1][0])[0]))
        for budget, here in zip(budgets, ends, strict=True):
            far = [float((a - b).float().square().mean().sqrt()) for a, b in zip(here, ends[-1], strict=True)]
            off[name].append(far)
            context.metric(
                f"distance to its {budgets[-1]} calls, {name}, {budget} calls", stats.mean(far), "latent RMS"
            )
    lines = [stats.line(name, values, stats.POSITIVE) for name, values in off.items()]
    context.series(
        "distance", "Distance to the result with the most calls", ("network calls", budgets), "latent RMS", lines
    )
    context.pictures("samplers", "The same prompt and noise", len(budgets), tiles)
    context.note("Fidelity is not measured: the reader knows only the tiny pipeline's shapes.")


if __name__ == "__main__":
    from labs.kit.run import main

    raise SystemExit(main(LAB, run))
