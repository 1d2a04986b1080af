"""A check that a TeX formula is at least balanced."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\\(?:begin|end)\{(\w+\*?)\}|\\(left|right)(?![a-zA-Z])|\\.|[{}]", re.DOTALL)


def imbalance(tex: str) -> str | None:
    """What is not closed or not opened, in words; None for a balanced formula."""
    open_: list[str] = []
    for token in _TOKEN.finditer(tex):
        text = token[0]
        if text == "{" or text.startswith("\\begin{") or token[2] == "left":
            open_.append("{" if text == "{" else text.replace("\\begin", "\\end") if token[1] else "\\right")
        elif text == "}":
            if not open_ or open_.pop() != "{":
                return "a } closes nothing"
        elif (text.startswith("\\end{") or token[2] == "right") and (not open_ or open_.pop() != text):
            return f"{text} closes nothing"
    if not open_:
        return None
    return "a { is not closed" if open_[-1] == "{" else f"{open_[-1]} is missing"
