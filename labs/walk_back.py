"""Walk back: why does a sampler take many steps, and must it roll dice on the way?

    python -m labs.walk_back
    python -m labs.walk_back --set calls=1,2,4,8,16,32 --set etas=0,0.5,1
    python -m labs.walk_back --model path/to/a/stable-diffusion --set prompt="a red bicycle"

At every step the network's answer is a guess of the whole clean datum, the mean of all that could lie under the noise,
    x0_hat = (x_t - sqrt(1 - abar_t) eps) / sqrt(abar_t),
and DDIM goes part of the way to it (Song et al. 2021, arXiv 2010.02502, equations 12 and 16):
    x_s = sqrt(abar_s) x0_hat + sqrt(1 - abar_s - sd^2) eps + sd z,
    sd  = eta sqrt((1 - abar_s) / (1 - abar_t)) sqrt(1 - abar_t / abar_s);   eta = 0 rolls no dice, eta = 1 is DDPM.
(a) On a mixture with exact eps, so that every error is the sampler's: one step against many; eta; what the start noise
    decides; the same noise with more steps; and the walk forth, DDIM inversion, against the exact noise.
(b) On the tiny pipeline: a film strip of x_t and of x0_hat, and how much pictures of one caption differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labs.kit.spec import Choice, Knob, Lab, Prediction

if TYPE_CHECKING:
    from torch import Tensor

    from labs.common.exact import Exact
    from labs.kit.context import Context, Line

LAB = Lab(
    name="walk_back",
    title="Walk back",
    question="Why does a sampler take many steps back from noise, and must it roll dice on the way?",
    knobs=(
        Knob("calls", "numbers", (1, 2, 5, 10, 20, 50, 100), "steps", 1, 1000, quick=(1, 2, 5, 10, 50)),
        Knob("etas", "numbers", (0, 0.2, 0.5, 1), "shares of DDPM's noise that DDIM adds", 0, 1),
        Knob("points", "int", 2000, "points of the mixture with each seed", low=200, high=20_000, quick=500),
        Knob("inversions", "numbers", (5, 10, 20, 50, 100, 250), "steps forth and back", 2, 1000, quick=(5, 20, 100)),
        Knob("steps", "int", 10, "steps of the film strip", low=2, high=50),
        Knob("pictures", "int", 24, "pictures with each seed on the pipeline", low=4, high=200, quick=8, gpu=200),
        Knob("guidance", "float", 1.0, "guidance scale on the pipeline", low=1, high=20),
        Knob("prompt", "text", "a circle", "what the pipeline draws"),
    ),
    prediction=Prediction(
        prompt="Many seeds, one DDIM step each from pure noise to clean data, with a perfect network. How much do the "
        "results differ from each other, when data differ by 1?",
        metric="spread of one step, ddim",
        choices=(
            Choice("by almost nothing, all seeds give one point", 0, 0.03),
            Choice("by about 0.1", 0.03, 0.2),
            Choice("by about a half, blurred samples", 0.2, 0.7),
            Choice("by 1, each is another sample", 0.7, 2),
        ),
    ),
    seconds_cpu=20,
    seconds_quick=9,
    tolerances={
        "spread of one step, *": 1e-3,
        "spread, *": 0.03,
        "on a mode, *": 0.05,
        "to data, *": 0.05,
        "start decides, *": 0.1,
        "same start, *": 0.05,
        "noise found, *": 0.05,
        "there and back, *": 0.05,
        "differ, ddim*": 0.0,
        "differ, ddpm*": 0.0,
        "differ, pipeline, *": 1.0,
        "order of *": 0.2,
        "drawn pictures differ": 0.01,
        "pictures differ, *": 0.04,
        "one noise, other dice": 0.2,
    },
    takes_model=True,
)
REACH = 1.6  # of the pictures of the plane


def run(context: Context) -> None:
    """The experiment; see the module's first lines."""
    from labs.common import models
    from labs.common.exact import prepare

    models.check(context.model)
    context.progress(0, 9, "the exact solution")
    exact = prepare(context.seeds, context.integer("points"))
    context.progress(1, 9, "one step and many")
    one_step(context, exact)
    many_steps(context, exact)
    context.progress(2, 9, "a walk, step by step")
    watch_one_walk(context, exact)
    context.progress(3, 9, "dice on the way")
    roll_dice(context, exact)
    context.progress(4, 9, "the same again, and the way forth")
    repeat(context, exact)
    invert(context, exact)
    if context.model is None and not models.trained():
        context.note(f"The part on the tiny pipeline was left out: it has no weights here. {models.HOW_TO_TRAIN}")
        return
    context.progress(5, 9, "loading the pipeline")
    pipe = models.load(context.model, context.device)
    context.progress(6, 9, "the film strip")
    film_strip(context, pipe)
    context.progress(7, 9, "one step and many, in pictures")
    picture_spread(context, pipe)
    context.progress(9, 9, "done")


def one_step(context: Context, exact: Exact) -> None:
    """One step from pure noise: the mean of the data, whatever the noise; by how much it is not quite that."""
    import torch

    from labs.common import reporting, stats

    root = float(exact.abar[-1]) ** 0.5
    # To first order in sqrt(abar_T) the guess is mean + sqrt(abar_T) covariance x_T.
    middle = exact.ring.means - exact.ring.mean()
    covariance = (exact.ring.weights[:, None] * middle).T @ middle
    covariance += torch.eye(2, dtype=covariance.dtype) * (exact.ring.weights @ exact.ring.sd**2)
    expected = root * float(covariance.norm()) / exact.ring.spread()
    for name in ("ddim", "ddpm"):
        ends = exact.sample(name, 1, exact.starts, context.seed)
        shares = exact.spread(ends)
        off = float((ends.mean((0, 1)) - exact.ring.mean()).norm())
        reporting.positive(context, f"spread of one step, {name}", shares, "of data's spread")
        context.check(f"spread of one step, {name}, by formula", expected, stats.mean(shares), 0.06 * expected)
        context.check(f"mean of one step minus mean of data, {name}", 0.0, off, 1e-3)


def many_steps(context: Context, exact: Exact) -> None:
    """Spread, share on a mode, distance to data and to the exact solution, against the number of steps."""
    from labs.common import reporting, stats
    from labs.common.exact import ON_MODE

    calls, chance = context.counts("calls"), exact.chance(context.seeds)
    reporting.positive(context, "to data, floor", chance, "real against real")
    context.check("data on a mode, by formula", ON_MODE, stats.mean(exact.on_mode(exact.data)), 0.01)
    walks = {
        name: [exact.sample(name, number, exact.starts, context.seed) for number in calls] for name in ("ddim", "ddpm")
    }
    for measure, title, unit, measured, (label, level) in (
        ("spread", "One step gives the mean; more give samples", "of data's", exact.spread, ("data", 1.0)),
        ("on a mode", "Points on a mode", "share", exact.on_mode, ("data", ON_MODE)),
        ("to data", "Distance to data", "sliced W1", exact.far, ("data against data", stats.mean(chance))),
        (
            "same start",
            "Same start, more steps: DDIM settles, DDPM draws anew",
            "RMSE to exact",
            exact.off,
            ("two draws", 2**0.5 * exact.ring.spread()),
        ),
    ):
        lines: list[Line] = [(label, [level] * len(calls))]
        possible = stats.SHARE if unit == "share" else stats.POSITIVE
        for name, ends in walks.items():
            found = [measured(points) for points in ends]
            lines.append(stats.line(name, found, possible))
            for number, values in zip(calls, found, strict=True):
                context.metric(
                    f"{measure}, {name}, {number} steps", stats.mean(values), unit, stats.interval(values, possible)
                )
        context.series(measure.replace(" ", "_"), title, ("steps", calls), unit, lines, log_x=True)


def watch_one_walk(context: Context, exact: Exact) -> None:
    """x_t and the guess x0_hat of DDIM in 20 steps as clouds, and the guess's spread against its exact law."""
    from labs.common import mixture, plane, samplers, stats

    walked: list[tuple[int, Tensor, Tensor]] = []

    def predict(x: Tensor, t: int) -> Tensor:
        eps, bar = exact.eps(x, t), float(exact.abar[t])
        walked.append((t, x, (x - (1 - bar) ** 0.5 * eps) / bar**0.5))
        return eps

    samplers.run(samplers.make("ddim", samplers.DDPM_LINEAR), predict, exact.starts, 20, context.seed)
    shown = [walked[k] for k in (0, 5, 10, 14, 17, 19)]
    noisy = [(f"x_t, t = {t + 1}", plane.cloud(x[0], 2 * REACH)) for t, x, _ in shown]
    guesses = [(f"guess, t = {t + 1}", plane.cloud(guess[0], 2 * REACH)) for t, _, guess in shown]
    context.pictures("guesses", "What is there, and what is guessed", len(shown), noisy + guesses)
    total = exact.ring.spread() ** 2
    # The variance of a conditional mean is the variance of the data less the least error of any guess of it.
    laws, shares = [], []
    for t, _, guess in walked:
        bar = float(exact.abar[t])
        left = 2 * mixture.least_error(exact.ring, bar) * (1 - bar) / bar
        laws.append(max(0.0, 1 - left / total) ** 0.5)
        shares.append(exact.spread(guess))
    context.series(
        "guess",
        "The guess starts as one point and ends as data",
        ("step t", [t + 1 for t, _, _ in walked]),
        "spread of x0_hat, of data's",
        [stats.line("DDIM, 20 steps", shares, stats.POSITIVE), ("E[x_0 | x_t], exact law", laws)],
    )
    last = abs(stats.mean(shares[0]) - laws[0])
    context.check("spread of the first guess minus the exact law", 0.0, last, 0.06 * laws[0])


def roll_dice(context: Context, exact: Exact) -> None:
    """Distance to data for every eta, and how much of the result the start noise decides."""
    from labs.common import reporting, stats

    etas, calls = sorted(set(context.numbers("etas"))), [n for n in context.counts("calls") if n > 1] or [2]
    far: dict[float, list[list[float]]] = {eta: [] for eta in etas}
    decided: list[list[float]] = []
    for eta in etas:
        for number in calls:
            far[eta].append(exact.far(exact.sample("ddim", number, exact.starts, context.seed, eta)))
            label = f"to data, eta {eta:g}, {number} steps"
            reporting.positive(context, label, far[eta][-1], "sliced W1")
        decided.append(decided_by_start(context, exact, calls[-1], eta))
        label = f"start decides, eta {eta:g}"
        context.metric(label, stats.mean(decided[-1]), "of the variance", stats.interval(decided[-1]))
    lines = [stats.line(f"eta {eta:g}", values, stats.POSITIVE) for eta, values in far.items()]
    context.series("eta", "Dice on the way", ("steps", calls), "sliced W1 to data", lines, log_x=True, log_y=True)
    title = f"What the start noise decides, {calls[-1]} steps"
    context.series("decided", title, ("eta", etas), "of the variance", [stats.line("DDIM", decided)])
    if etas[0] == 0:
        context.check("what the start decides at eta 0", 1.0, stats.mean(decided[0]), 1e-6)
    ratios = [
        [b / a for a, b in zip(low, high, strict=True)] for low, high in zip(far[etas[0]], far[etas[-1]], strict=True)
    ]
    for number, ratio in zip(calls, ratios, strict=True):
        label = f"eta {etas[-1]:g} over eta {etas[0]:g}, {number} steps"
        reporting.positive(context, label, ratio, "times the distance")
    bounds = [stats.interval(ratio) for ratio in ratios]
    worse = [str(number) for number, (low, _) in zip(calls, bounds, strict=True) if low > 1]
    better = [str(number) for number, (_, high) in zip(calls, bounds, strict=True) if high < 1]
    context.note(
        f"By the intervals over seeds eta {etas[-1]:g} lies farther from data than eta {etas[0]:g} at "
        f"{', '.join(worse) or 'no number of'} steps, and nearer at {', '.join(better) or 'no number of'} steps. A "
        "learned network on CIFAR-10 tells them far apart in few steps: in 10, FID 13.36 at eta 0 and 41.07 at eta 1 "
        "(DDIM, Table 1)."
    )
    dice = exact.sample("ddim", 20, exact.starts, context.seed, 1.0)
    apart = float((dice - exact.sample("ddpm", 20, exact.starts, context.seed)).abs().max())
    context.check("DDIM at eta 1 minus DDPM, same dice, 20 steps", 0.0, apart, 1e-3)


def decided_by_start(context: Context, exact: Exact, steps: int, eta: float, copies: int = 20) -> list[float]:
    """The share of the results' variance that lies between start noises, not between dice: 50 starts, 20 walks each.

    The variance of the means of 20 walks still holds 1 / 20 of the variance within; that is taken off.
    """
    each = exact.starts[:, :50].repeat_interleave(copies, 1)
    ends = exact.sample("ddim", steps, each, context.seed, eta)
    ends = ends.reshape(len(ends), -1, copies, 2)  # [S, 50, 20, 2]
    within = ends.var(2).sum(-1).mean(1)
    between = ends.mean(2).var(1).sum(-1) - within / copies
    return [float(share) for share in between / (between + within)]


def repeat(context: Context, exact: Exact) -> None:
    """The same walk again, value by value: same bits or not."""
    steps = 20

    def differ(name: str, seed: int, eta: float = 0.0) -> float:
        first = exact.sample(name, steps, exact.starts, context.seed, eta)
        return float((first != exact.sample(name, steps, exact.starts, seed, eta)).double().mean())

    context.metric("differ, ddim again", differ("ddim", context.seed), "share of values")
    context.metric("differ, ddim, other dice", differ("ddim", context.seed + 1), "share of values")
    context.metric("differ, ddpm, same dice", differ("ddpm", context.seed), "share of values")
    context.metric("differ, ddpm, other dice", differ("ddpm", context.seed + 1), "share of values")
    context.check("values that differ when DDIM walks again", 0.0, differ("ddim", context.seed + 1), 0)


def invert(context: Context, exact: Exact) -> None:
    """DDIM inversion: exact data back to noise, held to the exact noise, and forth again, held to the data."""
    import math

    from labs.common import reporting, samplers, stats, timing

    calls = context.counts("inversions")
    noise_off: list[list[float]] = []
    data_off: list[list[float]] = []
    for number in calls:
        found = exact.sample("inverse_ddim", number, exact.ends, context.seed)
        back = exact.sample("ddim", number, found, context.seed)
        noise_off.append([samplers.rmse(*pair) for pair in zip(found, exact.starts, strict=True)])
        data_off.append(exact.off(back))
        for label, values in (("noise found", noise_off[-1]), ("there and back", data_off[-1])):
            reporting.positive(context, f"{label}, {number} steps", values, "RMSE")
    context.series(
        "inversion",
        "DDIM run forth: error against the exact noise, and after the way back",
        ("steps each way", calls),
        "RMSE",
        [stats.line("noise found", noise_off, stats.POSITIVE), stats.line("there and back", data_off, stats.POSITIVE)],
        log_x=True,
        log_y=True,
    )
    if len(calls) > 1:
        logs = [math.log(number) for number in calls]
        for label, found_off in (("noise found", noise_off), ("there and back", data_off)):
            _, slope, _ = timing.fit_line(logs, [math.log(stats.mean(v)) for v in found_off])
            context.metric(f"order of {label}", -slope, "error falls as steps^-order")
    context.note(
        "Inversion asks for eps at the noisier level while it still stands at the cleaner one, so it is exact only in "
        "the limit of many steps. After a walk with dice there is no one noise to find: the dice are lost, too."
    )


def film_strip(context: Context, pipe: Any) -> None:
    """Every step's x_t and x0_hat, decoded; and the same walk again, bit by bit."""
    import torch

    from labs.common import samplers, sampling

    steps, caption = context.integer("steps"), context.text("prompt")
    guidance = sampling.Guidance(context.number("guidance"))
    noise = sampling.noise_for(pipe, 1, context.seed)
    pipe.scheduler = samplers.make("ddim", samplers.process_of(pipe))
    walked: list[Tensor] = []
    guessed: list[Tensor] = []

    def watch(x: Tensor, guess: Tensor) -> None:
        walked.append(x)
        guessed.append(guess)

    ends = sampling.sample(pipe, [caption], noise, steps, guidance, context.seed, watch=watch)
    times = [int(t) + 1 for t in pipe.scheduler.timesteps]
    shown = {round(k * (steps - 1) / 6) for k in range(7)}
    decoded = sampling.decode(pipe, torch.cat(walked)), sampling.decode(pipe, torch.cat(guessed))
    tiles = [
        (f"{label}, t = {t}", picture)
        for label, pictures in zip(("x_t", "guess"), decoded, strict=True)
        for k, (t, picture) in enumerate(zip(times, pictures, strict=True))
        if k in shown
    ]
    context.pictures("film", f"{caption}: x_t above, the guess below", len(tiles) // 2, tiles)
    again = sampling.sample(pipe, [caption], noise, steps, guidance, context.seed + 1)
    differing = float((ends != again).float().mean())
    context.metric("differ, pipeline, other dice", differing, "share of values")
    if context.device == "cpu":
        context.check("values of the pipeline that differ when DDIM walks again", 0.0, differing, 0)


def picture_spread(context: Context, pipe: Any) -> None:
    """How much pictures of one caption differ after 1, 2, ... steps, and with one start noise but other dice."""
    import torch

    from labs.common import reporting, samplers, sampling, shapes, stats

    count, caption = context.integer("pictures"), context.text("prompt")
    calls = [number for number in context.counts("calls") if number <= 20] or [1]
    guidance = sampling.Guidance(context.number("guidance"))
    pipe.scheduler = samplers.make("ddim", samplers.process_of(pipe))

    def draw(noise: Tensor, steps: int, seed: int, eta: float = 0.0) -> Tensor:
        return sampling.decode(pipe, sampling.sample(pipe, [caption] * count, noise, steps, guidance, seed, eta=eta))

    differ: list[list[float]] = [[] for _ in calls]
    tiles: list[tuple[str, Any]] = []
    for place, steps in enumerate(calls):
        for seed in context.seeds:
            pictures = draw(sampling.noise_for(pipe, count, seed), steps, seed)
            differ[place].append(shapes.spread(pictures))
            if seed == context.seeds[0]:
                tiles += [(f"{steps} step{'s' * (steps > 1)}", picture) for picture in pictures[:4]]
        reporting.positive(context, f"pictures differ, {steps} steps", differ[place], "RMS of two")
    lines: list[Line] = [stats.line("DDIM", differ, stats.POSITIVE)]
    known = [] if context.model else [shapes.drawn(caption, count, seed) for seed in context.seeds]
    if known:
        drawn = [shapes.spread(pictures) for pictures in known]
        reporting.positive(context, "drawn pictures differ", drawn, "RMS of two")
        lines.append(("drawn pictures", [stats.mean(drawn)] * len(calls)))
    context.series("pictures_differ", f"How much pictures differ: {caption}", ("steps", calls), "RMS of two", lines)
    dice = []
    for seed in context.seeds:
        pictures = draw(sampling.noise_for(pipe, 1, seed).expand(count, -1, -1, -1), calls[-1], seed, eta=1.0)
        dice.append(shapes.spread(pictures) / differ[-1][list(context.seeds).index(seed)])
        if seed == context.seeds[0]:
            tiles += [("one noise, other dice", picture) for picture in pictures[:4]]
    reporting.positive(context, "one noise, other dice", dice, "of other noises' spread")
    if known:
        tiles.append(("mean of drawn", torch.cat(known).mean(0)))
    context.pictures("steps_seen", f"{caption}: four noises a row", 4, tiles)
    note = "Fidelity is not measured: this lab asks how much pictures differ, not whether they are right."
    if known:
        note += (
            " After one step pictures still differ, unlike the points above: the tiny pipeline was trained with Stable "
            "Diffusion's schedule, which leaves 0.068 of the picture at T, and takes some of the start noise for that."
        )
    context.note(note)


if __name__ == "__main__":
    from labs.kit.run import main

    raise SystemExit(main(LAB, run))
