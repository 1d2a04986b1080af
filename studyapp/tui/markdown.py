"""Markdown to styled text. Nothing in it can act.

On cards a link shows its address, that is all. In documents a link into the program carries its address with it
(`FOLLOW`); the reader decides what that may mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.style import Style

from studyapp.core import prose
from studyapp.tui.text import MUTED, cleaned, hanging, joined, lines, plain

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

CODE = "$accent"
FOLLOW = "follow"
"""The key under which a link's address stands in the style of its words."""
_STYLES = {"strong": "bold", "em": "italic", "s": "strike"}

prepare = prose.prepare


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a document, an empty line before and after it."""

    line: int
    """On which it begins, from 0."""
    content: Content
    picture: str = ""
    """Address of a picture; the content is its caption."""


@lru_cache(maxsize=32)
def rendered(text: str, width: int) -> Content:
    """A card's text for a pane of `width` cells; blocks stand an empty line apart."""
    return _Renderer()._blocks(prose.tree(cleaned(text)), width)


@lru_cache(maxsize=64)
def blocks(text: str, width: int) -> tuple[Block, ...]:
    """A document's text, block by block, for a page of `width` cells; no line is longer."""
    renderer = _Renderer(links=True)
    found: list[Block] = []
    for node in prose.tree(cleaned(text)):
        line = node.map[0] if node.map else 0
        pictures = prose.pictures_in(node)
        for picture in pictures:
            caption = renderer._inline(picture.children).stylize("italic")
            found.append(Block(line, _fitted(caption, width), prose.address_of(picture)))
        content = Content("") if pictures else renderer._block(node, width)
        if content:
            found.append(Block(line, _fitted(content, width)))
    return tuple(found)


def _fitted(content: Content, width: int) -> Content:
    return lines(content.wrap(width))


@dataclass(frozen=True, slots=True)
class _Renderer:
    """One way of showing the blocks and words of a text."""

    links: bool = False
    """Links into the program carry their address."""

    def _blocks(self, nodes: Iterable[SyntaxTreeNode], width: int, tight: bool = False) -> Content:
        parts = [block for block in (self._block(node, width) for node in nodes) if block]
        return Content("\n" if tight else "\n\n").join(parts)

    def _block(self, node: SyntaxTreeNode, width: int) -> Content:
        match node.type:
            case "heading":
                style = "bold underline" if node.tag in ("h1", "h2") or not self.links else "bold $secondary"
                return self._inline(node.children).stylize(style)
            case "bullet_list" | "ordered_list":
                return self._list(node, width)
            case "fence" | "code_block":
                return _code(node.content.rstrip("\n"), width)
            case "blockquote":
                inner = self._blocks(node.children, width - 2)
                return hanging(Content.styled("│ ", MUTED), inner, width, repeat=True)
            case "table":
                return self._table(node, width)
            case "hr":
                return Content.styled("─" * min(width, 20), MUTED)
            case "html_block":
                return plain(node.content.rstrip("\n"))
            case kind if kind in prose.MATHS:
                return _code(prose.formula(node), width)
        return self._inline(node.children)

    def _list(self, node: SyntaxTreeNode, width: int) -> Content:
        start = int(node.attrs.get("start", 1))
        items = []
        for number, item in enumerate(node.children, start=start):
            mark = f"{number}. " if node.type == "ordered_list" else "• "
            body = self._blocks(item.children, width - len(mark), tight=True)
            items.append(hanging(Content.styled(mark, MUTED), body, width))
        return lines(items)

    def _table(self, node: SyntaxTreeNode, width: int) -> Content:
        """Columns as wide as their cells while there is room; else each row as a list of `heading: cell`."""
        rows = [
            [self._inline(cell.children) for cell in row.children] for part in node.children for row in part.children
        ]
        widths = [max(row[column].cell_length for row in rows) for column in range(len(rows[0]))]
        if sum(widths) + 2 * (len(widths) - 1) > width:
            return _stacked(rows, width)
        drawn = [
            joined([cell.truncate(wide, pad=True) for cell, wide in zip(row, widths, strict=True)], "  ")
            for row in rows
        ]
        rule = Content.styled("  ".join("─" * wide for wide in widths), MUTED)
        return lines([drawn[0].stylize("bold"), rule, *drawn[1:]])

    def _inline(self, nodes: Iterable[SyntaxTreeNode]) -> Content:
        return Content("").join([self._span(node) for node in nodes])

    def _span(self, node: SyntaxTreeNode) -> Content:
        match node.type:
            case "softbreak":
                return Content(" ")
            case "hardbreak":
                return Content("\n")
            case "code_inline":
                return plain(node.content, CODE)
            case "link" | "image":
                return self._link(self._inline(node.children), prose.address_of(node), node.type)
            case "strong" | "em" | "s":
                return self._inline(node.children).stylize(_STYLES[node.type])
            case kind if kind in prose.MATHS:
                return plain(prose.formula(node), CODE)
        return self._inline(node.children) if node.children else plain(node.content)

    def _link(self, words: Content, address: str, kind: str) -> Content:
        if self.links and kind == "link" and prose.is_inner(address):
            return words.stylize("underline $primary").stylize(Style.from_meta({FOLLOW: address}))
        return words if words.plain == address else joined([words, " (", plain(address, MUTED), ")"])


def _code(text: str, width: int) -> Content:
    """Lines as they are; one that is too long goes on in the next, behind a mark."""
    more = joined(["  ", Content.styled("↪ ", MUTED)])
    rows: list[Content] = []
    for line in text.split("\n"):
        first, rest = _cut(plain(line, CODE), width - 2)
        rows.append(joined(["  ", first]))
        while rest:
            first, rest = _cut(rest, width - 4)
            rows.append(joined([more, first]))
    return lines(rows)


def _cut(line: Content, width: int) -> tuple[Content, Content]:
    """What fits into `width` cells, up to a space where one is near, and what is left."""
    room, text = max(4, width), line.plain
    for index, letter in enumerate(text):
        room -= cell_len(letter)
        if room < 0:
            space = text.rfind(" ", index // 2, index) + 1
            return line[: space or index], line[space or index :]
    return line, Content("")


def _stacked(rows: Sequence[Sequence[Content]], width: int) -> Content:
    head, *rest = rows
    blocks = [
        lines(
            hanging(joined([name.stylize("bold"), ": "]), cell, width)
            for name, cell in zip(head, row, strict=True)
            if cell
        )
        for row in rest
    ]
    return Content("\n\n").join(blocks)
