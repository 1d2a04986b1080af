"""Honest stopwatch: where does the time of a picture go, and which ways of measuring it give a wrong answer?

    python -m labs.honest_stopwatch
    python -m labs.honest_stopwatch --set dtypes=float32 --set batches=1,4,16,64 --set compile=yes
    python -m labs.honest_stopwatch --model path/to/a/stable-diffusion --set prompt="a red bicycle"

(a) A simulated device with a queue, like a GPU's, whose times are known exactly: the right way must find them, and each
    wrong way shows by how much it misses: no synchronisation, no warm-up, one reading, the PNG file timed too, and two
    equal arms one after the other instead of in turns.
(b) The same ways on this machine and a real pipeline. Stages; t = a + b NFE; batch, and with it whether a call is
    bound by what it costs whatever the batch (starting its operations: launch-bound; reading the weights) or by its
    arithmetic; guidance, which doubles the batch; number format; threads; compilation if asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from labs.kit.spec import Choice, Knob, Lab, Prediction

if TYPE_CHECKING:
    from collections.abc import Callable

    from labs.common.timing import Job
    from labs.kit.context import Context, Line

DTYPES = ("float32", "bfloat16", "float16")
WAYS = ("right way", "no sync", "no warm-up", "worst of all runs", "with PNG", "equal arm, blocks", "equal arm, turns")
LAB = Lab(
    name="honest_stopwatch",
    title="Honest stopwatch",
    question="Where does the time of a picture go, and which ways of measuring it give a wrong answer?",
    knobs=(
        Knob("calls", "numbers", (1, 2, 4, 8, 16), "network calls (NFE)", 1, 200, quick=(1, 4)),
        Knob("batches", "numbers", (1, 2, 4, 8, 16), "pictures at once", 1, 256, quick=(1, 8), gpu=(1, 4, 16, 64, 256)),
        Knob("batch", "int", 8, "pictures at once where the batch does not vary", low=1, high=128, gpu=64),
        Knob("guidance", "float", 3.0, "guidance scale; 1 is off", low=1, high=20),
        Knob("dtypes", "choices", ("float32", "bfloat16"), "number formats", choices=DTYPES),
        Knob("threads", "numbers", (1, 2), "threads on a processor", 1, 128, quick=(1,)),
        Knob("compile", "choice", "no", "time a compiled U-Net too; minutes on a CPU", choices=("no", "yes")),
        Knob("repeats", "int", 7, "timed repetitions after warm-up", low=3, high=100, quick=3, gpu=20),
        Knob("prompt", "text", "a photo of a red bicycle", "what a pipeline given with --model draws"),
    ),
    prediction=Prediction(
        prompt="On a device that works off a queue, 32 guided pictures are timed without synchronising. Starting the "
        "work takes an eighth of doing it. What part of the true time does the clock show?",
        metric="sim, no sync",
        choices=(
            Choice("about an eighth", 0.05, 0.3),
            Choice("about a half", 0.3, 0.8),
            Choice("nearly all of it", 0.8, 1.05),
            Choice("more than all", 1.05, 100),
        ),
    ),
    seconds_cpu=25,
    seconds_quick=10,
    tolerances={"sim, *": 0.02, "MACs a row": 0.001, "rounding, *": 0.005},
    takes_model=True,
)


def run(context: Context) -> None:
    """The experiment; see the module's first lines."""
    from labs.common import models, samplers, timing

    models.check(context.model)
    context.progress(0, 7, "a device whose times are known")
    known = known_device(context)
    if context.model is None and not models.trained():
        context.note(f"The part on the tiny pipeline was left out: it has no weights here. {models.HOW_TO_TRAIN}")
        return
    context.progress(1, 7, "loading the pipeline")
    pipe = models.load(context.model, context.device)
    pipe.scheduler = samplers.make("ddim", samplers.process_of(pipe))
    best = timing.product_rate(context.device, pipe.unet.dtype, context.integer("repeats"))
    context.progress(2, 7, "wrong ways and the right one")
    report_ways(context, known, wrong_ways(context, pipe))
    context.progress(3, 7, "stages and calls")
    stages(context, pipe)
    context.progress(4, 7, "batch and guidance")
    batches(context, pipe, best)
    context.progress(5, 7, "number formats and threads")
    formats(context, pipe)
    threads(context, pipe)
    if context.text("compile") == "yes":
        context.progress(6, 7, "compiling, which may take minutes")
        compiled(context, pipe)
    context.progress(7, 7, "done")


def known_device(context: Context) -> dict[str, float]:
    """(a): every way of WAYS as reading over truth, then a, b and what guidance costs, all against the exact values."""
    from labs.common import simulated, stats, timing
    from labs.common.simulated import FIXED, ROWS, Device

    found: dict[str, list[float]] = {name: [] for name in WAYS}
    line: list[tuple[float, float]] = []
    for seed in context.seeds:
        for name, value in simulated.ways(seed).items():
            found[name].append(value)
        device, x, y = Device(seed), [], []
        jobs = {f"{calls}": device.job(calls, ROWS) for calls in (1, 2, 4, 8, 16)}
        for name, seconds in timing.interleaved(jobs, device, 15).items():
            x.append(float(name))
            y.append(timing.median(seconds))
        start, slope, _ = timing.fit_line(x, y)
        line.append((start / device.call_time(ROWS), slope / device.call_time(ROWS)))
    for name, values in found.items():
        context.metric(f"sim, {name}", stats.mean(values), "of the true time", stats.interval(values))
    for name, value in simulated.expected().items():
        context.check(f"sim, {name}", value, stats.mean(found[name]), 0.03)
    for place, (name, value) in enumerate((("a", FIXED), ("b", 1.0))):
        values = [pair[place] for pair in line]
        context.metric(f"sim, {name} of a + b NFE", stats.mean(values), "true calls", stats.interval(values))
        context.check(f"sim, {name} of a + b NFE", value, stats.mean(values), 0.05)
    simulated_guidance(context)
    return {name: stats.mean(values) for name, values in found.items()}


def simulated_guidance(context: Context) -> None:
    """Where the device is launch-bound, twice the rows cost nothing; where it is full, they cost double."""
    from labs.common import stats, timing
    from labs.common.simulated import CALLS, Device

    counts = (1, 2, 4, 8, 16, 32)
    measured: list[list[float]] = [[] for _ in counts]
    for seed in context.seeds:
        for place, count in enumerate(counts):
            device = Device(seed)
            jobs = {"off": device.job(CALLS, count), "on": device.job(CALLS, 2 * count)}
            taken = timing.interleaved(jobs, device, 15)
            measured[place].append(timing.median(taken["on"]) / timing.median(taken["off"]))
    exact = [Device(0).call_time(2 * count) / Device(0).call_time(count) for count in counts]
    off = max(abs(stats.mean(values) - true) for values, true in zip(measured, exact, strict=True))
    context.check("sim, guidance on over off, all batches", 0.0, off, 0.05)
    context.series(
        "simulated_guidance",
        "A device whose times are known: twice the rows are free until it is full",
        ("pictures at once", counts),
        "time with guidance over without",
        [stats.line("measured", measured), ("exact", exact)],
        log_x=True,
    )


def prompt_for(context: Context) -> str:
    """What is drawn when timing."""
    return "a large red circle at the left on a sky background" if context.model is None else context.text("prompt")


def pictures_of(context: Context, pipe: Any, calls: int) -> Callable[[], Any]:
    """A batch of pictures from text, in `calls` network calls."""
    from labs.common import jobs

    count, scale = context.integer("batch"), context.number("guidance")
    return jobs.pictures(pipe, [prompt_for(context)] * count, calls, scale, context.seed)


def network_job(context: Context, pipe: Any, count: int, guided: bool, calls: int = 1) -> Job:
    """U-Net calls alone, with or without guidance's second row for each of `count` pictures."""
    from labs.common import jobs

    return jobs.calls(pipe, prompt_for(context), count, guided, calls)


def wrong_ways(context: Context, pipe: Any) -> dict[str, float]:
    """Every way of WAYS on this machine, as reading over the median that the right way gives.

    Without synchronisation the calls alone are timed: decoding ends in a copy to the host, which would wait as well."""
    from labs.common import timing
    from labs.kit import figures

    device, repeats, file = context.device, context.integer("repeats"), context.out / "timed.png"
    job = pictures_of(context, pipe, 4)

    def saved() -> None:
        for pixels in job():
            figures.save_tile(file, pixels)

    ways = {"no warm-up": timing.once(job, device)}
    taken = timing.interleaved({"job": job, "same": job, "saved": saved}, device, repeats)
    low, truth, high = timing.quartiles(taken["job"])
    ways |= {"right way": truth, "worst of all runs": max(taken["job"]), "with PNG": timing.median(taken["saved"])}
    ways = {name: seconds / truth for name, seconds in ways.items()}
    calls, hurried, whole = network_job(context, pipe, context.integer("batch"), True, 10), [], []
    for _ in range(repeats):  # in turns, each from an idle device
        hurried.append(timing.unsynchronised(calls, device))
        whole.append(timing.once(calls, device))
    ways["no sync"] = timing.median(hurried) / timing.median(whole)
    ways["equal arm, turns"] = timing.median(taken["same"]) / truth
    blocks = timing.in_blocks({"first": job, "second": job}, device, repeats)
    ways["equal arm, blocks"] = timing.median(blocks["second"]) / timing.median(blocks["first"])
    file.unlink(missing_ok=True)
    context.metric("noise floor of a time", (high - low) / truth, "quartiles apart, over the median")
    return {name: ways[name] for name in WAYS}


def report_ways(context: Context, simulated: Mapping[str, float], measured: Mapping[str, float]) -> None:
    """Wrong and right side by side."""
    for name, value in measured.items():
        if name != "right way":
            context.metric(f"here, {name}", value, "of the median")
    numbers = ", ".join(f"{place} {name}" for place, name in enumerate(WAYS, start=1))
    context.series(
        "ways",
        f"Reading over the true time: {numbers}",
        ("way of measuring", list(range(1, len(WAYS) + 1))),
        "of the true time",
        [
            ("simulated device", [simulated[name] for name in WAYS]),
            ("this machine", [measured[name] for name in WAYS]),
            ("truth", [1.0] * len(WAYS)),
        ],
    )
    if context.device == "cpu":
        context.note(
            "On a processor every call waits for its result, so that leaving out the synchronisation changes nothing "
            "but by chance; the simulated device shows what it does on a GPU."
        )
    context.note("The equal arms do the same work: what they differ by is drift and chance, and 1 is the truth.")


def stages(context: Context, pipe: Any) -> None:
    """Text, denoising, decoding at every number of calls, and t = a + b NFE with its fit."""
    from labs.common import sampling, timing

    calls, count, device = context.counts("calls"), context.integer("batch"), context.device
    prompts, latents = [prompt_for(context)] * count, sampling.noise_for(pipe, count, 0).to(device, pipe.unet.dtype)
    jobs: dict[str, Job] = {f"{n}": pictures_of(context, pipe, n) for n in calls}
    jobs |= {
        "text": lambda: (sampling.encode(pipe, prompts), sampling.encode(pipe, [""])),
        "decoding": partial(sampling.decode, pipe, latents),
    }
    taken = timing.interleaved(jobs, device, context.integer("repeats"))
    for name in ("text", "decoding"):
        context.metric(f"time, {name}", *timing.in_ms(taken[name]))
    ms = {name: timing.in_ms(values)[0] for name, values in taken.items()}
    whole = [ms[f"{n}"] for n in calls]
    lines: list[Line] = [
        ("all, median", whole),
        ("denoising", [max(0.0, value - ms["text"] - ms["decoding"]) for value in whole]),
        ("decoding", [ms["decoding"]] * len(calls)),
        ("text", [ms["text"]] * len(calls)),
    ]
    context.series("stages", f"Where the time of {count} pictures goes", ("network calls (NFE)", calls), "ms", lines)
    if len(calls) > 1:
        x = [float(n) for n in calls for _ in taken[f"{n}"]]
        y = [1000 * seconds for n in calls for seconds in taken[f"{n}"]]
        start, slope, fit = timing.fit_line(x, y)
        context.metric("a of a + b NFE", start, "ms besides the calls")
        context.metric("b of a + b NFE", slope, f"ms for a call of {count} pictures")
        context.metric("fit of a + b NFE", fit, "R^2 over all readings")
    for n in (calls[0], calls[-1]):
        context.metric(f"decoding, NFE {n}", ms["decoding"] / ms[f"{n}"], "share of the time")


def batches(context: Context, pipe: Any, best: float) -> None:
    """A U-Net call against its rows: what is fixed, what each row adds, guidance, and the rate reached."""
    from labs.common import timing

    counts = context.counts("batches")
    jobs = {f"{n} off": network_job(context, pipe, n, False) for n in counts}
    jobs |= {f"{n} on": network_job(context, pipe, n, True) for n in counts}
    taken = timing.interleaved(jobs, context.device, context.integer("repeats"), warm_up=2)
    ms = {name: timing.in_ms(values)[0] for name, values in taken.items()}
    lines = [(name, [ms[f"{n} {name}"] for n in counts]) for name in ("off", "on")]
    context.series("batch", "A U-Net call, guidance off and on", ("pictures at once", counts), "ms", lines)
    for n in dict.fromkeys((counts[0], counts[-1])):
        pairs = zip(taken[f"{n} on"], taken[f"{n} off"], strict=True)
        low, middle, high = timing.quartiles([with_it / without for with_it, without in pairs])
        context.metric(f"guidance, batch {n}", middle, f"times, quartiles {low:.2f} to {high:.2f}")
        context.metric(f"pictures/s, batch {n}", 1000 * n / ms[f"{n} on"], "for one guided call each")
    macs = timing.macs(network_job(context, pipe, 1, False))
    context.metric("MACs a row", macs / 1e6, "million multiply-adds")
    report_bound(context, counts, ms, macs, best)


def report_bound(context: Context, counts: Sequence[int], ms: Mapping[str, float], macs: float, best: float) -> None:
    """Whether what is fixed or the rows decide, with its numbers; and the rate against a matrix product's, `best`."""
    from labs.common import reporting, timing

    rows = [float(n) for n in counts] + [2.0 * n for n in counts]
    call = timing.split(rows, [ms[f"{n} off"] for n in counts] + [ms[f"{n} on"] for n in counts])
    context.metric("call, fixed part", call.fixed, "ms whatever the rows")
    context.metric("call, each row", call.each, "ms")
    context.metric("rows that double a call", call.fixed / call.each, "rows")
    context.metric("rate, matrix product", best / 1e9, "billion multiply-adds a second")
    ends = list(dict.fromkeys((counts[0], counts[-1])))
    for n in ends:
        reporting.rate(context, f"batch {n}", n * macs, ms[f"{n} off"], best)
    context.note(
        "Starting the operations and reading the weights takes as long whatever the rows, and this share of a call: "
        f"{call.words(ends, context.device)}. Where it is more than half, guidance and a larger batch cost little, "
        "and faster arithmetic gains little."
    )


def formats(context: Context, pipe: Any) -> None:
    """The number formats in turns: time, and by how much the latents move."""
    import torch

    from labs.common import models, reporting, samplers, sampling, timing

    names, count, pipes, made = context.chosen("dtypes"), context.integer("batch"), {}, {}
    noise = torch.cat([sampling.noise_for(pipe, count, seed) for seed in context.seeds])
    guidance = sampling.Guidance(context.number("guidance"))
    for name in names:
        wanted = getattr(torch, name)
        other = pipe if pipe.unet.dtype == wanted else models.load(context.model, context.device).to(dtype=wanted)
        other.scheduler, pipes[name] = pipe.scheduler, other
    jobs = {name: pictures_of(context, other, 4) for name, other in pipes.items()}
    taken = timing.interleaved(jobs, context.device, context.integer("repeats"))
    tiles: list[tuple[str, Any]] = []
    for name, other in pipes.items():
        context.metric(f"time, {name}", *timing.in_ms(taken[name]))
        latents = sampling.sample(other, [prompt_for(context)] * len(noise), noise, 4, guidance)
        made[name] = latents.float()
        tiles.append((name, sampling.decode(other, latents[:1])[0]))
    exact = made[names[0]].chunk(len(context.seeds))
    for name in names[1:]:
        faster = timing.median(taken[names[0]]) / timing.median(taken[name])
        context.metric(f"faster in {name}", faster, f"times, against {names[0]}")
        pairs = zip(made[name].chunk(len(exact)), exact, strict=True)
        off = [samplers.rmse(rounded, right) / float(right.square().mean().sqrt()) for rounded, right in pairs]
        reporting.positive(context, f"rounding, {name}", off, "RMS of latents, relative")
    context.pictures("formats", "The same noise in each number format", len(tiles), tiles)


def threads(context: Context, pipe: Any) -> None:
    """The same job with other numbers of threads, in turns; on a processor only."""
    import torch

    from labs.common import timing

    counts = context.counts("threads")
    if context.device != "cpu" or len(counts) < 2:
        return
    kept, job = torch.get_num_threads(), pictures_of(context, pipe, 4)

    def with_threads(count: int) -> None:
        torch.set_num_threads(count)
        job()

    taken = timing.interleaved({f"{n}": partial(with_threads, n) for n in counts}, "cpu", context.integer("repeats"))
    torch.set_num_threads(kept)
    for n in counts[1:]:
        faster = timing.median(taken[f"{counts[0]}"]) / timing.median(taken[f"{n}"])
        context.metric(f"faster, {n} threads", faster, f"times, against {counts[0]}")
    context.note("Threads wait for the slowest of them: for a small network, or beside other work, more can be slower.")


def compiled(context: Context, pipe: Any) -> None:
    """A compiled U-Net: what the first call costs, what every later one gains, and when that has paid."""
    import os
    from tempfile import TemporaryDirectory

    import torch

    from labs.common import timing

    plain, made = pipe.unet, torch.compile(pipe.unet)
    job = pictures_of(context, pipe, 4)

    def with_unet(unet: Any) -> None:
        pipe.unet = unet
        job()

    arms: dict[str, Job] = {"plain": partial(with_unet, plain), "compiled": partial(with_unet, made)}
    with TemporaryDirectory() as folder:
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = folder  # what an earlier run compiled would make the first call cheap
        try:
            first = timing.once(arms["compiled"], context.device)
            taken = timing.interleaved(arms, context.device, context.integer("repeats"))
        except Exception as error:
            lacks = "InvalidCxxCompiler" in str(error)
            reason = "no C++ compiler, such as g++, was found" if lacks else f"torch gave up ({type(error).__name__})"
            context.note(f"The U-Net was not compiled: {reason}.")
            return
        finally:
            pipe.unet = plain
    slow, fast = timing.median(taken["plain"]), timing.median(taken["compiled"])
    context.metric("first compiled call", first, "s")
    context.metric("faster when compiled", slow / fast, "times")
    if slow > fast:
        context.metric(
            "paid back after", first / (slow - fast), f"jobs of {context.integer('batch')} pictures, 4 calls"
        )


if __name__ == "__main__":
    from labs.kit.run import main

    raise SystemExit(main(LAB, run))
