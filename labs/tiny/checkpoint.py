"""Training state on disk as safetensors: weights, optimiser moments, averages, and the loss curve as JSON beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file


def save(
    path: Path, modules: Mapping[str, torch.nn.Module], optimizer: torch.optim.Optimizer, state: Mapping[str, Any]
) -> None:
    """Writes PATH.safetensors and PATH.json, each whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {f"{name}/{key}": value for name, module in modules.items() for key, value in module.state_dict().items()}
    for number, moments in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer/{number}/{key}": value for key, value in moments.items()}
    part = path.with_suffix(".part")
    save_file({key: value.detach().cpu().contiguous().clone() for key, value in tensors.items()}, part)
    part.replace(path.with_suffix(".safetensors"))
    part.write_text(json.dumps(dict(state)))
    part.replace(path.with_suffix(".json"))


def load(path: Path, modules: Mapping[str, torch.nn.Module], optimizer: torch.optim.Optimizer) -> dict[str, Any] | None:
    """Restores what `save` wrote into the given objects; returns its `state`, None if there is nothing to restore."""
    if not path.with_suffix(".json").exists():
        return None
    tensors = load_file(path.with_suffix(".safetensors"))
    for name, module in modules.items():
        own = {key.removeprefix(f"{name}/"): value for key, value in tensors.items() if key.startswith(f"{name}/")}
        module.load_state_dict(own)
    moments: dict[int, dict[str, torch.Tensor]] = {}
    for key, value in tensors.items():
        if key.startswith("optimizer/"):
            _, number, what = key.split("/")
            moments.setdefault(int(number), {})[what] = value
    if moments:
        optimizer.load_state_dict({"state": moments, "param_groups": optimizer.state_dict()["param_groups"]})
    state: dict[str, Any] = json.loads(path.with_suffix(".json").read_text())
    return state
