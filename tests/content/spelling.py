"""The words that the course is written in.

    python -m tests.content.spelling

lists words that are not in `words.txt` yet. Look at each; what is right is added with `--add`.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

from tests.content.module import cards, module, text_of, written

WORDS = Path(__file__).parent / "words.txt"
_ADDRESS = re.compile(r"\]\([^)]*\)|https?://\S+")
_CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
_WORD = re.compile(r"(?<![\w√ₜ])[A-Za-z][a-z]{2,}(?![\w])")


@cache
def known() -> frozenset[str]:
    return frozenset(WORDS.read_text(encoding="utf-8").split())


def texts() -> dict[str, str]:
    """Everything that a learner reads, by where it stands."""
    found = {card.id: "\n\n".join(written(card)) for card in cards()}
    found |= {document.file: text_of(document) for document in module().documents}
    one = module()
    said = [one.summary, *(model.text for model in one.mental_models), *(item.text for item in one.gate)]
    return found | {"module.yaml": "\n".join([*said, *(statement.text for statement in one.audit)])}


def spelled(text: str) -> set[str]:
    """The words of a text in small letters; code, addresses and formulas are none."""
    return {word.lower() for word in _WORD.findall(_ADDRESS.sub("]", _CODE.sub(" ", text)))}


def unknown() -> dict[str, list[str]]:
    """Words that are not in the list, and where each stands."""
    found: dict[str, list[str]] = defaultdict(list)
    for place, text in texts().items():
        for word in spelled(text) - known():
            found[word].append(place)
    return dict(sorted(found.items()))


if __name__ == "__main__":
    new = unknown()
    for word, places in new.items():
        print(f"{word}: {', '.join(places[:3])}")
    if "--add" in sys.argv[1:]:
        WORDS.write_text("\n".join(sorted(known() | new.keys())) + "\n", encoding="utf-8")
