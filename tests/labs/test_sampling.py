"""The open sampling loop against StableDiffusionPipeline's own, on an untrained pipeline; and what is refused."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytestmark = pytest.mark.filterwarnings("ignore")

from labs.common import models, samplers, sampling  # noqa: E402
from labs.kit.machine import LabError, quiet  # noqa: E402

PROMPTS = ["a large red circle", "a small ring at the left"]


@pytest.fixture(scope="module")
def pipe() -> Any:
    quiet()
    from labs.tiny import build, data

    torch.manual_seed(0)
    made = data.make_dataset(200, 1)
    tokens = build.tokenizer(text for texts in made.captions for text in texts)
    parts = (build.autoencoder(), build.text_encoder(tokens), tokens, build.denoiser())
    return build.pipeline(*parts)


@pytest.fixture
def saved(pipe: Any, tmp_path: Path) -> Path:
    pipe.save_pretrained(tmp_path / "pipe", safe_serialization=True)
    return tmp_path / "pipe"


@pytest.mark.parametrize(("scale", "rescale"), [(1.0, 0.0), (4.0, 0.0), (4.0, 0.7)])
@pytest.mark.parametrize("name", ["ddim", "heun", "dpmpp"])
def test_same_latents_as_the_pipeline(pipe: Any, name: str, scale: float, rescale: float) -> None:
    pipe.scheduler = samplers.make(name, samplers.Process("scaled_linear", 0.00085, 0.012, "v_prediction"))
    noise = sampling.noise_for(pipe, 2, seed=3)
    ours = sampling.sample(pipe, PROMPTS, noise, 4, sampling.Guidance(scale, rescale=rescale))
    theirs = pipe(
        PROMPTS,
        num_inference_steps=4,
        guidance_scale=scale,
        guidance_rescale=rescale,
        latents=noise.clone(),
        output_type="latent",
        height=32,
        width=32,
    ).images
    assert torch.allclose(ours, theirs, atol=1e-4)


def test_dice_fall_as_in_the_pipeline_and_every_step_is_seen(pipe: Any) -> None:
    pipe.scheduler = samplers.make("ddim", samplers.Process("scaled_linear", 0.00085, 0.012, "v_prediction"))
    noise = sampling.noise_for(pipe, 2, seed=3)
    seen: list[tuple[Any, Any]] = []
    ours = sampling.sample(
        pipe, PROMPTS, noise, 4, sampling.Guidance(1.0), 5, eta=1.0, watch=lambda *pair: seen.append(pair)
    )
    theirs = pipe(
        PROMPTS,
        num_inference_steps=4,
        guidance_scale=1.0,
        eta=1.0,
        generator=sampling.dice(5),
        latents=noise.clone(),
        output_type="latent",
        height=32,
        width=32,
    ).images
    assert torch.allclose(ours, theirs, atol=1e-4)
    assert len(seen) == 4
    assert torch.equal(seen[0][0], noise)
    assert torch.allclose(seen[-1][1], ours, atol=1e-4)  # the last step goes all the way to its guess


@pytest.mark.parametrize("seed", [0, 7, 1_000_000_002])
def test_dice_are_not_the_start_noise_over_again(pipe: Any, seed: int) -> None:
    start = sampling.noise_for(pipe, 64, seed).flatten()
    cast = torch.randn(64 * 4 * 8 * 8, generator=sampling.dice(seed))
    assert abs(float(torch.corrcoef(torch.stack([start, cast]))[0, 1])) < 0.05


@pytest.mark.parametrize("scale", [1.0, 5.0])
def test_same_latents_as_the_xl_pipeline(pipe: Any, scale: float, tmp_path: Path) -> None:
    from diffusers import StableDiffusionXLPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    torch.manual_seed(0)
    size = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    ends = {"bos_token_id": pipe.tokenizer.bos_token_id, "eos_token_id": pipe.tokenizer.eos_token_id}
    text = CLIPTextConfig(
        vocab_size=len(pipe.tokenizer), projection_dim=32, max_position_embeddings=16, pad_token_id=0, **size, **ends
    )
    unet = UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(16, 32),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        cross_attention_dim=64,
        attention_head_dim=2,
        norm_num_groups=8,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=6 * 8 + 32,
    )
    parts = (pipe.vae, CLIPTextModel(text), CLIPTextModelWithProjection(text), pipe.tokenizer, pipe.tokenizer, unet)
    made = StableDiffusionXLPipeline(*parts, scheduler=pipe.scheduler)
    made.save_pretrained(tmp_path / "xl")
    large = models.load(str(tmp_path / "xl"), "cpu")
    large.scheduler = samplers.make("ddim", samplers.Process("scaled_linear", 0.00085, 0.012, "epsilon"))
    noise = sampling.noise_for(large, 2, seed=3)
    ours = sampling.sample(large, PROMPTS, noise, 3, sampling.Guidance(scale))
    asked = {"num_inference_steps": 3, "guidance_scale": scale, "height": 32, "width": 32}
    theirs = large(PROMPTS, latents=noise.clone(), output_type="latent", **asked).images
    assert torch.allclose(ours, theirs, atol=1e-4)


@pytest.mark.parametrize(
    ("guidance", "rows"),
    [
        (sampling.Guidance(1.0), 4 * 2),
        (sampling.Guidance(0.0), 4 * 2),
        (sampling.Guidance(3.0), 8 * 2),
        (sampling.Guidance(3.0, interval=(0.4, 0.8)), 6 * 2),
    ],
)
def test_cost_is_counted(pipe: Any, guidance: sampling.Guidance, rows: int) -> None:
    pipe.scheduler = samplers.make("ddim", samplers.Process("scaled_linear", 0.00085, 0.012, "v_prediction"))
    cost = sampling.Cost()
    sampling.sample(pipe, PROMPTS, sampling.noise_for(pipe, 2, 0), 4, guidance, cost=cost)
    assert (cost.calls, cost.rows) == (4, rows)  # levels .999, .749, .499, .249: the interval holds two of them


def test_decode_gives_pictures(pipe: Any) -> None:
    assert sampling.decode(pipe, sampling.noise_for(pipe, 3, 0)).shape == (3, 32, 32, 3)


def test_a_saved_pipeline_loads(saved: Path) -> None:
    loaded = models.load(str(saved), "cpu")
    assert loaded.unet.config.in_channels == 4


def test_what_is_no_pipeline_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for model, said in (
        (tmp_path / "nowhere", "There is no folder"),
        (tmp_path / "empty", "no model_index.json"),
    ):
        with pytest.raises(LabError, match=said):
            models.load(str(model), "cpu")


def test_pickled_weights_are_refused_unread(saved: Path) -> None:
    touched = saved.parent / "touched"

    class Bomb:
        def __reduce__(self) -> tuple[Any, ...]:
            return (touched.write_text, ("boom",))

    weights = saved / "unet" / "diffusion_pytorch_model.safetensors"
    weights.unlink()
    torch.save(Bomb(), saved / "unet" / "diffusion_pytorch_model.bin")
    with pytest.raises(LabError, match="weights of unet are pickled"):
        models.load(str(saved), "cpu")
    assert not touched.exists()
    checkpoint = saved.parent / "model.ckpt"
    checkpoint.write_bytes(b"")
    with pytest.raises(LabError, match="is a pickle"):
        models.load(str(checkpoint), "cpu")


@pytest.mark.parametrize(
    ("index", "said"),
    [
        ("{", "damaged"),
        ("[]", "damaged"),
        (json.dumps({"_class_name": "FluxPipeline"}), "is a FluxPipeline"),
        (json.dumps({"_class_name": "StableDiffusionPipeline", "unet": ["my_module", "Evil"]}), "of stock parts"),
        (json.dumps({"_class_name": "StableDiffusionPipeline"}), "no weights for unet"),
    ],
)
def test_a_damaged_or_foreign_index_is_refused(index: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text(index)
    with pytest.raises(LabError, match=said):
        models.load(str(tmp_path), "cpu")


def test_a_truncated_weight_file_is_refused(saved: Path) -> None:
    weights = saved / "vae" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(LabError, match="cannot be loaded"):
        models.load(str(saved), "cpu")


def test_training_resumes_where_it_stopped(tmp_path: Path) -> None:
    from labs.tiny import checkpoint

    def parts() -> tuple[Any, Any]:
        torch.manual_seed(0)
        module = torch.nn.Linear(3, 3)
        return module, torch.optim.AdamW(module.parameters(), lr=0.1)

    def train(module: Any, optimizer: Any, steps: range) -> None:
        for step in steps:
            optimizer.zero_grad()
            module(torch.full((1, 3), float(step))).square().sum().backward()
            optimizer.step()

    whole, optimizer = parts()
    train(whole, optimizer, range(6))
    half, optimizer = parts()
    train(half, optimizer, range(3))
    checkpoint.save(tmp_path / "stage", {"m": half}, optimizer, {"step": 3})
    again, optimizer = parts()
    state = checkpoint.load(tmp_path / "stage", {"m": again}, optimizer)
    assert state == {"step": 3}
    train(again, optimizer, range(3, 6))
    assert torch.allclose(again.weight, whole.weight, atol=1e-6)
    shutil.rmtree(tmp_path)
    assert checkpoint.load(tmp_path / "stage", {"m": again}, optimizer) is None


def run_with(model: Path, out: Path, name: str, *settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", f"labs.{name}", "--events", "--quick", "--model", str(model), "--out", str(out)]
    for setting in settings:
        command += ["--set", setting]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("cfg_sweep", ("scales=1,3", "steps=2")),
        ("walk_back", ("calls=1,2", "inversions=5", "steps=2", "pictures=4", "points=200")),
        ("few_step_distillation", ("training=50", "points=200", "hidden=8")),
        ("sampler_timing", ("samplers=ddim,heun", "calls=2,4", "exact_calls=5", "batch=1", "points=200")),
    ],
)
def test_a_lab_runs_on_another_pipeline(saved: Path, tmp_path: Path, name: str, settings: tuple[str, ...]) -> None:
    done = run_with(saved, tmp_path / "out", name, *settings)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert record["model"] == str(saved)
    assert not any(metric["name"].startswith("all five right") for metric in record["metrics"])
    assert any("Fidelity is not measured" in note for note in record["notes"])


def test_an_unsuitable_model_is_one_sentence(tmp_path: Path) -> None:
    done = run_with(tmp_path, tmp_path / "out", "cfg_sweep")
    assert done.returncode == 1
    assert "is not a pipeline" in done.stderr
    assert done.stderr.count("\n") == 1
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["event"] == "failed"


@pytest.mark.parametrize("name", ["ddim", "dpmpp", "unipc"])
@pytest.mark.parametrize("count", [5, 21])
def test_drawn_in_parts_are_the_pictures_drawn_at_once(pipe: Any, name: str, count: int) -> None:
    """Solvers that remember their last steps keep them to their own part."""
    pipe.scheduler = samplers.make(name, samplers.Process("scaled_linear", 0.00085, 0.012, "v_prediction"))
    noise, prompts = sampling.noise_for(pipe, count, seed=3), (PROMPTS * count)[:count]
    guidance, cost = sampling.Guidance(3.0), sampling.Cost()
    at_once = sampling.decode(pipe, sampling.sample(pipe, prompts, noise, 4, guidance))
    in_parts = sampling.draw(pipe, prompts, noise, 4, guidance, cost=cost)
    assert torch.allclose(in_parts, at_once, atol=1e-4)
    assert (cost.calls, cost.rows) == (4 * (1 if count == 5 else 2), 4 * 2 * count)


def test_parts_hold_no_more_than_a_batch(pipe: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe.scheduler = samplers.make("ddim", samplers.Process("scaled_linear", 0.00085, 0.012, "v_prediction"))
    monkeypatch.setattr(sampling, "BATCH", 8)
    cost = sampling.Cost()
    sampling.draw(pipe, PROMPTS * 9, sampling.noise_for(pipe, 18, seed=0), 1, sampling.Guidance(1.0), cost=cost)
    assert (cost.calls, cost.rows) == (4, 18)
