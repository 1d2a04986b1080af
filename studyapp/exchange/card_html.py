"""A card's Markdown as HTML for another program."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from typing import Any

from studyapp.core.course import Card
from studyapp.core.text import visible


@lru_cache(maxsize=1)
def _parser() -> Any:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.use(dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True, allow_labels=False)
    for kind in ("math_inline", "math_inline_double", "math_block", "math_block_label"):
        parser.add_render_rule(kind, _formula)
    parser.add_render_rule("image", lambda _, tokens, at, *rest: escape(tokens[at].content))
    for kind in ("link_open", "link_close"):  # to places inside this program: their words are kept
        parser.add_render_rule(kind, lambda *_: "")
    return parser


def _formula(_: Any, tokens: Any, at: int, *rest: Any) -> str:
    text = tokens[at].content.strip()
    return tex(text) if tokens[at].type == "math_inline" else f"<p>{tex(text, display=True)}</p>"


def html(markdown: str) -> str:
    """Raw tags in the text stay text; formulas stand in the brackets that MathJax reads."""
    return str(_parser().render(visible(markdown))).strip()


def plain(text: str) -> str:
    """Text that is no Markdown."""
    return escape(visible(text), quote=False).replace("\n", "<br>")


def tex(formula: str, *, display: bool = False) -> str:
    opening, closing = (r"\[", r"\]") if display else (r"\(", r"\)")
    return f"{opening}{escape(visible(formula), quote=False)}{closing}"


def items(lines: list[str]) -> str:
    """A list of finished HTML; empty for none."""
    return f"<ul>{''.join(f'<li>{line}</li>' for line in lines)}</ul>" if lines else ""


def fields(card: Card) -> tuple[str, ...]:
    """Prompt, answer, key points, formulas, wrong answers, sources and id."""
    return (
        plain(card.prompt),
        html(card.answer),
        items([plain(point) for point in card.key_points]),
        items([tex(formula.tex) for formula in card.formulas]),
        items([f"{plain(wrong.answer)}<br><em>{plain(wrong.why)}</em>" for wrong in card.wrong_answers]),
        items([plain(source.words) for source in card.sources]),
        plain(card.id),
    )


FIELDS = ("Prompt", "Answer", "Key points", "Formulas", "Wrong answers", "Sources", "Card")
