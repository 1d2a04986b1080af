"""Markdown of cards to styled text. Nothing in it can act: links show their address, that is all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from textual.content import Content

from studyapp.tui.text import MUTED, cleaned, hanging, joined, lines, plain

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

CODE = "$accent"
_STYLES = {"strong": "bold", "em": "italic", "s": "strike"}


@lru_cache(maxsize=1)
def _parser() -> Any:
    from markdown_it import MarkdownIt  # a sixth of the app's start: the first screen does not wait for it

    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def prepare() -> None:
    """Imports the parser ahead of its first use."""
    _parser()


@lru_cache(maxsize=32)
def rendered(text: str, width: int) -> Content:
    """The text for a pane of `width` cells; blocks stand an empty line apart."""
    from markdown_it.tree import SyntaxTreeNode

    root = SyntaxTreeNode(_parser().parse(cleaned(text)))
    return _blocks(root.children, width)


def _blocks(nodes: Iterable[SyntaxTreeNode], width: int, tight: bool = False) -> Content:
    parts = [block for block in (_block(node, width) for node in nodes) if block]
    return Content("\n" if tight else "\n\n").join(parts)


def _block(node: SyntaxTreeNode, width: int) -> Content:
    match node.type:
        case "heading":
            return _inline(node.children).stylize("bold underline")
        case "bullet_list" | "ordered_list":
            return _list(node, width)
        case "fence" | "code_block":
            return lines(plain("  " + line, CODE) for line in node.content.rstrip("\n").split("\n"))
        case "blockquote":
            inner = _blocks(node.children, width - 2)
            return hanging(Content.styled("│ ", MUTED), inner, width, repeat=True)
        case "table":
            return _table(node, width)
        case "hr":
            return Content.styled("─" * min(width, 20), MUTED)
        case "html_block":
            return plain(node.content.rstrip("\n"))
    return _inline(node.children)


def _list(node: SyntaxTreeNode, width: int) -> Content:
    start = int(node.attrs.get("start", 1))
    items = []
    for number, item in enumerate(node.children, start=start):
        mark = f"{number}. " if node.type == "ordered_list" else "• "
        body = _blocks(item.children, width - len(mark), tight=True)
        items.append(hanging(Content.styled(mark, MUTED), body, width))
    return lines(items)


def _table(node: SyntaxTreeNode, width: int) -> Content:
    """Columns as wide as their cells while there is room; else each row as a list of `heading: cell`."""
    rows = [[_inline(cell.children) for cell in row.children] for part in node.children for row in part.children]
    widths = [max(row[column].cell_length for row in rows) for column in range(len(rows[0]))]
    if sum(widths) + 2 * (len(widths) - 1) > width:
        return _stacked(rows, width)
    drawn = [
        joined([cell.truncate(wide, pad=True) for cell, wide in zip(row, widths, strict=True)], "  ") for row in rows
    ]
    rule = Content.styled("  ".join("─" * wide for wide in widths), MUTED)
    return lines([drawn[0].stylize("bold"), rule, *drawn[1:]])


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


def _inline(nodes: Iterable[SyntaxTreeNode]) -> Content:
    return Content("").join([_span(node) for node in nodes])


def _span(node: SyntaxTreeNode) -> Content:
    match node.type:
        case "softbreak":
            return Content(" ")
        case "hardbreak":
            return Content("\n")
        case "code_inline":
            return plain(node.content, CODE)
        case "link" | "image":
            words, address = _inline(node.children), str(node.attrs.get("href") or node.attrs.get("src") or "")
            shown = plain(address, MUTED)
            return words if words.plain == address else joined([words, " (", shown, ")"])
        case "strong" | "em" | "s":
            return _inline(node.children).stylize(_STYLES[node.type])
    return _inline(node.children) if node.children else plain(node.content)
