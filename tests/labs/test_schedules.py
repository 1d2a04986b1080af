from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")

from labs.common import schedules  # noqa: E402

NAMES = ("linear", "scaled_linear", "cosine", "zero_snr")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("steps", [10, 1000])
def test_as_in_diffusers(name: str, steps: int) -> None:
    theirs = schedules.of_diffusers(name, steps).alphas_cumprod.double()
    assert torch.allclose(schedules.signal(schedules.betas(name, steps)) ** 2, theirs, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_signal_and_noise_add_up_to_variance_one(name: str) -> None:
    beta = schedules.betas(name, 100)
    assert torch.allclose(schedules.signal(beta) ** 2 + schedules.noise(beta) ** 2, torch.ones(100).double())
    assert (schedules.signal(beta).diff() <= 0).all()


def test_published_ends() -> None:
    # Lin et al. 2023, arXiv 2305.08891: Stable Diffusion leaves 0.068265 of the picture; their remedy leaves nothing.
    assert float(schedules.signal(schedules.betas("scaled_linear", 1000))[-1]) == pytest.approx(0.068265, abs=1e-6)
    assert float(schedules.signal(schedules.betas("zero_snr", 1000))[-1]) == 0
    assert schedules.log_snr(schedules.betas("zero_snr", 1000))[-1] == -math.inf


def test_equal_strength_of_the_cosine_schedule_by_hand() -> None:
    # cos^2(v) / cos^2(v0) = 1/2 solved for t, v = (t/T + 0.008) / 1.008 pi/2.
    start = math.cos(0.008 / 1.008 * math.pi / 2)
    t = 1000 * (math.acos(start * math.sqrt(0.5)) * 2 / math.pi * 1.008 - 0.008)
    assert schedules.crossing(schedules.betas("cosine", 1000)) == math.ceil(t)


@pytest.mark.parametrize(("contrast", "step"), [(1.0, 260), (0.1, 28), (2.0, 397)])
def test_pale_pictures_drown_earlier(contrast: float, step: int) -> None:
    beta = schedules.betas("linear", 1000)
    assert schedules.crossing(beta, contrast) == step
    snr = contrast**2 * schedules.log_snr(beta).exp()
    assert snr[step - 1] <= 1 < snr[step - 2]


def test_a_pale_picture_does_not_mark_what_is_asked_of_the_schedule() -> None:
    from labs.forward_noising import LAB

    assert "scale=0.1" in LAB.unmarkable({"scale": 0.1})
    assert LAB.unmarkable({"scale": 1.0}) == ""


def test_walk_equals_closed_form_fed_with_its_own_noise() -> None:
    from labs.forward_noising import noised

    beta = schedules.betas("linear", 50)
    picture = torch.rand(4, 4, 3, dtype=torch.float64) * 2 - 1
    x, carried = picture.clone(), torch.zeros_like(picture)
    for t in range(50):
        e = torch.randn_like(picture)
        x = (1 - beta[t]).sqrt() * x + beta[t].sqrt() * e
        carried = (1 - beta[t]).sqrt() * carried + beta[t].sqrt() * e
    at_once = noised(picture, beta, 50, carried / schedules.noise(beta)[-1])
    assert torch.allclose(x, at_once, atol=1e-12)
    assert torch.equal(noised(picture, beta, 0, carried), picture)
