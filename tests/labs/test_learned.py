"""Small networks trained side by side, and the lab that holds them to the exact floor."""

from __future__ import annotations

import math
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from labs import what_is_learned as lab  # noqa: E402
from labs.common import exact, learned, mixture, plane, samplers, schedules  # noqa: E402

BETA = schedules.betas("linear", 1000)
PROCESS = lab.Process(mixture.ring_of_eight(), BETA, schedules.signal(BETA), schedules.noise(BETA))


def draw(count: int, t: int) -> tuple[Any, Any, Any]:
    """(x_0, eps, x_t), each [count, 2]."""
    generator = torch.Generator().manual_seed(t)
    x0 = PROCESS.ring.sample(count, generator)
    e = torch.randn(x0.shape, generator=generator, dtype=torch.float64)
    return x0, e, PROCESS.signal[t - 1] * x0 + PROCESS.noise[t - 1] * e


@pytest.mark.parametrize("target", lab.TARGETS)
@pytest.mark.parametrize("t", [1, 300, 1000])
def test_every_target_reads_back_as_eps(target: str, t: int) -> None:
    x0, e, x = draw(50, t)
    signal, noise = PROCESS.signal[t - 1], PROCESS.noise[t - 1]
    said = lab.target_of(target, x0, e, signal, noise)
    assert torch.allclose(lab.as_eps(target, said, x, signal, noise), e, atol=1e-9)


@pytest.mark.parametrize("t", [1, 60, 300, 1000])
def test_the_floor_is_the_error_of_the_conditional_mean(t: int) -> None:
    x0, e, x = draw(40_000, t)
    signal, noise = PROCESS.signal[t - 1], PROCESS.noise[t - 1]
    eps, clean = PROCESS.ring.epsilon(x, float(signal) ** 2), PROCESS.ring.clean(x, float(signal), float(noise))
    for target in lab.TARGETS:
        best = lab.target_of(target, clean, eps, signal, noise)
        measured = float((lab.target_of(target, x0, e, signal, noise) - best).square().mean())
        assert lab.floor(PROCESS, target, t) == pytest.approx(measured, rel=0.05)


def test_vlb_weights_are_those_of_the_kl_divergence() -> None:
    # KL of two Gaussians of variance beta whose means come from eps and from eps + 1: |difference|^2 / (2 beta).
    t = torch.tensor([1, 10, 100, 1000]) - 1
    factor = BETA / ((1 - BETA).sqrt() * schedules.noise(BETA))  # Ho et al. 2020, equation 11
    by_hand = factor**2 / (2 * BETA)
    ours = lab.weight_of("vlb", BETA, 5.0)
    assert torch.allclose(ours[t] / ours[-1], by_hand[t] / by_hand[-1])


def test_weights_have_mean_one_and_min_snr_is_flat_where_noise_is_strong() -> None:
    for weight in ("simple", *lab.WEIGHTS):
        assert float(lab.weight_of(weight, BETA, 5.0).mean()) == pytest.approx(1)
    weights, snr = lab.weight_of("min_snr", BETA, 5.0), schedules.log_snr(BETA).exp()
    flat = weights[snr <= 5]
    assert float(flat.max() - flat.min()) == pytest.approx(0, abs=1e-12)
    assert float(weights[0] / flat[0]) == pytest.approx(5 / float(snr[0]))


def test_the_clean_mean_agrees_with_epsilon_and_reaches_pure_noise() -> None:
    ring, x = PROCESS.ring, torch.randn(50, 2, dtype=torch.float64)
    signal, noise = math.sqrt(0.3), math.sqrt(0.7)
    assert torch.allclose(signal * ring.clean(x, signal, noise) + noise * ring.epsilon(x, 0.3), x, atol=1e-9)
    assert torch.allclose(ring.clean(x, 0.0, 1.0), ring.mean().expand(50, 2))
    many = ring.sample(100_000, torch.Generator().manual_seed(0))
    assert torch.allclose(many.mean(0), ring.mean(), atol=0.01)
    assert float((many - many.mean(0)).square().sum(1).mean().sqrt()) == pytest.approx(ring.spread(), rel=0.01)


def test_arms_of_a_seed_start_equal_and_networks_do_not_mix() -> None:
    networks = learned.Networks((0, 1), arms=2, hidden=8)
    x, level = torch.randn(5, 2).expand(4, 5, 2), torch.rand(5).expand(4, 5)
    with torch.no_grad():
        before = networks(x, level)
        networks.weights[1][3] += 1
        after = networks(x, level)
    assert torch.equal(before[0], before[2])
    assert not torch.equal(before[0], before[1])
    assert torch.equal(before[:3], after[:3])
    assert not torch.equal(before[3], after[3])
    assert networks.parameters_each() * 4 == sum(p.numel() for p in networks.parameters())


def test_training_comes_near_the_floor() -> None:
    networks = learned.Networks((0,), arms=1, hidden=32)
    averages, t = networks.averages(), 300
    ticks: list[int] = []
    level = torch.full((1, 256), t / 1000)
    generator = torch.Generator().manual_seed(1)

    def losses() -> Any:
        x0 = PROCESS.ring.sample(256, generator)
        e = torch.randn(x0.shape, generator=generator, dtype=torch.float64)
        x = PROCESS.signal[t - 1] * x0 + PROCESS.noise[t - 1] * e
        return (networks(x.float()[None], level) - e.float()).square().mean((1, 2))

    learned.train(networks, averages, losses, 300, 1e-2, ticks.append, decay=0.98)
    _, e, x = draw(4000, t)
    with torch.no_grad():
        loss = float((averages(x.float()[None], torch.full((1, 4000), t / 1000))[0] - e).square().mean())
    assert loss == pytest.approx(lab.floor(PROCESS, "eps", t), rel=0.15)
    assert len(ticks) == 100
    assert ticks[-1] == 300


def test_the_planted_faults_are_what_they_say() -> None:
    made = lab.schedulers()
    abar = PROCESS.signal**2
    assert torch.allclose(made["right"].alphas_cumprod.double(), abar, atol=1e-6)
    assert made["eps read as v"].config.prediction_type == "v_prediction"
    for name in ("SD betas", "cosine betas", "from_config"):
        assert float((made[name].alphas_cumprod.double() - abar).abs().max()) > 0.05, name


def test_euler_needs_its_input_scaled() -> None:
    truth, made = exact.prepare((0,), 200), lab.schedulers()
    right, wrong = samplers.make("euler", samplers.DDPM_LINEAR), made["input not scaled"]
    ends = [samplers.run(scheduler, truth.eps, truth.starts, 20, 0)[0] for scheduler in (right, wrong, made["right"])]
    assert torch.allclose(ends[0], ends[2], atol=1e-2)
    assert truth.off(ends[1])[0] > 5 * truth.off(ends[0])[0]
    assert torch.equal(wrong.sigmas, right.sigmas)


def test_pictures_of_the_plane_are_the_right_way_up() -> None:
    centres = plane.grid(1.0, 4)
    assert centres[0].tolist() == [-0.75, 0.75]
    assert centres[-1].tolist() == [0.75, -0.75]
    seen = plane.cloud(torch.tensor([[0.9, 0.9], [5.0, 0.0]]), 1.0, 4).sum(-1)
    assert int(seen.argmax()) == 3  # top right; what lies outside is not drawn at the edge
    assert int((seen > seen.min()).sum()) == 1
    bright = plane.heights(centres[:, 0], 1.0).sum(-1)
    assert bright[0, 0] < bright[0, 3]
