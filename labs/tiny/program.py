"""The command line that trainings share, and the record that each leaves beside its weights."""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labs.kit import machine

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from labs.tiny.train import Stage


def options(name: str, description: str, out: Path, steps: int | Sequence[int]) -> argparse.Namespace:
    """`--out`, `--work`, `--steps`, `--device` of the training `python -m labs.tiny.NAME`; `--afresh` is done with when
    this returns, and the libraries are silent."""
    parser = argparse.ArgumentParser(prog=f"python -m labs.tiny.{name}", description=description)
    parser.add_argument("--out", type=Path, default=out, help="where the weights go")
    parser.add_argument("--work", type=Path, default=Path(f"build/tiny_{name}"), help="checkpoints")
    count = {} if isinstance(steps, int) else {"nargs": len(steps)}
    parser.add_argument("--steps", type=int, default=steps, **count)  # type: ignore[arg-type]
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    parser.add_argument("--afresh", action="store_true", help="forget the checkpoints")
    chosen = parser.parse_args()
    machine.quiet()
    chosen.device = machine.choose_device(chosen.device)
    if chosen.afresh:
        shutil.rmtree(chosen.work, ignore_errors=True)
    return chosen


def write_record(out: Path, config: DataclassInstance, device: str, stages: Sequence[Stage], **more: Any) -> None:
    """`training.json`: all that the result depends on, and how the loss fell."""
    record = {
        "config": asdict(config),
        **more,
        "device": machine.device_name(device),
        "versions": machine.versions(),
        "seconds": {stage.name: round(stage.seconds) for stage in stages},
        "plans": {stage.name: stage.plans for stage in stages},
        "curve": {stage.name: stage.curve for stage in stages},
    }
    (out / "training.json").write_text(json.dumps(record, indent=1) + "\n")
    print(f"Saved in {out}.")
