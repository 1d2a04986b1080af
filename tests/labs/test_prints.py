"""Test charts and linear codes against what is known of them exactly."""

from __future__ import annotations

from typing import Any

import pytest

np: Any = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytestmark = pytest.mark.filterwarnings("ignore")

from labs.common import linear, prints, samplers, sampling, shapes  # noqa: E402
from labs.kit.machine import quiet  # noqa: E402
from labs.tiny import build, data  # noqa: E402
from labs.tiny.reader import read  # noqa: E402


@pytest.fixture(scope="module")
def pictures() -> Any:
    rng = np.random.default_rng(0)
    return data.draw(data.balanced_scenes(300, rng), rng) / 255


@pytest.mark.parametrize("stroke", [1, 3, 6])
def test_drawn_digits_are_read_and_others_are_not(stroke: int) -> None:
    chart = prints.digits(stroke, 30, seed=1)
    assert sorted(set(chart.labels)) == list(range(10))
    assert (chart.read(chart.pixels / 255) == chart.labels).all()
    plain = np.broadcast_to(chart.paper[:, None, None], chart.pixels.shape)
    assert (chart.read(plain) == chart.labels).mean() <= 0.2


def test_digits_fit_pictures_of_any_size() -> None:
    chart = prints.digits(4, 10, seed=2, side=64)
    assert chart.pixels.shape == (10, 64, 64, 3)
    assert (chart.read(chart.pixels / 255) == chart.labels).all()


def test_shapes_of_a_known_radius_are_read_as_drawn() -> None:
    pixels, scenes = prints.sized(8.0, 24, seed=0)
    found = read(pixels)
    for name in ("shape", "colour", "background"):
        assert (found.labels[name] == scenes.labels[name]).all()


def test_psnr_of_a_known_error() -> None:
    assert prints.psnr(np.full((2, 2), 0.6), np.full((2, 2), 0.5)) == pytest.approx(20)
    assert prints.psnr(np.full((2, 2), 1.4), np.ones((2, 2))) == np.inf


@pytest.mark.parametrize("side", [4, 8, 32])
def test_blocks_go_back_together(pictures: Any, side: int) -> None:
    blocks = linear.to_blocks(pictures, side)
    assert blocks.shape == (300 * (32 // side) ** 2, 3 * side**2)
    assert np.array_equal(blocks[0].reshape(side, side, 3), pictures[0, :side, :side])
    assert np.array_equal(linear.from_blocks(blocks, side, 32), pictures)


@pytest.mark.parametrize("side", [4, 32])
def test_a_linear_code_loses_its_discarded_variances(pictures: Any, side: int) -> None:
    code = linear.fit(pictures, side)
    for numbers in (1, 4, 16):
        error = ((code.restored(pictures, numbers) - pictures) ** 2).mean()
        assert error == pytest.approx(code.lost(numbers), rel=1e-6)
    assert np.allclose(code.components.T @ code.components, np.eye(code.components.shape[1]), atol=1e-6)
    every = code.restored(pictures, code.components.shape[1])
    assert np.allclose(every, pictures, atol=1e-5)


def test_no_other_linear_code_of_as_many_numbers_loses_less(pictures: Any) -> None:
    code, rng = linear.fit(pictures, 4), np.random.default_rng(1)
    blocks = linear.to_blocks(pictures, 4) - code.middle
    for _ in range(20):
        other, _ = np.linalg.qr(code.components[:, :4] + 0.1 * rng.standard_normal((48, 4)))
        assert ((blocks @ other @ other.T - blocks) ** 2).mean() > code.lost(4)


def test_larger_blocks_lose_no_more(pictures: Any) -> None:
    lost = [linear.fit(pictures, side).lost(side**2 // 4) for side in (2, 4, 8, 16)]
    assert lost == sorted(lost, reverse=True)


@pytest.fixture(scope="module")
def pipe() -> Any:
    quiet()
    torch.manual_seed(0)
    made = data.make_dataset(100, 1)
    tokens = build.tokenizer(text for texts in made.captions for text in texts)
    pipe = build.pipeline(build.autoencoder(), build.text_encoder(tokens), tokens, build.denoiser())
    pipe.scheduler = samplers.make("ddim", samplers.process_of(pipe))
    return pipe


def test_a_search_in_the_latents_only_comes_nearer(pipe: Any) -> None:
    rng = np.random.default_rng(0)
    pixels = data.draw(data.balanced_scenes(4, rng), rng)
    truth, latents = torch.from_numpy(pixels).float() / 255, sampling.encode_pictures(pipe, pixels)

    def error(z: Any) -> float:
        return float((sampling.decode(pipe, z) - truth).square().mean())

    found = sampling.nearer(pipe, latents, truth, 10)
    assert error(found) < error(latents)
    assert torch.equal(latents, sampling.encode_pictures(pipe, pixels))


def test_latents_are_scaled_by_the_factor_and_back(pipe: Any) -> None:
    rng = np.random.default_rng(0)
    pixels = data.draw(data.balanced_scenes(2, rng), rng)
    before = sampling.encode_pictures(pipe, pixels)
    printed, factor = sampling.decode(pipe, before), pipe.vae.config.scaling_factor
    pipe.vae.register_to_config(scaling_factor=2 * factor)
    assert torch.allclose(sampling.encode_pictures(pipe, pixels), 2 * before, rtol=1e-5)
    assert torch.allclose(sampling.decode(pipe, 2 * before), printed, atol=1e-5)
    assert not torch.allclose(sampling.decode(pipe, before), printed, atol=1e-3)
    pipe.vae.register_to_config(scaling_factor=factor)


def test_image_to_image_starts_at_its_share_of_the_schedule(pipe: Any) -> None:
    seen: list[float] = []
    hook = pipe.unet.register_forward_pre_hook(lambda _, arguments: seen.append(float(arguments[1])))
    latents = sampling.noise_for(pipe, 2, seed=0)
    made = sampling.from_picture(pipe, latents, ["a ring"] * 2, sampling.noise_for(pipe, 2, seed=1), 10, 0.5)
    hook.remove()
    assert seen == [499, 399, 299, 199, 99]
    assert made.shape == latents.shape


def test_a_colour_is_found_where_it_is(pictures: Any) -> None:
    scene = shapes.drawn("a large red circle on a black background", 4, seed=0)
    assert shapes.shows(scene, "red") == [True] * 4
    assert shapes.shows(scene, "blue") == [False] * 4


def test_training_shares_lie_at_no_distance_from_themselves() -> None:
    exact = {name: np.repeat(np.arange(len(p)), [round(100 * x) for x in p]) for name, p in data.PRIORS.items()}
    assert shapes.off_priors(exact) == pytest.approx(0, abs=1e-9)
    assert shapes.off_priors({name: np.zeros(10, dtype=int) for name in data.PRIORS}) > 0.3
