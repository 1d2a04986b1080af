"""The stopwatch against a device whose times are known, and the counts behind rates."""

from __future__ import annotations

import pytest

from labs.common import pareto, simulated, timing
from labs.common.simulated import CALLS, FIXED, KERNELS, Device


def calm() -> Device:
    return Device(0, luck=0.0, stall=0.0)


@pytest.mark.parametrize("rows", [1, 8, 64])
def test_the_right_way_finds_the_exact_time(rows: int) -> None:
    device = calm()
    taken = timing.interleaved({"job": device.job(CALLS, rows)}, device, 3)["job"]
    assert taken == pytest.approx([device.job_time(CALLS, rows)] * 3, rel=0.02)


def test_a_call_is_bound_by_starting_it_or_by_its_rows() -> None:
    device = calm()
    assert device.call_time(1) == device.call_time(8) == pytest.approx(KERNELS * device.launch)
    assert device.call_time(32) == pytest.approx(2 * device.call_time(16))


def test_an_unsynchronised_reading_sees_only_the_starting() -> None:
    device = calm()
    device.job(1, 64)()
    device.wait()
    seconds = timing.unsynchronised(device.job(CALLS, 64), device)
    assert seconds == pytest.approx((CALLS + FIXED) * KERNELS * device.launch)
    assert timing.once(device.job(CALLS, 64), device) == pytest.approx(device.job_time(CALLS, 64), rel=0.02)


def test_once_does_not_count_what_was_still_queued() -> None:
    device = calm()
    device.job(50, 64)()
    assert timing.once(device.job(1, 64), device) == pytest.approx(device.job_time(1, 64), rel=0.1)


def test_blocks_make_drift_a_difference_and_turns_do_not() -> None:
    found = simulated.ways(3)
    assert found["equal arm, blocks"] > 1.05
    assert found["equal arm, turns"] == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_way_misses_by_what_is_known(seed: int) -> None:
    found = simulated.ways(seed)
    for name, value in simulated.expected().items():
        assert found[name] == pytest.approx(value, abs=0.03), name


def test_multiply_adds_by_hand() -> None:
    torch = pytest.importorskip("torch")
    conv = torch.nn.Conv2d(3, 5, 3, padding=1)
    x, a = torch.zeros(2, 3, 8, 8), torch.zeros(4, 6)
    with torch.no_grad():
        assert timing.macs(lambda: conv(x)) == 2 * 5 * 3 * 9 * 64
        assert timing.macs(lambda: a @ a.T) == 4 * 4 * 6
        q = torch.zeros(1, 2, 7, 16)
        attend = torch.nn.functional.scaled_dot_product_attention
        assert timing.macs(lambda: attend(q, q, q)) == 2 * (2 * 7 * 7 * 16)


def test_a_calls_fixed_part_is_told_from_what_its_rows_add() -> None:
    found = timing.split([1, 4, 64], [5 + 0.5 * rows for rows in (1, 4, 64)])
    assert found.fixed == pytest.approx(5)
    assert found.each == pytest.approx(0.5)
    assert found.share(10) == pytest.approx(0.5)
    assert found.words((1, 64), "cuda") == "91% at batch 1, launch-bound; 14% at batch 64, bound by its rows"
    assert found.words((1,), "cpu") == "91% at batch 1, bound by overhead"


def test_small_calls_count_as_large_ones_do() -> None:
    """One reading of a large call that is 3 % off is more than the whole of a small call."""
    found = timing.split([1, 8, 1000], [5.1, 5.8, 105.0 * 1.03])
    assert found.share(1) > 0.9
    assert timing.fit_line([1, 8, 1000], [5.1, 5.8, 105.0 * 1.03])[0] < found.fixed


def test_a_fixed_part_is_not_negative_and_rows_are_not_free() -> None:
    assert timing.split([1, 2], [1.0, 3.0]).fixed == 0
    assert timing.split([1, 2], [2.0, 1.9]).share(1000) > 0.99


@pytest.mark.parametrize("batch", [1, 2, 64, 256])
def test_the_device_that_is_known_is_called_what_it_is(batch: int) -> None:
    """Up to 8 rows it waits for the host, as the numbers of the device say."""
    device, batches = calm(), (1, 2, 64, 256)
    found = timing.split(batches, [device.call_time(rows) for rows in batches])
    known = "launch-bound" if batch * device.row < device.launch else "bound by its rows"
    assert found.words((batch,), "cuda").endswith(known)


def test_a_product_is_made_larger_until_starting_it_counts_for_nothing() -> None:
    sides: list[int] = []

    def seconds(side: int) -> float:
        sides.append(side)
        return 20e-6 + side**3 / 100e12

    assert timing.large_enough(seconds) == pytest.approx(100e12, rel=0.01)
    assert sides == [1024, 2048, 4096, 8192]
    assert timing.large_enough(lambda side: 1e-6) == 16_384**3 / 1e-6


def test_the_front_has_no_point_that_another_beats() -> None:
    points = [(3.0, 0.9), (1.0, 0.2), (2.0, 0.9), (2.0, 0.5), (4.0, 0.8), (5.0, 1.0), (1.0, 0.2)]
    assert pareto.front(points) == [1, 2, 5]
    assert pareto.best_so_far(points) == [0.9, 0.2, 0.9, 0.9, 0.9, 1.0, 0.2]
    assert pareto.front([]) == []
