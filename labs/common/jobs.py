"""What the stopwatch times: pictures from text, and calls of the U-Net alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from labs.common import sampling


def pictures(pipe: Any, prompts: Sequence[str], calls: int, scale: float, seed: int) -> Callable[[], Tensor]:
    """One picture for each prompt, all at once, in `calls` network calls, guided by `scale`."""
    noise, guidance = sampling.noise_for(pipe, len(prompts), seed), sampling.Guidance(scale)
    return lambda: sampling.decode(pipe, sampling.sample(pipe, prompts, noise, calls, guidance))


def calls(pipe: Any, prompt: str, count: int, guided: bool, times: int = 1) -> Callable[[], None]:
    """`times` U-Net calls for `count` pictures, with two rows each if `guided`."""
    rows, config = 2 * count if guided else count, pipe.unet.config
    text, empty = sampling.encode(pipe, [prompt]), sampling.encode(pipe, [""])
    told = empty.repeated(count).beside(text.repeated(count)) if guided else text.repeated(count)
    x = torch.zeros(rows, config.in_channels, config.sample_size, config.sample_size)
    x, t = x.to(pipe.device, pipe.unet.dtype), torch.tensor(500, device=pipe.device)

    @torch.no_grad()
    def job() -> None:
        for _ in range(times):
            pipe.unet(x, t, **told.arguments())

    return job
