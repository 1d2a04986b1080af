from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")

from labs.common import exact, mixture, samplers  # noqa: E402
from labs.sampler_timing import along  # noqa: E402


def test_the_score_is_the_gradient_of_the_log_density() -> None:
    ring = mixture.ring_of_eight().noised(0.3)
    x = torch.randn(50, 2, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(ring.log_density(x).sum(), x)
    assert torch.allclose(ring.score(x.detach()), gradient, atol=1e-6)


def test_densities_integrate_to_one() -> None:
    x = torch.linspace(-8, 10, 18001, dtype=torch.float64)[:, None]
    for part in mixture.two_classes():
        for level in (1.0, 0.5):
            assert float(part.noised(level).log_density(x).exp().sum() * 1e-3) == pytest.approx(1, abs=1e-6)


def test_epsilon_is_the_mean_of_the_noise() -> None:
    ring, level = mixture.ring_of_eight(), 0.4
    generator = torch.Generator().manual_seed(0)
    x0 = ring.sample(200_000, generator)
    e = torch.randn(x0.shape, generator=generator, dtype=torch.float64)
    xt = math.sqrt(level) * x0 + math.sqrt(1 - level) * e
    here = (xt - torch.tensor([0.5, 0.2])).norm(dim=1) < 0.05
    predicted = ring.epsilon(xt[here], level).mean(0)
    assert torch.allclose(predicted, e[here].mean(0), atol=0.05)


def test_the_exact_flow_of_one_gaussian_is_a_scaling() -> None:
    one = mixture.Mixture(torch.ones(1).double(), torch.tensor([[2.0]]).double(), torch.tensor([0.5]).double())
    level = 0.01
    start = torch.tensor([[-1.0], [0.3], [2.0]], dtype=torch.float64)
    noised = one.noised(level)
    expected = 2 + 0.5 * (start - noised.means) / noised.sd
    assert torch.allclose(mixture.exact_flow(one.epsilon, start, level), expected, atol=1e-4)


def test_sliced_wasserstein_of_a_shift() -> None:
    a = torch.randn(300, 2, dtype=torch.float64)
    assert mixture.sliced_wasserstein(a, a) == 0
    # The mean over directions of |cos| times the length of the shift is 2 / pi.
    shifted = a + torch.tensor([3.0, 0.0])
    assert mixture.sliced_wasserstein(a, shifted) == pytest.approx(3 * 2 / math.pi, rel=1e-3)


@pytest.mark.parametrize("name", ["ddpm", "ddim", "euler", "heun", "dpmpp", "unipc"])
def test_every_sampler_has_the_stated_betas(name: str) -> None:
    theirs = samplers.make(name, samplers.DDPM_LINEAR).alphas_cumprod
    beta = torch.linspace(1e-4, 0.02, 1000)
    assert torch.allclose(theirs, (1 - beta).cumprod(0), atol=1e-6)


@pytest.mark.parametrize("name", ["ddim", "euler", "heun", "dpmpp", "unipc"])
def test_deterministic_samplers_converge_to_the_exact_solution(name: str) -> None:
    truth = exact.prepare((0,), 200)
    errors = []
    for budget in (10, 50, 250):
        steps = samplers.steps_for(name, budget)
        ends, calls = along(truth, name, steps, 0)
        assert calls == samplers.calls_for(name, steps) <= budget
        errors += truth.off(ends)
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.03


def test_a_grid_denser_near_the_end_shows_the_order_of_dpm_solver() -> None:
    truth = exact.prepare((0,), 200)
    shared, karras = (
        [truth.off(along(truth, "dpmpp", steps, 0, karras=karras)[0])[0] for steps in (20, 80)]
        for karras in (False, True)
    )
    assert 2 < shared[0] / shared[1] < 6  # four times as many calls: order about one,
    assert 12 < karras[0] / karras[1] < 30  # and about two


def test_ddpm_reaches_the_data() -> None:
    truth = exact.prepare((0,), 2000)
    ends, calls = along(truth, "ddpm", 100, 1)
    assert calls == 100
    assert truth.far(ends)[0] < 0.08
