"""The small denoiser at every factor: one budget of parameters, costs that are known, codes that come back."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytestmark = pytest.mark.filterwarnings("ignore")

from labs.common import codecs, samplers, timing  # noqa: E402
from labs.common.codecs import Codec, Denoiser  # noqa: E402
from labs.kit.machine import quiet  # noqa: E402
from labs.tiny import build, data, factors  # noqa: E402

PIXELS = Codec(1, None, 0.1, 1.7)


def denoiser(channels: int, side: int) -> Denoiser:
    quiet()
    torch.manual_seed(0)
    return Denoiser(channels, side).eval().requires_grad_(False)


def test_pixels_come_back_as_they_were() -> None:
    scenes = data.balanced_scenes(6, np.random.default_rng(0))
    drawn = data.draw(scenes, np.random.default_rng(0))
    codes = PIXELS.encode(drawn)
    assert codes.shape == (6, 3, 32, 32)
    assert PIXELS.values == 3072
    assert np.allclose(PIXELS.decode(codes).numpy(), drawn / 255, atol=1e-5)


@pytest.mark.parametrize("factor", [2, 4, 8])
def test_an_autoencoder_divides_each_side_by_its_factor(factor: int) -> None:
    quiet()
    vae = build.autoencoder(factor).eval()
    coder = Codec(factor, vae, 0.0, 1.0)
    codes = coder.encode(np.zeros((2, 32, 32, 3), dtype=np.uint8))
    assert codes.shape == (2, 4, 32 // factor, 32 // factor)
    assert codes[0].numel() == coder.values
    assert coder.decode(codes).shape == (2, 32, 32, 3)


def test_one_budget_of_parameters_and_the_cost_falls_with_the_places() -> None:
    made = {1: denoiser(3, 32), 2: denoiser(4, 16), 4: denoiser(4, 8), 8: denoiser(4, 4)}
    sizes = [net.size() for net in made.values()]
    assert max(sizes) / min(sizes) < 1.01
    macs = {}
    for factor, net in made.items():
        x = torch.zeros(1, 3 if factor == 1 else 4, 32 // factor, 32 // factor)
        macs[factor] = timing.macs(partial(net, x, torch.tensor([5]), torch.zeros(1, 5, dtype=torch.int64)))
    for factor in (2, 4, 8):
        assert macs[1] / macs[factor] == pytest.approx(factor**2, rel=0.05)


def test_every_label_changes_what_is_predicted() -> None:
    net, x = denoiser(4, 8), torch.randn(1, 4, 8, 8)
    plain = net(x, torch.tensor([500]), torch.zeros(1, 5, dtype=torch.int64))
    for place in range(5):
        labels = torch.zeros(1, 5, dtype=torch.int64)
        labels[0, place] = 1
        assert not torch.allclose(net(x, torch.tensor([500]), labels), plain, atol=1e-5)


def test_a_denoiser_is_saved_and_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codecs, "FOLDER", tmp_path / "factors")
    net, x, labels = denoiser(3, 32), torch.randn(1, 3, 32, 32), torch.ones(1, 5, dtype=torch.int64)
    file = codecs.file_of(1, "equal steps")
    codecs.save_denoiser(net, file)
    again = codecs.read_denoiser(PIXELS, file)
    assert torch.allclose(again(x, torch.tensor([9]), labels), net(x, torch.tensor([9]), labels), atol=1e-2)
    assert (tmp_path / "factors" / "f1-equal-steps.safetensors").stat().st_size < 1_500_000


def test_the_batch_of_a_step_is_the_same_after_a_restart() -> None:
    config, labels = factors.Config(batch=4), torch.zeros(10, 5, dtype=torch.int64)
    codes = torch.randn(10, 4, 8, 8)
    net = denoiser(4, 8)
    first = factors.loss_on(config, 1, codes, labels, net, 3)
    assert torch.equal(first, factors.loss_on(config, 1, codes, labels, net, 3))
    assert not torch.equal(first, factors.loss_on(config, 1, codes, labels, net, 4))
    assert not torch.equal(first, factors.loss_on(config, 2, codes, labels, net, 3))


def test_budgets_are_as_many_steps_or_as_many_seconds() -> None:
    config, ms = factors.Config(steps=500), {1: 240.0, 2: 70.0, 8: 20.0}
    assert factors.budgets_of(config, ms, 1) == {"equal steps": 500}
    assert factors.budgets_of(config, ms, 8) == {"equal steps": 500, "equal seconds": 6000}
    made = factors.budgets_of(config, ms, 2)["equal seconds"]
    assert 500 * 240 - 10 * 70 < made * 70 <= 500 * 240


@pytest.mark.skipif(not codecs.trained(), reason=codecs.HOW_TO_TRAIN)
def test_every_factor_has_its_networks_and_what_each_training_reached() -> None:
    record = codecs.record()
    assert record["factors"].keys() == {f"{factor}" for factor in codecs.FACTORS}
    for name, one in record["factors"].items():
        seconds = [steps * one["ms of a step"] for steps in one["steps"].values()]
        assert max(seconds) <= 500 * record["factors"]["1"]["ms of a step"]
        for budget in one["steps"]:
            assert codecs.file_of(int(name), budget).is_file()
            assert len(one["reached"][budget]) == len(record["config"]["seeds"]) >= 3


def test_samples_follow_the_seed() -> None:
    scenes, coder = data.balanced_scenes(3, np.random.default_rng(0)), Codec(8, build.autoencoder(8).eval(), 0.0, 1.0)
    net = denoiser(4, 4)
    once = codecs.draw(net, coder, scenes, 2, seed=1)
    assert once.shape == (3, 32, 32, 3)
    assert torch.equal(once, codecs.draw(net, coder, scenes, 2, seed=1))
    assert not torch.equal(once, codecs.draw(net, coder, scenes, 2, seed=2))


def test_the_process_is_the_one_of_training() -> None:
    ours = samplers.make("ddim", codecs.TINY).alphas_cumprod
    assert torch.equal(ours, build.noise_scheduler().alphas_cumprod)
