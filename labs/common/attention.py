"""Cross-attention of a U-Net: which position reads which token, and what is left when nothing is read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from labs.common import captions, sampling
from labs.common.sampling import Condition
from labs.tiny.data import WORDS, balanced_scenes, draw, full_captions
from labs.tiny.reader import object_share

LEAST, MOST = 16, 1024
"""Positions a layer needs for its maps to be held to a mask, and may have for them to be drawn."""


class _Watching:
    """A processor that computes softmax(Q K^T / sqrt(d)) V in the open and keeps the weights, mean over heads."""

    def __init__(self, kept: dict[str, Tensor], name: str) -> None:
        self._kept, self._name = kept, name

    def __call__(
        self, attn: Any, hidden_states: Tensor, encoder_hidden_states: Tensor, *_: object, **__: object
    ) -> Tensor:
        query = attn.head_to_batch_dim(attn.to_q(hidden_states))
        key = attn.head_to_batch_dim(attn.to_k(encoder_hidden_states))
        value = attn.head_to_batch_dim(attn.to_v(encoder_hidden_states))
        weights = (query @ key.transpose(1, 2) * attn.scale).softmax(-1)  # [N * heads, positions, tokens]
        self._kept[self._name] = weights.unflatten(0, (len(hidden_states), attn.heads)).mean(1).float().cpu()
        read: Tensor = attn.to_out[0](attn.batch_to_head_dim(weights @ value))
        return read


class _Nothing:
    """A processor whose layer adds nothing."""

    def __call__(self, attn: Any, hidden_states: Tensor, *_: object, **__: object) -> Tensor:
        return torch.zeros_like(hidden_states)


def _is_cross(name: str) -> bool:
    return "attn2" in name


def short_name(name: str) -> str:
    """'up_blocks.2.attentions.1.transformer_blocks.0.attn2.processor' as 'up 2.1'."""
    parts = name.split(".")
    numbers = [part for part in parts[: parts.index("transformer_blocks")] if part.isdigit()]
    return f"{parts[0].split('_')[0]} {'.'.join(numbers)}"


@contextmanager
def _with(unet: Any, replaced: dict[str, Any]) -> Iterator[None]:
    """The U-Net with other processors, its own put back at the end."""
    before = unet.attn_processors
    unet.set_attn_processor(dict(before) | replaced)
    try:
        yield
    finally:
        unet.set_attn_processor(before)


@contextmanager
def watched(unet: Any) -> Iterator[dict[str, Tensor]]:
    """Every call of the U-Net within fills the table: short layer name to weights [N, positions, tokens], which add to
    1 over the tokens; in the order in which the layers act. Of several transformer blocks in one, the last is kept."""
    kept: dict[str, Tensor] = {}
    with _with(unet, {name: _Watching(kept, short_name(name)) for name in unet.attn_processors if _is_cross(name)}):
        yield kept


@contextmanager
def switched_off(unet: Any) -> Iterator[None]:
    """Cross-attention adds nothing within: the U-Net sees the noisy latent and the time alone."""
    with _with(unet, {name: _Nothing() for name in unet.attn_processors if _is_cross(name)}):
        yield


@torch.no_grad()
def maps(pipe: Any, latents: Tensor, level: int, told: Condition) -> dict[str, Tensor]:
    """Layer to weights [N, positions, tokens] of one call on noisy latents [N, C, side, side] at step `level`."""
    with watched(pipe.unet) as kept:
        pipe.unet(latents, torch.tensor(level, device=latents.device), **told.arguments())
    return kept


@torch.no_grad()
def moved_by_order(pipe: Any, states: Tensor, noise: Tensor, seed: int) -> float:
    """Largest difference of the prediction from noise [N, C, side, side] when the states [N, tokens, width] come in
    another order."""
    order = torch.randperm(states.shape[1], generator=torch.Generator().manual_seed(seed))
    x = noise.to(states)
    plain, moved = (pipe.unet(x, 500, encoder_hidden_states=told).sample for told in (states, states[:, order]))
    return float((plain - moved).abs().max())


def mean_map(pipe: Any, latents: Tensor, noise: Tensor, told: Condition, levels: Sequence[int]) -> Tensor:
    """Weights [positions, tokens] of one picture's latents [1, C, side, side], mean over noise levels and those layers
    on the way up that are finest but not above MOST positions."""
    found = []
    for level in levels:
        noisy = pipe.scheduler.add_noise(latents, noise.to(latents), torch.tensor([level]))
        layers = {k: w[0] for k, w in maps(pipe, noisy, level, told).items() if w.shape[1] <= MOST}
        most = max(len(weights) for weights in layers.values())
        found += [weights for name, weights in layers.items() if len(weights) == most and name.startswith("up")]
    return torch.stack(found).mean(0)


def column(weights: Tensor, places: list[int]) -> Tensor:
    """For weights [N, positions, tokens] those of one token of each picture, [N, positions]."""
    return weights[torch.arange(len(weights)), :, torch.tensor(places)]


def coarse(masks: Tensor, positions: int) -> Tensor:
    """Masks [N, side, side] in 0..1 as [N, positions]: whether the object fills at least half of a position."""
    factor = masks.shape[1] // math.isqrt(positions)
    return functional.avg_pool2d(masks[:, None], factor).flatten(1) >= 0.5


def overlap(maps: Tensor, masks: Tensor) -> float:
    """Mean intersection over union of masks [N, positions] with as many positions of the largest weight in maps.

    Pictures whose mask is empty or full say nothing and are left out; NaN if none is left.
    """
    found = []
    for weights, mask in zip(maps, masks, strict=True):
        count = int(mask.sum())
        if 0 < count < len(mask):
            both = int(mask[weights.topk(count).indices].sum())
            found.append(both / (2 * count - both))
    return sum(found) / len(found) if found else math.nan


def chance_overlap(masks: Tensor) -> float:
    """What `overlap` is on average for maps that know nothing: the exact mean over the hypergeometric law."""
    found, positions = [], masks.shape[1]
    for count in masks.sum(1).tolist():
        if 0 < count < positions:
            ways = math.comb(positions, count)
            found.append(
                sum(
                    math.comb(count, both)
                    * math.comb(positions - count, count - both)
                    / ways
                    * both
                    / (2 * count - both)
                    for both in range(count + 1)
                )
            )
    return sum(found) / len(found) if found else math.nan


def preference(maps: Tensor, masks: Tensor) -> float:
    """The chance that a position on the object has a larger weight than one off it: 1 on it, 0.5 blind, 0 off it."""
    found = []
    for weights, mask in zip(maps, masks, strict=True):
        on, off = weights[mask], weights[~mask]
        if len(on) and len(off):
            apart = on[:, None] - off[None]
            found.append(float(((apart > 0).float() + 0.5 * (apart == 0).float()).mean()))
    return sum(found) / len(found) if found else math.nan


@dataclass(slots=True)
class Scores:
    """Maps held to masks, seed by seed: (word, layer, level) to values. `chance` and `other` are floors of `iou`: a map
    that knows nothing, exact, and the mask of another picture."""

    iou: dict[tuple[str, str, int], list[float]] = field(default_factory=dict)
    prefer: dict[tuple[str, str, int], list[float]] = field(default_factory=dict)
    chance: list[float] = field(default_factory=list)
    other: list[float] = field(default_factory=list)

    def layers(self, finest: bool = False) -> list[str]:
        """Those with at least LEAST positions, or only those with the most, in the order in which they act."""
        return list(dict.fromkeys(layer for _, layer, _ in (self.iou if finest else self.prefer)))

    def add(self, weights: dict[str, Tensor], level: int, masks: Tensor, places: dict[str, list[int]]) -> None:
        """One call's maps; masks [N, side, side] of the objects, and each word's place in every caption."""
        most = max(layer.shape[1] for layer in weights.values())
        for name, layer in weights.items():
            if layer.shape[1] < LEAST:
                continue
            mask = coarse(masks, layer.shape[1])
            for word, where in places.items():
                read = column(layer, where)
                self.prefer.setdefault((word, name, level), []).append(preference(read, mask))
                if layer.shape[1] == most:
                    self.iou.setdefault((word, name, level), []).append(overlap(read, mask))

    def add_floors(self, masks: Tensor, positions: int) -> None:
        """What maps that know nothing of the picture score on its masks."""
        mask = coarse(masks, positions)
        self.chance.append(chance_overlap(mask))
        self.other.append(overlap(mask.roll(1, 0).float(), mask))


def hold_to_masks(pipe: Any, seeds: Sequence[int], count: int, levels: Sequence[int]) -> tuple[Scores, float, float]:
    """Maps of each attribute's word on `count` drawn pictures a seed, noised to each level, against their true masks.

    Also two largest errors that ought to be zero: of the weights' sum over tokens, and of watching on the prediction.
    """
    scores, total, apart = Scores(), 0.0, 0.0
    for seed in seeds:
        rng = np.random.default_rng(seed)
        scenes = balanced_scenes(count, rng)
        pixels, texts = draw(scenes, rng), full_captions(scenes)
        masks = torch.from_numpy(object_share((pixels / np.float32(255)).astype(np.float32))[0])
        latents, told = sampling.encode_pictures(pipe, pixels), sampling.encode(pipe, texts)
        places = {name: captions.places(pipe, texts, name) for name in WORDS}
        noise = sampling.noise_for(pipe, len(texts), seed).to(latents)
        for level in levels:
            noisy = pipe.scheduler.add_noise(latents, noise, torch.tensor([level]))
            weights = maps(pipe, noisy, level, told)
            scores.add(weights, level, masks, places)
            total = max(total, *(float((layer.sum(-1) - 1).abs().max()) for layer in weights.values()))
        scores.add_floors(masks, noisy.shape[-1] ** 2)
        with torch.no_grad():
            plain = pipe.unet(noisy, level, **told.arguments()).sample
            with watched(pipe.unet):
                apart = max(apart, float((pipe.unet(noisy, level, **told.arguments()).sample - plain).abs().max()))
    return scores, total, apart
