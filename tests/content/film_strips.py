"""The explainer's film strips, put together from the reference tiles of the labs.

    python -m tests.content.film_strips

writes them anew, after a lab's reference has changed.
"""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "content/module_14_diffusion/assets"
REFERENCE = ROOT / "labs/reference"
SCALE, GAP = 2, 4
STRIPS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "fog.png": ("forward_noising", "schedules", ("linear",)),
    "fog_schedules.png": ("forward_noising", "schedules", ("linear", "scaled_linear", "cosine", "zero_snr")),
    "walk_or_jump.png": ("forward_noising", "walk", ("walked", "at once")),
}
"""File in the assets: lab, its pictures, and the rows, named as the captions begin."""


def film_strip(name: str) -> Image.Image:
    """The strip that should stand in the assets under this name."""
    lab, pictures_id, rows = STRIPS[name]
    record = json.loads((REFERENCE / lab / "run.json").read_text())
    tiles = next(pictures["tiles"] for pictures in record["pictures"] if pictures["id"] == pictures_id)
    files = [[tile["file"] for tile in tiles if tile["caption"].startswith(f"{row},")] for row in rows]
    with Image.open(REFERENCE / lab / files[0][0]) as first:
        side = first.width * SCALE
    width, height = (count * (side + GAP) - GAP for count in (len(files[0]), len(files)))
    strip = Image.new("RGB", (width, height), "white")
    for row, line in enumerate(files):
        for column, file in enumerate(line):
            with Image.open(REFERENCE / lab / file) as tile:
                large = tile.convert("RGB").resize((side, side), Image.Resampling.NEAREST)
            strip.paste(large, (column * (side + GAP), row * (side + GAP)))
    return strip


if __name__ == "__main__":
    ASSETS.mkdir(exist_ok=True)
    for name in STRIPS:
        film_strip(name).save(ASSETS / name, optimize=True)
        print(ASSETS / name)
