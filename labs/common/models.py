"""Loads the pipeline a lab runs on: the tiny one, or another of the Stable Diffusion family; safetensors only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from labs.kit.machine import LabError

WEIGHTS = Path(__file__).parent.parent / "tiny" / "weights"
DISTILLED = Path(__file__).parent.parent / "tiny" / "lcm"
"""The tiny pipeline's U-Net as a latent consistency model, and its scheduler."""
CONTROL = Path(__file__).parent.parent / "tiny" / "control"
"""A ControlNet for the tiny pipeline: it reads a map of where the object is."""
HOW_TO_TRAIN = "Make them: python -m labs.tiny.train."
PICKLED = {".bin", ".ckpt", ".pt", ".pth", ".pkl"}
FAMILY = {
    "StableDiffusionPipeline": ("unet", "vae", "text_encoder"),
    "StableDiffusionXLPipeline": ("unet", "vae", "text_encoder", "text_encoder_2"),
}
"""Pipelines a lab can run on, and the parts of each that have weights."""


def trained() -> bool:
    """Whether the tiny pipeline has its weights."""
    return (WEIGHTS / "model_index.json").is_file()


def distilled() -> bool:
    """Whether the tiny pipeline's latent consistency model has its weights."""
    return (DISTILLED / "unet" / "config.json").is_file()


def load_distilled(pipe: Any) -> Any:
    """The tiny pipeline `pipe` with the U-Net and the scheduler that distillation has made; the rest is shared."""
    from diffusers import LCMScheduler, StableDiffusionPipeline, UNet2DConditionModel

    unet = UNet2DConditionModel.from_pretrained(
        DISTILLED, subfolder="unet", local_files_only=True, use_safetensors=True, dtype=pipe.unet.dtype
    )
    parts = {name: part for name, part in pipe.components.items() if name not in ("unet", "scheduler")}
    scheduler = LCMScheduler.from_pretrained(DISTILLED, subfolder="scheduler", local_files_only=True)
    made = StableDiffusionPipeline(unet=unet, scheduler=scheduler, requires_safety_checker=False, **parts)
    made.set_progress_bar_config(disable=True)
    return made.to(pipe.device)


def controlled() -> bool:
    """Whether the tiny pipeline's ControlNet has its weights."""
    return (CONTROL / "config.json").is_file()


def load_control(pipe: Any) -> Any:
    """The ControlNet of the tiny pipeline `pipe`, on its device and in its precision."""
    from diffusers import ControlNetModel

    return ControlNetModel.from_pretrained(
        CONTROL, local_files_only=True, use_safetensors=True, dtype=pipe.unet.dtype
    ).to(pipe.device)


def load(model: str | None, device: str) -> Any:
    """The pipeline for `--model`, or the tiny one for None, on `device` and ready to sample.

    A folder is read without network; anything else is taken as a hub id, for which the learner asked. Raises LabError.
    """
    if model is None:
        if not trained():
            raise LabError("The weights of the tiny pipeline are missing.", HOW_TO_TRAIN)
        return load_folder(WEIGHTS, device, half=False)
    if folder := local_folder(model):
        refuse_if_unsuitable(folder)
        return load_folder(folder, device, half=device == "cuda")
    return _from_hub(model, device)


def local_folder(model: str) -> Path | None:
    """The folder that `--model` names; None if it reads as a hub id, owner/name."""
    path = Path(model).expanduser()
    return path if path.exists() or model.startswith(("/", ".", "~")) or model.count("/") != 1 else None


def check(model: str | None) -> None:
    """Raises LabError at once, before anything is measured, if `--model` names an unsuitable folder."""
    if model is not None and (folder := local_folder(model)):
        refuse_if_unsuitable(folder)


def refuse_if_unsuitable(folder: Path) -> None:
    """Raises LabError unless `folder` holds a Stable Diffusion pipeline with safetensors weights."""
    hint = "Give a folder made by save_pretrained with safetensors weights."
    if not folder.exists():
        raise LabError(f"There is no folder {folder}.", "Check the path given with --model.")
    if folder.suffix in PICKLED:
        raise LabError(f"{folder.name} is a pickle, which can run code when it is read; it was not opened.", hint)
    if not (folder / "model_index.json").is_file():
        raise LabError(f"{folder} is not a pipeline: it has no model_index.json.", hint)
    try:
        index = json.loads((folder / "model_index.json").read_text(encoding="utf-8"))
        kind = index["_class_name"]
        libraries = {value[0] for value in index.values() if isinstance(value, list) and value and value[0]}
    except (ValueError, KeyError, AttributeError, TypeError, OSError):
        raise LabError(f"The file model_index.json in {folder} is damaged.", hint) from None
    if kind not in FAMILY or libraries - {"diffusers", "transformers", "stable_diffusion"}:
        raise LabError(f"{folder} is a {kind}; this lab takes {' or '.join(FAMILY)} of stock parts.", hint)
    for part in FAMILY[kind]:
        files = list((folder / part).glob("*")) if (folder / part).is_dir() else []
        if any(file.suffix == ".safetensors" for file in files):
            continue
        if any(file.suffix in PICKLED for file in files):
            raise LabError(f"The weights of {part} are pickled, which can run code when read; refused.", hint)
        raise LabError(f"{folder} has no weights for {part}.", hint)


def load_folder(folder: Path, device: str, half: bool = False) -> Any:
    """The pipeline in `folder`, of a class in FAMILY, without network; bfloat16 if `half`. Raises LabError."""
    import diffusers
    import torch
    from diffusers.utils.logging import disable_progress_bar

    disable_progress_bar()
    try:
        kind = json.loads((folder / "model_index.json").read_text(encoding="utf-8"))["_class_name"]
        unused: dict[str, Any] = {"feature_extractor": None}
        if kind == "StableDiffusionPipeline":
            unused |= {"safety_checker": None, "requires_safety_checker": False}
        pipe = getattr(diffusers, kind).from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=True,
            dtype=torch.bfloat16 if half else torch.float32,
            **unused,
        )
    except torch.OutOfMemoryError:
        raise
    except Exception as error:
        first = (str(error).splitlines() or [""])[0][:160]
        hint = "Give a folder made by save_pretrained with safetensors weights."
        raise LabError(f"The pipeline in {folder} cannot be loaded: {first}", hint) from error
    pipe.set_progress_bar_config(disable=True)
    return pipe.to(device)


def _from_hub(model: str, device: str) -> Any:
    """Fetches safetensors, configurations and vocabulary of a hub repository, nothing else, and loads them."""
    from huggingface_hub import snapshot_download

    try:
        weights = [f"{part}/*.safetensors" for part in FAMILY["StableDiffusionXLPipeline"]]
        folder = snapshot_download(model, allow_patterns=["*.json", "*/*.json", "*/*.txt", *weights])
    except Exception as error:
        raise LabError(
            f"The model {model} could not be fetched ({type(error).__name__}).",
            "Check the name and the network, or give a local folder.",
        ) from error
    refuse_if_unsuitable(Path(folder))
    return load_folder(Path(folder), device, half=device == "cuda")
