"""Flow matching's linear path, with the exact velocity."""

from __future__ import annotations

import math
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytestmark = pytest.mark.filterwarnings("ignore")

from labs.common import flows, mixture  # noqa: E402

RING = mixture.ring_of_eight()
VELOCITY = flows.exact_velocity(RING)


def noise(count: int, seed: int = 0) -> Any:
    return torch.randn(count, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_the_velocity_is_the_mean_of_noise_minus_data() -> None:
    count, s = 400_000, 0.6
    x0, e = RING.sample(count, torch.Generator().manual_seed(1)), noise(count)
    x = (1 - s) * x0 + s * e
    here = (x - torch.tensor([0.3, 0.1])).norm(dim=1) < 0.05
    assert torch.allclose(VELOCITY(x[here], s).mean(0), (e - x0)[here].mean(0), atol=0.05)
    assert VELOCITY(x[:6].reshape(2, 3, 2), s).shape == (2, 3, 2)


def test_grids_and_their_shift() -> None:
    assert flows.even(4) == [1, 0.75, 0.5, 0.25, 0]
    assert flows.even(2, shift=3) == [1, 0.75, 0]
    import diffusers

    scheduler = diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0)
    scheduler.set_timesteps(sigmas=flows.even(5)[:-1])
    assert scheduler.sigmas.tolist() == pytest.approx(flows.even(5, shift=3), abs=1e-6)


def test_methods_have_their_order_on_a_known_flow() -> None:
    # One Gaussian N(0, 1) stays N(0, (1 - s)^2 + s^2) along the path: the end point is the start, scaled.
    one = mixture.Mixture(torch.ones(1).double(), torch.zeros(1, 2).double(), torch.ones(1).double())
    velocity, x = flows.exact_velocity(one), noise(50)
    errors = {
        method: [float((method(velocity, x, flows.even(n)) - x).abs().max()) for n in (20, 40)]
        for method in (flows.euler, flows.heun)
    }
    order = {method: math.log2(coarse / fine) for method, (coarse, fine) in errors.items()}
    assert order[flows.euler] == pytest.approx(1, abs=0.2)
    assert order[flows.heun] > 1.7
    assert torch.allclose(flows.trace(velocity, x)[-1], x, atol=1e-5)


def test_a_trace_ends_where_the_exact_flow_does() -> None:
    x = noise(100)
    ends = mixture.exact_flow(RING.epsilon, x, 1e-12, steps=200)
    assert torch.allclose(flows.trace(VELOCITY, x)[-1], ends, atol=2e-3)


def test_detours() -> None:
    corner = torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])[:, None]
    assert flows.detour(corner) == pytest.approx(2**0.5)
    assert flows.detour(corner[:2]) == 1


def test_the_variance_preserving_reading_of_a_path() -> None:
    x = noise(2000)
    path = flows.variance_preserving(flows.trace(VELOCITY, x))
    spread = path.var(1).sum(-1)
    # All along, the variance is signal^2 var(x_0) + noise^2, which lies between the data's and the noise's.
    assert float(spread.max()) < 2.1
    assert float(spread.min()) > 0.85 * RING.spread() ** 2
    assert torch.equal(path[0], x)


def test_threads_are_dense() -> None:
    path = torch.tensor([[[0.0, 0.0]], [[1.0, 0.0]], [[1.0, 2.0]]])
    points = flows.threads(path, between=5)
    assert points.shape == (10, 2)
    assert points[:, 0].max() == 1
    assert points[:, 1].max() == 2


def test_diffusers_still_loses_a_step() -> None:
    import diffusers

    scheduler = diffusers.FlowMatchEulerDiscreteScheduler()
    scheduler.set_timesteps(2)
    assert scheduler.sigmas.tolist() == pytest.approx([1, 0.001, 0], abs=1e-6)
