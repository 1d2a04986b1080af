"""How much pictures of an open caption differ, against what the data are drawn from."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from labs.common import shapes, variety  # noqa: E402
from labs.tiny import data  # noqa: E402


def drawn(shape: str, count: int, seed: int = 0) -> data.Scenes:
    scenes = data.sample_scenes(60 * count, np.random.default_rng(seed))
    return scenes.part(np.flatnonzero(scenes.labels["shape"] == data.WORDS["shape"].index(shape))[:count])


def test_expected_entropy_is_the_mean_over_many_draws() -> None:
    shares, rng = [0.5, 0.3, 0.2], np.random.default_rng(1)
    many = [shapes.entropy(rng.choice(3, 9, p=shares), 3) for _ in range(20_000)]
    assert variety.expected_entropy(shares, 9) == pytest.approx(np.mean(many), abs=4 * np.std(many) / 20_000**0.5)
    assert variety.expected_entropy(shares, 1) == 0
    assert variety.expected_entropy([0.5, 0.5], 1000) == pytest.approx(1, abs=1e-3)


def test_data_have_the_levels_they_are_drawn_from() -> None:
    level = variety.of_data((0, 1), 14)
    assert level[variety.MAJORITY] == pytest.approx(2 / 3)
    assert level[variety.ENTROPY] == pytest.approx(variety.expected_entropy([1 / 6] * 6, 14))
    pictures = [
        torch.from_numpy(data.draw(drawn(s, 300), np.random.default_rng(2))).float() / 255 for s in ("circle", "ring")
    ]
    found = variety.of_pictures(torch.cat(pictures))
    assert found[variety.MAJORITY] == pytest.approx(2 / 3, abs=4 * (2 / 9 / 300) ** 0.5)
    assert found[variety.ENTROPY] == pytest.approx(variety.expected_entropy([1 / 6] * 6, 300), abs=0.05)
    assert found[variety.SPREAD] == pytest.approx(level[variety.SPREAD], rel=0.1)


def test_one_picture_over_and_over_has_no_variety() -> None:
    pixels = (
        data.draw(drawn("circle", 1), np.random.default_rng(0)),
        data.draw(drawn("ring", 1), np.random.default_rng(0)),
    )
    same = torch.cat([torch.from_numpy(p).float().expand(8, -1, -1, -1) / 255 for p in pixels])
    found = variety.of_pictures(same)
    assert found[variety.SPREAD] == pytest.approx(0, abs=1e-3)
    assert found[variety.ENTROPY] == 0
