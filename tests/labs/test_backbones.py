"""U-Nets and diffusion transformers of toy size: counts, the start by adaLN-Zero, sampling, shipped weights."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytestmark = pytest.mark.filterwarnings("ignore")

from labs.common import backbones  # noqa: E402
from labs.tiny import build  # noqa: E402
from labs.tiny.data import WORDS  # noqa: E402

TRAINED = pytest.mark.skipif(not backbones.trained(), reason=backbones.HOW_TO_TRAIN)


@pytest.mark.parametrize("size", [(48, 4, 2), (48, 4, 4), (64, 5, 2), (32, 1, 1)])
def test_operations_are_those_counted_by_hand(size: tuple[int, int, int]) -> None:
    assert backbones.operations(backbones.transformer(*size)) == backbones.transformer_operations(*size)


def test_arms_are_equal_in_what_they_say() -> None:
    weights = {arm: backbones.parameters(backbones.make(arm)) for arm in backbones.ARMS}
    work = {arm: backbones.operations(backbones.make(arm)) for arm in backbones.ARMS}
    assert weights["DiT"] == pytest.approx(weights["U-Net"], rel=0.1)
    assert work["DiT, wide"] == pytest.approx(work["U-Net"], rel=0.1)
    assert weights["DiT, patch 4"] == pytest.approx(weights["DiT"], rel=0.05)
    assert work["DiT"] > 3 * work["DiT, patch 4"]


def test_kinds_of_layers() -> None:
    assert backbones.kinds(backbones.make("DiT")) == {
        "3x3 convolutions": 0,
        "attentions": 4,
        "changes of resolution": 0,
    }
    found = backbones.kinds(backbones.make("U-Net"))
    assert found["3x3 convolutions"] > 10
    assert found["changes of resolution"] == 2


def test_adaln_zero_starts_as_the_identity_and_random_does_not() -> None:
    torch.manual_seed(0)
    tokens, t, labels = torch.randn(2, 16, 48), torch.tensor([1, 900]), torch.tensor([0, 35])
    for zero in (True, False):
        model = backbones.transformer(48, 2, 2, zero)
        with torch.no_grad():
            passed = model.transformer_blocks[1](tokens, timestep=t, class_labels=labels)
            said = model(torch.randn(2, 4, 8, 8), t, class_labels=labels).sample
        assert torch.equal(passed, tokens) is zero
        assert bool((said == 0).all()) is zero


def test_blocks_share_one_embedding() -> None:
    model = backbones.transformer(48, 3, 2)
    first, *others = model.transformer_blocks
    assert all(block.norm1.emb is first.norm1.emb for block in others)


def test_a_network_that_knows_the_answer_has_no_error() -> None:
    scheduler = build.noise_scheduler()
    latents, noise, steps = torch.randn(3, 4, 8, 8), torch.randn(3, 4, 8, 8), torch.tensor([10, 500, 990])
    answer = scheduler.get_velocity(latents, noise, steps)

    def told(x: object, t: object, class_labels: object) -> object:
        return SimpleNamespace(sample=answer)

    assert torch.equal(backbones.errors(told, latents, steps, noise, steps), torch.zeros(3))
    silent = backbones.errors(backbones.make("DiT"), latents, torch.tensor([0, 1, 2]), noise, steps)
    assert torch.allclose(silent, answer.square().mean((1, 2, 3)))


def test_the_world_is_large_central_and_on_black_and_classes_say_shape_and_colour() -> None:
    scenes, pixels = backbones.world(64, 3)
    assert pixels.shape == (64, 32, 32, 3)
    assert set(scenes.labels["size"]) == {WORDS["size"].index("large")}
    assert set(scenes.labels["position"]) == {WORDS["position"].index("center")}
    assert set(scenes.labels["background"]) == {WORDS["background"].index("black")}
    classes = backbones.classes_of(scenes).numpy()
    assert (classes // 6 == scenes.labels["shape"]).all()
    assert (classes % 6 == scenes.labels["colour"]).all()


def test_saved_networks_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = {(arm, k): backbones.make(arm) for arm in backbones.ARMS for k in range(backbones.REPEATS)}
    for model in made.values():
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.1)
    backbones.save(made, tmp_path / backbones.WEIGHTS)
    monkeypatch.setattr(backbones, "FOLDER", tmp_path)
    read = backbones.load("cpu")
    x, t, labels = torch.randn(2, 4, 8, 8), torch.tensor([5, 700]), torch.tensor([3, 4])
    for key, model in made.items():
        with torch.no_grad():
            ours = read[key](x, t, class_labels=labels).sample
            theirs = model.eval()(x, t, class_labels=labels).sample
        assert torch.allclose(ours, theirs, atol=2e-2 * float(theirs.abs().max()))


def test_sampling_is_repeatable_and_ends_finite() -> None:
    torch.manual_seed(1)
    model, noise = backbones.make("U-Net").eval(), torch.randn(2, 4, 8, 8)
    one, two = (backbones.sample(model, torch.tensor([0, 9]), noise, 3) for _ in range(2))
    assert torch.equal(one, two)
    assert bool(one.isfinite().all())


@TRAINED
def test_the_weights_beat_silence_and_stay_small() -> None:
    files = [file for file in backbones.FOLDER.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) < 7_000_000
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(4, 4, 8, 8, generator=generator)
    t, labels = torch.full((4,), 950), torch.arange(4)
    for model in backbones.load("cpu").values():
        with torch.no_grad():
            said = model(x, t, class_labels=labels).sample
        assert float(said.abs().mean()) > 0.05
