"""Mini-labs: each is a small real experiment that runs alone, `python -m labs.forward_noising`.

Importing this package or a lab's module loads neither torch nor numpy; only running a lab does.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from labs.kit.spec import Lab

NAMES = (
    "forward_noising",
    "what_is_learned",
    "walk_back",
    "cfg_sweep",
    "guide_rails",
    "sampler_timing",
    "text_conditioning",
    "autoencoder_limit",
    "flow_paths",
    "unet_vs_dit",
    "few_step_distillation",
    "latent_vs_pixel",
    "honest_stopwatch",
    "latency_clinic",
)
REFERENCE = Path(__file__).parent / "reference"
"""`REFERENCE / NAME / run.json` is the committed run with the defaults, `quick.json` the one with `--quick`."""


def load(name: str) -> Lab:
    """The description of the lab called `name`. Raises KeyError if there is none."""
    if name not in NAMES:
        raise KeyError(name)
    lab: Lab = import_module(f"labs.{name}").LAB
    return lab


def all_labs() -> list[Lab]:
    """The description of every lab, in the order of study."""
    return [load(name) for name in NAMES]
