"""Straight or curved: is flow matching another thing than diffusion, and are its paths straight?

    python -m labs.flow_paths
    python -m labs.flow_paths --set calls=1,2,4,8,16,32 --set shifts=0.5,1,3,6
    python -m labs.flow_paths --set hidden=96 --set training=6000

Flow matching goes along x_s = (1 - s) x_0 + s e and asks for the velocity E[e - x_0 | x_s] (Lipman et al. 2023, arXiv
2210.02747; rectified flow, Liu et al. 2023, arXiv 2209.03003); s = 1 is noise, as in Stable Diffusion 3 and diffusers.
With Gaussian noise this is diffusion with other signal and noise factors. On data whose velocity is exact:
(a) the flow and DDPM's variance-preserving path end at the same points from the same noise;
(b) Euler's step along the flow is DDIM's step; what differs between the two is the grid, and `shift` is a grid, too:
    s' = shift s / (1 + (shift - 1) s)                                            (Esser et al. 2024, arXiv 2403.03206)
(c) the line from x_0 to e is straight; the path that sampling takes is not, and when pairs are made anew along it (one
    reflow) it nearly is.
Planted fault: FlowMatchEulerDiscreteScheduler asked for N steps makes the last one from s = 0.001.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from labs.kit.spec import Choice, Knob, Lab, Prediction

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from labs.common.exact import Exact
    from labs.common.learned import Networks
    from labs.kit.context import Context, Line

LAB = Lab(
    name="flow_paths",
    title="Straight or curved",
    question="Is flow matching another thing than diffusion, and are the paths that it samples along straight?",
    knobs=(
        Knob("calls", "numbers", (1, 2, 5, 10, 20, 50, 100), "network calls", 1, 1000, quick=(1, 2, 10, 50)),
        Knob("shifts", "numbers", (0.33, 0.5, 1, 1.5, 2, 3, 5), "shifts of the grid; 1 is none", 0.1, 20),
        Knob("points", "int", 1000, "points with each seed", low=200, high=20_000, quick=400),
        Knob("training", "int", 3000, "training steps, batches of 256", low=50, high=100_000, quick=400, gpu=10_000),
        Knob("hidden", "int", 64, "width of the three hidden layers", low=8, high=256, gpu=128),
        Knob("pairs", "int", 8000, "pairs of noise and end for the reflow", 500, 100_000, quick=2000, gpu=20_000),
    ),
    prediction=Prediction(
        prompt="From the same start noise, with exact networks and no error of steps: how far from DDPM's path does "
        "flow matching end, when two random data lie 1.4 apart?",
        metric="apart, DDPM's schedule",
        choices=(
            Choice("0.02 or less, at the same points", 0, 0.02),
            Choice("about 0.1 to 0.5, at points nearby", 0.02, 0.7),
            Choice("about 1.4, at other points of the same data", 0.7, 3),
        ),
    ),
    seconds_cpu=16,
    seconds_quick=6,
    tolerances={
        "apart, *": 0.01,
        "flow, *": 0.02,
        "DDPM path, *": 0.02,
        "shift 3 over *": 0.02,
        "shift *": 0.02,
        "set_timesteps(N), *": 0.02,
        "even sigmas, *": 0.02,
        "detour, exact *": 0.02,
        "detour, *": 0.08,
        "to data, floor": 0.02,
        "to data, exact *": 0.03,
        "to data, *": 0.08,
        "on a mode, exact *": 0.05,
        "on a mode, *": 0.1,
        "second level*": 1e-6,
    },
)
BATCH, RATE = 256, 5e-3
FEW = (1, 2, 4, 8, 16)  # Euler steps
SCHEDULES = {"DDPM's schedule": 4.036e-5, "Stable Diffusion's": 4.660e-3, "cosine schedule": 2.4e-9}
"""What each leaves of abar at T."""


def run(context: Context) -> None:
    """The experiment; see the module's first lines."""
    from labs.common.exact import prepare

    context.progress(0, 110, "the exact solutions")
    preserving = prepare(context.seeds, context.integer("points"))
    truth = at_flow_ends(context, preserving)
    context.progress(4, 110, "steps along both paths")
    same_step(context, truth)
    errors_of_paths(context, truth, preserving)
    shift_grid(context, truth)
    lost_step(context, truth)
    networks = reflow(context)
    context.progress(106, 110, "how straight the paths are")
    straightness(context, truth, networks)
    context.progress(110, 110, "done")


def at_flow_ends(context: Context, truth: Exact) -> Exact:
    """(a): where the flow ends, against the exact solution of the variance-preserving path; `truth` with the former."""
    from dataclasses import replace

    from labs.common import mixture, reporting, samplers
    from labs.common.flows import FINE, exact_velocity, fine, trace

    path = trace(exact_velocity(truth.ring), truth.starts)
    flow, flat = path[-1], truth.starts.flatten(0, 1)
    for name, abar in SCHEDULES.items():
        ends = mixture.exact_flow(truth.ring.epsilon, flat, abar, steps=150).reshape(flow.shape)
        apart = [samplers.rmse(*pair) for pair in zip(ends, flow, strict=True)]
        reporting.error(context, f"apart, {name}", apart)
    # One point of the flow's own path, s = 0.9, read as x_t of the variance-preserving path: the same curve from there.
    place = FINE // 20
    s = fine()[place]
    scale = ((1 - s) ** 2 + s**2) ** 0.5
    onward = mixture.exact_flow(
        truth.ring.epsilon, path[place].flatten(0, 1) / scale, ((1 - s) / scale) ** 2, steps=150
    )
    context.check(
        "end points apart from one point of the path on", 0.0, samplers.rmse(onward, flow.flatten(0, 1)), 1e-3
    )
    finer = trace(exact_velocity(truth.ring), truth.starts[:, :100], steps=400)[-1]
    changed = float((finer - flow[:, :100]).norm(dim=-1).max())
    context.check("exact flow, changed by halving its steps", 0.0, changed, 1e-4)
    context.note(
        "What is left between the end points is no difference of paths: a schedule that stops at T short of pure noise "
        "takes the start noise for something with a little data in it."
    )
    return replace(truth, ends=flow)


def same_step(context: Context, truth: Exact) -> None:
    """(b): Euler along the flow against DDIM on the same levels of noise, and against diffusers' own scheduler."""
    import diffusers

    from labs.common.flows import euler, even, exact_velocity

    velocity, x = exact_velocity(truth.ring), truth.starts
    for here, there in pairwise(even(10)):
        # DDIM in the variance-preserving scale: guess x_0 and e, mix them anew.
        one, other = ((1 - here) ** 2 + here**2) ** 0.5, ((1 - there) ** 2 + there**2) ** 0.5
        clean = truth.ring.clean(x.reshape(-1, 2), (1 - here) / one, here / one).reshape(x.shape)
        noise = (x - (1 - here) / one * clean) / (here / one)
        x = (1 - there) / other * clean + there / other * noise
    ends = euler(velocity, truth.starts, even(10))
    context.check("Euler's flow minus DDIM on its grid, 10 steps", 0.0, float((x - ends).abs().max()), 1e-9)
    scheduler = diffusers.FlowMatchEulerDiscreteScheduler()
    scheduler.set_timesteps(sigmas=even(10)[:-1])
    y = truth.starts
    for t, s in zip(scheduler.timesteps, even(10), strict=False):
        y = scheduler.step(velocity(y, s), t, y).prev_sample
    context.check("Euler's flow minus diffusers' scheduler, 10 steps", 0.0, float((y - ends).abs().max()), 1e-5)
    # The other way round: DDPM's grid of ten levels, walked by the flow.
    steps = [999 - 100 * k for k in range(10)]
    sigma = [((1 - float(truth.abar[t])) / float(truth.abar[t])) ** 0.5 for t in steps]
    levels = [value / (1 + value) for value in sigma] + [0.0]
    scale = ((1 - levels[0]) ** 2 + levels[0] ** 2) ** 0.5
    walked, ddim = euler(velocity, truth.starts * scale, levels), truth.sample("ddim", 10, truth.starts, context.seed)
    context.check("flow on DDIM's grid minus DDIM, 10 steps", 0.0, float((walked - ddim).abs().max()), 1e-4)


def errors_of_paths(context: Context, truth: Exact, preserving: Exact) -> None:
    """(b): error to each path's own exact end points against calls, along the flow and along DDPM's path."""
    from labs.common import reporting, stats
    from labs.common.flows import euler, even, exact_velocity, heun

    velocity, calls = exact_velocity(truth.ring), context.counts("calls")
    arms: dict[str, Callable[[int], Tensor]] = {
        "flow, Euler": lambda n: euler(velocity, truth.starts, even(n)),
        "flow, Heun": lambda n: heun(velocity, truth.starts, even((n + 1) // 2)),
        "DDPM path, DDIM": lambda n: preserving.sample("ddim", n, truth.starts, context.seed),
        "DDPM path, DPM++": lambda n: preserving.sample("dpmpp", n, truth.starts, context.seed),
        "DDPM path, Heun": lambda n: preserving.sample("heun", (n + 1) // 2, truth.starts, context.seed),
    }
    lines: list[Line] = []
    for name, sample in arms.items():
        own = truth if name.startswith("flow") else preserving
        found = [own.off(sample(number)) for number in calls]
        lines.append(stats.line(name, found, stats.POSITIVE))
        for number, values in zip(calls, found, strict=True):
            reporting.error(context, f"{name}, {reporting.counted(number, 'call')}", values)
    context.series("error", "Error against calls", ("calls", calls), "RMSE", lines, log_x=True, log_y=True)
    context.note("In N steps Heun makes 2 N - 1 calls; for an even number of calls it makes one fewer.")
    if 1 in calls:
        middle = euler(velocity, truth.starts, even(1)) - truth.ring.mean()
        context.check("one step of the flow minus the mean of data", 0.0, float(middle.norm(dim=-1).max()), 1e-9)


def shift_grid(context: Context, truth: Exact) -> None:
    """(b): the same calls on shifted grids."""
    import diffusers

    from labs.common import reporting, stats
    from labs.common.flows import euler, even, exact_velocity

    velocity, shifts = exact_velocity(truth.ring), sorted(set(context.numbers("shifts")))
    scheduler = diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0)
    scheduler.set_timesteps(sigmas=even(10)[:-1])
    apart = max(abs(float(a) - b) for a, b in zip(scheduler.sigmas, even(10, 3), strict=True))
    context.check("grid at shift 3 minus diffusers', 10 steps", 0.0, apart, 1e-6)
    lines: list[Line] = []
    off: dict[int, list[list[float]]] = {}
    for number in (5, 10, 20):
        found = off[number] = [truth.off(euler(velocity, truth.starts, even(number, shift))) for shift in shifts]
        lines.append(stats.line(f"{number} steps", found, stats.POSITIVE))
        for shift, values in zip(shifts, found, strict=True):
            reporting.error(context, f"shift {shift:g}, {number} steps", values)
    context.series("shift", "Euler's flow on shifted grids", ("shift", shifts), "RMSE", lines, log_x=True)
    least = min(off[10], key=stats.mean)
    best, behind = shifts[off[10].index(least)], {}
    context.metric("best shift, 10 steps", best, "of those tried")
    for shift, values in zip(shifts, off[10], strict=True):
        if shift != best:
            behind[f"{shift:g}"] = stats.paired(values, least)
            gap = stats.mean(values) - stats.mean(least)
            context.metric(f"shift {shift:g} less the best, 10 steps", gap, "RMSE, seed by seed", behind[f"{shift:g}"])
    alike = ", ".join(shift for shift, (low, _) in behind.items() if low <= 0)
    shifted = truth.off(euler(velocity, truth.starts, even(10, 3)))
    ratio = [a / b for a, b in zip(shifted, truth.off(truth.sample("ddim", 10, truth.starts, 0)), strict=True)]
    reporting.error(context, "shift 3 over DDIM, 10 steps", ratio, "times the error")
    context.note(
        "A shift above 1 spends more steps at strong noise. Stable Diffusion 3 takes 3 because neighbouring pixels of "
        "large pictures repeat each other and outlast noise; points of the plane do not. In 10 steps shift "
        f"{best:g} has the least error of those tried; seed by seed, by the intervals, more have: "
        f"{stats.sides(behind)[1]}; not to be told from it: {alike or 'none'}. At shift 3 the error is "
        f"{stats.mean(ratio):.2f} of DDIM's on DDPM's grid."
    )


def lost_step(context: Context, truth: Exact) -> None:
    """Planted fault: the default grid of diffusers' flow scheduler."""
    import diffusers

    from labs.common import reporting, stats
    from labs.common.flows import euler, even, exact_velocity

    velocity, steps = exact_velocity(truth.ring), (1, 2, 3, 4, 8)
    scheduler, default, honest = diffusers.FlowMatchEulerDiscreteScheduler(), [], []
    for number in steps:
        scheduler.set_timesteps(number)
        default.append(truth.off(euler(velocity, truth.starts, scheduler.sigmas.double().tolist())))
        honest.append(truth.off(euler(velocity, truth.starts, even(number))))
        if number == 2:
            context.metric("second level of two", float(scheduler.sigmas[1]), "s; even would be 0.5")
    for label, found in (("set_timesteps(N)", default), ("even sigmas", honest)):
        for number, values in zip(steps, found, strict=True):
            reporting.error(context, f"{label}, {reporting.counted(number, 'step')}", values)
    context.series(
        "lost_step",
        "set_timesteps(N) spends its last step on the last thousandth",
        ("steps", steps),
        "RMSE",
        [stats.line("set_timesteps(N)", default, stats.POSITIVE), stats.line("even sigmas", honest, stats.POSITIVE)],
    )
    same = stats.mean(default[1]) - stats.mean(default[0])
    context.check("set_timesteps(2) minus set_timesteps(1), error", 0.0, same, 2e-3)


def reflow(context: Context) -> Networks:
    """(c): networks on independent pairs of data and noise, and on pairs that the exact flow has made (one reflow)."""
    import torch

    from labs.common import learned, mixture

    ring, count, steps, device = (
        mixture.ring_of_eight(),
        context.integer("pairs"),
        context.integer("training"),
        context.device,
    )
    generators = [torch.Generator().manual_seed(seed + 500) for seed in context.seeds]
    context.progress(5, 110, "making pairs")
    noise = torch.stack([torch.randn(count, 2, generator=g, dtype=torch.float64) for g in generators])
    ends = mixture.exact_flow(ring.epsilon, noise.flatten(0, 1), 2.4e-9, steps=60).reshape(noise.shape)
    networks = learned.Networks(context.seeds, 2, context.integer("hidden")).to(device)
    averages = networks.averages()

    def losses() -> Tensor:
        chosen = [torch.randint(count, (BATCH,), generator=g) for g in generators]
        paired = [torch.stack([part[k, which] for k, which in enumerate(chosen)]) for part in (ends, noise)]
        free = torch.stack([ring.sample(BATCH, g) for g in generators])
        s = torch.stack([torch.rand(BATCH, 1, generator=g, dtype=torch.float64) for g in generators])
        clean, e = torch.cat([free, paired[0]]), paired[1].repeat(2, 1, 1)
        level = s.repeat(2, 1, 1)
        said = networks(((1 - level) * clean + level * e).float().to(device), level[..., 0].float().to(device))
        off: Tensor = (said - (e - clean).float().to(device)).square().mean((1, 2))
        return off

    def tick(step: int) -> None:
        context.progress(6 + 100 * step // steps, 110, "training on drawn pairs and on the flow's own")

    learned.train(networks, averages, losses, steps, RATE, tick)
    return averages.cpu()


def straightness(context: Context, truth: Exact, networks: Networks) -> None:
    """(c): detours of every path, and what few Euler steps give along each."""
    import torch

    from labs.common import plane, reporting
    from labs.common.flows import detour, euler, even, exact_velocity, threads, trace, variance_preserving

    seeds = len(context.seeds)

    def said(x: Tensor, s: float) -> Tensor:
        with torch.no_grad():
            velocity: Tensor = networks(x.float(), torch.full(x.shape[:2], s)).double()
        return velocity

    both = torch.cat([truth.starts, truth.starts])
    learned = trace(said, both, steps=100)
    exact = trace(exact_velocity(truth.ring), truth.starts)
    paths = {
        "exact DDPM": variance_preserving(exact),
        "exact flow": exact,
        "learned flow": learned[:, :seeds],
        "after one reflow": learned[:, seeds:],
    }
    tiles = []
    for name, path in paths.items():
        bent = [detour(path[:, k]) for k in range(seeds)]
        reporting.error(context, f"detour, {name}", bent, "length over distance")
        tiles.append((name, plane.cloud(threads(path[:, 0, :60]), 2.5, 96)))
    context.pictures("paths", "Sixty paths from noise to data", len(tiles), tiles)
    exactly = {number: euler(exact_velocity(truth.ring), truth.starts, even(number)) for number in FEW}
    few = {number: euler(said, both, even(number)) for number in FEW}
    report_few_steps(
        context,
        truth,
        {
            "exact flow": exactly,
            "learned flow": {number: ends[:seeds] for number, ends in few.items()},
            "reflow": {number: ends[seeds:] for number, ends in few.items()},
        },
    )


def report_few_steps(context: Context, truth: Exact, arms: dict[str, dict[int, Tensor]]) -> None:
    """What few Euler steps give."""
    from labs.common import plane, reporting

    reporting.samples_in_the_plane(context, truth, arms, FEW, "few", "Few Euler steps", log_x=True)
    tiles = [("data", plane.cloud(truth.data[0], 1.6))]
    for name, ends in arms.items():
        tiles += [(f"{name}, {number}", plane.cloud(ends[number][0], 1.6)) for number in (1, 2, 16)]
    context.pictures(
        "few_steps", "One, two and sixteen Euler steps", 4, [*tiles[:4], tiles[0], *tiles[4:7], tiles[0], *tiles[7:]]
    )
    context.note(
        "The detour of a path depends on the coordinates it is drawn in; the end points do not. A sliced distance at "
        "its floor does not see the points between the modes; their share does. What a learned flow has above the "
        "exact one, and part of what is left between the modes after the reflow, is undertraining."
    )


if __name__ == "__main__":
    from labs.kit.run import main

    raise SystemExit(main(LAB, run))
