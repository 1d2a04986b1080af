"""What the tiny pipeline drew, in numbers: fidelity to the caption, diversity of what the caption leaves free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from labs.tiny.data import COLOURS, PRIORS, WORDS, Scenes, draw, light, sample_scenes
from labs.tiny.reader import COLOUR_LIMIT, agreement, object_share, read

ATTRIBUTES = (*WORDS, "all")


def fidelity(pictures: Tensor, asked: Scenes) -> dict[str, float]:
    """Attribute name, and 'all' five, to the share of pictures [N, 32, 32, 3] that show it as asked."""
    return {name: float(right.mean()) for name, right in agreement(read(_clipped(pictures)), asked).items()}


def entropy(labels: NDArray[np.int64], kinds: int) -> float:
    """Entropy in bits of the readable labels; 0 if there are none."""
    counts = np.bincount(labels[labels >= 0], minlength=kinds)
    shares = counts[counts > 0] / max(counts.sum(), 1)
    return float(-(shares * np.log2(shares)).sum())


def off_priors(labels: Mapping[str, NDArray[np.int64]]) -> float:
    """Total variation distance to the training shares, mean over the attributes with uneven ones."""
    shares = [np.bincount(labels[name], minlength=len(p)) / len(labels[name]) for name, p in PRIORS.items()]
    return float(np.mean([np.abs(s - p).sum() / 2 for s, p in zip(shares, PRIORS.values(), strict=True)]))


def saturation(pictures: Tensor) -> float:
    """Mean saturation (1 - min / max of RGB) of the objects' colours."""
    _, front, _ = object_share(_clipped(pictures))
    return float((1 - front.min(axis=1) / np.maximum(front.max(axis=1), 1e-6)).mean())


def clipped(pictures: Tensor) -> float:
    """Share of values outside 0..1 by more than 2 %: what the screen cannot show."""
    return float(((pictures < -0.02) | (pictures > 1.02)).float().mean())


def spread(pictures: Tensor) -> float:
    """How much pictures of one prompt differ: root mean squared difference of the values of two of them."""
    return float((2 * pictures.clamp(0, 1).var(dim=0).mean()).sqrt())


def right_by_chance(pictures: Tensor) -> float:
    """The share of attributes that pictures get right if all words are asked for equally often, whatever they show: one
    in so many words, where anything can be read at all."""
    return float(np.mean([(read >= 0).mean() / len(WORDS[name]) for name, read in readings(pictures).items()]))


def readings(pictures: Tensor) -> Mapping[str, NDArray[np.int64]]:
    """Attribute name to what was read, [N]."""
    return read(_clipped(pictures)).labels


def drawn(caption: str, count: int, seed: int) -> Tensor:
    """Up to `count` drawn pictures [N, 32, 32, 3] in 0..1 that show what the caption's words say, the rest as in
    training."""
    rng = np.random.default_rng(seed)
    scenes, said = sample_scenes(400 * count, rng), caption.lower().split()
    fits = np.ones(len(scenes), dtype=bool)
    for name, words in WORDS.items():
        named = [number for number, word in enumerate(words) if word in said]
        fits &= np.isin(scenes.labels[name], named) if named else True
    return torch.from_numpy(draw(scenes.part(np.flatnonzero(fits)[:count]), rng)).float() / 255


def shows(pictures: Tensor, colour: str, least: float = 0.02) -> list[bool]:
    """Whether a named object colour covers at least the share `least` of each picture [N, 32, 32, 3], wherever."""
    place = WORDS["colour"].index(colour)
    even = _clipped(pictures) / light()[..., None]
    near = np.linalg.norm(even - COLOURS[place], axis=-1) < COLOUR_LIMIT
    return [bool(share >= least) for share in near.mean(axis=(1, 2))]


def captions_with(scenes: Scenes, names: Sequence[str]) -> list[str]:
    """Captions that mention only the attributes in `names`."""
    from labs.tiny.data import full_captions

    return full_captions(scenes, names)


def _clipped(pictures: Tensor) -> NDArray[Any]:
    return pictures.clamp(0, 1).numpy()
