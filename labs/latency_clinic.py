"""Latency clinic: a budget in milliseconds, a least fidelity; which levers do you pull, and in which order?

    python -m labs.latency_clinic
    python -m labs.latency_clinic --set levers=student --set student_steps=2
    python -m labs.latency_clinic --set levers=guidance,steps --set budget=60 --set least=0.8

It begins with DDIM, `start` steps, guidance in all of them, float32, one picture at a time, on the tiny pipeline and
this machine. `levers` are pulled one after the other, and also each alone:
    sampler    another sampler            steps      fewer steps
    guidance   off, or only in an interval of noise levels (arXiv 2404.07724)
    student    the distilled network, guidance inside (labs/tiny/distill.py); it brings its own sampler and steps
    batch      several pictures at once   dtype      another number format
What a picture costs in network rows is known exactly and is checked; what it costs in time is measured, all settings
taking turns. A batch shares the device: it makes a picture cheaper, but a request no sooner ready. So both are told,
and the budget is for the wait. A grid of settings, one picture at a time, gives the Pareto front: no other setting is
both sooner ready and more often right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from labs.kit.spec import Choice, Knob, Lab, Prediction

if TYPE_CHECKING:
    from torch import Tensor

    from labs.common.sampling import Guidance
    from labs.kit.context import Context, Line

LEVERS = ("sampler", "steps", "guidance", "student", "batch", "dtype")
SAMPLERS = ("ddim", "dpmpp", "unipc", "euler", "ddpm")
LAB = Lab(
    name="latency_clinic",
    title="Latency clinic",
    question="Which levers, in which order, bring a request under a budget in milliseconds and keep it right?",
    knobs=(
        Knob("budget", "float", 100.0, "milliseconds until a request is ready", low=0.1, high=100_000),
        Knob("least", "float", 0.85, "least share of pictures with all five attributes right", low=0, high=1),
        Knob("levers", "choices", LEVERS, "levers to pull, in this order", choices=LEVERS),
        Knob("start", "int", 20, "DDIM steps at the start", low=2, high=200),
        Knob("sampler", "choice", "dpmpp", "sampler's lever", choices=SAMPLERS),
        Knob("steps", "int", 8, "steps' lever", low=1, high=100),
        Knob("guidance", "choice", "interval", "guidance's lever", choices=("interval", "off")),
        Knob("interval", "numbers", (0.2, 0.8), "first and last noise step t / T with guidance", 0, 1),
        Knob("student_steps", "int", 2, "student's lever", low=1, high=16),
        Knob("batch", "int", 8, "batch's lever", low=2, high=64, gpu=64),
        Knob("dtype", "choice", "bfloat16", "dtype's lever", choices=("bfloat16", "float16")),
        Knob("scale", "float", 3.0, "guidance scale where it acts", low=1, high=20),
        Knob("grid", "numbers", (2, 4, 8), "steps of the grid for the front", 1, 100, quick=(2,)),
        Knob("pictures", "int", 14, "captions with each seed and setting", low=4, high=400, quick=4, gpu=100),
        Knob("repeats", "int", 3, "timed repetitions after warm-up", low=3, high=50, quick=3, gpu=10),
    ),
    prediction=Prediction(
        prompt="All six levers pulled: how many times the pictures a second of 20 guided DDIM steps, one by one?",
        metric="faster, all levers",
        choices=(
            Choice("less than 6 times", 0, 6),
            Choice("6 to 20 times", 6, 20),
            Choice("20 to 100 times", 20, 100),
            Choice("more than 100 times", 100, 1e6),
        ),
        fixes=("start", "steps", "student_steps", "batch", "dtype"),
    ),
    seconds_cpu=50,
    seconds_quick=30,
    tolerances={"rows, *": 0.0, "right, *": 0.15},
)


@dataclass(frozen=True, slots=True)
class Setting:
    """How a picture is made."""

    sampler: str = "ddim"
    steps: int = 20
    guidance: str = "whole"  # whole | interval | off; the student has it inside
    student: bool = False
    batch: int = 1
    dtype: str = "float32"

    def drawn(self) -> Setting:
        """The setting as far as the picture depends on it."""
        return replace(self, batch=1)

    def words(self) -> str:
        """'ddim 8, interval' or 'student 2'."""
        return f"student {self.steps}" if self.student else f"{self.sampler} {self.steps}, {self.guidance}"


def run(context: Context) -> None:
    """The experiment; see the module's first lines."""
    from labs.common import models

    context.progress(0, 4, "loading the pipeline")
    clinic = Clinic(context)
    levers = [name for name in context.chosen("levers") if name != "student" or models.distilled()]
    if len(levers) < len(context.chosen("levers")):
        context.note("The lever 'student' was left out: make it with python -m labs.tiny.distill.")
    path = pulled(context, levers)
    alone = [pull(context, path[0], name) for name in levers]
    grid = grid_of(context, student=models.distilled())
    judged = list(dict.fromkeys([*path, *grid]))
    timed = list(dict.fromkeys([*judged, *alone]))
    context.progress(1, 4, f"timing {len(timed)} settings in turns")
    best, times = clinic.product_rates(), clinic.time(timed)
    context.progress(2, 4, "are the pictures right?")
    shares = {setting: clinic.right(setting) for setting in judged}
    context.progress(3, 4, "the front")
    for name, setting in zip(("start", *levers), path, strict=True):
        context.metric(f"rows, {name}", clinic.rows_of(setting), "rows a picture, exact")
    report_levers(context, levers, path, alone, times, shares)
    report_rates(clinic, levers, path, alone, times, best)
    report_front(context, path[-1], judged, times, shares)
    tiles = [(name, clinic.example(setting)) for name, setting in zip(("start", *levers), path, strict=True)]
    context.pictures("levers", "The same caption and noise as the levers are pulled", len(tiles), tiles)
    context.progress(4, 4, "done")


def pull(context: Context, setting: Setting, lever: str) -> Setting:
    """`setting` with one more lever pulled. Sampler, steps and guidance leave a student as it is."""
    match lever:
        case "student":
            steps = context.integer("student_steps")
            return replace(setting, sampler="lcm", steps=steps, guidance="inside", student=True)
        case "batch":
            return replace(setting, batch=context.integer("batch"))
        case "dtype":
            return replace(setting, dtype=context.text("dtype"))
        case _ if setting.student:
            return setting
        case "steps":
            return replace(setting, steps=context.integer("steps"))
        case "sampler":
            return replace(setting, sampler=context.text("sampler"))
        case _:
            return replace(setting, guidance=context.text("guidance"))


def pulled(context: Context, levers: Sequence[str]) -> list[Setting]:
    """The settings on the way, from the start to all levers pulled."""
    path = [Setting(steps=context.integer("start"))]
    for name in levers:
        path.append(pull(context, path[-1], name))
    return path


def grid_of(context: Context, student: bool) -> list[Setting]:
    """Settings for the front, one picture at a time."""
    counts = context.counts("grid")
    samplers = dict.fromkeys(("ddim", context.text("sampler")))
    made = [
        Setting(sampler, steps, guidance)
        for sampler in samplers
        for steps in counts
        for guidance in ("whole", "interval", "off")
    ]
    return made + [Setting("lcm", n, "inside", True) for n in (1, 2, 4) if student]


class Clinic:
    """The tiny pipeline in every form that a setting asks for, its stopwatch and its reader."""

    def __init__(self, context: Context) -> None:
        from labs.common import captions, models, samplers

        self.context, pipe = context, models.load(None, context.device)
        self.pipes: dict[tuple[str, bool], Any] = {("float32", False): pipe}
        self.process = samplers.process_of(pipe)  # before any scheduler is swapped
        self.asked = captions.ask(pipe, context.seeds, context.integer("pictures"))
        self.known: dict[Setting, list[float]] = {}

    def pipe(self, setting: Setting) -> Any:
        """The pipeline of a setting, its scheduler in place."""
        import torch

        from labs.common import models, samplers

        key = (setting.dtype, setting.student)
        if key not in self.pipes:
            plain = models.load(None, self.context.device).to(dtype=getattr(torch, setting.dtype))
            self.pipes[key] = models.load_distilled(plain) if setting.student else plain
        self.pipes[key].scheduler = samplers.make(setting.sampler, self.process)
        return self.pipes[key]

    def guidance(self, setting: Setting) -> Guidance:
        """The guidance of a setting."""
        from labs.common import sampling

        scale = 1.0 if setting.guidance == "off" else self.context.number("scale")
        ends = self.context.numbers("interval") if setting.guidance == "interval" else (0.0, 1.0)
        return sampling.Guidance(scale, (min(ends), max(ends)))

    def draw(self, setting: Setting, prompts: Sequence[str], noise: Tensor) -> Tensor:
        """Pictures [N, 32, 32, 3] of one batch, a prompt and a start noise for each."""
        from labs.common import sampling

        pipe = self.pipe(setting)
        return sampling.decode(pipe, sampling.sample(pipe, prompts, noise, setting.steps, self.guidance(setting)))

    def product_rates(self) -> dict[str, float]:
        """Multiply-adds a second of a matrix product in each number format that takes part."""
        import torch

        from labs.common import timing

        device, repeats = self.context.device, self.context.integer("repeats")
        names = ("float32", self.context.text("dtype"))
        return {name: timing.product_rate(device, getattr(torch, name), repeats) for name in names}

    def time(self, settings: Sequence[Setting]) -> dict[Setting, tuple[float, float, float]]:
        """Quartiles of milliseconds until a request, a whole batch, is ready; all settings taking turns."""
        from labs.common import timing

        def job(setting: Setting) -> Callable[[], object]:
            noise = self.asked.noise[:1].expand(setting.batch, -1, -1, -1)
            return partial(self.draw, setting, ["a large red circle at the left"] * setting.batch, noise)

        for setting in settings:  # two steps of each warm up what all its steps need
            job(replace(setting, steps=min(2, setting.steps)))()
        jobs = {str(number): job(setting) for number, setting in enumerate(settings)}
        taken = timing.interleaved(jobs, self.context.device, self.context.integer("repeats"), warm_up=0)
        result = {}
        for number, setting in enumerate(settings):
            low, middle, high = timing.quartiles(taken[str(number)])
            result[setting] = (1000 * low, 1000 * middle, 1000 * high)
        return result

    def right(self, setting: Setting) -> list[float]:
        """Share of pictures with all five attributes right, for each seed; rows held to the count that is known."""
        from labs.common import sampling

        key = setting.drawn()
        if key not in self.known:
            cost, asked, guidance = sampling.Cost(), self.asked, self.guidance(key)
            pictures = sampling.draw(
                self.pipe(key), asked.prompts, asked.noise, key.steps, guidance, self.context.seed, cost
            )
            self.known[key] = asked.fidelity(pictures)["all"]
            rows = cost.rows / len(asked.noise)
            self.context.check(f"rows, {words(key)}", self.rows_of(key), rows, 0)
        return self.known[key]

    def rows_of(self, setting: Setting) -> int:
        """Network rows a picture, known from the setting alone."""
        guidance = self.guidance(setting)
        band = None if guidance.scale == 1 or setting.student else guidance.interval
        return rows_of(self.pipe(setting).scheduler, setting.steps, band)

    def example(self, setting: Setting) -> Any:
        """One picture."""
        return self.draw(setting, ["a large blue ring at the left on a gray background"], self.asked.noise[:1])[0]


def words(setting: Setting) -> str:
    """The setting in words, with its number format where that is not float32."""
    return setting.words() + ("" if setting.dtype == "float32" else f", {setting.dtype}")


def rows_of(scheduler: Any, steps: int, guided: tuple[float, float] | None) -> int:
    """Network rows of a picture in so many steps: one a call, and one more where guidance acts, t / T in `guided`."""
    scheduler.set_timesteps(steps)
    levels = [float(t) / scheduler.config.num_train_timesteps for t in scheduler.timesteps]
    return len(levels) + sum(1 for level in levels if guided and guided[0] <= level <= guided[1])


def report_levers(
    context: Context,
    levers: Sequence[str],
    path: Sequence[Setting],
    alone: Sequence[Setting],
    times: Mapping[Setting, tuple[float, float, float]],
    shares: Mapping[Setting, list[float]],
) -> None:
    """What each lever bought in its turn, what it buys alone, and what it cost in fidelity."""
    from labs.common import reporting, stats

    each, cost = context.integer("pictures"), {setting: known[1] / setting.batch for setting, known in times.items()}
    for name, setting in zip(("start", *levers), path, strict=True):
        low, middle, high = times[setting]
        context.metric(f"wait, {name}", middle, f"ms, quartiles {low:.3g} to {high:.3g}")
        context.metric(f"ms, {name}", cost[setting], "a picture")
        reporting.share(context, f"right, {name}", shares[setting], "share, all five", each)
    product, start, last = 1.0, path[0], path[-1]
    for number, name in enumerate(levers):
        context.metric(f"bought, {name}", cost[path[number]] / cost[path[number + 1]], "times faster, in its turn")
        lone = cost[start] / cost[alone[number]]
        context.metric(f"alone, {name}", lone, "times faster than the start")
        product *= lone
    context.metric(f"faster, {together(levers)}", cost[start] / cost[last], "times the pictures a second")
    context.metric("product of alone", product, "times, if levers did not overlap")
    context.metric(f"sooner ready, {together(levers)}", times[start][1] / times[last][1], "times")
    below, medians, above = ([times[setting][k] for setting in path] for k in range(3))
    context.series(
        "levers",
        f"Time as the levers are pulled: {', '.join(levers)}",
        ("levers pulled", list(range(len(path)))),
        "ms",
        [("until ready", medians, below, above), ("a picture", [cost[setting] for setting in path])],
        log_y=True,
    )
    context.series(
        "fidelity",
        f"Fidelity as the levers are pulled: {', '.join(levers)}",
        ("levers pulled", list(range(len(path)))),
        "share with all five right",
        [
            stats.line("measured", [shares[setting] for setting in path], each=each),
            ("least", [context.number("least")] * len(path)),
        ],
    )
    if last.batch > 1:
        context.note("The batch makes a picture cheaper, not a request faster: all of its pictures end together.")
    context.note("Right is not all of quality: how much pictures differ is what few_step_distillation looks at.")


def together(levers: Sequence[str]) -> str:
    """'all levers' if they are."""
    return "all levers" if set(levers) == set(LEVERS) else "these levers"


def report_rates(
    clinic: Clinic,
    levers: Sequence[str],
    path: Sequence[Setting],
    alone: Sequence[Setting],
    times: Mapping[Setting, tuple[float, float, float]],
    best: Mapping[str, float],
) -> None:
    """What part of a matrix product's multiply-adds the network's rows are, before and after; what bounds the start."""
    from labs.common import jobs, reporting, timing

    context, plain = clinic.context, clinic.pipe(path[0])
    row = timing.macs(jobs.calls(plain, "a ring", 1, guided=False))
    for name, setting in (("start", path[0]), (together(levers), path[-1])):
        rows = setting.batch * clinic.rows_of(setting)
        reporting.rate(context, name, rows * row, times[setting][1], best[setting.dtype])
    if "batch" in levers:
        many = alone[levers.index("batch")]
        whole = timing.split((1, many.batch), [times[one][1] for one in (path[0], many)])
        context.note(
            "What takes as long however many pictures are made at once, of the start's time: "
            f"{whole.words((1, many.batch), context.device)}. While it is more than half, a batch is nearly free, and "
            "number formats and fewer rows in a call gain little; fewer calls gain all the same."
        )


def report_front(
    context: Context,
    chosen: Setting,
    settings: Sequence[Setting],
    times: Mapping[Setting, tuple[float, float, float]],
    shares: Mapping[Setting, list[float]],
) -> None:
    """The Pareto front of every setting on the way and of the grid, and where the learner's choice lies."""
    from labs.common import pareto, reporting, stats

    each = context.integer("pictures")
    ordered = sorted(settings, key=lambda setting: times[setting][1])
    points = [(times[setting][1], stats.mean(shares[setting])) for setting in ordered]
    lines: list[Line] = [
        stats.line("each setting", [shares[setting] for setting in ordered], each=each),
        ("front", pareto.best_so_far(points)),
        ("least", [context.number("least")] * len(points)),
    ]
    x = ("ms until ready", [wait for wait, _ in points])
    context.series("front", "The front: the best that is to be had for the wait", x, "share right", lines, log_x=True)

    def told(setting: Setting) -> str:
        low, high = stats.of_shares(shares[setting], each)
        return f"{words(setting)} ({times[setting][1]:.3g} ms, right {low:.2f} to {high:.2f})"

    context.note(f"On the front: {'; '.join(told(ordered[place]) for place in pareto.front(points))}.")
    budget, least = context.number("budget"), context.number("least")
    context.metric("your choice", times[chosen][1], f"ms, {words(chosen)} x{chosen.batch}")
    reporting.share(context, "your choice, right", shares[chosen], each=each)
    wait, right = (times[chosen][0], times[chosen][2]), stats.of_shares(shares[chosen], each)
    context.note(
        f"Your choice: the budget of {budget:g} ms is {reporting.at_most(wait, budget)}, the least share {least:g} is "
        f"{reporting.at_least(right, least)}."
    )
    surely = [setting for setting in ordered if stats.of_shares(shares[setting], each)[0] >= least]
    if surely:
        context.metric(
            "fastest that is right enough", times[surely[0]][1], f"ms, {words(surely[0])} x{surely[0].batch}"
        )
    else:
        context.note(f"Of no setting measured here is it sure that {least:g} of its pictures are right.")
    context.note(reporting.floor(0.9, each * len(context.seeds)))


if __name__ == "__main__":
    from labs.kit.run import main

    raise SystemExit(main(LAB, run))
