"""Guidance dial: what does classifier-free guidance buy, and what does it cost?

    python -m labs.cfg_sweep
    python -m labs.cfg_sweep --set scales=1,3,7.5 --set pictures=60
    python -m labs.cfg_sweep --model path/to/a/stable-diffusion --set prompt="a red bicycle"

At every step two predictions are made, with the caption and with an empty one, and their difference is stretched:
    eps = eps_empty + s (eps_text - eps_empty)              (Ho & Salimans 2022, arXiv 2207.12598; s = 1 + w)
(a) On a mixture whose scores are exact, this is compared with what it is often said to sample, the tilted density
    p(x | c) p(c | x)^(s - 1), computed on a grid.
(b) On the tiny pipeline, a rule reads every picture: is it what the caption says, and how much do pictures of one
    caption still differ? Two remedies at a large scale: guidance only at middle noise levels (arXiv 2404.07724), and
    rescaling (arXiv 2305.08891, section 3.4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labs.kit.spec import Choice, Knob, Lab, Prediction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from labs.kit.context import Context, Line

LAB = Lab(
    name="cfg_sweep",
    title="Guidance dial",
    question="What does a larger guidance scale buy in fidelity to the caption, and what does it cost?",
    knobs=(
        Knob(
            "scales",
            "numbers",
            (0, 0.5, 1, 2, 3, 6, 12, 20),
            "guidance scales s; 0 ignores the caption, 1 is no guidance",
            0,
            50,
            quick=(0, 1, 3, 20),
        ),
        Knob("pictures", "int", 20, "captions with each seed and scale", low=4, high=400, quick=8, gpu=200),
        Knob("copies", "int", 12, "pictures of each open caption with each seed", low=4, high=200, quick=8, gpu=100),
        Knob("steps", "int", 10, "DDIM steps; divisors of 1000 keep the grid even", low=2, high=200, quick=8),
        Knob("remedy_scale", "float", 12.0, "the scale at which the remedies are tried", low=1, high=50),
        Knob("interval", "numbers", (0.2, 0.8), "lowest and highest noise level, of 1, where guidance acts", 0, 1),
        Knob("rescale", "float", 0.7, "how far the guided prediction's contrast is pulled back", low=0, high=1),
        Knob("prompt", "text", "a photo of a red bicycle", "what a pipeline given with --model draws"),
    ),
    prediction=Prediction(
        prompt="A caption names five attributes. At guidance scale 20, how many of 100 pictures show all five?",
        metric="all five right, s = 20",
        choices=(
            Choice("hardly any", 0, 0.25),
            Choice("about half", 0.25, 0.75),
            Choice("75 to 95", 0.75, 0.95),
            Choice("over 95, guidance enforces the caption", 0.95, 1.01),
        ),
    ),
    seconds_cpu=50,
    seconds_quick=20,
    tolerances={
        "far mode, tilted target, *": 1e-4,
        "far mode, *": 0.01,
        "-ln p(x|c), *": 0.03,
        "all five right, *": 0.15,
        "colour entropy of a circle, *": 0.5,
        "rings that are yellow, *": 0.2,
        "U-Net rows for a picture, *": 0.0,
        "ceiling, all five": 0.02,
    },
    takes_model=True,
)

FAR = 1.75  # the middle between class 1's modes


def run(context: Context) -> None:
    """The experiment; see the module's first lines."""
    from labs.common import models, samplers

    models.check(context.model)
    total = len(context.numbers("scales")) + 5
    context.progress(0, total, "exact mixture")
    sweep_mixture(context)
    if context.model is None and not models.trained():
        context.note(f"The part on the tiny pipeline was left out: it has no weights here. {models.HOW_TO_TRAIN}")
        return
    context.progress(1, total, "loading the pipeline")
    pipe = models.load(context.model, context.device)
    pipe.scheduler = samplers.make("ddim", samplers.process_of(pipe))
    if context.model is None:
        remedies(context, pipe, sweep_tiny(context, pipe, total))
    else:
        sweep_foreign(context, pipe, total)
    context.progress(total, total, "done")


def sweep_mixture(context: Context) -> None:
    """(a): class 1 has equal modes at 0.5 and 3, class 0 one at -1; the exact guided flow against the tilted target.

    Start noise is stratified, one draw in each of `count` equally likely parts of the line: no less random, and its
    means are known ten times as well.
    """
    import torch

    from labs.common import mixture, stats

    everything, ones = mixture.two_classes()
    scales, count = context.numbers("scales"), 1000
    abar = 1e-7  # so little that pure noise is the right start; DDPM's linear schedule leaves 4e-5
    draws = [torch.rand(count, generator=torch.Generator().manual_seed(s), dtype=torch.float64) for s in context.seeds]
    starts = torch.special.ndtri((torch.arange(count, dtype=torch.float64) + torch.stack(draws)) / count).reshape(-1, 1)
    far: list[list[float]] = []
    surprise: list[list[float]] = []
    tilted: list[float] = []
    for scale in scales:

        def guided(x: Tensor, level: float, scale: float = scale) -> Tensor:
            empty = everything.epsilon(x, level)
            return empty + scale * (ones.epsilon(x, level) - empty)

        ends = mixture.exact_flow(guided, starts, abar, steps=60).reshape(len(context.seeds), count, 1)
        far.append([float((x > FAR).double().mean()) for x in ends])
        surprise.append([-float(ones.log_density(x).mean()) for x in ends])
        tilted.append(mixture.tilted_share(everything, ones, scale, FAR))
        name = f"s = {scale:g}"
        low, high = stats.interval(far[-1])  # starts stand in a grid, so a share is known to half its step at best
        context.metric(f"far mode, {name}", stats.mean(far[-1]), "share", (low - 0.5 / count, high + 0.5 / count))
        context.metric(f"far mode, tilted target, {name}", tilted[-1], "share")
        context.metric(f"-ln p(x|c), {name}", stats.mean(surprise[-1]), "nats", stats.interval(surprise[-1]))
    context.series(
        "mixture_far_mode",
        "Exact scores: guidance does not sample the tilted density",
        ("guidance scale s", scales),
        "share of the far mode",
        [stats.line("guided flow", far, stats.SHARE), ("tilted p(x|c) p(c|x)^(s-1)", tilted)],
        log_x=min(scales) > 0,
    )
    context.series(
        "mixture_surprise",
        "Exact scores: much guidance leaves the data",
        ("guidance scale s", scales),
        "-ln p(x | c)",
        [stats.line("guided flow", surprise), ("entropy of p(x | c)", [mixture.entropy(ones)] * len(scales))],
        log_x=min(scales) > 0,
    )
    if 1.0 in scales:
        plain = scales.index(1.0)
        context.check("far mode at s = 1, exactly one half", 0.5, stats.mean(far[plain]), 0.005)
        context.check("-ln p(x|c) at s = 1, the entropy", mixture.entropy(ones), stats.mean(surprise[plain]), 0.01)
        context.check("far mode of the tilted target at s = 1", 0.5, tilted[plain], 1e-3)
    likely = [place for place, values in enumerate(surprise) if abs(stats.mean(values) - mixture.entropy(ones)) < 0.1]
    if likely and scales[likely[-1]] > 1:
        context.note(
            f"At s = {scales[likely[-1]]:g} the points are as likely as data, by {0.1:g} nats, and "
            f"{stats.mean(far[likely[-1]]):.0%} of them lie in one of two equal modes: a likelihood sees no diversity."
        )


def ceiling(context: Context, pipe: Any) -> float:
    """The autoencoder's own share: drawn pictures encoded, decoded and read, without any denoiser."""
    import numpy as np

    from labs.common import reporting, sampling, shapes, stats
    from labs.tiny.data import balanced_scenes, draw

    shares = []
    for seed in context.seeds:
        rng = np.random.default_rng(seed)
        scenes = balanced_scenes(100, rng)
        coded = sampling.decode(pipe, sampling.encode_pictures(pipe, draw(scenes, rng)))
        shares.append(shapes.fidelity(coded, scenes)["all"])
    reporting.share(context, "ceiling, all five", shares, "of drawn pictures", 100)
    return stats.mean(shares)


def sweep_tiny(context: Context, pipe: Any, total: int) -> dict[float, list[float]]:
    """(b): fidelity, diversity, contrast and cost of every scale; the same captions and noise at each. Returns every
    scale's shares with all five right."""
    import torch

    from labs.common import captions, reporting, sampling, shapes, variety

    scales, steps, copies = context.numbers("scales"), context.integer("steps"), context.integer("copies")
    pictures_each, most = context.integer("pictures"), ceiling(context, pipe)
    right: dict[str, list[list[float]]] = {name: [] for name in shapes.ATTRIBUTES}
    seen: dict[str, list[list[float]]] = {name: [] for name in (*variety.UNITS, "saturation", "clipped")}
    asked = captions.ask(pipe, context.seeds, pictures_each)
    free = [sampling.noise_for(pipe, len(variety.OPEN) * copies, seed + 500) for seed in context.seeds]
    noise = torch.cat([asked.noise, *free])
    prompts = asked.prompts + [caption for caption in variety.OPEN for _ in range(copies)] * len(free)
    tiles: list[list[tuple[str, Any]]] = []
    for place, scale in enumerate(scales):
        context.progress(2 + place, total, f"tiny pipeline at scale {scale:g}")
        cost = sampling.Cost()
        pictures = sampling.draw(pipe, prompts, noise, steps, sampling.Guidance(scale), context.seed, cost)
        closed, opened = pictures[: len(asked.noise)], pictures[len(asked.noise) :]
        for name, shares in asked.fidelity(closed).items():
            right[name].append(shares)
        found = [variety.of_pictures(part) for part in opened.chunk(len(free))]
        for name in variety.UNITS:
            seen[name].append([measures[name] for measures in found])
        seen["saturation"].append([shapes.saturation(part) for part in closed.chunk(len(free))])
        seen["clipped"].append([shapes.clipped(part) for part in closed.chunk(len(free))])
        tiles.append([(f"{prompts[k]}, s = {scale:g}", closed[k]) for k in range(4)])
        expected_rows, rows = steps if scale in (0.0, 1.0) else 2 * steps, cost.rows / len(prompts)
        context.metric(f"U-Net rows for a picture, s = {scale:g}", rows, "rows")
        context.check(f"U-Net rows for a picture, s = {scale:g}", expected_rows, rows, 0)
        reporting.share(context, f"all five right, s = {scale:g}", right["all"][place], each=pictures_each)
        yellow, bits = seen[variety.MAJORITY][place], seen[variety.ENTROPY][place]
        reporting.share(context, f"{variety.MAJORITY}, s = {scale:g}", yellow, each=copies)
        reporting.positive(context, f"{variety.ENTROPY}, s = {scale:g}", bits, "bits")
    report_tiny(context, right, seen, most)
    report_variety(context, seen)
    context.pictures(
        "scales", "The same captions and noise at every scale", len(scales), [row[k] for k in range(4) for row in tiles]
    )
    return dict(zip(scales, right["all"], strict=True))


def report_tiny(
    context: Context, right: dict[str, list[list[float]]], seen: dict[str, list[list[float]]], most: float
) -> None:
    """The curves of (b), its best scale, and what in it is undertraining rather than guidance."""
    from labs.common import stats

    scales, everything, each = context.numbers("scales"), right["all"], context.integer("pictures")
    x, log = ("guidance scale s", scales), min(scales) > 0
    fidelity = [stats.line(name, values, each=each) for name, values in right.items()]
    context.series("fidelity", "Fidelity to the caption", x, "share as asked", fidelity, log_x=log)
    contrast = [stats.line(name, seen[name], stats.SHARE) for name in ("saturation", "clipped")]
    context.series("contrast", "Objects' saturation, and values clipped", x, "share", contrast, log_x=log)
    best = max(range(len(scales)), key=lambda place: stats.mean(everything[place]))
    context.metric("best scale", scales[best], "s")
    # By how much the best scale beats another: the captions and the noise are the same.
    ahead = [stats.of_gains(everything[best], values, each) for values in everything]
    named = {len(scales) - 1: f"lost from best to s = {scales[-1]:g}"}
    named |= {scales.index(s): f"gained from s = {s:g} to best" for s in (0.0, 1.0) if s in scales}
    for place, words in named.items():
        lead = stats.mean(everything[best]) - stats.mean(everything[place])
        context.metric(f"fidelity {words}", lead, "share", ahead[place])
    alike = [f"{s:g}" for s, bounds in zip(scales, ahead, strict=True) if bounds[0] <= 0]
    count = each * len(context.seeds)
    context.note(
        f"Noise floor of a share near 0.9 of {count} pictures: {(0.09 / count) ** 0.5:.3f}, one s.e. Scales that this "
        f"run cannot tell from the best: {', '.join(alike)}; the best of several alike is chosen by chance."
    )
    if 1.0 in scales:
        plain = scales.index(1.0)
        context.note(
            "Below s = 1 the caption is ignored wholly or in part; that rise is the caption's own work. At s = 1 the "
            f"share right is {stats.mean(everything[plain]):.2f}, and {most:.2f} for drawn pictures through the "
            "autoencoder: what lies between is undertraining and few steps, and all that guidance can mend. A perfect "
            "model would need none to follow its caption."
        )
        gone = [stats.mean(seen["saturation"][place]) for place in (plain, len(scales) - 1)]
        context.note(
            "What breaks here are shapes, and colours turn blotchy. Burnt colours, as of large models, do not show: "
            f"objects' saturation goes from {gone[0]:.2f} at s = 1 to {gone[1]:.2f} at s = {scales[-1]:g}, where "
            f"{stats.mean(seen['clipped'][-1]):.2%} of the values are clipped."
        )


def report_variety(context: Context, seen: Mapping[str, list[list[float]]]) -> None:
    """What guidance takes from pictures of one caption: each measure's curve beside the data's level, and its change
    from no guidance to the scale of the remedies, from the same noise."""
    from labs.common import stats, variety

    scales, copies = context.numbers("scales"), context.integer("copies")
    data, said = variety.of_data(context.seeds, copies), []
    plain, most = (
        min(range(len(scales)), key=lambda place: abs(scales[place] - s)) for s in (1, context.number("remedy_scale"))
    )
    for name, unit in variety.UNITS.items():
        share = name == variety.MAJORITY
        lines: list[Line] = [stats.line("tiny pipeline", seen[name], stats.POSITIVE, copies if share else 0)]
        lines.append(("data, as many pictures", [data[name]] * len(scales)))
        x = ("guidance scale s", scales)
        context.series(name.replace(" ", "_"), f"Diversity: {name}", x, unit, lines, log_x=min(scales) > 0)
        before, after = seen[name][plain], seen[name][most]
        gains = [b - a for a, b in zip(before, after, strict=True)]
        if share:  # all of one caption, each from noise of its own: trials whatever the seed
            low, high = stats.newcombe(stats.mean(after), stats.mean(before), copies * len(after))
        else:
            low, high = stats.interval(gains)
        context.metric(f"{name}, s = {scales[most]:g} less s = {scales[plain]:g}", stats.mean(gains), unit, (low, high))
        way = "grows" if low > 0 else "falls" if high < 0 else "does not move by more than chance"
        said.append(f"{name} {way}, {stats.mean(before):.2f} to {stats.mean(after):.2f} (data {data[name]:.2f})")
    context.note(
        f"Diversity from s = {scales[plain]:g} to s = {scales[most]:g}: {'; '.join(said)}. Guidance favours what is "
        "typical of a caption, and where the data have a majority that shows. Pictures that break differ, too: "
        "a spread alone proves no variety."
    )


def remedies(context: Context, pipe: Any, swept: dict[float, list[float]]) -> None:
    """Fidelity and cost at a large scale, plain, with the interval, and with rescaling; gains are pair by pair. What
    the sweep has drawn already is not drawn again."""
    from labs.common import captions, reporting, sampling, stats

    scale, steps, each = context.number("remedy_scale"), context.integer("steps"), context.integer("pictures")
    asked = captions.ask(pipe, context.seeds, each)
    low, high = min(context.numbers("interval")), max(context.numbers("interval"))
    arms = {
        f"interval {low:g} to {high:g}": sampling.Guidance(scale, interval=(low, high)),
        f"rescale {context.number('rescale'):g}": sampling.Guidance(scale, rescale=context.number("rescale")),
    }

    def draw(guidance: sampling.Guidance) -> tuple[list[float], float]:
        cost = sampling.Cost()
        pictures = sampling.draw(pipe, asked.prompts, asked.noise, steps, guidance, context.seed, cost)
        return asked.fidelity(pictures)["all"], cost.rows / len(asked.noise)

    total, where = len(context.numbers("scales")) + 5, f"remedy at s = {scale:g}"
    plain = swept.get(scale) or draw(sampling.Guidance(scale))[0]
    reporting.share(context, f"{where}, none: all five right", plain, each=each)
    for number, (name, guidance) in enumerate(arms.items()):
        context.progress(total - 2 + number, total, f"remedy: {name}")
        shares, rows = draw(guidance)
        reporting.share(context, f"{where}, {name}: all five right", shares, each=each)
        context.metric(f"{where}, {name}: U-Net rows", rows, "rows a picture")
        bounds = stats.of_gains(shares, plain, each)
        context.metric(f"{where}, {name}: gain", stats.mean(shares) - stats.mean(plain), "share", bounds)
    context.note("A remedy is for those who must guide strongly. Hold it also to the best scale above.")


def sweep_foreign(context: Context, pipe: Any, total: int) -> None:
    """Another pipeline: no reader knows its pictures, so only contrast, spread over seeds and cost are measured."""
    import torch

    from labs.common import sampling, shapes, stats

    scales, steps, prompt = context.numbers("scales"), context.integer("steps"), context.text("prompt")
    clipped: list[list[float]] = []
    spreads: list[float] = []
    tiles: list[list[tuple[str, Any]]] = []
    for place, scale in enumerate(scales):
        context.progress(2 + place, total, f"scale {scale:g}")
        pictures = []
        for seed in context.seeds:
            noise = sampling.noise_for(pipe, 1, seed)
            pictures.append(
                sampling.decode(pipe, sampling.sample(pipe, [prompt], noise, steps, sampling.Guidance(scale), seed))
            )
        clipped.append([shapes.clipped(picture) for picture in pictures])
        spreads.append(shapes.spread(torch.cat(pictures)))
        tiles.append([(f"s = {scale:g}, seed {seed}", p[0]) for seed, p in zip(context.seeds, pictures, strict=True)])
        context.metric(f"clipped values, s = {scale:g}", stats.mean(clipped[-1]), "share", stats.interval(clipped[-1]))
        context.metric(f"spread over seeds, s = {scale:g}", spreads[-1], "RMS difference of two pictures")
    x, log = ("guidance scale s", scales), min(scales) > 0
    context.series(
        "contrast", "Values outside the screen's range", x, "share", [stats.line("clipped", clipped)], log_x=log
    )
    context.series("spread", "How much seeds differ", x, "RMS difference", [("spread", spreads)], log_x=log)
    context.pictures(
        "scales",
        f"{prompt}: the same noise at every scale",
        len(scales),
        [row[k] for k in range(len(context.seeds)) for row in tiles],
    )
    context.note("Fidelity is not measured: the reader knows only the tiny pipeline's shapes.")


if __name__ == "__main__":
    from labs.kit.run import main

    raise SystemExit(main(LAB, run))
