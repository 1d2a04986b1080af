"""Markdown for a pipe and a screen reader."""

from __future__ import annotations

import pytest

from studyapp.core.prose import as_plain, is_inner


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("## A *heading*\n\nTwo lines\nof **one** paragraph.", "A heading\n\nTwo lines of one paragraph."),
        ("- one\n- two\n  - inner\n\n1. first\n2. second", "- one\n- two\n  - inner\n\n1. first\n2. second"),
        ("| t | SNR |\n|---|---|\n| 100 | 8.5 |\n| 250 | 1 |", "t: 100; SNR: 8.5\nt: 250; SNR: 1"),
        ("```text\na  b\n   c\n```", "    a  b\n       c"),
        ("> said\n>\n> twice", "> said\n> \n> twice"),
        ("$x_t$ costs $5 and $6.\n\n$$\n\\frac{a}{b}\n$$", "xₜ costs $5 and $6.\n\n    a/b"),
        ("[a card](card:m14.a.b), [a lab](lab:cfg_sweep), [there](#b)", "a card, a lab, there"),
        ("[site](https://example.org) <https://example.org>", "site (https://example.org) https://example.org"),
        ("![four tiles](assets/x.png)", "[Picture: four tiles]"),
        ("<b>no</b> [x](javascript:alert)", "<b>no</b> [x](javascript:alert)"),
        ("a\x1b[31mred\x07", "a[31mred"),
        ("", ""),
    ],
)
def test_the_text_without_marks(markdown: str, words: str) -> None:
    assert as_plain(markdown) == words + "\n"


@pytest.mark.parametrize(
    ("address", "inner"),
    [
        ("card:m14.a.b", True),
        ("lab:cfg_sweep", True),
        ("#chapter-1", True),
        ("06_revision.md", True),
        ("06_revision.md#traps", True),
        ("https://example.org/a.md", False),
        ("../../etc/notes.md", False),
        ("app.quit", False),
        ("vscode://file", False),
        ("", False),
    ],
)
def test_only_links_into_the_program_lead_anywhere(address: str, inner: bool) -> None:
    assert is_inner(address) is inner
