"""How words get in: by which way does a caption reach the picture, and which word acts where?

    python -m labs.text_conditioning
    python -m labs.text_conditioning --set prompt="a small blue ring at the top" --set levels=50,200,400,600,800,950
    python -m labs.text_conditioning --model path/to/a/stable-diffusion --set prompt="a red bicycle beside a blue ball"

Captions become one state for each token; every cross-attention layer makes keys and values of the states, and positions
of the picture read them:  softmax(Q K^T / sqrt(d)) V  (Rombach et al. 2022, arXiv 2112.10752, section 3.3).
(a) The encoder. CLIP's text side is causal, T5's encoder is not: which states can know of which words is exact, and the
    same for random and for trained weights.
(b) What is read where. Attention to each word against the true mask of the object, over layers and noise levels.
(c) What it causes. The same noise, and one thing changed: a word left out, exchanged, or its state alone taken out
    after encoding; words in another order; attention switched off; an empty caption; two objects, never trained on.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from labs.kit.spec import Choice, Knob, Lab, Prediction

if TYPE_CHECKING:
    from torch import Tensor

    from labs.common.attention import Scores
    from labs.kit.context import Context, Line

LAB = Lab(
    name="text_conditioning",
    title="How words get in",
    question="By which way does a caption reach the picture, and which of its words acts where?",
    knobs=(
        Knob("pictures", "int", 16, "captions with each seed and change", low=4, high=200, quick=4, gpu=64),
        Knob("drawn", "int", 48, "drawn pictures with each seed for the maps", low=8, high=400, quick=12, gpu=200),
        Knob("levels", "numbers", (100, 300, 500, 700, 900), "noise levels of the maps", 1, 999, quick=(300, 700)),
        Knob("steps", "int", 5, "DDIM steps; divisors of 1000 keep the grid even", low=2, high=100),
        Knob("guidance", "float", 2.0, "guidance scale", low=1, high=20),
        Knob("prompt", "text", "a large red circle at the left on a sky background", "whose maps are drawn"),
    ),
    prediction=Prediction(
        prompt="A caption is encoded as usual. Then the one vector at its position word, as 'left', is replaced by an "
        "empty caption's, and the U-Net reads the rest. In which share of the pictures is the object elsewhere?",
        metric="taken out, position",
        choices=(
            Choice("hardly any", 0, 0.1),
            Choice("about a quarter", 0.1, 0.4),
            Choice("most, as if the caption named no position", 0.4, 0.9),
            Choice("all", 0.9, 2),
        ),
    ),
    seconds_cpu=28,
    seconds_quick=14,
    tolerances={
        "states a word reaches, *": 0.0,
        "longest caption, *": 0.0,
        "IoU, *": 0.1,
        "on the object, *": 0.08,
        "left out, *": 0.25,
        "exchanged, *": 0.2,
        "taken out, *": 0.2,
        "all right, *": 0.2,
        "ends alone, *": 0.25,
        "without ends, *": 0.25,
        "five, *": 0.15,
        "empty, *": 0.1,
        "two objects, *": 0.25,
    },
    takes_model=True,
)
KINDS = ("left out", "exchanged", "taken out")
TWO = ("a red circle at the left a blue square at the right", "a blue square at the right a red circle at the left")


def run(context: Context) -> None:
    """The experiment; see the module's first lines."""
    from labs.common import models, samplers

    models.check(context.model)
    context.progress(0, 12, "two kinds of text encoder")
    compare_encoders(context)
    if context.model is None and not models.trained():
        context.note(f"The part on the tiny pipeline was left out: it has no weights here. {models.HOW_TO_TRAIN}")
        return
    context.progress(1, 12, "loading the pipeline")
    pipe = models.load(context.model, context.device)
    pipe.scheduler = samplers.make("ddim", samplers.process_of(pipe))
    check_own_encoder(context, pipe)
    context.progress(2, 12, "what is read where")
    draw_maps(context, pipe)
    if context.model is None:
        hold_maps_to_masks(context, pipe)
        intervene(context, pipe)
        context.progress(10, 12, "attention switched off")
        switch_off(context, pipe)
        context.progress(11, 12, "two objects")
        two_objects(context, pipe)
    else:
        intervene_on_foreign(context, pipe)
    context.progress(12, 12, "done")


def compare_encoders(context: Context) -> None:
    """(a) with random weights, so that it is the class that decides and not training."""
    import torch

    from labs.common import encoders, reporting
    from labs.kit.figures import heat

    tiles: list[tuple[str, Any]] = []
    length = encoders.LENGTH
    earlier = torch.arange(length)[:, None] > torch.arange(length)
    itself_and_later = (length + 1) / (2 * length)
    for name, make, expected in (("CLIP", encoders.clip, itself_and_later), ("T5", encoders.t5, 1.0)):
        reached, before = [], []
        for seed in context.seeds:
            ids = torch.randint(1, 50, (length,), generator=torch.Generator().manual_seed(seed))
            moved = encoders.reach(make(seed), ids, ids + 40)
            reached.append(float((moved > 0).float().mean()))
            before.append(float(moved[earlier].max()))
            if seed == context.seeds[0]:
                tiles.append((name, heat((moved / moved.max()) ** 0.5)))
        reporting.share(context, f"states a word reaches, {name}", reached)
        context.check(f"share of states that a word reaches, {name}", expected, sum(reached) / len(reached), 0.0)
        if name == "CLIP":
            context.check("CLIP: a word moves the states before it by", 0.0, max(before), 0.0)
        context.metric(f"longest caption, {name}", encoders.longest(make(context.seed)), "tokens")
    context.pictures("encoders", "A word (row) moves states (columns): bright is much", 2, tiles)
    context.note(
        "A state of CLIP cannot depend on later words: its attention is causal. One of T5 can. Both hand over a state "
        f"for each token. CLIP's table of places ends; T5 uses distances (here it took all {4 * length} tokens tried)."
    )


def check_own_encoder(context: Context, pipe: Any) -> None:
    """(a) on the pipeline's own encoder: a state for each token, causal, and nothing beyond the last token."""
    from labs.common import captions, encoders, sampling

    most, kept = pipe.tokenizer.model_max_length, " ".join(context.text("prompt").split()[:-1])
    one, other = sampling.encode(pipe, [f"{kept} red", f"{kept} square"]).states
    context.check("states of a caption, against tokens", most, len(one), 0)
    moved, near = float((one - other)[: captions.end(pipe, kept)].abs().max()), encoders.rounding(one, context.device)
    context.check("own encoder: the last word moves states before it by", 0.0, moved, near)
    filled = " ".join(["a"] * most)
    one, other = sampling.encode(pipe, [f"{filled} circle", f"{filled} square"]).states
    context.check("a word beyond the last token moves states by", 0.0, float((one - other).abs().max()), near)


def draw_maps(context: Context, pipe: Any) -> None:
    """(b) for the prompt, in pictures: attention to each of its tokens, mean over noise levels and the last layers."""
    from labs.common import attention, captions, sampling
    from labs.kit.figures import heat

    prompt, guidance = context.text("prompt"), sampling.Guidance(context.number("guidance"))
    noise = sampling.noise_for(pipe, 1, context.seed)
    latents = sampling.sample(pipe, [prompt], noise, context.integer("steps"), guidance)
    mean = attention.mean_map(pipe, latents, noise, sampling.encode(pipe, [prompt]), context.counts("levels"))
    side = round(len(mean) ** 0.5)
    tiles: list[tuple[str, Any]] = [("picture", sampling.decode(pipe, latents)[0].numpy())]
    for token, read in zip(captions.tokens(pipe, prompt)[: captions.end(pipe, prompt) + 1], mean.T, strict=False):
        even = (read - read.min()) / (read.max() - read.min()).clamp_min(1e-12)
        word = token.strip("<|>").removesuffix("oftext")
        tiles.append((f"{word} {float(read.mean()):.0%}", heat(even.reshape(side, side).numpy(), 4)))
    context.pictures("maps", "Where each token is read (bright), and how much of all reading it gets", 5, tiles)


def hold_maps_to_masks(context: Context, pipe: Any) -> None:
    """(b): drawn pictures, whose mask is known, noised; attention to each attribute's word against the mask."""
    from labs.common import attention

    drawn, levels = context.integer("drawn"), context.counts("levels")
    scores, total, apart = attention.hold_to_masks(pipe, context.seeds, drawn, levels)
    context.check("weights of a position add to 1, off by", 0.0, total, 1e-4)
    context.check("watching changes the prediction by", 0.0, apart, 1e-3)
    report_maps(context, scores)


def report_maps(context: Context, scores: Scores) -> None:
    """Curves over layers at the middle level and over levels at each word's best layer; chance beside both."""
    from labs.common import reporting, stats
    from labs.tiny.data import WORDS

    layers, levels = scores.layers(), context.counts("levels")
    middle = levels[len(levels) // 2]
    over_layers: list[Line] = []
    over_levels: list[Line] = []
    for name in WORDS:
        best = max(scores.layers(finest=True), key=lambda layer: stats.mean(scores.iou[name, layer, middle]))
        over_layers.append(stats.line(name, [scores.prefer[name, layer, middle] for layer in layers], stats.SHARE))
        over_levels.append(stats.line(f"{name}, {best}", [scores.iou[name, best, t] for t in levels], stats.SHARE))
        reporting.share(context, f"IoU, {name}", scores.iou[name, best, middle], f"best layer, {best}")
        last = scores.prefer[name, layers[-1], middle]
        reporting.share(context, f"on the object, {name}", last, f"last layer, {layers[-1]}")
    chance, other = stats.mean(scores.chance), stats.mean(scores.other)
    context.metric("IoU, knows nothing", chance, "exact")
    context.metric("IoU, another's mask", other, "floor")
    over_layers.append(("blind", [0.5] * len(layers)))
    title = f"Is a word read on the object (1) or off it (0)? t = {middle}; layers: {', '.join(layers)}"
    places = ("layer", list(range(1, len(layers) + 1)))
    context.series("maps_layers", title, places, "share of pairs of positions", over_layers)
    over_levels += [("knows nothing", [chance] * len(levels)), ("another's mask", [other] * len(levels))]
    context.series("maps_levels", "Map against mask, best layer", ("noise level t", levels), "IoU", over_levels)
    context.note(
        "1 on the object, 0 off it, 0.5 blind: in the last layer the colour is read on the object and the background's "
        "word off it; both tell places apart. The best layer was chosen on these pictures, so its IoU is flattered. A "
        "map says what is read, not what that causes; the changes below do."
    )


def intervene(context: Context, pipe: Any) -> None:
    """(c): the share of pictures in which each attribute is read otherwise than from the same noise unchanged."""
    import numpy as np

    from labs.common import attention, captions, reporting, sampling, shapes, stats
    from labs.tiny.data import WORDS, balanced_scenes, full_captions

    changed: dict[tuple[str, str], list[list[float]]] = {(kind, name): [] for kind in KINDS for name in WORDS}
    follows: dict[str, list[float]] = {name: [] for name in WORDS}
    right: dict[tuple[str, str], list[float]] = {}
    most = pipe.tokenizer.model_max_length
    ends = captions.without_states(pipe, lambda text: range(captions.end(pipe, text)))
    no_ends = captions.without_states(pipe, lambda text: range(captions.end(pipe, text), most))
    for number, seed in enumerate(context.seeds):
        rng = np.random.default_rng(seed)
        scenes = balanced_scenes(context.integer("pictures"), rng)
        texts, noise = full_captions(scenes), sampling.noise_for(pipe, len(scenes), seed)
        drawn = partial(draw_told, context, pipe, noise)
        made = {
            "as it is": drawn(texts),
            "shuffled": drawn([" ".join(rng.permutation(text.split())) for text in texts]),
            "ends alone": drawn(texts, ends),
            "without ends": drawn(texts, no_ends),
        }
        for arm, pictures in made.items():
            for name, share in shapes.fidelity(pictures, scenes).items():
                right.setdefault((arm, name), []).append(share)
        before = shapes.readings(made["as it is"])
        for place, name in enumerate(WORDS):
            context.progress(3 + (5 * number + place) // 2, 12, f"changing the {name}")
            made[f"{name}, as it is"] = made["as it is"]
            for kind, told in captions.changes(pipe, scenes, name).items():
                made[f"{name}, {kind}"] = drawn(*told)
                read = shapes.readings(made[f"{name}, {kind}"])
                changed[kind, name].append([float((read[part] != before[part]).mean()) for part in WORDS])
                if kind == "exchanged":
                    wanted = captions.exchanged(scenes, name).labels[name]
                    follows[name].append(float((read[name] == wanted).mean()))
        tiles = [(arm, pictures[0]) for arm, pictures in made.items()]
    for arm in ("as it is", "shuffled"):
        reporting.share(context, f"all right, {arm}", right[arm, "all"], each=len(scenes))
    heard = {arm: {name: right[arm, name] for name in WORDS} for arm in ("ends alone", "without ends")}
    for arm, name in ((arm, name) for arm in heard for name in WORDS):
        reporting.share(context, f"{arm}, {name}", heard[arm][name], each=len(scenes))
    report_changes(context, changed, follows)
    alone, without = (
        ", ".join(name for name, shares in by.items() if stats.mean(shares) >= 0.8) for by in heard.values()
    )
    context.note(
        "A word left out frees its attribute. Its state alone taken out may not: later states have read the word, as "
        "CLIP's causal way allows. Which of them the U-Net relies on is what this model, trained with its encoder, "
        f"happened to learn. Right in 80 % or more, from the end mark and padding alone: {alone or 'nothing'}; from "
        f"the words without them: {without or 'nothing'}."
    )
    context.pictures("changes", "The same caption and noise, one thing changed", 4, tiles)
    moved = attention.moved_by_order(pipe, sampling.encode(pipe, texts).states, noise, context.seed)
    context.check("states in another order move the prediction by", 0.0, moved, 1e-3)


def draw_told(context: Context, pipe: Any, noise: Tensor, texts: Sequence[str], tell: Any = None) -> Tensor:
    """Pictures for captions that are told in another way than usual."""
    from labs.common import sampling

    steps, guidance = context.integer("steps"), sampling.Guidance(context.number("guidance"))
    return sampling.decode(pipe, sampling.sample(pipe, texts, noise, steps, guidance, tell=tell or sampling.encode))


def report_changes(
    context: Context, changed: dict[tuple[str, str], list[list[float]]], follows: dict[str, list[float]]
) -> None:
    """What each change does to its own attribute and to the others, and where the information sits."""
    import numpy as np

    from labs.common import reporting
    from labs.kit.figures import heat
    from labs.tiny.data import WORDS

    tiles, apart, each = [], ~np.eye(len(WORDS), dtype=bool), context.integer("pictures")
    for kind in KINDS:
        matrix = np.array([changed[kind, name] for name in WORDS]).swapaxes(0, 1)  # [seeds, words, attributes]
        tiles.append((kind, heat(matrix.mean(0))))
        for place, name in enumerate(WORDS):
            own, unit = (follows[name], "follow") if kind == "exchanged" else (matrix[:, place, place], "changed")
            reporting.share(context, f"{kind}, {name}", list(own), f"share {unit}", each)
        others = matrix[:, apart].mean(1).tolist()  # four of one picture may change together: one trial
        reporting.share(context, f"{kind}, others", others, "share changed", len(WORDS) * each)
    context.pictures(
        "confusion", f"Word changed (row), attribute read otherwise (column), each {', '.join(WORDS)}", 3, tiles
    )
    context.note(
        f"{reporting.floor(0.5, each * len(context.seeds))} States in another order are the same to the U-Net: order "
        "counts inside the encoder alone, which has met words in one order only."
    )


def switch_off(context: Context, pipe: Any) -> None:
    """(c): nothing read, or nothing said: the caption must not matter. Chance, or less where nothing can be read."""
    import numpy as np

    from labs.common import attention, reporting, sampling, shapes, stats
    from labs.tiny.data import PRIORS, WORDS, balanced_scenes, full_captions

    steps, count = context.integer("steps"), 3 * context.integer("pictures")
    right: dict[str, list[tuple[float, float]]] = {"attention off": [], "empty caption": []}
    tiles: list[tuple[str, Any]] = []
    apart, far, floor = 0.0, [], []
    for seed in context.seeds:
        rng = np.random.default_rng(seed)
        scenes = balanced_scenes(count, rng)
        texts, noise = full_captions(scenes), sampling.noise_for(pipe, count, seed)
        with attention.switched_off(pipe.unet):
            off = sampling.sample(pipe, texts, noise, steps, sampling.Guidance(1.0), seed)
            few = sampling.sample(pipe, texts[:0:-1][:8], noise[:8], steps, sampling.Guidance(1.0), seed)
            again = sampling.sample(pipe, texts[:8], noise[:8], steps, sampling.Guidance(1.0), seed)
        apart = max(apart, float((few - again).abs().max()))
        empty = sampling.decode(pipe, sampling.sample(pipe, texts, noise, steps, sampling.Guidance(0.0), seed))
        for arm, drawn in (("attention off", sampling.decode(pipe, off)), ("empty caption", empty)):
            found = shapes.fidelity(drawn, scenes)
            right[arm].append((stats.mean([found[name] for name in WORDS]), shapes.right_by_chance(drawn)))
            if seed == context.seeds[0]:
                tiles += [(f"{arm}, {k}", picture) for k, picture in enumerate(drawn[:6], start=1)]
        far.append(shapes.off_priors(shapes.readings(empty)))
        floor.append(shapes.off_priors({name: rng.choice(len(p), count, p=p) for name, p in PRIORS.items()}))
    context.check("attention off: other captions move the latents by", 0.0, apart, 0.0)
    strays = sum((len(words) - 1) / len(words) ** 2 for words in WORDS.values()) ** 0.5 / len(WORDS)
    allowed = 4 * strays / (count * len(context.seeds)) ** 0.5
    for arm, found_and_known in right.items():
        shares, chance = zip(*found_and_known, strict=True)
        reporting.share(context, f"five, {arm}", shares, f"mean share right, chance {stats.mean(chance):.3g}")
        context.check(f"attributes right, {arm}", stats.mean(chance), stats.mean(shares), allowed)
    reporting.share(context, "empty, to training shares", far, "total variation")
    reporting.share(context, "empty, floor", floor, "as many draws")
    context.pictures("nothing_told", "The same noise: nothing read, and nothing said", 6, tiles)


def two_objects(context: Context, pipe: Any) -> None:
    """(c): a caption of two objects; which of their colours are found on the picture."""
    from labs.common import reporting, sampling, shapes

    count = context.integer("pictures")
    shares: dict[str, list[float]] = {"both": [], "first alone": [], "second alone": []}
    tiles: list[tuple[str, Any]] = []
    for seed in context.seeds:
        found: list[tuple[bool, bool]] = []
        for prompt, (first, second) in zip(TWO, (("red", "blue"), ("blue", "red")), strict=True):
            drawn = draw_told(context, pipe, sampling.noise_for(pipe, count, seed), [prompt] * count)
            found += zip(shapes.shows(drawn, first), shapes.shows(drawn, second), strict=True)
            if seed == context.seeds[0]:
                tiles += [(f"{first} first, then {second}", picture) for picture in drawn[:4]]
        for name, seen in (("both", (True, True)), ("first alone", (True, False)), ("second alone", (False, True))):
            shares[name].append(found.count(seen) / len(found))
    for name, values in shares.items():
        reporting.share(context, f"two objects, {name}", values, each=len(TWO) * count)
    context.pictures("two_objects", "A circle and a square asked for", 4, tiles)
    context.note(
        "This model never saw two objects and neglects the second. Large models have seen many pairs and still neglect "
        "or mix them (arXiv 2301.13826): nothing in cross-attention ties a colour to its thing; the states must."
    )


def intervene_on_foreign(context: Context, pipe: Any) -> None:
    """Another pipeline: no reader, so each change is measured by how far the picture moves, beside another seed's."""
    from labs.common import attention, captions, sampling, stats

    prompt = context.text("prompt")
    told = captions.otherwise(prompt)
    moved: dict[str, list[float]] = {name: [] for name in ("another seed", *told, "attention off")}
    tiles: list[tuple[str, Any]] = []
    for number, seed in enumerate(context.seeds):
        context.progress(3 + 3 * number, 12, f"seed {seed}")
        drawn = partial(draw_told, context, pipe, sampling.noise_for(pipe, 1, seed))
        plain = drawn([prompt])[0]
        made = {"another seed": draw_told(context, pipe, sampling.noise_for(pipe, 1, seed + 500), [prompt])[0]}
        made |= {name: drawn([text])[0] for name, text in told.items()}
        with attention.switched_off(pipe.unet):
            made["attention off"] = drawn([prompt])[0]
        for name, other in made.items():
            moved[name].append(float((other.clamp(0, 1) - plain.clamp(0, 1)).square().mean().sqrt()))
        if number == 0:
            tiles = [("as it is", plain), *made.items()]
    for name, values in moved.items():
        context.metric(f"moved, {name}", stats.mean(values), "RMS of pixels", stats.interval(values, stats.POSITIVE))
    context.pictures("changes", "The same noise, one thing changed", 4, tiles)
    context.note("Whether a picture shows what the caption says is not measured: the reader knows only drawn shapes.")


if __name__ == "__main__":
    from labs.kit.run import main

    raise SystemExit(main(LAB, run))
