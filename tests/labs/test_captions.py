"""Captions of several seeds drawn together."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from labs.common import captions, sampling, shapes  # noqa: E402
from labs.tiny import data  # noqa: E402

PIPE: Any = SimpleNamespace(unet=SimpleNamespace(config=SimpleNamespace(sample_size=8, in_channels=4)))


def test_seeds_asked_together_are_those_asked_alone() -> None:
    together = captions.ask(PIPE, (3, 4), 5)
    alone = [captions.ask(PIPE, (seed,), 5) for seed in (3, 4)]
    assert together.prompts == alone[0].prompts + alone[1].prompts
    assert torch.equal(together.noise, torch.cat([part.noise for part in alone]))
    assert torch.equal(together.noise[5:], sampling.noise_for(PIPE, 5, 4))


def test_every_seed_has_its_own_share() -> None:
    asked = captions.ask(PIPE, (0, 1, 2), 12)
    drawn = [torch.from_numpy(data.draw(part, np.random.default_rng(7))).float() / 255 for part in asked.scenes]
    drawn[1] = drawn[1].roll(1, 0)  # the second seed's pictures show what other captions say
    found = asked.fidelity(torch.cat(drawn))
    assert found["all"] == [1.0, shapes.fidelity(drawn[1], asked.scenes[1])["all"], 1.0]
    assert found["all"][1] < 0.5
    assert set(found) == set(shapes.ATTRIBUTES)
