"""The machine under a lab: device, library versions, seeds, quiet libraries."""

from __future__ import annotations

import logging
import os
import warnings
from importlib import metadata, util
from platform import python_version
from typing import Any

LIBRARIES = ("torch", "numpy", "diffusers", "transformers", "safetensors", "matplotlib", "pillow")


class LabError(Exception):
    """A run that cannot go on. `message` is one sentence; `hint` says what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


def quiet(network: bool = False) -> None:
    """Silences warnings and progress bars of the libraries; call before importing them. Without `network`, no hub."""
    os.environ.update(
        DIFFUSERS_VERBOSITY="error",
        TRANSFORMERS_VERBOSITY="error",
        HF_HUB_DISABLE_PROGRESS_BARS="1",
        HF_HUB_DISABLE_TELEMETRY="1",
        TOKENIZERS_PARALLELISM="false",
        HF_HUB_OFFLINE="0" if network else "1",
    )
    logging.disable(logging.WARNING)
    warnings.filterwarnings("ignore")


def missing() -> list[str]:
    """The libraries a lab needs that are not installed."""
    modules = {"pillow": "PIL"}
    return [name for name in LIBRARIES if util.find_spec(modules.get(name, name)) is None]


def versions() -> dict[str, str]:
    """Version of Python and of each library, as installed."""
    return {"python": python_version()} | {name: metadata.version(name) for name in LIBRARIES}


def choose_device(wanted: str) -> str:
    """The torch device for `wanted` (auto | cpu | cuda | mps). Raises LabError if this machine has no such device."""
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return next(name for name, usable in there.items() if usable)
    if not there[wanted]:
        raise LabError(f"This machine has no {wanted} device that torch can use.", "Run it with --device cpu.")
    return wanted


def device_name(device: str) -> str:
    """The device in words, with the number of threads when it is the processor."""
    import torch

    if device == "cuda":
        return f"cuda: {torch.cuda.get_device_name()}"
    if device != "cpu":
        return device
    threads = torch.get_num_threads()
    return f"cpu, {threads} thread{'s' * (threads > 1)}"


def one_thread() -> None:
    """Lets torch use one processor core. Networks as small as the labs' own are as fast on one as on two (a call of the
    tiny U-Net with 16 rows: 19 ms on both), are not slowed down by other work, and leave the rest to the app."""
    import torch

    torch.set_num_threads(1)


def exact_float32() -> None:
    """Makes float32 mean float32: cuDNN would round what convolutions read to TF32, which is neither what the processor
    computes nor the format of the matrix product that rates are held to. And the same call gives the same bits."""
    import torch

    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.deterministic = True


def seed_all(seed: int) -> None:
    """Seeds the global generators. Experiments draw from generators of their own, on the CPU, so that every device
    gets the same noise."""
    import torch

    torch.manual_seed(seed)


def memory_peak(device: str) -> float | None:
    """The most GPU memory that tensors of this process held at once, in GiB; None where torch does not count it."""
    import torch

    return torch.cuda.max_memory_allocated() / 2**30 if torch.device(device).type == "cuda" else None


def forget_memory_peak(device: str) -> None:
    """Lets the memory peak begin anew, with what is held now."""
    import torch

    if torch.device(device).type == "cuda":
        torch.cuda.reset_peak_memory_stats()


def out_of_memory(error: BaseException) -> bool:
    """Whether `error` says that the graphics or main memory was not enough."""
    import torch

    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(
        sign in str(error).lower() for sign in ("out of memory", "can't allocate memory", "not enough memory")
    )


def synchronise(device: Any) -> None:
    """Waits until the device has done all it was asked; both clock readings need this (CUDA is asynchronous)."""
    import torch

    kind = torch.device(device).type
    if kind == "cuda":
        torch.cuda.synchronize()
    elif kind == "mps":
        torch.mps.synchronize()
