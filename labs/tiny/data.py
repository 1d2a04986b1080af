"""The world of the tiny pipeline: captioned pictures of one shape on a plain background, drawn by formula.

A picture is 32 x 32 RGB. Five attributes say what is on it: shape, colour, background, size, position. The priors are
uneven on purpose (two rings of three are yellow), so that guidance has a majority to sharpen. Four pairs of shape and
colour never occur in training: what the model makes of them is composed, not remembered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]
Labels = NDArray[np.int64]

SIDE = 32
WORDS: dict[str, tuple[str, ...]] = {
    "shape": ("circle", "square", "triangle", "ring", "cross", "diamond"),
    "colour": ("red", "yellow", "green", "blue", "purple", "white"),
    "background": ("black", "gray", "sky", "brown"),
    "size": ("small", "large"),
    "position": ("center", "left", "right", "top", "bottom"),
}
COLOURS: Floats = np.array(
    [(0.88, 0.14, 0.12), (0.95, 0.85, 0.15), (0.15, 0.68, 0.22), (0.12, 0.28, 0.90), (0.62, 0.20, 0.75), (0.94,) * 3],
    dtype=np.float32,
)
BACKGROUNDS: Floats = np.array(
    [(0.06, 0.06, 0.07), (0.50, 0.50, 0.50), (0.55, 0.78, 0.95), (0.42, 0.27, 0.13)], dtype=np.float32
)
RADII = ((6.0, 6.5), (8.6, 9.2))
"""Pixels, lowest and highest of small and large."""
OFFSET, JITTER = 6.0, 0.6
"""Pixels from the middle for left, right, top, bottom, and how far a centre strays."""
DIRECTIONS: Floats = np.array([(0, 0), (-1, 0), (1, 0), (0, -1), (0, 1)], dtype=np.float32)

PRIORS: dict[str, tuple[float, ...]] = {
    "background": (0.4, 0.3, 0.2, 0.1),
    "size": (0.4, 0.6),
    "position": (0.36, 0.16, 0.16, 0.16, 0.16),
}
MAJORITY = {("ring", "yellow"): 2 / 3, ("triangle", "red"): 1 / 2}
"""Share of that colour among pictures of that shape; the other colours are equally likely."""
HELD_OUT = (("square", "purple"), ("cross", "yellow"), ("diamond", "blue"), ("triangle", "white"))
KEPT = {"shape": 0.85, "colour": 0.75, "background": 0.65, "size": 0.6, "position": 0.75}
"""How often a caption mentions each attribute; 6 in 100 captions mention the position alone."""


@dataclass(frozen=True, slots=True)
class Scenes:
    """What N pictures show: attribute name -> labels [N], each an index into WORDS[name]; -1 means unreadable."""

    labels: Mapping[str, Labels]

    def __len__(self) -> int:
        return len(self.labels["shape"])

    def part(self, chosen: Any) -> Scenes:
        """The scenes at the given indices."""
        return Scenes({name: values[chosen] for name, values in self.labels.items()})

    def word(self, index: int, name: str) -> str:
        """The word for one attribute of one scene."""
        return WORDS[name][int(self.labels[name][index])]


def colour_shares() -> NDArray[np.float64]:
    """P(colour | shape) as [6 shapes, 6 colours]; zero for the held-out pairs."""
    shares = np.ones((len(WORDS["shape"]), len(WORDS["colour"])))
    for shape, colour in HELD_OUT:
        shares[WORDS["shape"].index(shape), WORDS["colour"].index(colour)] = 0
    shares /= shares.sum(axis=1, keepdims=True)
    for (shape, colour), share in MAJORITY.items():
        row, column = WORDS["shape"].index(shape), WORDS["colour"].index(colour)
        others = shares[row].sum() - shares[row, column]
        shares[row] *= (1 - share) / others
        shares[row, column] = share
    return shares


def sample_scenes(count: int, rng: np.random.Generator) -> Scenes:
    """Scenes drawn from the training distribution."""
    labels = {name: rng.choice(len(p), count, p=p) for name, p in PRIORS.items()}
    shape = rng.integers(len(WORDS["shape"]), size=count)
    cumulative = colour_shares()[shape].cumsum(axis=1)
    colour = (rng.random((count, 1)) > cumulative).sum(axis=1).clip(max=len(WORDS["colour"]) - 1)
    return Scenes({"shape": shape, "colour": colour} | labels)


def balanced_scenes(count: int, rng: np.random.Generator, held_out: bool = False) -> Scenes:
    """Scenes with all attributes uniform: the shape and colour pairs of training, or only the held-out ones."""
    pairs = [(s, c) for s in range(6) for c in range(6)]
    never = [(WORDS["shape"].index(s), WORDS["colour"].index(c)) for s, c in HELD_OUT]
    usable = np.array(never if held_out else [pair for pair in pairs if pair not in never])
    chosen = usable[rng.permutation(count) % len(usable)]
    rest = {name: rng.permutation(count) % len(WORDS[name]) for name in ("background", "size", "position")}
    return Scenes({"shape": chosen[:, 0], "colour": chosen[:, 1]} | rest)


def distance(shape: str, x: Floats, y: Floats, radius: Floats) -> Floats:
    """Signed distance in pixels to the outline, negative inside; x right, y down, both from the centre of mass."""
    ax, ay, r = np.abs(x), np.abs(y), radius
    away: Floats
    match shape:
        case "circle":
            away = np.hypot(x, y) - r
        case "square":
            away = np.maximum(ax, ay) - 0.86 * r
        case "triangle":
            away = np.maximum(y, ax * np.float32(3**0.5 / 2) - y / 2) - 0.58 * r
        case "ring":
            away = np.maximum(np.hypot(x, y) - r, 0.52 * r - np.hypot(x, y))
        case "cross":
            away = np.minimum(np.maximum(ax - 0.34 * r, ay - r), np.maximum(ay - 0.34 * r, ax - r))
        case "diamond":
            away = (ax + ay - 1.2 * r) / np.float32(2**0.5)
        case _:
            raise ValueError(f"There is no shape called {shape}.")
    return away


def coverage(shape: str, centre_x: Floats, centre_y: Floats, radius: Floats) -> Floats:
    """How much of each pixel the shape covers, 0..1, as [N, 32, 32]; centres and radius [N] in pixels."""
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    at = (slice(None), None, None)
    covered: Floats = np.clip(0.5 - distance(shape, x - centre_x[at], y - centre_y[at], radius[at]), 0, 1)
    return covered


def light() -> Floats:
    """The fixed light of every picture, [32, 32]: a little darker to the right and to the bottom."""
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / (SIDE - 1)
    factor: Floats = 1 - 0.16 * y - 0.10 * x
    return factor


def outlines(scenes: Scenes, rng: np.random.Generator) -> Floats:
    """How much of each pixel the object covers, [N, 32, 32] in 0..1. Place and radius vary within the labels."""
    count = len(scenes)
    low, high = np.array(RADII, dtype=np.float32)[scenes.labels["size"]].T
    radius = low + (high - low) * rng.random(count, dtype=np.float32)
    stray = rng.uniform(-JITTER, JITTER, (count, 2)).astype(np.float32)
    centre = (SIDE - 1) / 2 + OFFSET * DIRECTIONS[scenes.labels["position"]] + stray
    cover = np.zeros((count, SIDE, SIDE), dtype=np.float32)
    for index, shape in enumerate(WORDS["shape"]):
        these = np.flatnonzero(scenes.labels["shape"] == index)
        cover[these] = coverage(shape, centre[these, 0], centre[these, 1], radius[these])
    return cover


def paint(scenes: Scenes, cover: Floats, rng: np.random.Generator) -> Pixels:
    """Pictures [N, 32, 32, 3] of objects with the outlines `cover`. Brightness varies a little within the labels."""
    bright = rng.uniform(0.9, 1.1, (2, len(scenes), 1)).astype(np.float32)
    front = (COLOURS[scenes.labels["colour"]] * bright[0])[:, None, None]
    back = (BACKGROUNDS[scenes.labels["background"]] * bright[1])[:, None, None]
    picture = (back + cover[..., None] * (front - back)) * light()[..., None]
    result: Pixels = (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
    return result


def draw(scenes: Scenes, rng: np.random.Generator) -> Pixels:
    """Pictures [N, 32, 32, 3]. Place, radius and brightness vary a little within what the labels say."""
    return paint(scenes, outlines(scenes, rng), rng)


def caption(words: Mapping[str, str]) -> str:
    """The caption for the attributes given: 'a large red circle at the left on a sky background'."""
    noun = " ".join(words[name] for name in ("size", "colour") if name in words)
    text = f"a {noun} {words.get('shape', 'shape')}".replace("  ", " ")
    if "position" in words:
        text += " in the center" if words["position"] == "center" else f" at the {words['position']}"
    return f"{text} on a {words['background']} background" if "background" in words else text


def full_captions(scenes: Scenes, names: Sequence[str] = tuple(WORDS)) -> list[str]:
    """The caption of each scene, mentioning the attributes in `names` (all of them by default)."""
    return [caption({name: scenes.word(index, name) for name in names}) for index in range(len(scenes))]


def training_captions(scenes: Scenes, rng: np.random.Generator, shares: Mapping[str, float] = KEPT) -> list[str]:
    """One caption for each scene, with attributes left out at random: `shares` says how often each is kept."""
    kept = {name: rng.random(len(scenes)) < share for name, share in shares.items()}
    place_only = rng.random(len(scenes)) < 0.06
    for name, keep in kept.items():
        keep[place_only] = name == "position"
    return [
        caption({name: scenes.word(index, name) for name, keep in kept.items() if keep[index]})
        for index in range(len(scenes))
    ]


@dataclass(frozen=True, slots=True)
class Dataset:
    """Pictures [N, 32, 32, 3], what they show, and several captions of each."""

    pixels: Pixels
    scenes: Scenes
    captions: list[list[str]]

    def first(self, count: int) -> Dataset:
        """The first `count` of the pictures."""
        return Dataset(self.pixels[:count], self.scenes.part(slice(count)), [texts[:count] for texts in self.captions])

    def digest(self) -> str:
        """SHA-256 of all pixels and captions, in hexadecimal."""
        running = sha256(self.pixels.tobytes())
        for captions in self.captions:
            running.update("\n".join(captions).encode())
        return running.hexdigest()


def make_dataset(count: int, seed: int, captions: int = 6) -> Dataset:
    """`count` captioned pictures, the same for the same seed."""
    rng = np.random.default_rng(seed)
    scenes = sample_scenes(count, rng)
    pixels = np.concatenate([draw(scenes.part(slice(at, at + 2000)), rng) for at in range(0, count, 2000)])
    return Dataset(pixels, scenes, [training_captions(scenes, rng) for _ in range(captions)])
