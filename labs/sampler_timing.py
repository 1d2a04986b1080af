"""Sampler race: how few network calls are enough, and what does a call cost?

    python -m labs.sampler_timing
    python -m labs.sampler_timing --set samplers=ddim,dpmpp --set calls=2,4,5,8,10,20
    python -m labs.sampler_timing --model path/to/a/stable-diffusion

Six samplers with the same betas, the same (trailing) time grid and the same number of network calls; Heun makes
2 N - 1 calls in N steps, so it gets fewer steps.
(a) On a mixture whose score is exact: distance of every end point to the exact solution of the probability-flow ODE
    from the same start, and of the whole sample to data. No network, so no error but the sampler's. DPM++ once more on
    a grid that lies denser near the end (Karras et al. 2022, arXiv 2206.00364, equation 5).
(b) On the tiny pipeline: share of pictures with all five attributes as the caption says.
(c) Time: first call, then median and quartiles after warm-up, t = a + b calls fitted, and whether a call's time grows
    with the batch or not (launch-bound).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from labs.kit.spec import Choice, Knob, Lab, Prediction

if TYPE_CHECKING:
    from torch import Tensor

    from labs.common.exact import Exact
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
        Knob("pictures", "int", 12, "captions with each seed, sampler and number of calls", 4, 400, quick=5, gpu=100),
        Knob("guidance", "float", 3.0, "guidance scale on the pipeline", low=1, high=20),
        Knob("batch", "int", 4, "pictures at once when timing", low=1, high=64, gpu=64),
        Knob("repeats", "int", 4, "timed repetitions after warm-up", low=3, high=50, quick=3, gpu=20),
        Knob("prompt", "text", "a photo of a red bicycle", "what a pipeline given with --model draws"),
    ),
    prediction=Prediction(
        prompt="From how many U-Net calls on does DDIM stop making the tiny pipeline's pictures more faithful?",
        metric="enough calls, ddim",
        choices=(
            Choice("2", 0, 3),
            Choice("4 to 10", 3, 15),
            Choice("more than 10", 15, 1001),
        ),
        fixes=("calls",),
    ),
    seconds_cpu=50,
    seconds_quick=22,
    tolerances={
        "order of *": 0.2,
        "error, *": 0.03,
        "to data, floor": 0.02,
        "to data, *": 0.04,
        "all five right, *": 0.15,
        "calls made, *": 0.0,
    },
    takes_model=True,
)
KARRAS = "dpmpp Karras"
EACH = 5  # calls of each sampler when they are timed side by side; Heun's 3 steps make as many
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


def race_on_mixture(context: Context) -> None:
    """(a): eight modes on a circle, exact epsilon, DDPM's linear betas, the same starts for all."""
    from labs.common import exact, mixture, reporting, samplers, stats

    truth, budgets = exact.prepare(context.seeds, context.integer("points")), context.counts("exact_calls")
    few = truth.starts[0, :200]
    finer = mixture.exact_flow(truth.ring.epsilon, few, float(truth.abar[-1]), steps=240)
    changed = samplers.rmse(finer, truth.ends[0, :200])
    context.check("exact solution, changed by halving its steps", 0.0, changed, 1e-4)
    floor = truth.chance(context.seeds)
    reporting.positive(context, "to data, floor", floor, "real against real")
    errors: dict[str, list[list[float]]] = {}
    distances: dict[str, list[list[float]]] = {}
    typical: dict[str, list[float]] = {}
    names, apart = list(context.chosen("samplers")), []
    for name in names + [KARRAS] * ("dpmpp" in names):
        kind, made, due = name.split()[0], 0, 0
        errors[name], distances[name], typical[name] = [], [], []
        for budget in budgets:
            steps = samplers.steps_for(kind, budget)
            ends, calls = along(truth, kind, steps, context.seed, karras=name == KARRAS)
            made, due = made + calls, due + samplers.calls_for(kind, steps)
            errors[name].append(truth.off(ends))
            distances[name].append(truth.far(ends))
            typical[name].append(truth.typical(ends))
            label = f"{name}, {budget} calls"
            reporting.positive(context, f"to data, {label}", distances[name][-1], "sliced W1")
            if name != "ddpm":
                reporting.positive(context, f"error, {label}", errors[name][-1], "RMSE")
            if name == "euler" and 1000 % budget == 0:
                ddim, _ = along(truth, "ddim", steps, context.seed)
                apart.append(samplers.rmse(ddim.flatten(0, 1), ends.flatten(0, 1)))
        context.check(f"calls of {name}, in all", due, made, 0)
    if apart:
        # DDIM is Euler's method for the probability-flow ODE (Song et al. 2021, arXiv 2010.02502, section 4.3).
        # Where the steps do not divide 1000, diffusers' DDIM steps off its own grid; those are left out.
        context.check("DDIM minus Euler, end points on the same grid", 0.0, max(apart), 2e-3)
    report_mixture(context, budgets, errors, distances, stats.mean(floor))
    report_orders(context, budgets, typical)


def along(truth: Exact, name: str, steps: int, seed: int, karras: bool = False) -> tuple[Tensor, int]:
    """End points [S, N, 2] and calls of a sampler with the exact epsilon of the level it has come to."""
    from labs.common import samplers

    scheduler = samplers.make(name, samplers.DDPM_LINEAR, karras)

    def predict(x: Tensor, t: int) -> Tensor:
        if not karras:
            return truth.eps(x, t)
        return truth.ring.epsilon(x.reshape(-1, 2), samplers.level(scheduler)).reshape(x.shape)

    return samplers.run(scheduler, predict, truth.starts, steps, seed)


def report_mixture(
    context: Context,
    budgets: list[int],
    errors: dict[str, list[list[float]]],
    distances: dict[str, list[list[float]]],
    floor: float,
) -> None:
    """The curves of (a), and where each sampler's distance to data meets the floor."""
    from labs.common import stats

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
    for name, values in distances.items():
        gone = [budget for budget, v in zip(budgets, values, strict=True) if stats.mean(v) <= floor + 0.02]
        if gone:
            context.metric(f"enough on the mixture, {name}", gone[0], "calls")


def report_orders(context: Context, budgets: list[int], typical: dict[str, list[float]]) -> None:
    """How fast each sampler's error falls, by its median: of the RMSE a few points that end on another mode decide."""
    import math

    from labs.common import samplers, timing

    orders = {}
    fitted = [place for place, budget in enumerate(budgets) if budget >= 10]  # with fewer no order shows yet
    for name, values in typical.items() if len(fitted) > 1 else ():
        if name != "ddpm":
            kind = name.split()[0]
            calls = [samplers.calls_for(kind, samplers.steps_for(kind, budgets[place])) for place in fitted]
            logs = [math.log(values[place]) for place in fitted]
            orders[name] = -timing.fit_line([math.log(made) for made in calls], logs)[1]
            context.metric(f"order of {name}", orders[name], "median error falls as calls^-order")
    if KARRAS in orders:
        context.note(
            "On the shared grid the last step, from t = 1000 / steps - 1 to clean data, is the coarsest for every "
            f"sampler, and DPM++, a method of order 2, shows an order of {orders['dpmpp']:.2g}. On a Karras grid, "
            f"denser there, it shows {orders[KARRAS]:.2g}. An order tells how fast an error falls, not how large it "
            "is: with few calls a higher order can lie behind."
        )


def denoise(
    pipe: Any, scheduler: Any, prompts: list[str], noise: Tensor, steps: int, guidance: float, seed: int = 0
) -> Tensor:
    """Latents of the pipeline with another scheduler put in."""
    from labs.common import sampling

    pipe.scheduler = scheduler
    return sampling.sample(pipe, prompts, noise, steps, sampling.Guidance(guidance), seed)


def time_calls(context: Context, pipe: Any, process: Any, total: int) -> None:
    """(c): stages, t = a + b calls, samplers, and batch 1 against the batch."""
    from labs.common import samplers, sampling, timing

    context.progress(2, total, "timing")
    device, repeats, batch = context.device, context.integer("repeats"), context.integer("batch")
    prompts = [prompt_for(context)] * batch
    noise, guidance = sampling.noise_for(pipe, batch, context.seed), context.number("guidance")
    ddim = samplers.make("ddim", process)
    latents = noise.to(device, pipe.unet.dtype)

    def with_ddim(steps: int, count: int = batch) -> Callable[[], object]:
        return partial(denoise, pipe, ddim, prompts[:count], noise[:count], steps, guidance)

    first = timing.once(with_ddim(4), device)
    budgets = context.counts("calls")
    jobs: dict[str, Callable[[], object]] = {f"{steps} calls": with_ddim(steps) for steps in budgets}
    jobs |= {
        "text encoding": partial(sampling.encode, pipe, prompts),
        "decoding": partial(sampling.decode, pipe, latents),
        "4 calls": with_ddim(4),
        "4 calls, one picture": with_ddim(4, 1),
    }
    taken = timing.interleaved(jobs, device, repeats)
    middle = {name: timing.quartiles(values) for name, values in taken.items()}
    x = [float(steps) for steps in budgets for _ in range(repeats)]
    y = [1000 * seconds for steps in budgets for seconds in taken[f"{steps} calls"]]
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
    context.metric("first run over median run", first / middle["4 calls"][1], "times; why one warms up")
    growth = middle["4 calls"][1] / middle["4 calls, one picture"][1]
    context.metric(f"time of {batch} pictures over that of one", growth, "times")
    if batch > 1:
        call = timing.split((1, batch), [middle[name][1] for name in ("4 calls, one picture", "4 calls")])
        context.note(
            "If a call takes a fixed time and so much for each picture, the fixed part of it is: "
            f"{call.words((1, batch), device)}."
        )
    if device == "cpu":
        context.note(
            "On a processor every call waits for its result; on a GPU a clock has to wait for it, as this one does."
        )
    own: dict[str, Callable[[], object]] = {
        name: partial(
            denoise, pipe, samplers.make(name, process), prompts, noise, samplers.steps_for(name, EACH), guidance
        )
        for name in context.chosen("samplers")
    }
    each: dict[str, float] = {}
    for name, values in timing.interleaved(own, device, repeats).items():
        calls = samplers.calls_for(name, samplers.steps_for(name, EACH))
        ms = [1000 * seconds / calls for seconds in values]
        low, each[name], high = timing.quartiles(ms)
        context.metric(f"time for a call, {name}", each[name], f"ms, quartiles {low:.3g} to {high:.3g}")
    context.note(
        f"Over the samplers a call with its share of the rest takes {min(each.values()):.3g} to "
        f"{max(each.values()):.3g} ms. On a machine that does nothing else they agree: the network is the cost, so "
        "samplers are compared by calls."
    )


def prompt_for(context: Context) -> str:
    """What is drawn when timing."""
    return "a large red circle at the left on a sky background" if context.model is None else context.text("prompt")


def race_on_shapes(context: Context, pipe: Any, process: Any, total: int) -> None:
    """(b): fidelity of every sampler at every number of calls, the same captions and noise for all."""
    from labs.common import captions, reporting, samplers, sampling, stats

    budgets, names, each = context.counts("calls"), context.chosen("samplers"), context.integer("pictures")
    asked, guidance = captions.ask(pipe, context.seeds, each), sampling.Guidance(context.number("guidance"))
    right: dict[str, list[list[float]]] = {name: [] for name in names}
    tiles: dict[str, list[tuple[str, Any]]] = {name: [] for name in names}
    for number, name in enumerate(names):
        context.progress(STAGES - 1 + number, total, f"tiny pipeline with {name}")
        pipe.scheduler = samplers.make(name, process)
        for budget in budgets:
            steps = samplers.steps_for(name, budget)
            pictures = sampling.draw(pipe, asked.prompts, asked.noise, steps, guidance)
            right[name].append(asked.fidelity(pictures)["all"])
            tiles[name].append((f"{name}, {said(samplers.calls_for(name, steps))}", pictures[0]))
            reporting.share(context, f"all five right, {name}, {budget} calls", right[name][-1], each=each)
    lines = [stats.line(name, values, each=each) for name, values in right.items()]
    x = ("network calls", budgets)
    context.series("fidelity", "Fidelity of the pipeline", x, "share with all five right", lines, log_x=True)
    context.pictures(
        "samplers", "The same caption and noise", len(budgets), [tile for name in names for tile in tiles[name]]
    )
    for name, values in right.items():
        enough = enough_calls(budgets, values, each)
        context.metric(
            f"enough calls, {name}", enough, "calls; from here on chance alone may be what its best is ahead"
        )
    context.note(
        f"{reporting.floor(0.9, len(asked.noise))} Samplers whose shares lie closer are not ranked by this run. Heun "
        "makes 2 N - 1 calls in N steps, so one fewer than an even number of calls."
    )


def said(calls: int) -> str:
    """A number of calls in words."""
    return f"{calls} call{'s' * (calls > 1)}"


def enough_calls(budgets: list[int], shares: list[list[float]], each: int) -> int:
    """The fewest calls from which on the best budget is ahead by chance alone; captions are the same."""
    from labs.common import stats

    best = max(shares, key=stats.mean)
    good = [stats.of_gains(best, values, each)[0] <= 0 for values in shares]
    return next((budget for place, budget in enumerate(budgets) if all(good[place:])), budgets[-1])


def race_on_foreign(context: Context, pipe: Any, process: Any, total: int) -> None:
    """Another pipeline: each deterministic sampler against its own result with the most calls, from the same noise."""
    from labs.common import samplers, sampling, stats

    budgets = context.counts("calls")
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
            tiles.append((f"{name}, {said(samplers.calls_for(name, steps))}", sampling.decode(pipe, ends[-1][0])[0]))
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
