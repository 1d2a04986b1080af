"""The committed weights: what the card promises."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytestmark = pytest.mark.filterwarnings("ignore")

from labs.common import models, samplers, sampling, shapes  # noqa: E402
from labs.common.models import WEIGHTS  # noqa: E402
from labs.kit.machine import quiet  # noqa: E402
from labs.tiny import data  # noqa: E402
from labs.tiny.train import Config  # noqa: E402

np = pytest.importorskip("numpy")
if not models.trained():
    pytest.skip(f"the tiny pipeline has no weights. {models.HOW_TO_TRAIN}", allow_module_level=True)


def test_size_and_kind_of_the_files() -> None:
    files = [file for file in WEIGHTS.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) < 10_000_000
    assert {file.suffix for file in files} <= {".json", ".safetensors", ".md", ".png"}


def test_the_card_names_its_data() -> None:
    record = json.loads((WEIGHTS / "training.json").read_text())
    config = Config(**record["config"])
    assert data.make_dataset(config.pictures, config.seed).digest() == record["data_sha256"]
    assert record["data_sha256"] in (WEIGHTS / "README.md").read_text()


def test_it_draws_what_the_caption_says() -> None:
    quiet()
    pipe = models.load(None, "cpu")
    pipe.scheduler = samplers.make("ddim", samplers.process_of(pipe))
    scenes = data.balanced_scenes(64, np.random.default_rng(42))
    latents = sampling.sample(
        pipe, data.full_captions(scenes), sampling.noise_for(pipe, 64, 0), 10, sampling.Guidance(3.0)
    )
    measured = shapes.fidelity(sampling.decode(pipe, latents), scenes)
    promised = json.loads((WEIGHTS / "card.json").read_text())["fidelity"]["3"]["all"]
    assert measured["all"] >= sum(promised) / len(promised) - 0.1  # three standard errors of 64 pictures
    assert measured["background"] >= 0.95


def test_it_loads_without_network() -> None:
    code = (
        "import socket\n"
        "def refuse(*args, **kwargs): raise AssertionError('network')\n"
        "socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse\n"
        "from labs.kit.machine import quiet; quiet()\n"
        "from labs.common.models import load; print(load(None, 'cpu').__class__.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "StableDiffusionPipeline"
    assert done.stderr == ""
