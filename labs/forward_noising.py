"""Fog dial: how much of a picture is left at step t of the forward process?

    python -m labs.forward_noising
    python -m labs.forward_noising --set schedule=cosine --set image=cat.png
    python -m labs.forward_noising --quick --predict 2

Noises one picture twice: step by step,  x_t = sqrt(1 - beta_t) x_{t-1} + sqrt(beta_t) e_t,
and at once in closed form,              x_t = sqrt(abar_t) x_0 + sqrt(1 - abar_t) e,  abar_t = prod_{s<=t} (1 - beta_s)
(Ho et al. 2020, arXiv 2006.11239, equations 2 and 4), and measures that both are the same distribution, how fast four
schedules fog the picture, and what still shines through at the last step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs.kit.spec import Choice, Knob, Lab, Prediction

if TYPE_CHECKING:
    from torch import Tensor

    from labs.kit.context import Context

SCHEDULES = ("linear", "scaled_linear", "cosine", "zero_snr")
LAB = Lab(
    name="forward_noising",
    title="Fog dial",
    question="How much of a picture is left at step t of the forward process, and must one walk there step by step?",
    knobs=(
        Knob("schedule", "choice", "linear", "the schedule that is walked", choices=SCHEDULES),
        Knob("steps", "int", 1000, "length T of the forward process", low=10, high=4000),
        Knob("scale", "float", 1.0, "contrast of the picture; pale pictures drown earlier", low=0.1, high=2.0),
        Knob("walks", "int", 2000, "walks whose mean and variance are measured", 50, 200_000, quick=300, gpu=200_000),
        Knob("image", "picture", "", "your own picture instead of the drawn one; cropped to a square, 64 x 64"),
    ),
    prediction=Prediction(
        prompt="With the linear schedule of DDPM and 1000 steps, at which step are picture and noise equally strong, "
        "SNR = 1?",
        metric="equal strength, linear",
        choices=(
            Choice("about step 100", 0, 180),
            Choice("about step 250", 180, 375),
            Choice("about step 500", 375, 625),
            Choice("about step 750", 625, 1001),
        ),
        fixes=("steps", "scale"),
    ),
    seconds_cpu=5,
    seconds_quick=4,
    tolerances={
        "equal strength*": 1.0,
        "signal left at T, *": 1e-4,
        "prior gap, *": 0.01,
        "brightness by formula, *": 1e-4,
        "brightness at T, *": 0.03,
        "* error of the walks": 0.5,
        "learned parameters": 0.0,
    },
)

LEVELS = (0.0, 0.05, 0.15, 0.3, 0.5, 0.75, 1.0)  # shares of T on the film strip
PATCH = 64  # values of the picture that the walks follow


def run(context: Context) -> None:
    """The experiment; see the module's first lines."""
    import torch

    from labs.common import schedules

    schedule, steps = context.text("schedule"), context.integer("steps")
    picture = load_picture(context.text("image")) * context.number("scale")  # [H, W, 3] in -scale..scale
    beta = {name: schedules.betas(name, steps) for name in SCHEDULES}
    context.progress(0, 5, "comparing the schedules with diffusers")
    for name in SCHEDULES:
        theirs = schedules.of_diffusers(name, steps).alphas_cumprod.double()
        difference = float((theirs - schedules.signal(beta[name]) ** 2).abs().max())
        context.check(f"abar of {name} as in diffusers, largest difference", 0.0, difference, 2e-5)
    learned = sum(
        value.numel()
        for value in vars(schedules.of_diffusers(schedule, steps)).values()
        if isinstance(value, torch.Tensor) and value.requires_grad
    )
    context.metric("learned parameters", learned)
    context.check("learned parameters of the forward process", 0, learned, 0)
    context.progress(1, 5, "drawing the curves")
    report_curves(context, beta)
    context.progress(2, 5, "walking one picture step by step")
    report_strips(context, beta, picture)
    context.progress(3, 5, f"{context.integer('walks')} walks with each of {len(context.seeds)} seeds")
    report_walks(context, beta[schedule], picture)
    context.progress(4, 5, "looking for the picture's brightness in the last step")
    report_leak(context, beta, picture)
    context.progress(5, 5, "done")


def load_picture(path: str) -> Tensor:
    """The learner's picture, or a drawn one, as [H, W, 3] in -1..1. Raises LabError if it cannot be read."""
    import numpy as np
    import torch

    from labs.kit.machine import LabError
    from labs.tiny.data import Scenes, draw

    if not path:
        labels = {"shape": 2, "colour": 0, "background": 2, "size": 1, "position": 0}
        scene = Scenes({name: np.array([label]) for name, label in labels.items()})
        pixels = draw(scene, np.random.default_rng(0))[0]
        return torch.from_numpy(pixels).double() / 127.5 - 1
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as image:
            square = ImageOps.fit(image.convert("RGB"), (64, 64))
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise LabError(f"The file {path} is not a picture that can be read.", "Give a PNG or JPEG file.") from error
    return torch.from_numpy(np.array(square)).double() / 127.5 - 1


def report_curves(context: Context, beta: dict[str, Tensor]) -> None:
    """Signal, noise and log-SNR over t, and each schedule's landmarks."""
    import math

    from labs.common import schedules

    chosen, steps = context.text("schedule"), context.integer("steps")
    shown = sorted({round(k * (steps - 1) / 100) for k in range(101)})
    t = [index + 1 for index in shown]
    context.series(
        "coefficients",
        f"What x_t is made of ({chosen})",
        ("step t", t),
        "factor",
        [
            ("picture, sqrt(abar)", schedules.signal(beta[chosen])[shown].tolist()),
            ("noise, sqrt(1 - abar)", schedules.noise(beta[chosen])[shown].tolist()),
        ],
    )
    context.series(
        "log_snr",
        "Signal to noise of four schedules",
        ("step t", t),
        "ln(abar / (1 - abar))",
        [(name, schedules.log_snr(values)[shown].tolist()) for name, values in beta.items()],
    )
    for name, values in beta.items():
        context.metric(f"signal left at T, {name}", float(schedules.signal(values)[-1]), "of 1")
        crossing = schedules.crossing(values)
        if math.isnan(crossing):
            context.note(f"In {steps} steps {name} never gets as far as equal strength of picture and noise.")
            continue
        theirs = int((schedules.of_diffusers(name, steps).alphas_cumprod <= 0.5).long().argmax()) + 1
        context.metric(f"equal strength, {name}", crossing, "step")
        context.check(f"equal strength of {name}, step in diffusers", theirs, crossing, 0)
    report_contrast(context, beta[chosen])
    if steps == 1000:
        # Lin et al. 2023 (arXiv 2305.08891), section 3.1, for Stable Diffusion's schedule.
        context.check(
            "signal that scaled_linear leaves", 0.068265, float(schedules.signal(beta["scaled_linear"])[-1]), 1e-5
        )
    context.check("signal that zero_snr leaves", 0.0, float(schedules.signal(beta["zero_snr"])[-1]), 1e-6)


def report_contrast(context: Context, values: Tensor) -> None:
    """Where this picture, paler or stronger than the schedule counts on, is as strong as the noise."""
    import math

    from labs.common import schedules

    chosen, steps, scale = context.text("schedule"), context.integer("steps"), context.number("scale")
    bar = schedules.of_diffusers(chosen, steps).alphas_cumprod.double()
    here = schedules.crossing(values, scale)
    if math.isnan(here):
        context.note(f"At contrast {scale:g} {chosen} never gets as far as equal strength in {steps} steps.")
        return
    context.metric("equal strength at this contrast", here, f"step, {chosen}")
    theirs = int((scale**2 * bar <= 1 - bar).long().argmax()) + 1
    context.check("equal strength at this contrast, step in diffusers", theirs, here, 1)
    if scale == 1:
        return
    context.note(
        f"The schedule's equal strength is that of data of contrast 1. At contrast {scale:g} the SNR of every step is "
        f"{scale**2:.3g} times as large, and equal strength comes at step {here:g} of {steps}."
    )


def noised(picture: Tensor, beta: Tensor, t: int, e: Tensor) -> Tensor:
    """Closed form: x_t for t = 0..T, with standard normal noise e of the picture's shape."""
    from labs.common import schedules

    if t == 0:
        return picture
    return schedules.signal(beta)[t - 1] * picture + schedules.noise(beta)[t - 1] * e


def report_strips(context: Context, beta: dict[str, Tensor], picture: Tensor) -> None:
    """Film strips, and the algebra: one walk against the closed form fed with that walk's own noises."""
    import torch

    from labs.common import schedules

    chosen, steps = context.text("schedule"), context.integer("steps")
    times = sorted({round(level * steps) for level in LEVELS})
    generator = torch.Generator().manual_seed(context.seeds[0])
    e = torch.randn(picture.shape, generator=generator, dtype=torch.float64)
    tiles = [
        (f"{name}, t = {t}", noised(picture, values, t, e) / 2 + 0.5) for name, values in beta.items() for t in times
    ]
    context.pictures("schedules", "The same noise under four schedules", len(times), tiles)

    # Unrolled, the walk is x_t = sqrt(abar_t) x_0 + sum_s sqrt(beta_s abar_t / abar_s) e_s: kept as `carried`.
    values = beta[chosen]
    x, carried, strip, worst = picture.clone(), torch.zeros_like(picture), [("walked, t = 0", picture / 2 + 0.5)], 0.0
    for t in range(1, steps + 1):
        fresh = torch.randn(picture.shape, generator=generator, dtype=torch.float64)
        keep, add = (1 - values[t - 1]).clamp(min=0).sqrt(), values[t - 1].sqrt()
        x, carried = keep * x + add * fresh, keep * carried + add * fresh
        if t in times:
            worst = max(worst, float((x - schedules.signal(values)[t - 1] * picture - carried).abs().max()))
            strip.append((f"walked, t = {t}", x / 2 + 0.5))
    at_once = [(f"at once, t = {t}", noised(picture, values, t, e) / 2 + 0.5) for t in times]
    context.pictures("walk", f"Step by step above, in one step below ({chosen})", len(times), strip + at_once)
    context.check("walk minus closed form with the walk's own noise, largest", 0.0, worst, 1e-9)


def report_walks(context: Context, values: Tensor, picture: Tensor) -> None:
    """Mean and variance of many walks against sqrt(abar) x_0 and 1 - abar, at eight times, with every seed."""
    import torch

    from labs.common import schedules, stats

    steps, walks = context.integer("steps"), context.integer("walks")
    places = torch.linspace(0, picture.numel() - 1, PATCH).long()  # over all rows, columns and colours
    start = picture.reshape(-1)[places].float().to(context.device)  # [64]
    keep, add = (1 - values).clamp(min=0).sqrt().tolist(), values.sqrt().tolist()
    times = sorted({max(1, round(k * steps / 8)) for k in range(1, 9)})
    means: dict[int, list[float]] = {t: [] for t in times}
    spreads: dict[int, list[float]] = {t: [] for t in times}
    for seed in context.seeds:
        generator = torch.Generator(device=context.device).manual_seed(seed)
        x = start.expand(walks, -1).clone()  # [walks, 64]
        for t in range(1, steps + 1):
            x.mul_(keep[t - 1]).add_(torch.randn(x.shape, generator=generator, device=x.device), alpha=add[t - 1])
            if t in times:
                spread = schedules.noise(values)[t - 1].item()
                off = x.mean(0) - schedules.signal(values)[t - 1].item() * start
                means[t].append(float((off / spread * walks**0.5).square().mean().sqrt()))  # in standard errors
                spreads[t].append(float(x.var(0).mean()) / spread**2)
    context.series(
        "variance",
        f"Measured variance over 1 - abar, {walks} walks with each of {len(context.seeds)} seeds",
        ("step t", times),
        "ratio, 1 = the formula",
        [stats.line("measured", list(spreads.values())), ("formula", [1.0] * len(times))],
    )
    # Chance alone: the RMS of 64 standard normal errors is 1 +- 1 / sqrt(128); a mean of 64 sample variances has
    # relative spread sqrt(2 / (64 (walks - 1))). Seeds are independent, times are not: only seeds narrow a mean.
    error = [stats.mean([means[t][k] for t in times]) for k in range(len(context.seeds))]
    floor = (2 / (PATCH * (walks - 1))) ** 0.5
    ratio = [value for t in times for value in spreads[t]]
    worst = max(abs(value - 1) for value in ratio) / floor
    context.metric("mean error of the walks", stats.mean(error), "standard errors", stats.interval(error))
    context.metric("largest variance error of the walks", worst, "standard errors")
    context.note(
        f"Noise floor: by chance alone the mean error is 1.0, a variance ratio strays by {floor:.2g}, which is one "
        f"standard error, and the largest of {len(ratio)} by 2 or 3 of them."
    )
    seeds = len(context.seeds) ** 0.5
    context.check("mean of the walks, error in standard errors", 1.0, stats.mean(error), 4 / (2 * PATCH) ** 0.5 / seeds)
    context.check("variance of the walks over 1 - abar", 1.0, stats.mean(ratio), 4 * floor / seeds)


def report_leak(context: Context, beta: dict[str, Tensor], picture: Tensor) -> None:
    """How well the mean brightness of a picture can be told from x_T by linear regression (R^2).

    Pictures of d values whose mean brightness m has variance v: the mean of x_T is sqrt(abar) m + noise of variance
    (1 - abar) / d, so R^2 = abar v / (abar v + (1 - abar) / d). With n pictures chance adds (1 - R^2) / (n - 1).
    """
    import torch

    from labs.common import schedules, stats

    count, size = 2000, picture.numel()
    spread = 0.5 * context.number("scale")  # of the mean brightness, in -1..1
    for name, values in beta.items():
        bar = float(schedules.signal(values)[-1]) ** 2
        expected = bar * spread**2 / (bar * spread**2 + (1 - bar) / size)
        measured = []
        for seed in context.seeds:
            generator = torch.Generator().manual_seed(seed)
            bright = spread * torch.randn(count, generator=generator, dtype=torch.float64)
            left = bar**0.5 * bright + (1 - bar) ** 0.5 * torch.randn(count, size, generator=generator).mean(1)
            measured.append(float(torch.corrcoef(torch.stack([bright, left]))[0, 1] ** 2))
        gap = 0.5 * float((bar * picture**2 - bar - torch.log1p(torch.tensor(-bar))).sum())
        context.metric(f"prior gap, {name}", gap, "nats, KL of x_T from pure noise")
        known = stats.interval(measured, stats.SHARE)
        context.metric(f"brightness at T, {name}", stats.mean(measured), "R^2", known)
        context.metric(f"brightness by formula, {name}", expected, "R^2")
        # R^2 strays by 2 R (1 - R^2) / sqrt(n), and where R is 0 by sqrt(2) / n.
        seeds = len(measured)
        strays = 4 * (2 * expected**0.5 * (1 - expected)) / (count * seeds) ** 0.5 + 6 * (2 / seeds) ** 0.5 / count
        by_chance = expected + (1 - expected) / (count - 1)
        context.check(f"brightness at T, {name}", by_chance, stats.mean(measured), strays)
    context.note(
        f"Pictures here have {size} values, and their brightness has a standard deviation of {spread:g} on -1..1. "
        f"Chance level of R^2 with {count} pictures is {1 / (count - 1):.4f}. A model trained with scaled_linear has "
        "always seen this much of the picture at T; a sampler that starts from pure noise starts where it never was."
    )


if __name__ == "__main__":
    from labs.kit.run import main

    raise SystemExit(main(LAB, run))
