"""Captions of several seeds drawn together, and times read on one thread."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from labs.common import captions, sampling, shapes  # noqa: E402
from labs.kit import machine  # noqa: E402
from labs.kit.context import Context  # noqa: E402
from labs.kit.events import Events  # noqa: E402
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


@pytest.mark.parametrize(("device", "model", "threads"), [("cpu", None, 1), ("cpu", "a/b", 2), ("cuda", None, 2)])
def test_times_of_own_networks_are_read_on_one_thread(device: str, model: str | None, threads: int) -> None:
    events = Events([])
    context = Context({}, 0, device, False, model, Path(), events)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        with context.clocked():
            inside = torch.get_num_threads()
        assert (inside, torch.get_num_threads()) == (threads, 2)
        machine.few_threads(1)
        machine.few_threads(2)
        assert torch.get_num_threads() == 1, "fewer threads than allowed stay as they are"
    finally:
        torch.set_num_threads(before)


def test_one_thread_is_told_once_it_was_used() -> None:
    events = Events([])
    with Context({}, 0, "cpu", False, None, Path(), events).clocked():
        assert not events.of("note")
    assert "one thread" in events.of("note")[0]["text"]
