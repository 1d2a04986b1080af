"""Walk back: why does a sampler take many steps, and must it roll dice on the way?

    python -m labs.walk_back
    python -m labs.walk_back --set calls=1,2,4,8,16,32 --set etas=0,0.5,1
    python -m labs.walk_back --model path/to/a/stable-diffusion --set prompt="a red bicycle"

At every step the network's answer is a guess of the whole clean datum, the mean of all that could lie under the noise,
    x0_hat = (x_t - sqrt(1 - abar_t) eps) / sqrt(abar_t),
and DDIM goes part of the way to it (Song et al. 2021, arXiv 2010.02502, equations 12 and 16):
    x_s = sqrt(abar_s) x0_hat + sqrt(1 - abar_s - sd^2) eps + sd z,
    sd  = eta sqrt((1 - abar_s) / (1 - abar_t)) sqrt(1 - abar_t / abar_s);   eta = 0 rolls no dice, eta = 1 is DDPM.
(a) On a mixture with exact eps, so that every error is the sampler's: one step against many; DDPM with variance beta_t
    for sd^2 (arXiv 2006.11239, section 3.2), and with none; eta; what the start noise decides; the same noise with more
    steps; and the walk forth, DDIM inversion, against the exact noise.
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
    seconds_cpu=30,
    seconds_quick=12,
    tolerances={
        "spread of one step, *": 1e-3,
        "spread, *": 0.03,
        "on a mode, *": 0.05,
        "to data, *": 0.05,
        "start decides, *": 0.1,
        "same start, *": 0.05,
        "noise found, *": 0.05,
        "there and back, *": 0.05,
        "differ, pipeline, *": 1.0,
        "differ, *": 0.0,
        "order of *": 0.2,
        "drawn pictures differ": 0.01,
        "pictures differ, *": 0.04,
        "one noise, other dice": 0.2,
    },
    takes_model=True,
)
REACH = 1.6  # of the pictures of the plane
LARGE, MEAN = "ddpm, large variance", "ddpm, no dice"
ARMS = {"ddim": "ddim", "ddpm": "ddpm", LARGE: "ddpm_large", MEAN: "ddpm_mean"}


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

    bar, count = float(exact.abar[-1]), exact.starts[..., 0].numel()
    # To first order in sqrt(abar_T) the guess is mean + sqrt(abar_T) covariance x_T.
    middle = exact.ring.means - exact.ring.mean()
    within = torch.eye(2, dtype=middle.dtype) * (exact.ring.weights @ exact.ring.sd**2)
    covariance = (exact.ring.weights[:, None] * middle).T @ middle + within
    guesses = bar * float(covariance.square().sum())
    for name, noise in (("ddim", 0.0), ("ddpm", 0.0), (LARGE, 2 * (1 - bar))):
        expected = (guesses + noise) ** 0.5 / exact.ring.spread()
        ends = exact.sample(ARMS[name], 1, exact.starts, context.seed)
        shares = exact.spread(ends)
        off = float((ends.mean((0, 1)) - exact.ring.mean()).norm())
        reporting.positive(context, f"spread of one step, {name}", shares, "of data's spread")
        context.check(f"spread of one step, {name}, by formula", expected, stats.mean(shares), 0.06 * expected)
        context.check(f"mean of one step minus mean of data, {name}", 0.0, off, 1e-3 + 4 * (noise / count) ** 0.5)


def many_steps(context: Context, exact: Exact) -> None:
    """Spread, share on a mode, distance to data and to the exact solution, against the number of steps."""
    from labs.common import reporting, stats
    from labs.common.exact import ON_MODE

    calls = context.counts("calls")
    context.check("data on a mode, by formula", ON_MODE, stats.mean(exact.on_mode(exact.data)), 0.01)
    walks = {
        arm: {number: exact.sample(name, number, exact.starts, context.seed) for number in calls}
        for arm, name in ARMS.items()
    }
    reporting.samples_in_the_plane(context, exact, walks, calls, "walk", "One step and many", log_x=True)
    two, apart = ("ddim", "ddpm"), ("two draws", 2**0.5 * exact.ring.spread())
    for measure, title, unit, measured, arms, (label, level) in (
        ("spread", "One step gives the mean; more give samples", "of data's", exact.spread, ARMS, ("data", 1.0)),
        ("same start", "Same start: DDIM settles, DDPM draws anew", "RMSE to exact", exact.off, two, apart),
    ):
        lines: list[Line] = [(label, [level] * len(calls))]
        for arm in arms:
            found = [measured(walks[arm][number]) for number in calls]
            lines.append(stats.line(arm, found, stats.POSITIVE))
            for number, values in zip(calls, found, strict=True):
                reporting.positive(context, f"{measure}, {arm}, {reporting.counted(number, 'step')}", values, unit)
        context.series(measure.replace(" ", "_"), title, ("steps", calls), unit, lines, log_x=True)
    tell_variances(context, exact, walks)


def tell_variances(context: Context, exact: Exact, walks: dict[str, dict[int, Tensor]]) -> None:
    """What DDPM's larger variance does, and what is left without its dice, in words."""
    from labs.common import stats

    on = {arm: {number: exact.on_mode(ends) for number, ends in walk.items()} for arm, walk in walks.items()}
    each, last = exact.starts.shape[1], max(walks[MEAN])
    gains = {str(number): stats.of_gains(on[LARGE][number], on["ddpm"][number], each) for number in walks[LARGE]}
    fewer, more = stats.sides(gains, none="no number of")
    spread = stats.mean(exact.spread(walks[MEAN][last]))
    context.note(
        f"With variance beta_t instead of the posterior's DDPM puts fewer points on a mode at {fewer} steps, and more "
        f"at {more} steps, by the intervals over seeds. diffusers adds it in the last step, too, where nothing takes "
        "it away again; what noise alone throws onto modes is no sample either, so look at the distance beside it. "
        f"Without dice {stats.mean(on[MEAN][last]):.0%} of the points lie on a mode after {last} steps, with a spread "
        f"of {spread:.2g} of the data's: points that lie on modes without any spread lie all at one place."
    )


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
            reporting.positive(context, f"to data, eta {eta:g}, {number} steps", far[eta][-1], "sliced W1")
        decided.append(decided_by_start(context, exact, calls[-1], eta))
        label = f"start decides, eta {eta:g}"
        context.metric(label, stats.mean(decided[-1]), "of the variance", stats.interval(decided[-1]))
    lines = [stats.line(f"eta {eta:g}", values, stats.POSITIVE) for eta, values in far.items()]
    context.series("eta", "Dice on the way", ("steps", calls), "sliced W1 to data", lines, log_x=True, log_y=True)
    title = f"What the start noise decides, {calls[-1]} steps"
    context.series("decided", title, ("eta", etas), "of the variance", [stats.line("DDIM", decided)])
    if etas[0] == 0:
        context.check("what the start decides at eta 0", 1.0, stats.mean(decided[0]), 1e-6)
    first, last = etas[0], etas[-1]
    bounds = {}
    for number, low, high in zip(calls, far[first], far[last], strict=True):
        ratio = [b / a for a, b in zip(low, high, strict=True)]
        bounds[str(number)] = stats.interval(ratio)
        reporting.positive(context, f"eta {last:g} over eta {first:g}, {number} steps", ratio, "times the distance")
    better, worse = stats.sides(bounds, 1.0, "no number of")
    context.note(
        f"By the intervals over seeds eta {last:g} lies farther from data than eta {first:g} at {worse} steps, "
        f"and nearer at {better} steps. With a learned network they are far apart in few steps: on CIFAR-10, in 10, "
        "FID 13.36 at eta 0 and 41.07 at eta 1 (DDIM, Table 1)."
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

    def differ(name: str, seed: int) -> float:
        first = exact.sample(name, 20, exact.starts, context.seed)
        return float((first != exact.sample(name, 20, exact.starts, seed)).double().mean())

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
                tiles += [(reporting.counted(steps, "step"), picture) for picture in pictures[:4]]
        reporting.positive(context, f"pictures differ, {reporting.counted(steps, 'step')}", differ[place], "RMS of two")
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
