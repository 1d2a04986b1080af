"""Markdown as a tree, and as plain text for a pipe or a screen reader. Everything that shows Markdown reads it here."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from studyapp.core.maths import readable
from studyapp.core.text import visible

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

MATHS = ("math_inline", "math_inline_double", "math_block", "math_block_label")
INNER = ("card:", "lab:", "#")
"""What the addresses of links inside the program begin with; the files of documents end in `.md`."""


@lru_cache(maxsize=1)
def _parser() -> Any:
    from markdown_it import MarkdownIt  # a sixth of the app's start: the first screen does not wait for it
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    return parser.use(dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True, allow_labels=False)


def prepare() -> None:
    """Imports the parser ahead of its first use."""
    _parser()


def tree(text: str) -> list[SyntaxTreeNode]:
    """The blocks of a text; `node.map[0]` is the line on which one begins."""
    from markdown_it.tree import SyntaxTreeNode

    return SyntaxTreeNode(_parser().parse(visible(text))).children


def is_inner(address: str) -> bool:
    """Whether a link leads to a place inside the program."""
    return address.startswith(INNER) or ("/" not in address and address.partition("#")[0].endswith(".md"))


def address_of(node: SyntaxTreeNode) -> str:
    """Where a link or a picture leads."""
    return str(node.attrs.get("href") or node.attrs.get("src") or "")


def formula(node: SyntaxTreeNode) -> str:
    return readable(node.content.strip())


def pictures_in(node: SyntaxTreeNode) -> list[SyntaxTreeNode]:
    """The pictures of a paragraph that has nothing else; else none."""
    inner = node.children[0].children if node.type == "paragraph" and node.children else []
    pictures = [part for part in inner if part.type == "image"]
    return pictures if len(pictures) == sum(part.type != "softbreak" for part in inner) else []


# -- plain text


def as_plain(text: str) -> str:
    """The text without marks: a paragraph is a line, a row of a table a line of `heading: cell`."""
    return _blocks(tree(text)) + "\n"


def _blocks(nodes: Iterable[SyntaxTreeNode], between: str = "\n\n") -> str:
    return between.join(block for block in map(_block, nodes) if block)


def _block(node: SyntaxTreeNode) -> str:
    match node.type:
        case "fence" | "code_block":
            return _indented(node.content.rstrip("\n"), "    ")
        case "bullet_list" | "ordered_list":
            return "\n".join(_items(node))
        case "blockquote":
            return _indented(_blocks(node.children), "> ", every=True)
        case "table":
            return _table(node)
        case "hr":
            return "---"
        case kind if kind in MATHS:
            return _indented(formula(node), "    ")
        case "html_block":
            return node.content.rstrip("\n")
    return _inline(node.children)


def _items(node: SyntaxTreeNode) -> Iterable[str]:
    start = int(node.attrs.get("start", 1))
    for number, item in enumerate(node.children, start=start):
        mark = f"{number}. " if node.type == "ordered_list" else "- "
        yield mark + _indented(_blocks(item.children, "\n"), " " * len(mark)).lstrip()


def _table(node: SyntaxTreeNode) -> str:
    head, *rows = [[_inline(cell.children) for cell in row.children] for part in node.children for row in part.children]
    return "\n".join(
        "; ".join(f"{name}: {cell}" if name else cell for name, cell in zip(head, row, strict=True)) for row in rows
    )


def _indented(text: str, indent: str, *, every: bool = False) -> str:
    return "\n".join(indent + line if line or every else line for line in text.split("\n"))


def _inline(nodes: Iterable[SyntaxTreeNode]) -> str:
    return "".join(map(_span, nodes))


def _span(node: SyntaxTreeNode) -> str:
    match node.type:
        case "softbreak":
            return " "
        case "hardbreak":
            return "\n"
        case "link":
            words, address = _inline(node.children), address_of(node)
            return words if words == address or is_inner(address) else f"{words} ({address})"
        case "image":
            return f"[Picture: {_inline(node.children)}]"
        case kind if kind in MATHS:
            return formula(node)
    return _inline(node.children) if node.children else node.content
