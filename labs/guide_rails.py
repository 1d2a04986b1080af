"""Guide rails: what does a ControlNet's map decide, and what does it not?

    python -m labs.guide_rails
    python -m labs.guide_rails --set scales=0,0.3,0.6,1,2 --set maps=40

A copy of the U-Net's encoder reads a map of where the object is and adds its features to the locked U-Net's own
(Zhang et al. 2023, arXiv 2302.05543):   eps = U-Net(x_t, t, text; skips + scale * zero_conv(copy(x_t, t, text, map)))
Maps come from drawn pictures, so the true outline is known to the pixel, and a rule reads where a new picture has its
object. Measured is the overlap of the two masks (intersection over union, IoU): at every strength and stretch of
steps, with maps that are shifted, blurred, noisy or of the wrong kind, and against captions that contradict. A
reference's colour and brightness, which are not in its map, are looked for in the new picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labs.kit.spec import Choice, Knob, Lab, Prediction

if TYPE_CHECKING:
    from labs.common.railed import Bench
    from labs.kit.context import Context, Line

LAB = Lab(
    name="guide_rails",
    title="Guide rails",
    question="What does a ControlNet's map decide about a picture, and what does it leave open?",
    knobs=(
        Knob("maps", "int", 10, "maps with each seed", low=4, high=200, quick=8, gpu=100),
        Knob("scales", "numbers", (0, 0.5, 1, 2), "strengths of control; 0 is none", 0, 3, quick=(0, 1)),
        Knob("steps", "int", 8, "DDIM steps", low=2, high=100),
        Knob("guidance", "float", 3.0, "guidance scale of the caption", low=1, high=20),
        Knob(
            "shifts", "numbers", (3, 6), "pixels by which maps are misplaced; 6 lead to another place", 1, 8, quick=(6,)
        ),
        Knob("blurs", "numbers", (4,), "pixels by which maps are blurred", 0.5, 8),
        Knob("noises", "numbers", (0.2,), "shares of a map's pixels that are flipped", 0, 0.5),
        Knob("part", "float", 0.5, "share of the steps that is early; 0.5 is fair to both", low=0.1, high=0.9),
    ),
    prediction=Prediction(
        prompt="The map of a reference picture, strength 1, and a caption without a colour. How often has the new "
        "picture the reference's colour, one of six?",
        metric="reference's colour kept",
        choices=(
            Choice("hardly more often than by chance", -0.01, 0.4),
            Choice("about half of the time", 0.4, 0.8),
            Choice("nearly always, the rails hold it", 0.8, 1.01),
        ),
    ),
    seconds_cpu=50,
    seconds_quick=25,
    tolerances={
        "max difference, *": 0.0,
        "gradient at the start, copy": 0.0,
        "IoU, *": 0.08,
        "overlap of maps, *": 0.001,
        "* as the *": 0.2,
        "all five, *": 0.2,
        "change, random convolutions": 0.1,
        "reference's colour *": 0.2,
        "brightness, *": 0.45,
        "parameters, *": 0.01,
    },
)


def run(context: Context) -> None:
    """The experiment; see the module's first lines."""
    from labs.common import models, railed
    from labs.kit.machine import LabError

    pipe = models.load(None, context.device)
    if not models.controlled():
        raise LabError("The weights of the tiny ControlNet are missing.", "Make them: python -m labs.tiny.control.")
    bench = railed.prepare(context, pipe)
    parts = (at_the_start, strengths, stretches, bad_maps, wrong_kinds, contradictions, identity, cost)
    for number, part in enumerate(parts):
        context.progress(number, len(parts), part.__name__.replace("_", " "))
        part(bench, pipe)
    context.progress(8, 8, "done")


def at_the_start(bench: Bench, pipe: Any) -> None:
    """An untrained ControlNet changes nothing, to the last bit; yet its zero convolutions have gradients."""
    import torch

    from labs.common import rails, sampling
    from labs.tiny.data import full_captions

    context, device = bench.context, bench.context.device
    torch.manual_seed(context.seed)
    control = rails.control_of(pipe.unet).to(device)
    x, maps = bench.noise[:8].to(device), rails.map_of(bench.cover[:8]).to(device)
    t = torch.linspace(50, 950, 8, device=device).long()
    states = sampling.encode(pipe, full_captions(bench.scenes.part(slice(0, 8)))).states
    alone = pipe.unet(x, t, states).sample.detach()  # with gradients as the other, so by the same kernels
    output = rails.predict(pipe.unet, control, x, t, states, maps)
    difference = float((output - alone).abs().max())
    context.metric("max difference, untrained", difference)
    context.check("max difference, untrained", 0.0, difference, 0.0)
    output.square().mean().backward()  # type: ignore[no-untyped-call]
    doors, copied = rails.gradients(control)
    context.metric("gradient at the start, zero convs", doors, "norm")
    context.metric("gradient at the start, copy", copied, "norm")
    context.check("gradient at the start, copy", 0.0, copied, 0.0)
    context.check("zero convolutions can learn", 1.0, float(doors > 0), 0.0)
    context.metric("parameters, ControlNet over U-Net", control.num_parameters() / pipe.unet.num_parameters())
    with torch.no_grad():
        for parameter in rails.zero_convolutions(control):
            torch.nn.init.normal_(parameter, std=0.1)
        moved = rails.predict(pipe.unet, control, x, t, states, maps) - alone
        context.metric("change, random convolutions", float((moved.square().mean() / alone.square().mean()).sqrt()))
    context.note(
        "Planted fault: with small random weights in place of the zeros the untrained copy moves the prediction by the "
        "share given above. From zero it starts as the untouched U-Net and learns from the first step on: a zero "
        "convolution's gradient is its input times that of its output, and only the way through it is closed."
    )


def strengths(bench: Bench, pipe: Any) -> None:
    """IoU at every strength, with captions that leave shape, size and place free; between a floor and a ceiling."""
    from statistics import pstdev

    from labs.common import rails, sampling, stats
    from labs.common.railed import GIVEN
    from labs.tiny.data import full_captions

    context, maps = bench.context, rails.map_of(bench.cover)
    coded = sampling.decode(pipe, sampling.encode_pictures(pipe, (255 * bench.references + 0.5).byte().numpy()))
    ceiling = bench.report_overlap("IoU, ceiling", bench.overlap(coded, bench.cover), "of drawn pictures")
    other = bench.report_overlap(
        "IoU, floor", bench.overlap(bench.references.roll(1, 0), bench.cover), "of another picture"
    )
    words = bench.report_overlap("IoU, caption alone", bench.overlap(bench.told, bench.cover), "full caption, no map")
    prompts = full_captions(bench.scenes, GIVEN)
    found, colours, tiles = [], [], [("reference", bench.references[k]) for k in range(5)]
    for scale in context.numbers("scales"):
        pictures = bench.followed if scale == 1 else bench.draw(prompts, maps, rails.Rails(scale))
        found.append(bench.overlap(pictures, bench.cover))
        colours.append(bench.right(pictures, "colour"))
        bench.report_overlap(f"IoU, scale {scale:g}", found[-1], "with the map")
        tiles += [(f"scale {scale:g}", pictures[k]) for k in range(5)]
        if scale == 1:
            held_by = stats.mean(found[-1])
            context.check("IoU at scale 1, against the ceiling", ceiling, held_by, 0.12)
            context.check("IoU at scale 1, short of 0.85 by", 0.0, max(0.0, 0.85 - held_by), 0.02)
    scales = context.numbers("scales")
    held: list[Line] = [("ceiling", [ceiling] * len(scales)), ("full caption, no map", [words] * len(scales))]
    held += [("another picture", [other] * len(scales)), stats.line("colour as the caption says", colours, stats.SHARE)]
    lines = [stats.line("IoU with the map", found, stats.SHARE), *held]
    context.series("strength", "The map's hold at every strength", ("conditioning scale", scales), "IoU, share", lines)
    context.pictures("strength", "The same captions and noise at every strength", 5, tiles)
    root, strays = len(bench.scenes) ** 0.5, pstdev(rails.overlap(rails.seen_mask(bench.followed), bench.cover >= 0.5))
    context.note(
        f"Noise floor: IoU varies by {strays:.2f} from picture to picture, its mean by {strays / root:.3f} (one s.e.), "
        f"a share near a half by {0.5 / root:.3f}. The caption alone already reaches much of the overlap when it names "
        "shape, size and place, so captions here leave them out. Two equal ControlNets add up to one of strength 2."
    )


def stretches(bench: Bench, pipe: Any) -> None:
    """Control in the early or the late steps alone: control_guidance_start and control_guidance_end."""
    from math import floor

    from labs.common import rails, stats
    from labs.common.railed import GIVEN
    from labs.tiny.data import full_captions

    context, prompts = bench.context, full_captions(bench.scenes, GIVEN)
    part, steps, found = context.number("part"), context.integer("steps"), {}
    for name, limits in (("early", rails.Rails(1, 0, part)), ("late", rails.Rails(1, part, 1))):
        found[name] = bench.overlap(bench.draw(prompts, rails.map_of(bench.cover), limits), bench.cover)
        bench.report_overlap(f"IoU, {name} steps only", found[name], "with the map")
    ahead = [a - b for a, b in zip(found["early"], found["late"], strict=True)]
    low, high = stats.interval(ahead)
    better = "early steps hold more" if low > 0 else "late steps hold more" if high < 0 else "no difference is shown"
    early, late = floor(part * steps + 1e-9), floor(steps - part * steps + 1e-9)
    context.metric("IoU, early less late", stats.mean(ahead), "same captions and noise", (low, high))
    context.note(
        f"Control in {early} early or {late} late steps of {steps}: {better}, early less late {low:.2f} to {high:.2f}. "
        "Large models settle where things lie in their first steps; eight steps of a tiny one are few to part."
    )


def bad_maps(bench: Bench, pipe: Any) -> None:
    """Maps made worse step by step. A shifted map is obeyed: what it costs against the truth is known beforehand."""
    from labs.common import rails, stats
    from labs.common.railed import GIVEN
    from labs.tiny.data import OFFSET, full_captions

    context, prompts, tiles = bench.context, full_captions(bench.scenes, GIVEN), []
    good = rails.map_of(bench.cover)
    known, truth, obeyed = [], [], []
    for pixels in (0, *context.counts("shifts")):
        cover = rails.shifted(bench.cover, bench.scenes, pixels)
        known.append(stats.mean(rails.overlap(cover >= 0.5, bench.cover >= 0.5)))
        pictures = bench.draw(prompts, rails.map_of(cover), rails.Rails()) if pixels else bench.followed
        truth.append(bench.overlap(pictures, bench.cover))
        obeyed.append(bench.overlap(pictures, cover))
        if pixels:
            context.metric(f"overlap of maps, shift {pixels}", known[-1], "shifted with true")
            bench.report_overlap(f"IoU, truth, shift {pixels}", truth[-1], "with the true outline")
            bench.report_overlap(f"IoU, given, shift {pixels}", obeyed[-1], "with the shifted map")
        if pixels == OFFSET:
            lost = stats.mean(obeyed[0]) - stats.mean(obeyed[-1])
            context.check(f"shift {pixels}: obeyed as a right map is", 0.0, lost, 0.1)
            context.check(f"shift {pixels}: truth lost as known", known[-1], stats.mean(truth[-1]), 0.12)
        tiles += [(f"map, shift {pixels}", rails.map_of(cover)[0].permute(1, 2, 0)), (f"shift {pixels}", pictures[0])]
    lines: list[Line] = [
        stats.line("with the map given", obeyed, stats.SHARE),
        stats.line("with the true outline", truth, stats.SHARE),
        ("known: shifted map with true outline", known),
    ]
    context.series("shift", "A misplaced map is obeyed", ("pixels", (0, *context.counts("shifts"))), "IoU", lines)
    worse = [(f"blur {value:g}", rails.blurred(good, value)) for value in context.numbers("blurs")]
    worse += [(f"noise {value:g}", rails.flipped(good, value, context.seed)) for value in context.numbers("noises")]
    for name, maps in [*worse, ("edges", rails.edges(good))]:
        pictures = bench.draw(prompts, maps, rails.Rails())
        bench.report_overlap(f"IoU, truth, {name}", bench.overlap(pictures, bench.cover), "with the true outline")
        tiles += [(f"map, {name}", maps[0].permute(1, 2, 0)), (name, pictures[0])]
    context.note(
        f"A map {OFFSET:g} pixels off points to another place that the base model knows, and is obeyed as a right one "
        "is: it costs the overlap of the two maps, known beforehand. Half way between two places the base model never "
        "drew anything, and the map is obeyed less well."
    )
    context.pictures("bad_maps", "One reference, maps gone bad", 4, tiles)


def wrong_kinds(bench: Bench, pipe: Any) -> None:
    """Maps unlike any in training, with a full caption that agrees with the reference."""
    from labs.common import rails
    from labs.tiny.data import full_captions

    context, good, prompts = bench.context, rails.map_of(bench.cover), full_captions(bench.scenes)
    kinds, tiles = rails.kinds(good, context.seed), []
    bench.report_right("all five, no map", bench.right(bench.told, "all"))
    for name, maps in list(kinds.items())[: 3 if context.quick else None]:
        pictures = bench.draw(prompts, maps, rails.Rails())
        bench.report_right(f"all five, {name}", bench.right(pictures, "all"))
        bench.report_overlap(f"IoU, truth, {name}", bench.overlap(pictures, bench.cover), "with the true outline")
        tiles += [(name, maps[0].permute(1, 2, 0)), ("picture", pictures[0])]
    context.pictures("wrong_kinds", "A full caption, and maps of kinds that were never seen", 4, tiles)
    context.note(
        "An inverted map speaks the language that was learned and says something false: the figures tell how much of "
        "the true outline is left, against a caption that is right. Where another kind leaves them near those without "
        "a map, it says little to this copy, and the caption carries the picture. One ControlNet, one kind of map."
    )


def contradictions(bench: Bench, pipe: Any) -> None:
    """Captions that name another shape and another place than the map shows."""
    from labs.common import rails, stats
    from labs.tiny.data import full_captions

    context, maps, asked = bench.context, rails.map_of(bench.cover), rails.contradicted(bench.scenes)
    prompts, scales = full_captions(asked), context.numbers("scales")
    seen: dict[str, list[list[float]]] = {}
    for scale in scales:
        pictures = bench.draw(prompts, maps, rails.Rails(scale))
        for name, word in (("position", "place"), ("shape", "shape")):
            for side, scenes in (("the map", bench.scenes), ("the caption", asked)):
                shares = bench.right(pictures, name, scenes)
                seen.setdefault(f"{word} as {side}", []).append(shares)
                bench.report_right(f"{word} as {side}, scale {scale:g}", shares)
    lines = [stats.line(name, values, stats.SHARE) for name, values in seen.items()]
    context.series("conflict", "Caption against map", ("conditioning scale", scales), "share of pictures", lines)
    context.note(
        "Neither wins by rule: with the strength the place goes over to the map first, the shape later or in part. "
        "Shares of one attribute that do not add up to 1 leave mixtures that are neither."
    )


def identity(bench: Bench, pipe: Any) -> None:
    """What is not in the map: the reference's colour, when no word names it, and its exact brightness."""
    from dataclasses import replace

    import numpy as np
    import torch

    from labs.common import rails, reporting, stats
    from labs.tiny.data import full_captions

    context, maps, each = bench.context, rails.map_of(bench.cover), bench.context.integer("maps")
    prompts, dice = full_captions(bench.scenes, ("background",)), torch.Generator().manual_seed(context.seed)
    noises = [bench.noise, *(torch.randn(bench.noise.shape, generator=dice) for _ in range(1 if context.quick else 2))]
    draws = [replace(bench, noise=noise).draw(prompts, maps, rails.Rails()) for noise in noises]
    kept = [stats.mean(by_draw) for by_draw in zip(*(bench.right(free, "colour") for free in draws), strict=True)]
    reporting.share(context, "reference's colour kept", kept, each=each * len(draws))
    rng = np.random.default_rng(context.seed)
    shuffled = [free[rng.permutation(len(free))] for free in draws for _ in range(20)]
    chance = stats.mean([stats.mean(bench.right(free, "colour")) for free in shuffled])
    context.metric("reference's colour by chance", chance, "of shuffled pictures")
    bench.report_right("reference's colour, named", bench.right(bench.followed, "colour"))
    wanted = rails.brightness(bench.references, bench.scenes.labels["colour"])
    got = rails.brightness(bench.followed, bench.scenes.labels["colour"])
    parts = [slice(at, at + each) for at in range(0, len(got), each)]
    follows = [rails.correlation(wanted[part], got[part]) for part in parts]
    context.metric("brightness, reference and picture", stats.mean(follows), "correlation", stats.interval(follows))
    floor = 3 * (chance * (1 - chance) / (len(draws) * len(maps))) ** 0.5
    context.check("colour kept as often as by chance", chance, stats.mean(kept), floor)
    context.pictures(
        "identity",
        "Left the reference, middle its map with no colour in the caption, right with the colour's name",
        3,
        [
            tile
            for k in range(4)
            for tile in (("reference", bench.references[k]), ("map", draws[0][k]), ("named", bench.followed[k]))
        ],
    )
    context.note(
        f"Floor of a correlation of {len(got)} unrelated pairs: {len(got) ** -0.5:.2f}, one standard error. All this "
        "at strength 1; what a map does not hold no strength can add. Identity takes what carries it: a word, an image "
        "adapter, a LoRA."
    )


def cost(bench: Bench, pipe: Any) -> None:
    """What the copy adds to a call, of one picture with guidance: two rows."""
    import torch

    from labs.common import rails, sampling, timing

    context, control = bench.context, bench.railed.controlnet
    x, maps = bench.noise[:2].to(context.device), rails.map_of(bench.cover[:2]).to(context.device)
    t, states = torch.tensor(500, device=context.device), sampling.encode(pipe, ["", "a ring"]).states

    jobs = {
        "U-Net alone": lambda: pipe.unet(x, t, encoder_hidden_states=states),
        "with ControlNet": lambda: rails.predict(pipe.unet, control, x, t, states, maps),
    }
    with torch.no_grad():
        taken = timing.interleaved(jobs, context.device, 10 if context.quick else 30, warm_up=3)
    middle = {}
    for name, seconds in taken.items():
        middle[name], unit = timing.in_ms(seconds)
        context.metric(f"a call, {name}", middle[name], unit)
    extra = middle["with ControlNet"] - middle["U-Net alone"]
    context.metric("extra for control", extra / middle["U-Net alone"], "of the U-Net's time")


if __name__ == "__main__":
    from labs.kit.run import main

    raise SystemExit(main(LAB, run))
