"""ControlNet on the tiny pipeline: maps, their faults, the overlap of masks, and what the trained part does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytestmark = pytest.mark.filterwarnings("ignore")

from labs.common import models, rails, samplers, sampling  # noqa: E402
from labs.kit.machine import quiet  # noqa: E402
from labs.tiny import build, data  # noqa: E402

TRAINED = pytest.mark.skipif(not models.controlled(), reason="no tiny ControlNet: python -m labs.tiny.control")


@pytest.fixture(scope="module")
def pipe() -> Any:
    quiet()
    torch.manual_seed(0)
    made = data.make_dataset(200, 1)
    tokens = build.tokenizer(text for texts in made.captions for text in texts)
    return build.pipeline(build.autoencoder(), build.text_encoder(tokens), tokens, build.denoiser())


def scenes_with(shape: str, position: str, count: int = 3) -> data.Scenes:
    words = {"shape": shape, "colour": "red", "background": "black", "size": "small", "position": position}
    return data.Scenes({name: np.full(count, data.WORDS[name].index(word)) for name, word in words.items()})


def test_pictures_are_drawn_as_before_outlines_were_apart() -> None:
    scenes = data.sample_scenes(20, np.random.default_rng(3))
    one, two = np.random.default_rng(4), np.random.default_rng(4)
    assert np.array_equal(data.draw(scenes, one), data.paint(scenes, data.outlines(scenes, two), two))


def test_the_reader_finds_the_outline_of_drawn_pictures() -> None:
    rng = np.random.default_rng(5)
    scenes = data.balanced_scenes(60, rng)
    cover = data.outlines(scenes, rng)
    pictures = torch.from_numpy(data.paint(scenes, cover, rng)).float() / 255
    assert np.mean(rails.overlap(rails.seen_mask(pictures), cover >= 0.5)) > 0.97


def test_overlap_of_known_masks() -> None:
    mask = np.zeros((3, 32, 32), dtype=bool)
    mask[:2, :4, :4] = True
    other = mask.copy()
    other[1] = np.roll(mask[1], 2, axis=1)
    assert rails.overlap(mask, other) == [1.0, pytest.approx(8 / 24), 0.0]


@pytest.mark.parametrize(("position", "goal"), [("left", "center"), ("top", "center"), ("center", "left")])
def test_a_shift_by_the_offset_leads_to_another_place(position: str, goal: str) -> None:
    scenes = scenes_with("square", position)
    cover = data.outlines(scenes, np.random.default_rng(0))
    wanted = data.outlines(scenes_with("square", goal), np.random.default_rng(0))
    moved = rails.shifted(cover, scenes, round(data.OFFSET))
    assert min(rails.overlap(moved >= 0.5, wanted >= 0.5)) == 1.0


def test_maps_gone_bad() -> None:
    scenes = scenes_with("circle", "center")
    maps = rails.map_of(data.outlines(scenes, np.random.default_rng(0)))
    assert maps.shape == (3, 3, 32, 32)
    assert set(maps.flatten().tolist()) == {0.0, 1.0}
    blurred = rails.blurred(maps, 2.0)
    assert blurred.sum() == pytest.approx(float(maps.sum()), rel=1e-4)
    assert 0 < blurred[0, 0, 16, 9] < 1
    assert float((rails.flipped(maps, 0.2, 1) != maps).float().mean()) == pytest.approx(0.2, abs=0.03)
    outline = rails.edges(maps)[0, 0]
    assert outline[15, 15] == outline[0, 0] == 0
    assert 0.1 < float(outline.sum() / maps[0, 0].sum()) < 1
    assert set(rails.kinds(maps, 0)) == {"right map", "all zero", "inverted", "edges", "all one", "random"}


def test_a_contradiction_changes_shape_and_place_alone() -> None:
    scenes = data.balanced_scenes(40, np.random.default_rng(1))
    other = rails.contradicted(scenes)
    for name, labels in scenes.labels.items():
        assert (other.labels[name] != labels).all() == (name in ("shape", "position"))


def test_an_untrained_control_changes_no_bit_and_can_learn(pipe: Any) -> None:
    control = rails.control_of(pipe.unet)
    states = sampling.encode(pipe, ["a ring", "a circle"]).states
    x, t, maps = torch.randn(2, 4, 8, 8), torch.tensor([20, 900]), torch.ones(2, 3, 32, 32)
    output = rails.predict(pipe.unet, control, x, t, states, maps)
    assert torch.equal(output, pipe.unet(x, t, states).sample)
    output.square().mean().backward()  # type: ignore[no-untyped-call]
    doors, copy = rails.gradients(control)
    assert doors > 0
    assert copy == 0
    with torch.no_grad():
        for parameter in rails.zero_convolutions(control):
            assert parameter.grad is not None
            parameter -= 0.1 * parameter.grad
    control.zero_grad()
    again = rails.predict(pipe.unet, control, x, t, states, maps).square().mean()
    again.backward()  # type: ignore[no-untyped-call]
    assert rails.gradients(control)[1] > 0


def test_scale_zero_is_the_pipeline_itself(pipe: Any) -> None:
    control = rails.control_of(pipe.unet)
    with torch.no_grad():
        for parameter in rails.zero_convolutions(control):
            torch.nn.init.normal_(parameter, std=0.3)
    pipe.scheduler = samplers.make("ddim", samplers.process_of(pipe))
    railed, prompts, noise = rails.pipeline(pipe, control), ["a ring", "a red cross"], sampling.noise_for(pipe, 2, 3)
    alone = sampling.sample(pipe, prompts, noise, 4, sampling.Guidance(3.0))

    def along(limits: rails.Rails) -> Any:
        return rails.sample(railed, prompts, torch.ones(2, 3, 32, 32), noise, 4, 3.0, limits)

    assert torch.allclose(along(rails.Rails(0)), alone, atol=1e-5)
    assert not torch.allclose(along(rails.Rails(1)), alone, atol=1e-2)
    assert not torch.allclose(along(rails.Rails(1, 0, 0.5)), along(rails.Rails(1)), atol=1e-3)


def test_correlation_and_brightness() -> None:
    a = np.arange(10, dtype=np.float32)
    assert rails.correlation(a, 3 - 2 * a) == pytest.approx(-1)
    assert rails.correlation(a, a * 0) == 0
    scenes = scenes_with("square", "center", 30)
    rng = np.random.default_rng(2)
    cover = data.outlines(scenes, rng)
    bright = np.random.default_rng(9).uniform(0.9, 1.1, (2, 30, 1))[0, :, 0]
    pictures = torch.from_numpy(data.paint(scenes, cover, np.random.default_rng(9))).float() / 255
    assert rails.brightness(pictures, scenes.labels["colour"]) == pytest.approx(bright, abs=0.03)


@TRAINED
def test_the_weights_follow_the_map() -> None:
    quiet()
    pipe = models.load(None, "cpu")
    pipe.scheduler = samplers.make("ddim", samplers.process_of(pipe))
    rng = np.random.default_rng(8)
    scenes = data.balanced_scenes(24, rng)
    cover = data.outlines(scenes, rng)
    railed, noise = rails.pipeline(pipe, models.load_control(pipe)), sampling.noise_for(pipe, 24, 8)
    prompts = data.full_captions(scenes, ("colour", "background"))

    def followed(scale: float) -> float:
        latents = rails.sample(railed, prompts, rails.map_of(cover), noise, 8, 3.0, rails.Rails(scale))
        return float(np.mean(rails.overlap(rails.seen_mask(sampling.decode(pipe, latents)), cover >= 0.5)))

    assert followed(1) >= 0.85
    assert followed(0) < 0.5
    files = [file for file in models.CONTROL.rglob("*") if file.is_file()]
    assert {file.suffix for file in files} == {".json", ".safetensors"}
    assert sum(file.stat().st_size for file in files) < 3_000_000
