"""Chapters of a document: together its whole text, each with its own headings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyapp.core.chapter import Chapter
from studyapp.curriculum.markdown import chapters

TEXT = """# Fog

Before the first.

## Chapter 1: The fog

### Why

Text.

```
## no chapter
```

## Chapter 2

### Why

End.
"""


def test_chapters_begin_at_headings_of_level_two() -> None:
    one, two = chapters(TEXT, "Explainer")
    assert (one.anchor, one.title, two.anchor) == ("chapter-1-the-fog", "Chapter 1: The fog", "chapter-2")
    assert one.text.startswith("# Fog\n\nBefore the first.")
    assert "## no chapter" in one.text
    assert two.text.startswith("## Chapter 2\n")
    assert [heading.anchor for heading in one.headings] == ["fog", "chapter-1-the-fog", "why"]
    assert [(heading.anchor, heading.line) for heading in two.headings] == [("chapter-2", 0), ("why-1", 2)]
    assert two.has("why-1")
    assert not two.has("why")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [("", "Explainer")]),
        ("Only text.", [("", "Explainer")]),
        ("# One\na\n# Two\nb", [("one", "One"), ("two", "Two")]),
        ("### Deep\na", [("", "Explainer")]),
        ("## **Bold** `x`\r\na", [("bold-x", "Bold x")]),
    ],
)
def test_documents_of_other_shapes(text: str, found: list[tuple[str, str]]) -> None:
    assert [(chapter.anchor, chapter.title) for chapter in chapters(text, "Explainer")] == found


@given(st.lists(st.sampled_from(["# a", "## b", "## b", "### c", "text", "```", "", "\r"])).map("\n".join))
def test_no_line_is_lost(text: str) -> None:
    found = chapters(text, "Title")
    assert "\n".join(chapter.text for chapter in found) == text
    anchors = [chapter.anchor for chapter in found]
    assert len(set(anchors)) == len(anchors)
    for chapter in found:
        lines = chapter.text.split("\n")
        assert all(lines[heading.line].startswith("#") for heading in chapter.headings)


def test_words_and_version_of_a_chapter() -> None:
    chapter = Chapter("a", "A", "One [two](card:m14.a.very-long) three's.\n\n```\nx = 1\n```\n")
    assert chapter.words == 5
    assert chapter.least_seconds == pytest.approx(0.5)
    assert chapter.version == Chapter("a", "A", "One  [two](card:m14.a.very-long) three's. ``` x = 1 ```").version
    assert chapter.version != Chapter("a", "A", chapter.text.replace("One", "Won")).version
