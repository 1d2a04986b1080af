"""HTML of another program's cards as Markdown without tags. A real parser reads it; nothing in it is followed."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from studyapp.exchange.import_sheet import literal

LONGEST = 100_000
"""Characters of a field that are looked at."""
LINES = frozenset(
    ("p", "div", "br", "tr", "ul", "ol", "table", "blockquote", "pre", "hr", *(f"h{n}" for n in range(1, 7)))
)
SILENT = frozenset(("script", "style", "title", "head", "template"))
BEFORE = {"li": "\n- ", "sub": "_", "sup": "^", "td": " ", "th": " "}
_FORMULA = re.compile(r"\\\((.+?)\\\)|\\\[(.+?)\\\]|\[\$\](.+?)\[/\$\]|\[\$\$\](.+?)\[/\$\$\]", re.DOTALL)
"""MathJax, and the older marks of LaTeX in Anki."""
_BLANKS = re.compile(r"[^\S\n]+")
_SOUND = re.compile(r"\[sound:([^\]]*)\]")


def text_of(html: str) -> str:
    """The words of a field, line by line, as plain text."""
    reader = _Reader()
    reader.feed(html[:LONGEST])
    reader.close()
    lines = (_BLANKS.sub(" ", line).strip() for line in "".join(reader.parts).split("\n"))
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return _SOUND.sub(r"(sound: \1)", text)


def markdown_of(html: str) -> str:
    """The same as Markdown: what looks like a mark is none, lists are lists, formulas stand between dollars."""
    text = text_of(html)
    parts: list[str] = []
    end = 0
    for formula in _FORMULA.finditer(text):
        tex = next(group for group in formula.groups() if group is not None).strip()
        mark = "$$" if formula[2] or formula[4] else "$"
        parts += [_escaped(text[end : formula.start()]), f"{mark}{' '.join(tex.split())}{mark}"]
        end = formula.end()
    text = "".join([*parts, _escaped(text[end:])])
    return re.sub(r"(?<!\n)\n(?=[^\n-])", r"\\\n", text)  # a line of the field stays a line


def _escaped(text: str) -> str:
    escaped = literal(text).replace("$", r"\$")
    return re.sub(r"(?m)^([#>+]|\d+[.)](?=\s)|-(?!\s)|[=~])", r"\\\1", escaped)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = self._preformatted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in SILENT
        self._preformatted += tag == "pre"
        if tag == "img":
            source = dict(attrs).get("alt") or dict(attrs).get("src") or ""
            self.parts.append(f"(picture: {source[:200]})")
        self.parts.append("\n" if tag in LINES else BEFORE.get(tag, ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in SILENT:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in SILENT))
        self._preformatted = max(0, self._preformatted - (tag == "pre"))
        if tag in LINES and tag != "br":
            self.parts.append("\n\n" if tag in ("ul", "ol") else "\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data if self._preformatted else data.replace("\n", " "))
