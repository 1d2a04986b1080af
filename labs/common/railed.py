"""The reference pictures of a lab on ControlNet, and the pipeline that draws along their maps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from labs.common import models, rails, reporting, samplers, sampling, stats
from labs.common.rails import Rails
from labs.kit.context import Context
from labs.tiny.data import Floats, Scenes, balanced_scenes, full_captions, outlines, paint
from labs.tiny.reader import agreement, read

GIVEN = ("colour", "background")
"""What a caption says that leaves shape, size and place to the map."""


@dataclass(frozen=True)
class Bench:
    """The references of all seeds together: scenes, outlines `cover` [N, 32, 32], pictures [N, 32, 32, 3] and start
    noise; `railed` is the pipeline. The knobs maps, steps and guidance are the lab's."""

    context: Context
    railed: Any
    scenes: Scenes
    cover: Floats
    references: Tensor
    noise: Tensor

    def draw(self, prompts: Sequence[str], maps: Tensor, limits: Rails) -> Tensor:
        """Pictures [N, 32, 32, 3] from the same noise every time."""
        steps, scale = self.context.integer("steps"), self.context.number("guidance")

        def part(railed: Any, here: slice) -> Tensor:
            latents = rails.sample(railed, prompts[here], maps[here], self.noise[here], steps, scale, limits)
            return sampling.decode(railed, latents)

        return sampling.in_parts(self.railed, len(prompts), part)

    @cached_property
    def followed(self) -> Tensor:
        """Pictures along the right maps at full strength, from captions that leave shape, size and place free."""
        return self.draw(full_captions(self.scenes, GIVEN), rails.map_of(self.cover), Rails())

    @cached_property
    def told(self) -> Tensor:
        """Pictures of the full captions, without control."""
        return self.draw(full_captions(self.scenes), rails.map_of(self.cover), Rails(0))

    def by_seed(self, values: Sequence[float]) -> list[float]:
        """The mean of each seed's pictures."""
        each = self.context.integer("maps")
        return [sum(values[at : at + each]) / each for at in range(0, len(values), each)]

    def overlap(self, pictures: Tensor, cover: Floats) -> list[float]:
        """Mean IoU of each seed's pictures with outlines."""
        return self.by_seed(rails.overlap(rails.seen_mask(pictures), cover >= 0.5))

    def right(self, pictures: Tensor, name: str, asked: Scenes | None = None) -> list[float]:
        """Each seed's share of pictures that show an attribute as in `asked`, the references by default."""
        read_back = read(pictures.clamp(0, 1).numpy())
        return self.by_seed([float(ok) for ok in agreement(read_back, asked or self.scenes)[name]])

    def report_overlap(self, name: str, values: list[float], unit: str) -> float:
        """Reports an IoU with its interval over seeds and returns its mean."""
        reporting.share(self.context, name, values, unit)
        return stats.mean(values)

    def report_right(self, name: str, values: list[float]) -> None:
        """Reports a share of pictures."""
        reporting.share(self.context, name, values, each=self.context.integer("maps"))


def prepare(context: Context, pipe: Any) -> Bench:
    """Draws the references; captions of every shape, outlines known to the pixel."""
    pipe.scheduler = samplers.make("ddim", samplers.process_of(pipe))
    scenes, covers, pictures, noise = [], [], [], []
    for seed in context.seeds:
        rng = np.random.default_rng(seed)
        scenes.append(balanced_scenes(400, rng).part(slice(0, context.integer("maps"))))
        covers.append(outlines(scenes[-1], rng))
        pictures.append(torch.from_numpy(paint(scenes[-1], covers[-1], rng)).float() / 255)
        noise.append(sampling.noise_for(pipe, len(scenes[-1]), seed))
    together = Scenes({name: np.concatenate([part.labels[name] for part in scenes]) for name in scenes[0].labels})
    made = rails.pipeline(pipe, models.load_control(pipe))
    return Bench(context, made, together, np.concatenate(covers), torch.cat(pictures), torch.cat(noise))
