"""What cross-attention reads: the weights in the open, and the scores that hold them to a mask."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytestmark = pytest.mark.filterwarnings("ignore")

from labs.common import attention, captions, encoders, sampling  # noqa: E402
from labs.kit.machine import quiet  # noqa: E402
from labs.tiny import data  # noqa: E402

TEXTS = ["a large red circle at the left", "a small ring at the top on a black background"]


@pytest.fixture(scope="module")
def pipe() -> Any:
    quiet()
    from labs.tiny import build

    torch.manual_seed(0)
    made = data.make_dataset(200, 1)
    tokens = build.tokenizer(text for texts in made.captions for text in texts)
    return build.pipeline(build.autoencoder(), build.text_encoder(tokens).eval(), tokens, build.denoiser().eval())


@pytest.fixture
def call(pipe: Any) -> Any:
    """The U-Net's prediction for states, from one noise."""
    noise = sampling.noise_for(pipe, 2, seed=0)

    def predict(states: Any) -> Any:
        with torch.no_grad():
            return pipe.unet(noise, 500, encoder_hidden_states=states).sample

    return predict


def test_watching_changes_nothing_and_ends(pipe: Any, call: Any) -> None:
    states = sampling.encode(pipe, TEXTS).states
    plain, before = call(states), dict(pipe.unet.attn_processors)
    with attention.watched(pipe.unet) as kept:
        assert torch.allclose(call(states), plain, atol=1e-5)
    assert pipe.unet.attn_processors == before
    assert len(kept) == 10
    assert {"down 0.0", "mid 0", "up 2.1"} <= kept.keys()
    for weights in kept.values():
        assert weights.shape[::2] == (2, 16)
        assert torch.allclose(weights.sum(-1), torch.ones(()), atol=1e-5)


def test_switched_off_the_caption_does_not_matter(pipe: Any, call: Any) -> None:
    states = sampling.encode(pipe, TEXTS).states
    assert not torch.equal(call(states), call(states.flip(0)))
    with attention.switched_off(pipe.unet):
        assert torch.equal(call(states), call(states.flip(0)))
    assert not torch.equal(call(states), call(states.flip(0)))


def test_the_unet_has_no_order(pipe: Any, call: Any) -> None:
    states = sampling.encode(pipe, TEXTS).states
    assert torch.allclose(call(states), call(states.flip(1)), atol=1e-5)


def test_overlap_knows_the_mask_and_its_complement() -> None:
    mask = torch.zeros(1, 64, dtype=torch.bool)
    mask[0, :10] = True
    assert attention.overlap(mask.float(), mask) == 1
    assert attention.overlap(1 - mask.float(), mask) == 0
    assert attention.preference(mask.float(), mask) == 1
    assert attention.preference(1 - mask.float(), mask) == 0
    assert attention.preference(torch.ones(1, 64), mask) == 0.5


def test_chance_overlap_is_the_mean_over_all_maps() -> None:
    mask = torch.tensor([[True, True, False, False, False]])
    every = []
    for chosen in combinations(range(5), 2):
        weights = torch.zeros(1, 5)
        weights[0, list(chosen)] = 1
        every.append(attention.overlap(weights, mask))
    assert attention.chance_overlap(mask) == pytest.approx(sum(every) / len(every))


def test_a_coarse_mask_has_the_positions_that_are_at_least_half_full() -> None:
    mask = torch.zeros(1, 8, 8)
    mask[0, :4, :4], mask[0, :4, 4:6], mask[0, 4:, :1] = 1, 1, 1
    assert attention.coarse(mask, 4).tolist() == [[True, True, False, False]]


def test_clip_looks_back_and_t5_both_ways() -> None:
    quiet()
    ids = torch.randint(1, 50, (encoders.LENGTH,), generator=torch.Generator().manual_seed(0))
    earlier = torch.ones(encoders.LENGTH, encoders.LENGTH, dtype=torch.bool).tril(-1)
    back = encoders.reach(encoders.clip(0), ids, ids + 40)
    assert float(back[earlier].max()) == 0
    assert bool((back[~earlier] > 0).all())
    assert bool((encoders.reach(encoders.t5(0), ids, ids + 40) > 0).all())
    assert encoders.longest(encoders.clip(0)) == encoders.LENGTH
    assert encoders.longest(encoders.t5(0)) == 4 * encoders.LENGTH


def test_places_and_marks_of_a_caption(pipe: Any) -> None:
    tokens = captions.tokens(pipe, TEXTS[0])
    assert tokens[1:8] == TEXTS[0].split()
    assert (captions.end(pipe, TEXTS[0]), len(tokens)) == (8, 16)
    assert captions.places(pipe, TEXTS, "shape") == [4, 3]
    assert captions.places(pipe, TEXTS, "position") == [7, 6]


def test_states_are_taken_out_where_said_and_nowhere_else(pipe: Any) -> None:
    tell = captions.without_states(pipe, lambda caption: captions.places(pipe, [caption], "shape"))
    plain, told = sampling.encode(pipe, TEXTS).states, tell(pipe, TEXTS).states
    empty = sampling.encode(pipe, [""]).states[0]
    differs = (plain != told).any(-1)
    assert [row.nonzero()[:, 0].tolist() for row in differs] == [[4], [3]]
    assert torch.equal(told[0, 4], empty[4])
    assert torch.equal(tell(pipe, [""]).states[0], empty)


def test_sampling_tells_what_it_is_given(pipe: Any) -> None:
    noise = sampling.noise_for(pipe, 2, seed=1)
    asked: list[list[str]] = []

    def tell(pipe: Any, prompts: Any) -> sampling.Condition:
        asked.append(list(prompts))
        return sampling.encode(pipe, list(reversed(prompts)))

    given = sampling.sample(pipe, TEXTS, noise, 2, sampling.Guidance(2.0), tell=tell)
    assert asked == [[""], TEXTS]
    assert torch.equal(given, sampling.sample(pipe, TEXTS[::-1], noise, 2, sampling.Guidance(2.0)))


def test_an_exchanged_word_is_another_and_the_rest_stays(pipe: Any) -> None:
    scenes = data.Scenes({name: torch.zeros(2, dtype=torch.long).numpy() for name in data.WORDS})
    made = captions.changes(pipe, scenes, "size")
    assert made["left out"][0][0] == "a red circle in the center on a black background"
    assert made["exchanged"][0][0] == "a large red circle in the center on a black background"
    assert made["taken out"][0][0] == "a small red circle in the center on a black background"
