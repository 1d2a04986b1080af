"""What is drawn on the CPU is moved to the device of the network that reads it, and what only a processor promises.

The meta device stands for a GPU: it computes nothing, refuses to be mixed with the CPU, and says so when a result is
copied back, which is then the only thing that can go wrong.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytestmark = pytest.mark.filterwarnings("ignore")

from labs.common import backbones, codecs, consistency, encoders, learned, sampling, shapes  # noqa: E402
from labs.kit import machine  # noqa: E402
from labs.tiny import build, data  # noqa: E402

BACK = pytest.raises(NotImplementedError, match="Cannot copy out of meta tensor")
SCENES = data.balanced_scenes(6, np.random.default_rng(0))
PIXELS = data.draw(SCENES, np.random.default_rng(0))


def pipeline() -> Any:
    machine.quiet()
    vae = build.autoencoder(4).eval().to("meta")
    return SimpleNamespace(vae=vae, device=torch.device("meta"))


def test_pictures_are_encoded_and_decoded_where_the_autoencoder_is() -> None:
    pipe = pipeline()
    assert sampling.encode_pictures(pipe, PIXELS).device.type == "meta"
    with BACK:
        sampling.decode(pipe, torch.zeros(2, 4, 8, 8))


@pytest.mark.parametrize("factor", [1, 4])
def test_a_denoiser_draws_where_it_is(factor: int) -> None:
    vae = pipeline().vae if factor > 1 else None
    coder = codecs.Codec(factor, vae, 0.0, 1.0)
    denoiser = codecs.Denoiser(coder.channels, coder.side).eval().to("meta")
    assert coder.encode(PIXELS).device.type == ("meta" if vae else "cpu")
    with BACK:
        codecs.draw(denoiser, coder, SCENES, 2, seed=0)


def test_a_backbone_samples_where_it_is() -> None:
    machine.quiet()
    model = backbones.make("DiT").to("meta")
    noise = torch.zeros(6, backbones.CHANNELS, backbones.SIDE, backbones.SIDE)
    assert backbones.sample(model, backbones.classes_of(SCENES), noise, 2).device.type == "meta"


def test_a_student_answers_where_its_networks_are() -> None:
    student = consistency.Student(learned.Networks((0,), 1, 8), 0.01, 150.0).to("meta")
    assert student(torch.zeros(1, 3, 2, dtype=torch.float64), torch.ones(1, 3)).device.type == "meta"


def test_states_are_equal_to_the_bit_on_a_processor_and_but_for_rounding_elsewhere() -> None:
    states = torch.full((2, 3), -4.0)
    assert encoders.rounding(states, "cpu") == 0
    assert encoders.rounding(states, "cuda") == pytest.approx(4 * 16 * 2**-23)
    assert encoders.rounding(states.bfloat16(), "cuda") == pytest.approx(4 * 16 * 2**-7)


def test_what_is_right_by_chance_is_the_mean_over_all_that_can_be_asked() -> None:
    drawn = torch.from_numpy(PIXELS).float() / 255
    for pictures in (drawn, torch.cat([drawn, torch.zeros_like(drawn)])):
        found = shapes.readings(pictures)
        asked = [np.mean([(found[name] == k).mean() for k in range(len(words))]) for name, words in data.WORDS.items()]
        assert shapes.right_by_chance(pictures) == pytest.approx(np.mean(asked))
    assert shapes.right_by_chance(drawn) == pytest.approx(np.mean([1 / len(words) for words in data.WORDS.values()]))
    assert shapes.right_by_chance(pictures) < shapes.right_by_chance(drawn), "black pictures show no colour"
