"""Few-step distillation: what lets one network call do, and is a scheduler enough?

    python -m labs.few_step_distillation
    python -m labs.few_step_distillation --set training=8000 --set levels=50
    python -m labs.few_step_distillation --model path/to/a/stable-diffusion --set prompt="a red bicycle"

A consistency function takes every point of one path of the probability-flow ODE to the same end,  f(x_t, t) = x_0,  and
is learned from neighbours on the path alone,  f(x_t, t) ~ f(x_s, s)  (Song et al. 2023, arXiv 2303.01469):
    distilled    x_s by one step of a teacher from x_t         (algorithm 2; LCM, arXiv 2310.04378, is this on latents)
    untaught     x_s from the same data and the same noise     (algorithm 3; no teacher at all)
(a) In the plane the teacher is exact, and so is the map that the student is to learn. A third network is told that map
    outright, on paths drawn once. All are sampled by the LCMScheduler: guess, noise anew, guess. Beside them DDIM and
    DPM++ with the exact eps, and the LCMScheduler with that eps: the scheduler without the training.
(b) The same scheduler swapped into the tiny pipeline, and the tiny pipeline distilled (labs/tiny/distill.py), guidance
    inside its network, so that a step takes one row a picture instead of two: fidelity, and what is left of variety.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from labs.kit.spec import Choice, Knob, Lab, Prediction

if TYPE_CHECKING:
    from torch import Tensor

    from labs.common.consistency import Student
    from labs.common.exact import Exact
    from labs.kit.context import Context, Line

ARMS = ("distilled", "untaught", "told")
LAB = Lab(
    name="few_step_distillation",
    title="Few-step distillation",
    question="What does distillation give that a few-step scheduler alone does not?",
    knobs=(
        Knob("training", "int", 2600, "training steps, batches of 256", low=50, high=100_000, quick=700, gpu=8000),
        Knob("levels", "int", 25, "noise levels of the training", low=4, high=200, quick=12),
        Knob("hidden", "int", 64, "width of the three hidden layers", low=8, high=256, gpu=128),
        Knob("average", "float", 0.98, "how slowly the target follows", low=0, high=0.999, quick=0.93),
        Knob("points", "int", 1000, "points with each seed", low=200, high=10_000, quick=400),
        Knob("pictures", "int", 14, "captions with each seed on the pipeline", low=4, high=400, quick=6, gpu=100),
        Knob("guidance", "float", 3.0, "guidance scale on the pipeline", low=1, high=20),
        Knob("prompt", "text", "a photo of a red bicycle", "what a pipeline given with --model draws"),
    ),
    prediction=Prediction(
        prompt="An ordinary network, 4 steps, and the LCMScheduler in DDIM's place. How far from data are its samples, "
        "when DDIM's are 1 away?",
        metric="LCM alone over DDIM, 4 steps",
        choices=(
            Choice("less than 0.5: that is what LCM does", 0, 0.5),
            Choice("about 0.7, a little better", 0.5, 0.9),
            Choice("as far or farther", 0.9, 100),
        ),
    ),
    seconds_cpu=40,
    seconds_quick=15,
    tolerances={
        "error, DDIM, *": 0.02,
        "error, *": 0.06,
        "to data, floor": 0.02,
        "LCM alone over DDIM, *": 0.15,
        "to data, untaught, *": 0.1,
        "to data, *": 0.06,
        "on a mode, *": 0.12,
        "rows a step, *": 0.0,
        "right, *": 0.15,
        "variety, *": 0.25,
    },
    takes_model=True,
)
BATCH, RATE = 256, 5e-3
PATHS = 2000  # with each seed, of which one arm is told the ends
STEPS = (1, 2, 4, 8)
PLAIN = {"LCM alone": "lcm", "DDIM": "ddim", "DPM++": "dpmpp"}  # arms without training
MANY = (1, 2, 4, 8, 16, 32)  # calls of the teacher's samplers
FINE = 200  # steps of the teacher that leave next to no error


def run(context: Context) -> None:
    """The experiment; see the module's first lines."""
    from labs.common import models
    from labs.common.exact import prepare

    models.check(context.model)
    context.progress(0, 120, "the exact map")
    truth = prepare(context.seeds, context.integer("points"))
    student = learn(context, truth)
    context.progress(103, 120, "few steps in the plane")
    race_in_the_plane(context, truth, student)
    if context.model is None and not models.trained():
        context.note(f"The part on the tiny pipeline was left out: it has no weights here. {models.HOW_TO_TRAIN}")
        return
    context.progress(105, 120, "loading the pipeline")
    pipe = models.load(context.model, context.device)
    few_steps_on_pipeline(context, pipe)
    context.progress(120, 120, "done")


def learn(context: Context, truth: Exact) -> Student:
    """Three arms with every seed, side by side, on the same batches."""
    import torch

    from labs.common import consistency, flows, learned

    steps, device, seeds = context.integer("training"), context.device, len(context.seeds)
    sigmas = consistency.sigmas_of(truth.abar, context.integer("levels"))  # ascending, the first counts as clean
    student = consistency.Student(
        learned.Networks(context.seeds, len(ARMS), context.integer("hidden")).to(device),
        float(sigmas[0]),
        float(sigmas[-1]),
    )
    target = student.averages()
    generators = [torch.Generator().manual_seed(seed + 500) for seed in context.seeds]
    noise = torch.stack([torch.randn(PATHS, 2, generator=g, dtype=torch.float64) for g in generators])
    # Paths in z = x_0 + sigma e; sigma = s / (1 - s) along the flow's levels s, of which the first has no sigma.
    marks = torch.tensor(flows.fine()[1:], dtype=torch.float64)
    paths = flows.trace(flows.exact_velocity(truth.ring), noise)
    ends, paths = paths[-1], paths[1:-1] / (1 - marks)[:, None, None, None]
    own = marks / (1 - marks)
    usable = torch.nonzero((own >= sigmas[0]) & (own <= sigmas[-1]))[:, 0]

    def losses() -> Tensor:
        x0 = torch.stack([truth.ring.sample(BATCH, g) for g in generators])  # [S, B, 2]
        e = torch.stack([torch.randn(BATCH, 2, generator=g, dtype=torch.float64) for g in generators])
        above = torch.stack([torch.randint(1, len(sigmas), (BATCH,), generator=g) for g in generators])
        sigma, lower = sigmas[above], sigmas[above - 1]
        z = x0 + sigma[..., None] * e
        taught = consistency.teacher_step(truth.ring, z, sigma, lower)
        untaught = x0 + lower[..., None] * e
        mark = torch.stack([usable[torch.randint(len(usable), (BATCH,), generator=g)] for g in generators])
        which = torch.stack([torch.randint(noise.shape[1], (BATCH,), generator=g) for g in generators])
        rows = torch.arange(seeds)[:, None]
        with torch.no_grad():
            wanted = target(torch.cat([taught, untaught, taught]), lower.repeat(3, 1))
            wanted[2 * seeds :] = ends[rows, which].float().to(device)
        said = student(torch.cat([z, z, paths[mark, rows, which]]), torch.cat([sigma, sigma, own[mark]]))
        return consistency.pseudo_huber(said - wanted).mean(1)

    def tick(step: int) -> None:
        context.progress(2 + 100 * step // steps, 120, f"training {len(ARMS) * seeds} students")

    learned.train(student.networks, target.networks, losses, steps, RATE, tick, context.number("average"))
    context.note(
        f"A student has {student.networks.parameters_each()} parameters and saw {steps * BATCH} points. The distilled "
        "one is held to its own answer one teacher's step down the path, the untaught one to that at the same data and "
        f"noise. The third is told the exact ends of {PATHS} paths, drawn once with each seed; the other two meet new "
        "points in every batch. So it shows what such a network makes of a map that it is told, not the most that its "
        f"size can hold. --set training={2 * steps} shows how much is undertraining."
    )
    return target.to("cpu")


def race_in_the_plane(context: Context, truth: Exact, student: Student) -> None:
    """(a): one call against the exact map, then 1, 2, 4 and 8 calls against data."""
    import torch

    from labs.common import plane, reporting, samplers

    def guess(x: Tensor, t: int) -> Tensor:
        """x_0 by the students from x_t [M, N, 2], as a network that predicts the sample."""
        sigma = torch.full(x.shape[:2], float(((1 - truth.abar[t]) / truth.abar[t]) ** 0.5))
        with torch.no_grad():
            return student(x / float(truth.abar[t]) ** 0.5, sigma).double()

    seeds, names = len(context.seeds), (*ARMS, "LCM alone", "DDIM", "DPM++")
    ends: dict[str, dict[int, Tensor]] = {name: {} for name in names}
    for steps in STEPS:
        both = truth.starts.repeat(len(ARMS), 1, 1)
        points, _ = samplers.run(samplers.make("lcm", samplers.CLEAN_LINEAR), guess, both, steps, context.seed)
        for number, arm in enumerate(ARMS):
            ends[arm][steps] = points[number * seeds : (number + 1) * seeds]
        ends["LCM alone"][steps] = truth.sample("lcm", steps, truth.starts, context.seed)
    for steps in MANY:
        for label, name in (("DDIM", "ddim"), ("DPM++", "dpmpp")):
            ends[label][steps] = truth.sample(name, steps, truth.starts, context.seed)
    report_one_call(context, truth, ends)
    hold_to_the_told(context, truth, ends)
    check_the_exact_parts(context, truth, student, ends)
    reporting.samples_in_the_plane(context, truth, ends, STEPS, "plane", "Few steps")
    for steps in STEPS:
        pairs = zip(truth.far(ends["LCM alone"][steps]), truth.far(ends["DDIM"][steps]), strict=True)
        ratio = [alone / ddim for alone, ddim in pairs]
        reporting.error(
            context, f"LCM alone over DDIM, {reporting.counted(steps, 'step')}", ratio, "times the distance"
        )
    shown = [("data", truth.data)] + [(f"{name}, {k}", ends[name][k]) for name in names for k in (1, 4)]
    context.pictures("plane", "One and four steps", 5, [(label, plane.cloud(part[0], 1.6)) for label, part in shown])
    context.note(
        "With an undistilled network the LCMScheduler's guesses are means of all that could be, and noising a mean "
        "anew does not make it a sample; a distilled network's first guess is near one already."
    )


def report_one_call(context: Context, truth: Exact, ends: dict[str, dict[int, Tensor]]) -> None:
    """One call against the exact end point from the same noise, and how many of DDIM's calls are worth as much."""
    import math

    from labs.common import consistency, reporting, stats

    sigmas = consistency.sigmas_of(truth.abar, context.integer("levels"))
    unit, teacher = "RMSE to the exact map", consistency.teacher_flow(truth.ring, truth.starts, sigmas)
    reporting.error(context, "error, teacher's own steps", truth.off(teacher), unit)
    ddim = {steps: stats.mean(truth.off(ends["DDIM"][steps])) for steps in MANY}
    for arm in ARMS:
        off = truth.off(ends[arm][1])
        reporting.error(context, f"error, {arm}, 1 call", off, unit)
        worth = math.nan
        for few, many in pairwise(MANY):
            if ddim[few] >= stats.mean(off) >= ddim[many]:
                share = math.log(ddim[few] / stats.mean(off)) / math.log(ddim[few] / ddim[many])
                worth = few * (many / few) ** share
        context.metric(f"one call is worth, {arm}", worth, "calls of DDIM")
    for steps in MANY:
        label = f"error, DDIM, {reporting.counted(steps, 'call')}"
        reporting.error(context, label, truth.off(ends["DDIM"][steps]), unit)


def hold_to_the_told(context: Context, truth: Exact, ends: dict[str, dict[int, Tensor]]) -> None:
    """The distilled student in one call against the one that was told the map, seed by seed."""
    from labs.common import stats

    own, told = ends["distilled"][1], ends["told"][1]
    off, on = (truth.off(own), truth.off(told)), (truth.on_mode(own), truth.on_mode(told))
    farther, fewer = stats.mean(off[0]) - stats.mean(off[1]), stats.mean(on[0]) - stats.mean(on[1])
    off_bounds, on_bounds = stats.paired(*off), stats.of_gains(*on, own.shape[1])
    context.metric("error, distilled less told, 1 call", farther, "RMSE, seed by seed", off_bounds)
    context.metric("on a mode, distilled less told, 1 step", fewer, "share, seed by seed", on_bounds)
    context.note(
        "One call of the distilled network against one of the network that was told the map, seed by seed: error "
        f"{stats.compared(farther, off_bounds)}, share on a mode {stats.compared(fewer, on_bounds)}. RMSE weighs "
        "far misses most, the share counts every point alike."
    )


def check_the_exact_parts(context: Context, truth: Exact, student: Student, ends: dict[str, dict[int, Tensor]]) -> None:
    """What is known beforehand, whatever was trained."""
    import torch

    from labs.common import consistency, stats

    lowest = torch.full(truth.starts.shape[:2], student.lowest).repeat(len(ARMS), 1)
    clean = truth.starts.repeat(len(ARMS), 1, 1)
    with torch.no_grad():
        moved = (student(clean, lowest).double() - clean).abs().max()
    context.check("a student moves no clean point by", 0, float(moved), 1e-5)
    apart = (ends["LCM alone"][1] - ends["DDIM"][1]).abs().max()
    context.check("one step of LCM alone, from one of DDIM", 0, float(apart), 1e-5)
    fine = consistency.teacher_flow(truth.ring, truth.starts, consistency.sigmas_of(truth.abar, FINE))
    context.check(f"the teacher in {FINE} steps, from the exact map", 0, stats.mean(truth.off(fine)), 0.005)


def few_steps_on_pipeline(context: Context, pipe: Any) -> None:
    """(b): the same captions and noise in few steps: the LCMScheduler swapped in, DDIM, DPM++, the distilled U-Net."""
    from labs.common import models, samplers

    process = samplers.process_of(pipe)
    arms = {label: (pipe, samplers.make(name, process)) for label, name in PLAIN.items()}
    if context.model is not None:
        few_steps_of_foreign(context, arms)
        return
    if models.distilled():
        student = models.load_distilled(pipe)
        arms["distilled"] = (student, student.scheduler)
    else:
        context.note("The tiny pipeline's distilled U-Net is missing here. Make it: python -m labs.tiny.distill.")
    few_steps_of_shapes(context, arms)
    variety(context, arms)


def draw(
    context: Context, arm: tuple[Any, Any], prompts: list[str], steps: int, noise: Tensor, cost: Any = None
) -> Tensor:
    """Pictures of `prompts` from start noise by an arm, a pipeline and the scheduler that is put into it."""
    from labs.common import sampling

    pipe, pipe.scheduler = arm[0], arm[1]
    guidance = sampling.Guidance(context.number("guidance"))
    return sampling.draw(pipe, prompts, noise, steps, guidance, context.seed, cost)


def few_steps_of_shapes(context: Context, arms: dict[str, tuple[Any, Any]]) -> None:
    """Fidelity and cost of every arm on the tiny pipeline."""
    from labs.common import captions, reporting, sampling, stats

    each = context.integer("pictures")
    asked = captions.ask(arms["DDIM"][0], context.seeds, each)
    lines: list[Line] = []
    tiles: list[tuple[str, Any]] = []
    for number, (label, arm) in enumerate(arms.items()):
        context.progress(106 + 3 * number, 120, f"tiny pipeline: {label}")
        right: list[list[float]] = []
        for steps in STEPS:
            cost = sampling.Cost()
            pictures = draw(context, arm, asked.prompts, steps, asked.noise, cost)
            tiles.append((f"{label}, {steps}", pictures[0]))
            right.append(asked.fidelity(pictures)["all"])
            reporting.share(context, f"right, {label}, {reporting.counted(steps, 'step')}", right[-1], each=each)
        lines.append(stats.line(label, right, each=each))
        rows = cost.rows / (STEPS[-1] * len(asked.noise))
        context.metric(f"rows a step, {label}", rows, "rows a picture")
        if label == "distilled":
            context.check("rows a step, distilled", 1, rows, 0)
    context.series("fidelity", "Few steps on the tiny pipeline", ("steps", STEPS), "share with all five right", lines)
    context.pictures("pipeline", "The same caption and noise", len(STEPS), tiles)
    context.note(reporting.floor(0.5, len(asked.noise)))


def variety(context: Context, arms: dict[str, tuple[Any, Any]]) -> None:
    """How evenly an open caption's colour falls: its entropy over pictures that differ in their noise alone."""
    import math

    import torch

    from labs.common import reporting, sampling, shapes, stats
    from labs.tiny.data import WORDS

    count, colours = 4 * context.integer("pictures"), len(WORDS["colour"])
    found: dict[str, list[float]] = {}
    for label, steps in (("DDIM", 8), ("distilled", 4)):
        if label not in arms:
            return
        noise = torch.cat([sampling.noise_for(arms[label][0], count, seed) for seed in context.seeds])
        drawn = draw(context, arms[label], ["a large circle"] * len(noise), steps, noise)
        for pictures in drawn.chunk(len(context.seeds)):
            bits = shapes.entropy(shapes.readings(pictures)["colour"], colours)
            found.setdefault(label, []).append(bits)
        reporting.error(context, f"variety, {label}, {steps} steps", found[label], "bits of a colour left open")
    lost = [few - many for few, many in zip(found["distilled"], found["DDIM"], strict=True)]
    context.metric("variety, distilled less DDIM", stats.mean(lost), "bits", stats.interval(lost))
    context.note(
        f"'a large circle' leaves the colour open. Data have {math.log2(colours):.2f} bits of it, and {count} pictures "
        f"of them would show about {(colours - 1) / (2 * count * math.log(2)):.2f} less. Guidance takes from it, too."
    )


def few_steps_of_foreign(context: Context, arms: dict[str, tuple[Any, Any]]) -> None:
    """Pictures of every arm on another pipeline, and how much detail they have against DDIM's in 50 steps."""
    from labs.common import reporting, sampling, stats

    prompts = [context.text("prompt")]
    noises = [sampling.noise_for(arms["DDIM"][0], 1, seed) for seed in context.seeds]
    whole = [edges(draw(context, arms["DDIM"], prompts, 50, noise)) for noise in noises]
    lines: list[Line] = []
    tiles: list[tuple[str, Any]] = []
    for number, (label, arm) in enumerate(arms.items()):
        context.progress(106 + 4 * number, 120, label)
        found: list[list[float]] = []
        for steps in STEPS:
            pictures = [draw(context, arm, prompts, steps, noise) for noise in noises]
            tiles.append((f"{label}, {steps}", pictures[0][0]))
            found.append([edges(part) / most for part, most in zip(pictures, whole, strict=True)])
            name = f"detail, {label}, {reporting.counted(steps, 'step')}"
            reporting.error(context, name, found[-1], "of DDIM's in 50")
        lines.append(stats.line(label, found, stats.POSITIVE))
    context.series("detail", "Detail of the pictures", ("steps", STEPS), "of DDIM's in 50 steps", lines)
    context.pictures("pipeline", "The same prompt and noise", len(STEPS), tiles)
    context.note("Fidelity is not measured: the reader knows only the tiny pipeline's shapes.")


def edges(pictures: Tensor) -> float:
    """Root mean squared difference of neighbouring pixels of pictures [N, height, width, 3]: how much detail."""
    inside = pictures.clamp(0, 1)
    return float(((inside.diff(dim=1).square().mean() + inside.diff(dim=2).square().mean()) / 2).sqrt())


if __name__ == "__main__":
    from labs.kit.run import main

    raise SystemExit(main(LAB, run))
