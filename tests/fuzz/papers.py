"""Documents of a module and course sheets, of every kind."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from textual.content import Content

from studyapp.core import prose
from studyapp.curriculum.files import LARGEST_DOCUMENT
from studyapp.curriculum.markdown import chapters
from studyapp.errors import StudyError
from studyapp.exchange.import_sheet import import_sheet
from studyapp.tui.leaf import Leaf
from tests.fuzz.module_values import REAL
from tests.fuzz.texts import any_hostile, any_text, spoilt

SHEETS = Path(__file__).parents[1] / "exchange"
# fmt: off
PIECES = (
    *(
        "# ",
        "## ",
        "### ",
        "- ",
        "  - ",
        "1. ",
        "> ",
        "> > ",
        "    ",
        "\t",
        "| a | b |\n|---|---|\n| c | d |\n",
        "|",
        "||",
    ),
    *(
        "```\n",
        "~~~\n",
        "$$\n",
        "$x$",
        "$\\frac{",
        "\\(",
        "**",
        "*",
        "_",
        "`",
        "``",
        "[",
        "](",
        ")",
        "![",
        "<",
        ">",
        "&lt;",
    ),
    *(
        "&#0;",
        "&#x1b;",
        "&#xd800;",
        "&#x110000;",
        "[a]: b\n",
        "[a][b]",
        "[a](card:x)",
        "[a](lab:y)",
        "![p](../../x.png)",
    ),
    *(
        "[x](javascript:alert(1))",
        "![p](/etc/passwd)",
        "---\n",
        "***\n",
        "===\n",
        "\\",
        "\\\n",
        "  \n",
        "\n\n",
        "<b>x</b>",
    ),
    *(
        "¶\n",
        "[ ] ",
        "[x] ",
        "Key concepts\n",
        "## Key concepts\n",
        "Builds on: ",
        "Common traps\n",
        "Bridge forward\n",
    ),
    *("🟢 ", "Easy: ", "- a: b\n", "🔗", "|" * 300, "> " * 60, "- " * 60, "[" * 300, "*" * 300, "`" * 300, "$" * 300),
)
LONG = ("[" * 20_000, "*a " * 20_000, "> " * 20_000, "- " * 20_000, "![" * 20_000, "`" * 20_001, "$" * 20_001,
        "<" * 20_000,
        "|" * 20_000, "a|" * 10_000 + "\n" + "-|" * 10_000, "_a_" * 20_000, "[a](" * 10_000,
        "\\" * 20_000, "&" * 20_000)
# fmt: on


@cache
def texts() -> tuple[str, ...]:
    files = [*REAL.glob("*.md"), *SHEETS.glob("sheet*")]
    return tuple(file.read_text("utf-8") for file in sorted(files))


def any_paper(rng: Random) -> str:
    roll = rng.random()
    if roll < 0.02:
        return rng.choice(LONG)
    if roll < 0.5:
        parts = (
            rng.choice((*PIECES, any_text(rng, 12), any_hostile(rng)[:200], "word ")) for _ in range(rng.randint(1, 60))
        )
        return "".join(parts)
    text = rng.choice(texts())
    at = rng.randint(0, max(0, len(text) - 2_000))
    return spoilt(text[at : at + 2_000].encode(), rng).decode(errors="replace")


def check_words(text: str) -> None:
    assert text.replace("\n", "").replace("\t", "").isprintable(), repr(text[:300])


def document(rng: Random, room: Path) -> str:
    """Its chapters are its whole text; on a page no line is longer than the page, and nothing steers a terminal."""
    text, width = any_paper(rng)[:LARGEST_DOCUMENT], rng.choice((20, 40, 78))
    found = chapters(text, "title")
    assert "\n".join(chapter.text for chapter in found) == text
    check_words(prose.as_plain(text))
    for chapter in found[:3]:
        check_words(chapter.title)
        leaf = Leaf(chapter, width, lambda address: Content("picture"))
        for part in leaf.parts:
            if isinstance(part, Content):
                check_words(part.plain)
                assert max((line.cell_length for line in part.split("\n")), default=0) <= width
    return f"{'one chapter' if len(found) == 1 else 'chapters'}"


def sheet(rng: Random, room: Path) -> str:
    """A module that passes its own check, or a sentence; nothing else is left behind."""
    file, folder = room / "sheet.txt", room / "imported"
    text = "# Sheet\n\n## Key concepts\n\n- A\n  - " + any_paper(rng) if rng.random() < 0.5 else any_paper(rng)
    file.write_bytes(
        text.encode(errors="surrogatepass") if rng.random() < 0.9 else spoilt(text.encode(errors="replace"), rng)
    )
    shutil.rmtree(folder, ignore_errors=True)
    try:
        imported = import_sheet(file, folder)
    except StudyError as error:
        why = str(error)
        assert not folder.exists(), why
        assert "would not pass the check" not in why
        return "refused"
    assert imported.cards > 0
    return "module"


TARGETS: dict[str, Any] = {"documents": document, "sheets": sheet}
