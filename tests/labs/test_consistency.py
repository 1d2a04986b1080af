"""Consistency functions: boundary, teacher, and the scheduler that is not enough."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytestmark = pytest.mark.filterwarnings("ignore")

from labs import few_step_distillation as lab  # noqa: E402
from labs.common import consistency, exact, learned, samplers  # noqa: E402
from labs.common.exact import Exact  # noqa: E402


@pytest.fixture(scope="module")
def truth() -> Exact:
    return exact.prepare((0, 1), 300)


def test_a_student_leaves_clean_points_alone_and_bounds_noisy_ones() -> None:
    student = consistency.Student(learned.Networks((0,), 2, 8), 0.01, 150.0)
    z = torch.randn(2, 5, 2, dtype=torch.float64)
    with torch.no_grad():
        assert torch.allclose(student(z, torch.full((2, 5), 0.01)).double(), z, atol=1e-6)
        assert float(student(150 * z, torch.full((2, 5), 150.0)).abs().max()) < 5


def test_levels_of_a_schedule(truth: Exact) -> None:
    sigmas = consistency.sigmas_of(truth.abar, 25)
    assert len(sigmas) == 26
    assert (sigmas.diff() > 0).all()
    for place, index in ((0, 0), (-1, 999)):
        bar = float(truth.abar[index])
        assert float(sigmas[place]) == pytest.approx(((1 - bar) / bar) ** 0.5, rel=1e-4)


def test_the_slope_is_the_exact_noise(truth: Exact) -> None:
    z, sigma = torch.randn(40, 2, dtype=torch.float64), 0.7
    abar = 1 / (1 + sigma**2)
    expected = truth.ring.epsilon(z * abar**0.5, abar)
    levels = torch.full((40,), sigma, dtype=torch.float64)
    assert torch.allclose(consistency.slope(truth.ring, z, levels), expected, atol=1e-9)


def test_the_teacher_reaches_the_exact_map_as_levels_grow(truth: Exact) -> None:
    errors = [
        max(truth.off(consistency.teacher_flow(truth.ring, truth.starts, consistency.sigmas_of(truth.abar, count))))
        for count in (10, 25, 100)
    ]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.03


def test_pseudo_huber_is_square_near_zero_and_long_far_away() -> None:
    small, large = torch.tensor([[1e-3, 0.0]]), torch.tensor([[30.0, 40.0]])
    assert float(consistency.pseudo_huber(small)) == pytest.approx(1e-6 / 0.2, rel=1e-2)
    assert float(consistency.pseudo_huber(large)) == pytest.approx(49.9, abs=1e-3)


def test_the_scheduler_alone_takes_the_exact_mean_and_noises_it(truth: Exact) -> None:
    one = truth.sample("lcm", 1, truth.starts, 0)
    assert torch.allclose(one, truth.sample("ddim", 1, truth.starts, 0), atol=1e-4)
    four, ddim = truth.sample("lcm", 4, truth.starts, 0), truth.sample("ddim", 4, truth.starts, 0)
    assert sum(truth.far(four)) > 0.95 * sum(truth.far(ddim))


def test_the_exact_map_needs_one_step_of_that_scheduler(truth: Exact) -> None:
    def knows(x: Any, t: int) -> Any:
        return truth.ends

    ends, calls = samplers.run(samplers.make("lcm", samplers.CLEAN_LINEAR), knows, truth.starts, 1, 0)
    assert calls == 1
    assert max(truth.off(ends)) < 1e-2


def test_detail_of_pictures() -> None:
    flat = torch.full((2, 8, 8, 3), 0.5)
    board = (torch.arange(8)[:, None] + torch.arange(8)) % 2
    assert lab.edges(flat) == 0
    assert lab.edges(board[None, :, :, None].expand(1, 8, 8, 3).float()) == 1
