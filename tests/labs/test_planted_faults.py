"""The checks of the labs fail when what they hold is wrong: each with a small fault planted, and without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytestmark = pytest.mark.filterwarnings("ignore")

import labs  # noqa: E402
from labs import (  # noqa: E402
    autoencoder_limit,
    cfg_sweep,
    few_step_distillation,
    flow_paths,
    forward_noising,
    guide_rails,
    honest_stopwatch,
    latency_clinic,
    latent_vs_pixel,
    sampler_timing,
    text_conditioning,
    unet_vs_dit,
    walk_back,
    what_is_learned,
)
from labs.common import (  # noqa: E402
    backbones,
    codecs,
    consistency,
    exact,
    flows,
    mixture,
    models,
    railed,
    rails,
    samplers,
    sampling,
    schedules,
    timing,
)
from labs.common.exact import Exact  # noqa: E402
from labs.common.mixture import Mixture  # noqa: E402
from labs.kit.context import Context  # noqa: E402
from labs.kit.events import Events  # noqa: E402

Patch = pytest.MonkeyPatch


def walks(context: Context) -> None:
    beta = {name: schedules.betas(name, 1000) for name in forward_noising.SCHEDULES}
    picture = forward_noising.load_picture("")
    forward_noising.report_strips(context, beta, picture)
    forward_noising.report_walks(context, beta["linear"], picture)
    forward_noising.report_leak(context, beta, picture)


def one_step(context: Context) -> None:
    truth = exact.prepare(context.seeds, 500)
    walk_back.one_step(context, truth)
    walk_back.watch_one_walk(context, truth)


def floors(context: Context) -> None:
    beta = schedules.betas("linear", 1000)
    process = what_is_learned.Process(mixture.ring_of_eight(), beta, schedules.signal(beta), schedules.noise(beta))
    known = {
        target: [what_is_learned.floor(process, target, t) for t in what_is_learned.SHOWN]
        for target in what_is_learned.TARGETS
    }
    what_is_learned.check_floors(context, process, known)


def few_steps(context: Context) -> None:
    truth = exact.prepare(context.seeds, 500)
    few_step_distillation.race_in_the_plane(context, truth, few_step_distillation.learn(context, truth))


def untrained_rails(context: Context) -> None:
    pipe = models.load(None, "cpu")
    guide_rails.at_the_start(railed.prepare(context, pipe), pipe)


def stopwatch(context: Context) -> None:
    honest_stopwatch.known_device(context)


def rows_drawn(context: Context) -> None:
    latency_clinic.Clinic(context).right(latency_clinic.Setting(steps=4, guidance="interval"))


def pixels_back(context: Context) -> None:
    latent_vs_pixel.ceiling(context, codecs.codec(1))


def counted_and_started(context: Context) -> None:
    unet_vs_dit.architecture(context)
    unet_vs_dit.start(context)


def shifted_grids(context: Context) -> None:
    flow_paths.shift_grid(context, exact.prepare(context.seeds, 200))


def printed(context: Context) -> None:
    pipe = models.load(None, "cpu")
    pipe.scheduler = samplers.make("ddim", samplers.process_of(pipe))
    autoencoder_limit.find_ceiling(context, pipe, autoencoder_limit.fit_codes(context))


def alpha_for_its_root(patch: Patch) -> None:
    patch.setattr(schedules, "signal", lambda beta: (1 - beta).cumprod(dim=0))


def variance_for_its_root(patch: Patch) -> None:
    patch.setattr(schedules, "noise", lambda beta: 1 - (1 - beta).cumprod(dim=0))


def a_weak_score(patch: Patch) -> None:
    whole = Mixture.epsilon
    patch.setattr(Mixture, "epsilon", lambda self, x, abar: 0.97 * whole(self, x, abar))


def default_betas(patch: Patch) -> None:
    """What from_config makes of Euler's betas."""
    whole, wrong = samplers.make, samplers.Process("linear", 0.00085, 0.012, "epsilon")
    patch.setattr(
        samplers,
        "make",
        lambda name, process, karras=False: whole(name, wrong if name == "euler" else process, karras),
    )


def a_sampler_that_stops_early(patch: Patch) -> None:
    whole = Exact.sample
    patch.setattr(Exact, "sample", lambda self, *arguments, **named: 0.99 * whole(self, *arguments, **named))


def a_floor_too_high(patch: Patch) -> None:
    whole = mixture.least_error
    patch.setattr(mixture, "least_error", lambda ring, abar: 1.01 * whole(ring, abar))


def a_wrong_conversion(patch: Patch) -> None:
    patch.setattr(what_is_learned, "as_eps", lambda target, output, x, signal, noise: output)


def an_euler_teacher(patch: Patch) -> None:
    patch.setattr(
        consistency,
        "teacher_step",
        lambda ring, z, sigma, lower: z + (lower - sigma)[..., None] * consistency.slope(ring, z, sigma),
    )


def a_student_without_its_boundary(patch: Patch) -> None:
    whole = consistency.Student.__call__
    patch.setattr(consistency.Student, "__call__", lambda self, z, sigma: 0.99 * whole(self, z, sigma))


def doors_ajar(patch: Patch) -> None:
    """A ControlNet whose zero convolutions are none."""
    whole = rails.control_of

    def made(unet: Any) -> Any:
        control = whole(unet)
        for parameter in rails.zero_convolutions(control):
            torch.nn.init.normal_(parameter, std=0.01)
        return control

    patch.setattr(rails, "control_of", made)


def a_clock_that_does_not_wait(patch: Patch) -> None:
    patch.setattr(timing, "once", timing.unsynchronised)


def guidance_everywhere(patch: Patch) -> None:
    whole = sampling._predict
    patch.setattr(
        sampling,
        "_predict",
        lambda pipe, x, t, text, empty, guidance, cost: whole(
            pipe, x, t, text, empty, sampling.Guidance(guidance.scale), cost
        ),
    )


def a_middle_forgotten(patch: Patch) -> None:
    whole = codecs.Codec.decode
    patch.setattr(codecs.Codec, "decode", lambda self, codes: whole(replace(self, middle=0.0), codes))


def gates_at_random(patch: Patch) -> None:
    whole = backbones.transformer
    patch.setattr(
        backbones, "transformer", lambda width, blocks, patch_side, zero=True: whole(width, blocks, patch_side, False)
    )


def a_block_less_by_hand(patch: Patch) -> None:
    whole = backbones.transformer_operations
    patch.setattr(backbones, "transformer_operations", lambda width, blocks, side: whole(width, blocks - 1, side))


def a_shift_as_power(patch: Patch) -> None:
    patch.setattr(flows, "even", lambda steps, shift=1.0: [(1 - k / steps) ** (1 / shift) for k in range(steps + 1)])


def no_causal_mask(patch: Patch) -> None:
    from transformers.models.clip import modeling_clip

    def every_token_sees_every(inputs_embeds: Any, **_: Any) -> Any:
        length = inputs_embeds.shape[1]
        return inputs_embeds.new_zeros(1, 1, length, length)

    patch.setattr(modeling_clip, "create_causal_mask", every_token_sees_every)


def a_forgotten_scaling_factor(patch: Patch) -> None:
    whole = sampling.encode_pictures
    patch.setattr(sampling, "encode_pictures", lambda pipe, x: whole(pipe, x) / pipe.vae.config.scaling_factor)


PARTS: dict[str, tuple[Callable[[Context], None], dict[str, str]]] = {
    "forward_noising": (walks, {}),
    "cfg_sweep": (cfg_sweep.sweep_mixture, {"scales": "1,2"}),
    "sampler_timing": (sampler_timing.race_on_mixture, {"samplers": "ddim,euler", "exact_calls": "10,20"}),
    "walk_back": (one_step, {}),
    "few_step_distillation": (few_steps, {"training": "50", "points": "200"}),
    "what_is_learned": (floors, {}),
    "flow_paths": (shifted_grids, {"shifts": "1,3"}),
    "text_conditioning": (text_conditioning.compare_encoders, {}),
    "autoencoder_limit": (printed, {"pictures": "12", "fitted": "300", "steps": "2"}),
    "guide_rails": (untrained_rails, {"maps": "4"}),
    "honest_stopwatch": (stopwatch, {}),
    "latency_clinic": (rows_drawn, {"pictures": "4"}),
    "latent_vs_pixel": (pixels_back, {}),
    "unet_vs_dit": (counted_and_started, {}),
}


def broken(name: str, folder: Path) -> list[str]:
    """The names of the checks that do not hold."""
    part, settings = PARTS[name]
    events = Events([])
    part(Context(labs.load(name).parameters(settings, "quick"), 0, "cpu", True, None, folder, events))
    checks: list[dict[str, Any]] = events.of("check")
    assert checks
    return [check["name"] for check in checks if not check["ok"]]


@pytest.mark.parametrize("name", PARTS)
def test_without_a_fault_every_check_holds(name: str, tmp_path: Path) -> None:
    assert broken(name, tmp_path) == []


@pytest.mark.parametrize(
    ("name", "fault", "check"),
    [
        ("forward_noising", alpha_for_its_root, "walk minus closed form with the walk's own noise, largest"),
        ("forward_noising", alpha_for_its_root, "mean of the walks, error in standard errors"),
        ("forward_noising", variance_for_its_root, "variance of the walks over 1 - abar"),
        ("cfg_sweep", a_weak_score, "-ln p(x|c) at s = 1, the entropy"),
        ("sampler_timing", default_betas, "DDIM minus Euler, end points on the same grid"),
        ("walk_back", a_sampler_that_stops_early, "mean of one step minus mean of data, ddim"),
        ("walk_back", a_weak_score, "spread of the first guess minus the exact law"),
        ("few_step_distillation", an_euler_teacher, "the teacher in 200 steps, from the exact map"),
        ("few_step_distillation", a_student_without_its_boundary, "a student moves no clean point by"),
        ("what_is_learned", a_floor_too_high, "floor of x0 at T, the variance of the data"),
        ("what_is_learned", a_floor_too_high, "floor of v at t = 1, that of one mode alone"),
        ("flow_paths", a_shift_as_power, "grid at shift 3 minus diffusers', 10 steps"),
        ("text_conditioning", no_causal_mask, "share of states that a word reaches, CLIP"),
        ("text_conditioning", no_causal_mask, "CLIP: a word moves the states before it by"),
        ("autoencoder_limit", a_forgotten_scaling_factor, "variance of scaled latents"),
        ("guide_rails", doors_ajar, "max difference, untrained"),
        ("guide_rails", doors_ajar, "gradient at the start, copy"),
        ("honest_stopwatch", a_clock_that_does_not_wait, "sim, right way"),
        ("latency_clinic", guidance_everywhere, "rows, ddim 4, interval"),
        ("latent_vs_pixel", a_middle_forgotten, "pixels come back as they were"),
        ("unet_vs_dit", gates_at_random, "start: all blocks are the identity"),
        ("unet_vs_dit", a_block_less_by_hand, "operations, DiT, by hand"),
        ("what_is_learned", a_wrong_conversion, "exact eps, x0 and v as one score, largest difference"),
    ],
)
def test_a_fault_breaks_its_check(
    name: str, fault: Callable[[Patch], None], check: str, tmp_path: Path, monkeypatch: Patch
) -> None:
    fault(monkeypatch)
    assert check in broken(name, tmp_path)
