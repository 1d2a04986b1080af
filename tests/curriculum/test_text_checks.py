"""TeX that does not close, and the anchors of headings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyapp.curriculum.markdown import anchors
from studyapp.curriculum.tex import imbalance


@pytest.mark.parametrize(
    ("tex", "wrong"),
    [
        (r"x_t = \sqrt{\bar\alpha_t}\,x_0", None),
        (r"\left( \frac{a}{b} \right]", None),
        (r"\begin{array}{cc} a & b \\ c & d \end{array}", None),
        (r"\begin{align*} a \end{align*}", None),
        (r"\{ a \}", None),
        (r"\leftarrow \rightarrow", None),
        ("", None),
        ("{a", "a { is not closed"),
        ("a}", "a } closes nothing"),
        (r"\left( a", r"\right is missing"),
        (r"a \right)", r"\right closes nothing"),
        (r"\begin{x} a", r"\end{x} is missing"),
        (r"\begin{x} a \end{y}", r"\end{y} closes nothing"),
        (r"\end{x}", r"\end{x} closes nothing"),
        (r"{\left( a }", "a } closes nothing"),
        (r"\frac{a}{b}}", "a } closes nothing"),
        (r"a \\{", "a { is not closed"),
    ],
)
def test_what_is_open_is_closed(tex: str, wrong: str | None) -> None:
    assert imbalance(tex) == wrong


@given(st.recursive(st.sampled_from(["a", r"\{", r"\\"]), lambda x: st.lists(x).map(lambda p: "{" + " ".join(p) + "}")))
def test_balanced_braces_are_balanced_and_one_more_is_not(tex: str) -> None:
    assert imbalance(tex) is None
    assert imbalance(tex + "}") == "a } closes nothing"
    assert imbalance("{ " + tex) == "a { is not closed"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("# One\n## Chapter 1: The fog\n", ["one", "chapter-1-the-fog"]),
        ("## Same\n## Same\n## Same\n", ["same", "same-1", "same-2"]),
        ("```\n# no heading\n```\n~~~\n# nor this\n~~~\n# Yes\n", ["yes"]),
        ("#no space\n####### seven\ntext # not\n", []),
        ("## Closed ##\r\n## Größe, *and* `x_t`!\r\n", ["closed", "größe-and-x_t"]),
        ("", []),
    ],
)
def test_headings_and_their_anchors(text: str, found: list[str]) -> None:
    assert anchors(text) == found
