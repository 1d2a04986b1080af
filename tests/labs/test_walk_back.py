"""The exact walk back: one step, dice, inversion."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytestmark = pytest.mark.filterwarnings("ignore")

from labs.common import exact, mixture, samplers, sampling, shapes  # noqa: E402
from labs.common.exact import ON_MODE, Exact  # noqa: E402


@pytest.fixture(scope="module")
def truth() -> Exact:
    return exact.prepare((0, 1), 400)


def test_measures_know_data_and_the_exact_solution(truth: Exact) -> None:
    assert truth.off(truth.ends) == [0, 0]
    assert truth.far(truth.data) == [0, 0]
    for points in (truth.data, truth.ends):
        assert truth.spread(points) == pytest.approx([1, 1], abs=0.08)
        assert truth.on_mode(points) == pytest.approx([ON_MODE, ON_MODE], abs=0.02)
    assert truth.on_mode(truth.data * 0) == [0, 0]
    assert all(0 < value < 0.2 for value in truth.chance((0, 1)))
    assert truth.chance((0, 1)) != truth.chance((2, 3))


def test_one_step_gives_the_mean_and_a_hundred_give_data(truth: Exact) -> None:
    one = truth.sample("ddim", 1, truth.starts, 0)
    assert torch.allclose(one, truth.ring.mean().expand_as(one), atol=0.03)
    many = truth.sample("ddim", 100, truth.starts, 0)
    assert max(truth.off(many)) < 0.06


def test_dice_at_eta_one_are_those_of_ddpm(truth: Exact) -> None:
    dice = truth.sample("ddim", 20, truth.starts, 7, eta=1.0)
    assert torch.allclose(dice, truth.sample("ddpm", 20, truth.starts, 7), atol=1e-4)
    assert not torch.allclose(dice, truth.sample("ddim", 20, truth.starts, 8, eta=1.0), atol=1e-1)
    assert torch.equal(truth.sample("ddim", 20, truth.starts, 7), truth.sample("ddim", 20, truth.starts, 8))


def test_of_one_step_only_the_variance_differs(truth: Exact) -> None:
    large = torch.stack([truth.sample("ddpm_large", 1, truth.starts, seed) for seed in range(200)])
    none = truth.sample("ddpm_mean", 1, truth.starts, 3)
    assert torch.allclose(large.mean(0), none, atol=0.35)
    # One step adds beta of the whole way, 1 - abar_T; the posterior's variance is 0 at its end.
    assert float(large.var(0).mean()) == pytest.approx(1 - float(truth.abar[-1]), rel=0.02)
    assert torch.allclose(truth.sample("ddpm", 1, truth.starts, 5), none, atol=1e-6)


def test_without_dice_a_step_is_the_mean_of_those_with(truth: Exact) -> None:
    def ninth(name: str, seed: int) -> Any:
        scheduler = samplers.make(name, samplers.DDPM_LINEAR)
        scheduler.set_timesteps(10)
        at, x = scheduler.timesteps[8], truth.starts
        return sampling.step(scheduler, truth.eps(x, int(at)), at, x, sampling.dice(seed)).prev_sample

    mean = ninth("ddpm_mean", 0)
    assert torch.equal(mean, ninth("ddpm_mean", 1))
    for name in ("ddpm", "ddpm_large"):
        many = torch.stack([ninth(name, seed) for seed in range(400)])
        assert float((many.mean(0) - mean).abs().max()) < 5.5 * float(many.std(0).max()) / 20
        assert float(many.std(0).min()) > 0.2


def test_without_dice_all_walks_end_at_one_place(truth: Exact) -> None:
    ends = truth.sample("ddpm_mean", 50, truth.starts, 0)
    assert max(truth.spread(ends)) < 0.05
    assert min(truth.on_mode(ends)) == 1
    assert min(truth.spread(truth.sample("ddpm", 50, truth.starts, 0))) > 0.9


def test_inversion_finds_the_noise_as_steps_grow(truth: Exact) -> None:
    def error(steps: int) -> float:
        found = truth.sample("inverse_ddim", steps, truth.ends, 0)
        return float((found - truth.starts).square().sum(-1).mean().sqrt())

    assert error(20) > 3 * error(200)
    assert error(200) < 0.05


@pytest.mark.parametrize("abar", [0.9999, 0.3, 4.0e-5])
def test_the_variance_of_the_guess_follows_from_the_least_error(abar: float) -> None:
    ring = mixture.ring_of_eight()
    x = ring.noised(abar).sample(100_000, torch.Generator().manual_seed(0))
    guess = ring.clean(x, abar**0.5, (1 - abar) ** 0.5)
    law = ring.spread() ** 2 - 2 * mixture.least_error(ring, abar) * (1 - abar) / abar
    assert float(guess.var(0).sum()) == pytest.approx(law, rel=0.03)


def test_drawn_pictures_show_what_the_caption_says() -> None:
    pictures = shapes.drawn("a large red circle", 30, seed=0)
    read = shapes.readings(pictures)
    assert len(pictures) == 30
    for name in ("shape", "colour"):
        assert set(read[name]) == {0}
    assert set(read["size"]) == {1}
    assert len(set(read["background"])) > 1
