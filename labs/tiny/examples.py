"""Training material for parts that are added to the finished tiny pipeline: latents of drawn pictures, read captions.

Autoencoder and text encoder stay as they are, so both are run once, before the training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from labs.common import sampling
from labs.tiny.train import pixels_to_input


@dataclass(frozen=True, slots=True)
class Latents:
    """Means and standard deviations [N, 4, 8, 8] of the scaled latents of N pictures."""

    means: Tensor
    spreads: Tensor

    def __len__(self) -> int:
        return len(self.means)

    def batch(self, chosen: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """(latents, noise) of the chosen pictures, [B, 4, 8, 8] each, both drawn on the CPU."""
        draws = torch.randn((2, len(chosen), *self.means.shape[1:]), generator=generator).to(self.means.device)
        where = chosen.to(self.means.device)
        return self.means[where] + self.spreads[where] * draws[0], draws[1]


@torch.no_grad()
def encode_pictures(pipe: Any, pixels: Any) -> Latents:
    """The latents of pictures, bytes [N, 32, 32, 3], by the pipeline's autoencoder."""
    found = [
        pipe.vae.encode(pixels_to_input(pixels[at : at + 256], pipe.device)).latent_dist
        for at in range(0, len(pixels), 256)
    ]
    scale = pipe.vae.config.scaling_factor
    return Latents(torch.cat([d.mean for d in found]) * scale, torch.cat([d.std for d in found]) * scale)


def encode_captions(pipe: Any, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
    """(states [K, tokens, width] of the K different captions, which of them each text has [N])."""
    distinct = sorted(set(texts))
    number = {text: index for index, text in enumerate(distinct)}
    states = [sampling.encode(pipe, distinct[at : at + 512]).states for at in range(0, len(distinct), 512)]
    return torch.cat(states), torch.tensor([number[text] for text in texts])
