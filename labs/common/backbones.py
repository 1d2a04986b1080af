"""U-Nets and diffusion transformers of toy size for one job: the v of noised latents [N, 4, 8, 8] of a known class.

Both are stock diffusers classes and are called alike, `model(x, t, class_labels=y).sample`. A class is a shape in a
colour.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from labs.common import samplers, timing
from labs.tiny import build
from labs.tiny.data import WORDS, Pixels, Scenes, balanced_scenes, draw

FOLDER = Path(__file__).parent.parent / "tiny" / "backbones"
"""The trained networks: `FOLDER / WEIGHTS` holds all of them, `FOLDER / "training.json"` how they learned."""
WEIGHTS = "weights.safetensors"
HOW_TO_TRAIN = "Make them: python -m labs.tiny.backbones."
ARMS = ("U-Net", "DiT", "DiT, wide", "DiT, patch 4")
"""The DiT has the U-Net's parameters, the wide one its operations; patch 4 differs from the DiT in the patch alone."""
REPEATS = 3
"""Networks of each arm, trained from different random numbers."""
SIDE, CHANNELS = 8, 4
CLASSES = len(WORDS["shape"]) * len(WORDS["colour"])
FREQUENCIES = 256
"""Numbers that stand for the step before the first layer of a DiT."""
SIZES = {"DiT": (48, 4, 2), "DiT, wide": (64, 5, 2), "DiT, patch 4": (48, 4, 4)}
"""Width, blocks and patch side of each transformer; four heads."""


def make(arm: str) -> Any:
    """The network of an arm of ARMS, not trained."""
    if arm == "U-Net":
        return unet()
    return transformer(*SIZES[arm])


def unet(widths: tuple[int, ...] = (16, 32)) -> Any:
    """UNet2DModel, 8 x 8 to 4 x 4 and back, attention at the lower resolution; the class is added to the step."""
    from diffusers import UNet2DModel

    return UNet2DModel(
        sample_size=SIDE,
        in_channels=CHANNELS,
        out_channels=CHANNELS,
        block_out_channels=widths,
        down_block_types=("DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        norm_num_groups=8,
        attention_head_dim=16,
        num_class_embeds=CLASSES,
    )


def transformer(width: int, blocks: int, patch: int, zero: bool = True) -> Any:
    """DiTTransformer2DModel with the paper's start (Peebles & Xie 2023, arXiv 2212.09748, section 3.2).

    diffusers gives every block its own embedding of step and class, and draws the last layers at random, since it is
    made to load finished weights. The paper has one embedding for all blocks, and starts the modulation and the output
    layer at zero: adaLN-Zero. Without `zero` they stay random.
    """
    from diffusers import DiTTransformer2DModel

    model = DiTTransformer2DModel(
        num_attention_heads=4,
        attention_head_dim=width // 4,
        in_channels=CHANNELS,
        out_channels=CHANNELS,
        num_layers=blocks,
        sample_size=SIDE,
        patch_size=patch,
        num_embeds_ada_norm=CLASSES,
        norm_num_groups=1,
    )
    first, *others = model.transformer_blocks
    for block in others:
        block.norm1.emb = first.norm1.emb
    if zero:
        last = [block.norm1.linear for block in model.transformer_blocks] + [model.proj_out_1, model.proj_out_2]
        for layer in last:
            torch.nn.init.zeros_(layer.weight)
            torch.nn.init.zeros_(layer.bias)
    return model.eval()  # in training mode the class would be dropped now and then, for a guidance not used here


def parameters(model: Any) -> int:
    """Trained numbers, shared ones counted once."""
    return sum(parameter.numel() for parameter in model.parameters())


def plain_attention(model: Any) -> Any:
    """`model` with its attention as plain products: faster to train on a CPU."""
    from diffusers.models.attention_processor import AttnProcessor

    for part in model.modules():
        if hasattr(part, "set_processor"):
            part.set_processor(AttnProcessor())
    return model


@torch.no_grad()
def operations(model: Any, side: int = SIDE) -> int:
    """Multiplications with an addition in one call for one latent of that side, counted by torch while it runs."""
    device = next(model.parameters()).device
    x, one = torch.zeros(1, CHANNELS, side, side, device=device), torch.zeros(1, dtype=torch.long, device=device)
    return int(timing.macs(lambda: model(x, one, class_labels=one)))


def transformer_operations(width: int, blocks: int, patch: int, side: int = SIDE) -> int:
    """The same for a transformer, by hand: what every token costs, and what step and class cost once a block."""
    tokens = (side // patch) ** 2
    cut = 2 * tokens * width * CHANNELS * patch**2  # patches to tokens, and back
    block = tokens * 12 * width**2 + 2 * tokens**2 * width  # q, k, v, out and the MLP; then scores and mixture
    told = FREQUENCIES * width + width**2
    return cut + blocks * (block + told + 6 * width**2) + told + 2 * width**2


def world(count: int, seed: int) -> tuple[Scenes, Pixels]:
    """Scenes, and their pictures [N, 32, 32, 3]: large objects in the middle of black, all training pairs alike."""
    rng = np.random.default_rng(seed)
    same = {"size": "large", "background": "black", "position": "center"}
    fixed = {name: np.full(count, WORDS[name].index(word)) for name, word in same.items()}
    scenes = Scenes(dict(balanced_scenes(count, rng).labels) | fixed)
    return scenes, draw(scenes, rng)


def kinds(model: Any) -> dict[str, int]:
    """How many layers of each kind it has: 3 x 3 convolutions, attentions, and changes of resolution."""
    from diffusers.models.attention_processor import Attention
    from diffusers.models.downsampling import Downsample2D
    from diffusers.models.upsampling import Upsample2D

    parts = list(model.modules())
    return {
        "3x3 convolutions": sum(isinstance(p, torch.nn.Conv2d) and p.kernel_size == (3, 3) for p in parts),
        "attentions": sum(isinstance(p, Attention) for p in parts),
        "changes of resolution": sum(isinstance(p, Downsample2D | Upsample2D) for p in parts),
    }


def classes_of(scenes: Scenes) -> Tensor:
    """The class [N] of each scene."""
    return torch.from_numpy(scenes.labels["shape"] * len(WORDS["colour"]) + scenes.labels["colour"])


def trained() -> bool:
    """Whether the networks have their weights."""
    return (FOLDER / WEIGHTS).is_file()


def record() -> dict[str, Any]:
    """How the networks were trained: the configuration, and every loss curve as [(step, loss)]."""
    found: dict[str, Any] = json.loads((FOLDER / "training.json").read_text())
    return found


def seen() -> int:
    """Latents that each network was trained on, repetitions counted."""
    config = record()["config"]
    return int(config["steps"] * config["batch"])


def load(device: str) -> Mapping[tuple[str, int], Any]:
    """The trained networks: (arm, repetition) to network."""
    from safetensors.torch import load_file

    tensors, found = load_file(FOLDER / WEIGHTS), {}
    for arm in ARMS:
        for repeat in range(REPEATS):
            model = make(arm)
            with torch.no_grad():
                for name, parameter in model.named_parameters():
                    parameter.copy_(tensors[f"{arm}/{repeat}/{name}"])
            found[arm, repeat] = model.to(device).eval()
    return found


def save(networks: Mapping[tuple[str, int], Any], path: Path) -> None:
    """All networks in one file, half precision."""
    from safetensors.torch import save_file

    tensors = {
        f"{arm}/{repeat}/{name}": parameter.detach().half().cpu().contiguous()
        for (arm, repeat), model in networks.items()
        for name, parameter in model.named_parameters()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path)


@torch.no_grad()
def sample(model: Any, labels: Tensor, noise: Tensor, steps: int) -> Tensor:
    """Latents [N, 4, 8, 8] of the classes [N] from start noise, by DDIM on the tiny pipeline's noise levels."""
    device = next(model.parameters()).device
    process = samplers.process_of_scheduler(build.noise_scheduler())
    told = labels.to(device)

    def predict(x: Tensor, t: int) -> Tensor:
        output: Tensor = model(x, torch.full((len(x),), t, device=device), class_labels=told).sample
        return output

    return samplers.run(samplers.make("ddim", process), predict, noise.to(device), steps, seed=0)[0]


@torch.no_grad()
def errors(model: Any, latents: Tensor, labels: Tensor, noise: Tensor, steps: Tensor) -> Tensor:
    """Mean squared error [N] of the predicted v of latents noised to `steps` [N]."""
    scheduler = build.noise_scheduler()
    noisy, target = scheduler.add_noise(latents, noise, steps), scheduler.get_velocity(latents, noise, steps)
    output = model(noisy, steps, class_labels=labels).sample
    missed: Tensor = (output - target).square().mean((1, 2, 3))
    return missed
