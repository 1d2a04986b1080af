"""Text, Markdown, charts and themes, without an app."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from textual.color import Color

import labs
from studyapp.core.schedule import CardState
from studyapp.services.lab_log import LabRun
from studyapp.tui import lab_views, markdown, text, views
from studyapp.tui.editor import command
from studyapp.tui.themes import THEMES
from studyapp.tui.widgets.forecast import forecast
from tests.conftest import make_card

MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "today"), (1, "tomorrow"), (6, "6 d, 29 Nov"), (99, "99 d, 2 Mar"), (400, "28 Dec 2027")],
)
def test_days_in_words(days: int, words: str) -> None:
    assert text.day_words(MONDAY + timedelta(days=days), MONDAY) == words
    assert len(words) <= 11


def test_both_ends_of_a_line() -> None:
    assert text.ends(text.plain("left"), text.plain("right"), 12).plain == "left   right"
    assert text.ends(text.plain("left"), text.plain("much too long"), 12).plain == "left much t…"
    assert text.ends(text.plain("much too long"), text.plain("r"), 8).plain == "much to…"


def test_every_kind_of_space_keeps_words_apart() -> None:
    assert text.plain("1\u202f000\u00a0steps\tand").plain == "1 000 steps    and"


def test_hanging_lines() -> None:
    content = text.hanging(text.plain("• "), text.plain("one two three four five"), 12)
    assert content.plain == "• one two\n  three four\n  five"


MARKDOWN = """# Heading

Some **bold** and *italic* text with `x[i]`
on two lines.

1. one
2. two
   - inner

```python
a = b[0]  # **not bold**
```

> quoted

| name | value |
|---|--:|
| a | 1 |

A [link](https://example.org), <https://example.net>, ![picture](p.png), <b>html</b>.

---
"""


def test_markdown_in_words() -> None:
    assert markdown.rendered(MARKDOWN, 60).plain == (
        "Heading\n\nSome bold and italic text with x[i] on two lines.\n\n1. one\n2. two\n   • inner\n\n"
        "  a = b[0]  # **not bold**\n\n│ quoted\n\nname  value\n────  ─────\na     1    \n\n"
        "A link (https://example.org), https://example.net, picture (p.png), <b>html</b>.\n\n────────────────────"
    )


def test_markdown_has_styles_and_no_actions() -> None:
    content = markdown.rendered(MARKDOWN + "\n[x](app.quit) [@click=app.quit]y[/]", 60)
    styles = {content.plain[span.start : span.end]: str(span.style) for span in content.spans}
    assert styles["bold"] == "bold"
    assert styles["italic"] == "italic"
    assert styles["x[i]"] == markdown.CODE
    assert "[@click=app.quit]y[/]" in content.plain
    assert not any("click" in style or "link" in style for style in styles.values())


def test_a_table_too_wide_for_the_pane_is_written_row_by_row() -> None:
    table = "| sampler | what it does |\n|---|---|\n| DDIM | a long explanation of what it does |\n"
    assert markdown.rendered(table, 28).plain == (
        "sampler: DDIM\nwhat it does: a long\n              explanation of\n              what it does"
    )


def test_forecast_has_a_bar_a_figure_and_a_day_for_each() -> None:
    chart = forecast([8, 0, 4], MONDAY, 70).plain.splitlines()
    assert chart[-2].split() == ["8", "0", "4"]
    assert chart[-1].split() == ["Mon", "Tue", "Wed"]
    assert [line[:3] for line in chart[:3]] == ["███"] * 3
    assert all(line[7:10] == "   " for line in chart[:3])
    assert [line[14:17] for line in chart[:3]] == ["   ", "▄▄▄", "███"]
    assert len(forecast([1] * 7, MONDAY, 30).plain.splitlines()[-1].split()) == 4


@pytest.mark.parametrize(
    ("device", "walks", "said"),
    [
        ("cuda: a card", 200_000, ""),
        ("cuda: a card", 2000, "walks=2000"),
        ("cpu, 1 thread", 2000, ""),
        ("cpu, 1 thread", 200_000, "walks=200000"),
    ],
)
def test_a_run_says_what_was_set_to_other_than_its_device_takes(device: str, walks: int, said: str) -> None:
    lab = labs.load("forward_noising")
    data = {"params": lab.parameters({}) | {"walks": walks}, "device": device, "seconds": 3.0}
    row = lab_views.history_row(lab, LabRun("id", datetime(2026, 11, 23, tzinfo=UTC), lab.name, None, data), 120)
    assert row.plain.rpartition("3 s")[2].strip() == said


def test_the_lab_line_can_be_pasted_into_a_shell() -> None:
    card = make_card(lab="cfg_sweep", lab_params={"scale": 7.5})
    assert "studyapp lab run cfg_sweep --set scale=7.5" in views.background(card, 70).plain


def test_standing_in_words() -> None:
    state = CardState("c", due=MONDAY + timedelta(days=6), reviews=2, last_grade=3, lapses=1, flag=1)
    assert views.standing(state, MONDAY).plain == (
        "waiting · next 6 d, 29 Nov · last grade 3 hard · answered 2 times · forgotten 1 time · ⚑ flagged"
    )


@pytest.mark.parametrize(
    ("editor", "expected"),
    [("vim -u NONE", ["vim", "-u", "NONE", "+7", "f.yaml"]), ("code --wait", ["code", "--wait", "f.yaml"])],
)
def test_editor_command(monkeypatch: pytest.MonkeyPatch, editor: str, expected: list[str]) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", editor)
    assert command("f.yaml", "7") == expected


# -- themes


def _named(theme_index: int) -> dict[str, Color]:
    theme = THEMES[theme_index]
    names = ("primary", "success", "warning", "error", "secondary", "accent", "foreground", "background", "panel")
    return {name: Color.parse(getattr(theme, name)) for name in names}


@pytest.mark.parametrize("index", range(len(THEMES)), ids=[theme.name for theme in THEMES])
def test_every_colour_of_text_can_be_read(index: int) -> None:
    colours = _named(index)
    for name in ("primary", "success", "warning", "error", "secondary", "accent", "foreground"):
        assert _contrast(colours[name], colours["background"]) >= 4.5, name
    muted = colours["background"].blend(colours["foreground"], 0.65)
    assert _contrast(muted, colours["background"]) >= 4.5
    assert _contrast(colours["foreground"], colours["panel"]) >= 4.5


DEUTAN = ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881))
PROTAN = ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998))
"""Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB."""


@pytest.mark.parametrize("matrix", [DEUTAN, PROTAN], ids=["deutan", "protan"])
def test_the_safe_theme_keeps_good_middling_and_bad_apart(matrix: tuple[tuple[float, ...], ...]) -> None:
    colours = _named(2)
    seen = {name: _lab(_seen(colours[name], matrix)) for name in ("success", "warning", "error")}
    for one, other in (("success", "error"), ("success", "warning"), ("warning", "error")):
        distance = sum((a - b) ** 2 for a, b in zip(seen[one], seen[other], strict=True)) ** 0.5
        assert distance >= 25, (one, other)


def _linear(colour: Color) -> list[float]:
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.normalized]


def _contrast(one: Color, other: Color) -> float:
    low, high = sorted(0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (_linear(one), _linear(other)))
    return (high + 0.05) / (low + 0.05)


def _seen(colour: Color, matrix: tuple[tuple[float, ...], ...]) -> list[float]:
    linear = _linear(colour)
    return [min(1.0, max(0.0, sum(m * c for m, c in zip(row, linear, strict=True)))) for row in matrix]


def _lab(linear: list[float]) -> tuple[float, float, float]:
    """CIE Lab (D65) of a linear RGB colour."""
    r, g, b = linear
    x = (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    z = (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)
