"""The tiny pipeline as a latent consistency model: guidance inside the network, and what its weights can do."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytestmark = pytest.mark.filterwarnings("ignore")

from labs.common import models, samplers, sampling, shapes  # noqa: E402
from labs.kit.machine import quiet  # noqa: E402
from labs.tiny import build, data, distill  # noqa: E402

TINY = samplers.Process("scaled_linear", 0.00085, 0.012, "v_prediction")
PROMPTS = ["a large red circle", "a small ring at the left"]


@pytest.fixture(scope="module")
def pipe() -> Any:
    quiet()
    torch.manual_seed(0)
    made = data.make_dataset(200, 1)
    tokens = build.tokenizer(text for texts in made.captions for text in texts)
    return build.pipeline(build.autoencoder(), build.text_encoder(tokens), tokens, build.denoiser())


def test_a_student_starts_as_its_teacher_whatever_the_scale(pipe: Any) -> None:
    student, states = distill.student_of(pipe.unet), sampling.encode(pipe, PROMPTS).states
    x, t = torch.randn(2, 4, 8, 8), torch.tensor([19, 999])
    told = sampling.embedded_scale(torch.tensor([1.0, 7.5]))
    with torch.no_grad():
        assert torch.equal(student(x, t, states, timestep_cond=told).sample, pipe.unet(x, t, states).sample)


def test_the_scale_is_told_as_the_pipeline_tells_it(pipe: Any) -> None:
    scales = torch.tensor([1.0, 3.0, 7.5])
    theirs = pipe.get_guidance_scale_embedding(scales - 1, embedding_dim=sampling.SCALE_WIDTH)
    assert torch.allclose(sampling.embedded_scale(scales), theirs, atol=1e-3)


def test_v_reads_back_and_clean_latents_stay(pipe: Any) -> None:
    scheduler = samplers.make("lcm", TINY)
    x0, e, t = torch.randn(3, 4, 8, 8), torch.randn(3, 4, 8, 8), torch.tensor([0, 400, 999])
    x = scheduler.add_noise(x0, e, t)
    bar = scheduler.alphas_cumprod[t][:, None, None, None]
    v = bar.sqrt() * e - (1 - bar).sqrt() * x0
    clean, noise = distill.clean_of(scheduler, v, x, t)
    assert torch.allclose(clean, x0, atol=1e-5)
    assert torch.allclose(noise, e, atol=1e-5)
    held = distill.consistent(scheduler, v * 0, x, t)
    assert torch.equal(held[0], x[0])
    assert torch.allclose(distill.consistent(scheduler, v, x, t)[1:], x0[1:], atol=1e-3)


@pytest.mark.parametrize("steps", [1, 4])
def test_guidance_inside_costs_one_row_and_samples_as_the_pipeline_does(pipe: Any, steps: int) -> None:
    from diffusers import StableDiffusionPipeline

    student = distill.student_of(pipe.unet)
    torch.manual_seed(3)
    torch.nn.init.normal_(student.time_embedding.cond_proj.weight, std=0.1)
    parts = {name: part for name, part in pipe.components.items() if name not in ("unet", "scheduler")}
    own = samplers.make("lcm", TINY)
    made = StableDiffusionPipeline(unet=student, scheduler=own, requires_safety_checker=False, **parts)
    made.set_progress_bar_config(disable=True)
    noise, cost = sampling.noise_for(made, 2, seed=3), sampling.Cost()
    ours = sampling.sample(made, PROMPTS, noise, steps, sampling.Guidance(4.0), 5, cost)
    theirs = made(
        PROMPTS,
        num_inference_steps=steps,
        guidance_scale=4.0,
        generator=sampling.dice(5),
        latents=noise.clone(),
        output_type="latent",
        height=32,
        width=32,
    ).images
    assert torch.allclose(ours, theirs, atol=1e-4)
    assert (cost.calls, cost.rows) == (steps, 2 * steps)


@pytest.mark.skipif(not models.distilled(), reason="the tiny pipeline is not distilled: python -m labs.tiny.distill")
def test_the_weights_beat_their_teacher_at_few_steps() -> None:
    import numpy as np

    quiet()
    teacher = models.load(None, "cpu")
    student = models.load_distilled(teacher)
    teacher.scheduler = samplers.make("ddim", samplers.process_of(teacher))
    scenes = data.balanced_scenes(48, np.random.default_rng(7))
    noise = sampling.noise_for(teacher, 48, 7)

    def right(pipe: Any, steps: int) -> float:
        latents = sampling.sample(pipe, data.full_captions(scenes), noise, steps, sampling.Guidance(3.0), 7)
        return shapes.fidelity(sampling.decode(pipe, latents), scenes)["all"]

    assert right(student, 1) > right(teacher, 1) + 0.3
    assert right(student, 4) > 0.8
    files = [file for file in models.DISTILLED.rglob("*") if file.is_file()]
    assert {file.suffix for file in files} == {".json", ".safetensors"}
    assert sum(file.stat().st_size for file in files) < 7_000_000
