"""Every chapter of the course in the reader, and documents that would crash a careless one."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.content import Content
from textual.strip import Strip
from textual.style import Style

from studyapp.bootstrap import Program
from studyapp.core.chapter import Chapter
from studyapp.core.prose import as_plain
from studyapp.curriculum.markdown import chapters, read_chapters
from studyapp.services.reading import Place
from studyapp.tui.leaf import Leaf, Search
from studyapp.tui.markdown import blocks, rendered
from studyapp.tui.screens.reader import ReaderScreen
from studyapp.tui.text import cleaned
from tests.conftest import card_values, write_module
from tests.tui.screens import press, running, screen_name, shown, welcomed
from tests.tui.test_hostile import HOSTILE

FOLDER = Path(str(files("content") / "module_14_diffusion"))
CHAPTERS = {
    f"{file.name}#{number}": chapter
    for file in sorted(FOLDER.glob("*.md"))
    for number, chapter in enumerate(read_chapters(FOLDER, file.name, file.name), start=1)
}
WIDTHS = (35, 75, 84)
"""Of the text at 40, 80 and from 90 columns."""
MARKS = "*`|#>[]()!$\\"


DOCUMENT = """# BAD

BAD

## BAD

- BAD

| a | SHORT |
|---|---|
| BAD | 2 |

```
BAD
```

> BAD

$BAD$

$$
BAD
$$

[BAD](card:SHORT) [x](app.quit) [y](javascript:app.quit) [z](lab:../../x) [w](#SHORT) [v](../x.md)

![BAD](<SHORT>)
"""


def laid_out(chapter: Chapter, width: int) -> Leaf:
    return Leaf(chapter, width, lambda address: lambda width: [Strip.blank(width)])


def words_of(text: str) -> list[str]:
    """The letters and digits, whatever is between them."""
    return "".join(letter if letter.isalnum() else " " for letter in text).split()


@pytest.mark.parametrize("name", CHAPTERS)
@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_of_the_course_is_cut_and_no_word_is_lost(name: str, width: int) -> None:
    chapter = CHAPTERS[name]
    found = blocks(chapter.text, width)
    rows = [row for block in found for row in block.content.plain.split("\n")]
    assert max(cell_len(row) for row in rows) <= width
    letters = "".join(words_of("".join(rows)))
    for word in words_of(as_plain(chapter.text).replace("[Picture: ", "")):
        assert word in letters


@pytest.mark.parametrize("name", CHAPTERS)
def test_headings_and_links_of_the_course_are_found_on_the_page(name: str) -> None:
    chapter = CHAPTERS[name]
    leaf = laid_out(chapter, 75)
    for heading in chapter.headings:
        part = leaf.parts[leaf.part_at(heading.line)]
        assert isinstance(part, Content)
        assert words_of(part.plain)[:1] == words_of(heading.title)[:1]
    addresses = [link.address for link in leaf.links]
    assert len(addresses) == chapter.text.count("](card:") + chapter.text.count("](lab:") + chapter.text.count(
        "](#"
    ) + sum(chapter.text.count(f"]({file.name}") for file in FOLDER.glob("*.md"))


@pytest.mark.parametrize("size", [(80, 24), (40, 10)])
async def test_every_chapter_opens_in_the_app(
    monkeypatch: pytest.MonkeyPatch, open_again: Callable[[], Program], size: tuple[int, int]
) -> None:
    monkeypatch.setenv("STUDYAPP_CONTENT", str(FOLDER))
    async with running(welcomed(open_again()), "reader", size=size) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, ReaderScreen)
        for name, chapter in CHAPTERS.items():
            screen.open(Place("m14", name.partition("#")[0], chapter.anchor))
            await pilot.pause()
            lines = screen.page.lines
            assert max(line.cell_length for line in lines) <= size[0] - 4
            words = words_of(" ".join(line.text for line in lines))
            assert words[0] == words_of(as_plain(chapter.text))[0]
            assert words_of(shown(pilot))
            assert "read" in words[-60:]  # whether it counts as read stands at the end


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_documents_are_shown_and_do_nothing(
    content: Path, open_again: Callable[[], Program], name: str
) -> None:
    bad = HOSTILE[name]
    text = DOCUMENT.replace("BAD", bad).replace("SHORT", bad[:50])
    folder = write_module(content / "module_1", {"fog": [card_values("t1.fog.c0", explainer="why")]})
    (folder / "02_explainer.md").write_text(text + "\n\n## Why\n\nEnd.\n", encoding="utf-8", errors="replace")
    program = welcomed(open_again())
    if not program.library.modules():  # a card whose chapter has no such anchor: nothing was taken over
        pytest.fail(str(program.library.problems))
    async with running(program, "reader") as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, ReaderScreen)
        for _ in range(8):
            await press(pilot, "tab", "enter")
            while screen_name(pilot) != "reader":
                await press(pilot, "escape")
            assert pilot.app.is_running
        await press(pilot, "slash", "a", "b", "enter", "c", "escape", "G", "space", "p", "escape")
        assert "\x1b" not in shown(pilot)
        assert pilot.app.is_running
        assert pilot.app.return_code is None
    for chapter in chapters(text, bad):
        for width in WIDTHS:
            rows = [row for block in blocks(chapter.text, width) for row in block.content.plain.split("\n")]
            assert max(map(cell_len, rows), default=0) <= width
            assert all(letter.isprintable() for row in rows for letter in row)
        assert "\x1b" not in as_plain(chapter.text)


def test_what_looks_like_markup_is_shown_as_it_is() -> None:
    bad = "[@click=app.quit]press[/] and a[i]"
    (block,) = blocks(bad, 75)
    assert block.content.plain == bad
    assert all("click" not in str(span.style) for span in block.content.spans)


def test_on_a_card_a_link_shows_its_address_and_carries_none() -> None:
    content = rendered("[a card](card:t1.fog.c0) and [x](app.quit)", 75)
    assert content.plain == "a card (card:t1.fog.c0) and x (app.quit)"
    assert not any(isinstance(span.style, Style) for span in content.spans)


def test_a_phrase_is_found_across_the_end_of_a_line() -> None:
    chapter = Chapter("", "", "> " + "one two three four five " * 20 + "\n\nOne\nTwo")
    leaf = laid_out(chapter, 30)
    search = Search.through([leaf], "five ONE", (0, 0))
    assert len(search.hits) == 19
    assert len(Search.through([leaf], "one two", (0, 1)).hits) == 21
    assert Search.through([leaf], "one two", (0, 1)).at == 20
    assert Search.through([leaf], "o", (0, 0)).hits == ()
    assert Search.through([leaf], "(", (0, 0)).hits == ()
    rows = {leaf.row_of(hit) for hit in leaf.find("three")}
    assert len(rows) > 10


def test_code_that_is_too_long_goes_on_behind_a_mark() -> None:
    (block,) = blocks("```\n" + "x" * 30 + "\n  y\n```", 20)
    assert block.content.plain == "  " + "x" * 18 + "\n  ↪ " + "x" * 12 + "\n    y"
    (block,) = blocks("```\n" + "x̂" * 40 + "\n```", 24)
    assert cleaned(block.content.plain).count("x") == 40
