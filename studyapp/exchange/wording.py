"""Lines of text against each other: which is about the same as which, and what to call them."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from zlib import crc32

_SAY_NOTHING = frozenset(
    re.findall(
        r"\w+",
        "a add an and are as at be by can do does explain for from how i if in into is it its not of on one or so than"
        " that the their then this to use using vs we what when which who why with without would you your",
    )
)
_STEM = 6
"""Letters by which words count as the same: denoise, denoiser and denoising."""
_LONGEST_SLUG = 48
_SLUG_WORDS = 6


class Vocabulary:
    """How much a word tells: the fewer lines it stands in, the more."""

    def __init__(self, lines: Iterable[str]) -> None:
        each = [stems(line) for line in lines]
        found = Counter(stem for line in each for stem in line)
        self._weights = {stem: math.log((len(each) + 1) / count) for stem, count in found.items()}

    def weight(self, words: Iterable[str]) -> float:
        """Of stems; those that stand in no line weigh nothing."""
        return sum(self._weights.get(stem, 0.0) for stem in words)

    def common(self, one: str, other: str) -> float:
        """The weight of what two texts share."""
        return self.weight(stems(one) & stems(other))

    def covered(self, wanted: str, text: str) -> float:
        """How much of `wanted` stands in `text`, from 0 to 1."""
        whole = self.weight(stems(wanted))
        return self.common(wanted, text) / whole if whole else 0.0


def stems(text: str) -> set[str]:
    """Words without their endings; those that say nothing are left out."""
    return {word[:_STEM] for word in re.findall(r"\w+", text.casefold()) if word not in _SAY_NOTHING}


def slug(text: str) -> str:
    """A short readable name: `Use a fixed noise schedule` becomes `fixed-noise-schedule`.

    The same text always gets the same one; a text without Latin letters gets a number of its own.
    """
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain)
    telling = [word for word in words if word not in _SAY_NOTHING] or words
    name = "-".join(telling[:_SLUG_WORDS])
    if len(name) > _LONGEST_SLUG:
        name = name[:_LONGEST_SLUG].rpartition("-")[0] or name[:_LONGEST_SLUG]
    return name or f"line-{crc32(text.encode()):08x}"


def unique(name: str, taken: set[str]) -> str:
    """The name, or the name with the first number that is free; it is taken now."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    taken.add(free)
    return free
