"""One small denoiser at four sizes of its grid: pixels (f = 1) and the latents of autoencoders with f = 2, 4 and 8.

The network is the same at every f but for its first and last layer, so all have the same budget of parameters. It
is told the five attributes as numbers, not as a caption, so that no text encoder stands between f and the result.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from labs.common import models, samplers
from labs.tiny.data import SIDE, WORDS, Scenes

FACTORS = (1, 2, 4, 8)
BUDGETS = ("equal steps", "equal seconds")
"""As many training steps as the network on pixels, and as many seconds; on pixels the two are one."""
FOLDER = Path(__file__).parent.parent / "tiny" / "factors"
"""The autoencoders for f = 2 and 8, denoisers for all, and `training.json` with how they were trained."""
HOW_TO_TRAIN = "Make them: python -m labs.tiny.factors."
TINY = samplers.Process("scaled_linear", 0.00085, 0.012, "v_prediction")
WIDTHS = (32, 48, 48)


def trained() -> bool:
    """Whether every autoencoder and denoiser is there."""
    return models.trained() and (FOLDER / "training.json").is_file()


def record() -> dict[str, Any]:
    """How all were trained, and what every training run reached."""
    found: dict[str, Any] = json.loads((FOLDER / "training.json").read_text())
    return found


@dataclass(frozen=True, slots=True)
class Codec:
    """Pictures to codes [N, channels, side, side] of mean 0 and variance 1, and back. `vae` is None for pixels."""

    factor: int
    vae: Any
    middle: float
    scale: float

    @property
    def side(self) -> int:
        """Codes a side."""
        return SIDE // self.factor

    @property
    def channels(self) -> int:
        """Numbers at each place."""
        return 3 if self.vae is None else int(self.vae.config.latent_channels)

    @property
    def values(self) -> int:
        """Numbers in the code of one picture."""
        return self.channels * self.side**2

    @torch.no_grad()
    def encode(self, pixels: Any) -> Tensor:
        """Codes of bytes [N, 32, 32, 3]: the mean of the posterior."""
        x = torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2).float() / 127.5 - 1
        codes: Tensor = x if self.vae is None else self.vae.encode(x.to(self.vae.device)).latent_dist.mean
        return (codes - self.middle) * self.scale

    @torch.no_grad()
    def decode(self, codes: Tensor) -> Tensor:
        """Pictures [N, 32, 32, 3] in about 0..1, not clipped, on the CPU."""
        x = codes / self.scale + self.middle
        pixels: Tensor = x if self.vae is None else self.vae.decode(x).sample
        return (pixels / 2 + 0.5).permute(0, 2, 3, 1).cpu()


def codec(factor: int, device: str = "cpu") -> Codec:
    """The codec of one factor, with its trained autoencoder."""
    from diffusers import AutoencoderKL

    if factor == 1:
        pixels = record()["pixels"]
        return Codec(1, None, pixels["middle"], pixels["scale"])
    folder = models.WEIGHTS / "vae" if factor == 4 else FOLDER / f"vae{factor}"
    vae = AutoencoderKL.from_pretrained(folder, local_files_only=True, use_safetensors=True, dtype=torch.float32)
    return Codec(factor, vae.eval().to(device), 0.0, vae.config.scaling_factor)


class Denoiser(torch.nn.Module):
    """Predicts v of noisy codes for scenes whose five attributes are given as labels [N, 5]."""

    def __init__(self, channels: int, side: int) -> None:
        from diffusers import UNet2DModel

        super().__init__()
        self.unet = UNet2DModel(
            sample_size=side,
            in_channels=channels,
            out_channels=channels,
            block_out_channels=WIDTHS,
            layers_per_block=1,
            down_block_types=("DownBlock2D", "DownBlock2D", "AttnDownBlock2D"),
            up_block_types=("AttnUpBlock2D", "UpBlock2D", "UpBlock2D"),
            attention_head_dim=16,
            norm_num_groups=16,
            class_embed_type="identity",
        )
        counts = [len(words) for words in WORDS.values()]
        self.labels = torch.nn.Embedding(sum(counts), 4 * WIDTHS[0])
        self.first: Tensor
        self.register_buffer("first", torch.tensor([0, *np.cumsum(counts)[:-1]]), persistent=False)

    def forward(self, x: Tensor, t: Tensor, labels: Tensor) -> Tensor:
        """v for x [N, channels, side, side] at steps t [N]."""
        told = self.labels(labels + self.first).sum(1)
        v: Tensor = self.unet(x, t, class_labels=told).sample
        return v

    def size(self) -> int:
        """Learned numbers."""
        return sum(part.numel() for part in self.parameters())


def label_array(scenes: Scenes) -> Tensor:
    """The five labels of every scene, [N, 5]."""
    return torch.from_numpy(np.stack([scenes.labels[name] for name in WORDS], axis=1).astype(np.int64))


def file_of(factor: int, budget: str) -> Path:
    """Where the denoiser of a factor lies that was trained for one of BUDGETS."""
    return FOLDER / f"f{factor}-{budget.replace(' ', '-')}.safetensors"


def save_denoiser(denoiser: Denoiser, file: Path) -> None:
    """Half-precision safetensors."""
    half = {key: value.detach().half().contiguous() for key, value in denoiser.state_dict().items()}
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file(half, file)


def read_denoiser(codec: Codec, file: Path, device: str = "cpu") -> Denoiser:
    """A saved denoiser for the codes of `codec`."""
    made = Denoiser(codec.channels, codec.side)
    tensors: Mapping[str, Tensor] = load_file(file)
    made.load_state_dict({key: value.float() for key, value in tensors.items()})
    return made.eval().requires_grad_(False).to(device)


@torch.no_grad()
def draw(denoiser: Denoiser, codec: Codec, scenes: Scenes, steps: int, seed: int) -> Tensor:
    """One picture [N, 32, 32, 3] for each scene, by DDIM without guidance, not clipped; noise is drawn on the CPU."""
    generator, device = torch.Generator().manual_seed(seed), denoiser.first.device
    start = torch.randn(len(scenes), codec.channels, codec.side, codec.side, generator=generator).to(device)
    labels, parts = label_array(scenes).to(device), []
    for at in range(0, len(scenes), 64):
        told = labels[at : at + 64]

        def predict(x: Tensor, t: int, told: Tensor = told) -> Tensor:
            v: Tensor = denoiser(x, torch.full((len(x),), t, device=x.device), told)
            return v

        codes = samplers.run(samplers.make("ddim", TINY), predict, start[at : at + 64], steps, seed)[0]
        parts.append(codec.decode(codes))
    return torch.cat(parts)
