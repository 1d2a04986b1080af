"""Full-size pictures of what a lab measured: matplotlib without a screen, Pillow for the tiles."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

# Distinguishable with any colour vision (Okabe and Ito), and every line has its own marker as well.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def _pyplot() -> Any:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot


def save_series(path: Path, series: Mapping[str, Any]) -> None:
    """Draws one `series` event, intervals as bands, as a PNG of about 1200 x 750 pixels."""
    pyplot = _pyplot()
    figure, axes = pyplot.subplots(figsize=(8, 5), dpi=150, layout="constrained")
    x = series["x"]["values"]
    every = max(1, len(x) // 12)
    for number, line in enumerate(series["lines"]):
        colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
        values = [math.nan if value is None else value for value in line["values"]]
        axes.plot(x, values, color=colour, marker=marker, markevery=every, label=line["label"])
        if "low" in line and "high" in line:
            low, high = ([math.nan if v is None else v for v in line[end]] for end in ("low", "high"))
            axes.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
    axes.set_title(series["title"], loc="left")
    axes.set_xlabel(series["x"]["label"])
    axes.set_ylabel(series["y"]["label"])
    axes.set_xscale("log" if series["x"]["log"] else "linear")
    axes.set_yscale("log" if series["y"]["log"] else "linear")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(path)
    pyplot.close(figure)


def save_tile(path: Path, pixels: Any) -> None:
    """Saves one picture, an array [height, width, 3] with values 0..1 (clipped to that), as an 8-bit PNG."""
    import numpy as np
    from PIL import Image

    eight_bit = (np.clip(np.asarray(pixels, dtype=np.float32), 0, 1) * 255 + 0.5).astype(np.uint8)
    Image.fromarray(eight_bit).save(path, optimize=True)


def save_sheet(path: Path, title: str, columns: int, tiles: Sequence[tuple[str, Any]]) -> None:
    """All tiles with their captions on one page. `tiles`: (caption, array [height, width, 3] in 0..1)."""
    import numpy as np

    pyplot = _pyplot()
    rows = math.ceil(len(tiles) / columns)
    figure, axes = pyplot.subplots(
        rows, columns, figsize=(1.5 * columns, 1.75 * rows + 0.4), dpi=130, squeeze=False, layout="constrained"
    )
    figure.suptitle(title, x=0.01, ha="left")
    for place in axes.flat:
        place.axis("off")
    for place, (caption, pixels) in zip(axes.flat, tiles, strict=False):
        place.imshow(np.clip(np.asarray(pixels), 0, 1), interpolation="nearest")
        place.set_title(caption, fontsize=8)
    figure.savefig(path)
    pyplot.close(figure)


def heat(values: Any, side: int = 8) -> Any:
    """A matrix of values in 0..1 as a picture [rows * side, columns * side, 3], dark 0 to bright 1."""
    import numpy as np

    dark, bright = np.array((0.05, 0.1, 0.3)), np.array((1.0, 0.95, 0.4))
    picture = dark + np.clip(np.asarray(values, dtype=np.float64), 0, 1)[..., None] * (bright - dark)
    return picture.repeat(side, 0).repeat(side, 1)
