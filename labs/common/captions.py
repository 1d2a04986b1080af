"""Captions as the U-Net is told them, token by token, and ways to tell it less."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from labs.common import sampling, shapes
from labs.common.sampling import Condition
from labs.tiny.data import WORDS, Scenes, balanced_scenes, full_captions

Tell = Callable[[Any, Sequence[str]], Condition]
"""(pipeline, captions) to what the U-Net is told, as `sampling.encode`."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Captions of all five attributes, as many with every seed, and start noise: the same for every arm of a
    comparison, and drawn together."""

    scenes: Sequence[Scenes]
    noise: Tensor

    @property
    def prompts(self) -> list[str]:
        """The captions, seed after seed."""
        return [text for part in self.scenes for text in full_captions(part)]

    def fidelity(self, pictures: Tensor) -> dict[str, list[float]]:
        """Attribute name, and 'all' five, to every seed's share of pictures [N, 32, 32, 3] that show it as asked."""
        parts = zip(pictures.chunk(len(self.scenes)), self.scenes, strict=True)
        found = [shapes.fidelity(*part) for part in parts]
        return {name: [shares[name] for shares in found] for name in shapes.ATTRIBUTES}


def ask(pipe: Any, seeds: Sequence[int], each: int) -> Asked:
    """`each` captions with every seed, every word as often as the others, and their noise."""
    scenes = [balanced_scenes(each, np.random.default_rng(seed)) for seed in seeds]
    return Asked(scenes, torch.cat([sampling.noise_for(pipe, each, seed) for seed in seeds]))


def tokens(pipe: Any, caption: str) -> list[str]:
    """Start mark, words, end mark and padding."""
    tokenizer = pipe.tokenizer
    ids = tokenizer(caption, padding="max_length", max_length=tokenizer.model_max_length, truncation=True).input_ids
    return [str(token).removesuffix("</w>") for token in tokenizer.convert_ids_to_tokens(ids)]


def end(pipe: Any, caption: str) -> int:
    """Place of the end mark; padding follows it."""
    return min(len(pipe.tokenizer(caption).input_ids), int(pipe.tokenizer.model_max_length)) - 1


def places(pipe: Any, captions: Sequence[str], name: str) -> list[int]:
    """Place of the word for the attribute `name` in each caption. Raises StopIteration if a caption has none."""
    return [next(k for k, token in enumerate(tokens(pipe, text)) if token in WORDS[name]) for text in captions]


def without_states(pipe: Any, chosen: Callable[[str], Sequence[int]]) -> Tell:
    """Captions encoded as usual, then the states at the places `chosen(caption)` replaced by an empty caption's."""
    empty = sampling.encode(pipe, [""]).states[0]

    def tell(pipe: Any, captions: Sequence[str]) -> Condition:
        states = sampling.encode(pipe, captions).states.clone()
        for row, caption in zip(states, captions, strict=True):
            if caption:
                where = list(chosen(caption))
                row[where] = empty[where]
        return Condition(states)

    return tell


def otherwise(caption: str) -> dict[str, str]:
    """Any caption in other ways: each of its first twelve words left out, the words reversed, none."""
    words = caption.split()
    less = {f"without '{word}'": " ".join(words[:k] + words[k + 1 :]) for k, word in enumerate(words[:12])}
    return less | {"words reversed": " ".join(reversed(words)), "empty caption": ""}


def exchanged(scenes: Scenes, name: str) -> Scenes:
    """The scenes with the next word of one attribute."""
    return Scenes(dict(scenes.labels) | {name: (scenes.labels[name] + 1) % len(WORDS[name])})


def changes(pipe: Any, scenes: Scenes, name: str) -> dict[str, tuple[list[str], Tell]]:
    """What can be done to the word of one attribute: kind to captions and the way to tell them. Left out and exchanged
    before encoding; taken out after it."""
    less = full_captions(scenes, [part for part in WORDS if part != name])
    no_state = without_states(pipe, lambda caption: places(pipe, [caption], name))
    return {
        "left out": (less, sampling.encode),
        "exchanged": (full_captions(exchanged(scenes, name)), sampling.encode),
        "taken out": (full_captions(scenes), no_state),
    }
