"""ControlNet on the tiny pipeline: maps of where the object is, maps gone bad, and how well a picture follows one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from labs.tiny.data import COLOURS, DIRECTIONS, SIDE, Floats, Labels, Scenes
from labs.tiny.reader import object_share


@dataclass(frozen=True, slots=True)
class Rails:
    """How a map acts: at which strength, and during which share of the steps."""

    scale: float = 1.0
    start: float = 0.0
    end: float = 1.0


def map_of(cover: Floats) -> Tensor:
    """The control map [N, 3, 32, 32] of outlines [N, 32, 32]: 1 where at least half of a pixel is object, else 0."""
    return torch.from_numpy((cover >= 0.5).astype(np.float32))[:, None].repeat(1, 3, 1, 1)


def control_of(unet: Any) -> Any:
    """A ControlNet for `unet` that does nothing yet: its encoder copied, its outputs through zero convolutions
    (Zhang et al. 2023, arXiv 2302.05543, section 3).

    The reader of the map ends in a zero convolution as well. It is drawn anew: with two zeros in a row the map's own
    weights would wait for the outer ones, and a short training has no time for that.
    """
    from diffusers import ControlNetModel

    control = ControlNetModel.from_unet(unet, conditioning_channels=3, conditioning_embedding_out_channels=(16, 32, 64))
    torch.nn.init.normal_(control.controlnet_cond_embedding.conv_out.weight, std=0.05)
    return control


def zero_convolutions(control: Any) -> list[Tensor]:
    """The parameters of the convolutions that join a ControlNet to the U-Net."""
    return [*control.controlnet_down_blocks.parameters(), *control.controlnet_mid_block.parameters()]


def gradients(control: Any) -> tuple[float, float]:
    """Norms of the gradients of a ControlNet after a backward pass: of its zero convolutions, of all the rest."""
    doors, squares = {id(parameter) for parameter in zero_convolutions(control)}, {True: 0.0, False: 0.0}
    for parameter in control.parameters():
        squares[id(parameter) in doors] += float(parameter.grad.square().sum())
    return squares[True] ** 0.5, squares[False] ** 0.5


def predict(unet: Any, control: Any, x: Tensor, t: Tensor, states: Tensor, maps: Tensor) -> Tensor:
    """The U-Net's prediction with the control's features added to its skips and its middle."""
    down, middle = control(x, t, states, controlnet_cond=maps, return_dict=False)
    output: Tensor = unet(
        x,
        t,
        encoder_hidden_states=states,
        down_block_additional_residuals=down,
        mid_block_additional_residual=middle,
    ).sample
    return output


def pipeline(pipe: Any, control: Any) -> Any:
    """diffusers' own ControlNet pipeline, of the parts of `pipe` and `control`."""
    from diffusers import StableDiffusionControlNetPipeline

    made = StableDiffusionControlNetPipeline(**pipe.components, controlnet=control, requires_safety_checker=False)
    made.set_progress_bar_config(disable=True)
    return made


def sample(
    railed: Any, prompts: Sequence[str], maps: Tensor, noise: Tensor, steps: int, guidance: float, rails: Rails
) -> Tensor:
    """Latents [N, 4, 8, 8] of the prompts along the maps [N, 3, 32, 32], by the pipeline's scheduler."""
    found: Tensor = railed(
        list(prompts),
        image=maps.to(railed.device),
        latents=noise.to(railed.device),
        num_inference_steps=steps,
        guidance_scale=guidance,
        controlnet_conditioning_scale=float(rails.scale),
        control_guidance_start=rails.start,
        control_guidance_end=rails.end,
        output_type="latent",
    ).images
    return found


def overlap(mask: NDArray[np.bool_], other: NDArray[np.bool_]) -> list[float]:
    """Intersection over union of masks [N, 32, 32], one number each; 0 where both are empty."""
    both, either = (mask & other).sum(axis=(1, 2)), (mask | other).sum(axis=(1, 2))
    return [float(share) for share in both / np.maximum(either, 1)]


def seen_mask(pictures: Tensor) -> NDArray[np.bool_]:
    """Where pictures [N, 32, 32, 3] show an object, as the reader of attributes sees it."""
    mask: NDArray[np.bool_] = object_share(pictures.clamp(0, 1).numpy())[0] >= 0.5
    return mask


def brightness(pictures: Tensor, colours: Labels) -> Floats:
    """How bright each picture's object is against its palette colour [N], 1 being the palette's own."""
    front = object_share(pictures.clamp(0, 1).numpy())[1]
    wanted = COLOURS[colours]
    bright: Floats = (front * wanted).sum(axis=1) / (wanted**2).sum(axis=1)
    return bright


def correlation(a: Floats, b: Floats) -> float:
    """Pearson's; 0 if one of them does not vary."""
    if a.std() == 0 or b.std() == 0:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def shifted(cover: Floats, scenes: Scenes, pixels: int) -> Floats:
    """Outlines moved towards the middle, those in the middle to the left; OFFSET pixels lead to a place again."""
    steps = np.where(scenes.labels["position"][:, None] > 0, -DIRECTIONS[scenes.labels["position"]], DIRECTIONS[1])
    moved = [
        np.roll(one, (round(y * pixels), round(x * pixels)), axis=(0, 1))
        for one, (x, y) in zip(cover, steps.tolist(), strict=True)
    ]
    return np.stack(moved)


def blurred(maps: Tensor, pixels: float) -> Tensor:
    """Maps through a Gaussian of that standard deviation; grey where they were sharp."""
    reach = max(1, math.ceil(3 * pixels))
    weights = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / pixels) ** 2)
    row = (weights / weights.sum())[None, None, None].expand(maps.shape[1], 1, 1, -1)
    padded = functional.pad(maps, (reach,) * 4, mode="replicate")
    groups = maps.shape[1]
    return functional.conv2d(functional.conv2d(padded, row, groups=groups), row.transpose(2, 3), groups=groups)


def flipped(maps: Tensor, share: float, seed: int) -> Tensor:
    """Maps with that share of the pixels turned from object to background or back."""
    chosen = torch.rand(len(maps), 1, SIDE, SIDE, generator=torch.Generator().manual_seed(seed)) < share
    return torch.where(chosen, 1 - maps, maps)


def edges(maps: Tensor) -> Tensor:
    """Outlines only, another kind of map than the one that was learned: 1 along the border of the object."""
    return functional.max_pool2d(maps, 3, stride=1, padding=1) - (
        1 - functional.max_pool2d(1 - maps, 3, stride=1, padding=1)
    )


def kinds(maps: Tensor, seed: int) -> dict[str, Tensor]:
    """The right maps, and maps of kinds that were not learned."""
    dice = torch.rand(maps[:, :1].shape, generator=torch.Generator().manual_seed(seed))
    return {
        "right map": maps,
        "all zero": 0 * maps,
        "inverted": 1 - maps,
        "edges": edges(maps),
        "all one": 0 * maps + 1,
        "random": (dice > 0.5).float().expand_as(maps),
    }


def contradicted(scenes: Scenes) -> Scenes:
    """The same scenes with another shape and another place each."""
    return Scenes(
        dict(scenes.labels)
        | {"shape": (scenes.labels["shape"] + 2) % 6, "position": (scenes.labels["position"] + 2) % 5}
    )
