"""The reader: going through chapters, the place, what counts as read, cards, links, search."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from textual.pilot import Pilot

from studyapp.bootstrap import Program
from studyapp.services import reading
from studyapp.services.reading import Place
from studyapp.tui.screens.reader import ReaderScreen
from tests.conftest import card_values, write_module
from tests.tui.labs import LAB
from tests.tui.screens import Ticks, key_words, press, running, screen_name, settle, shown, toasts, welcomed, write

FILE = "02_explainer.md"
SMALL = (40, 10)
FIRST = """# Fog

See [c0](card:t1.fog.c0), the [lab](lab:LAB), [below](#why), [the plan](04_plan.md#day-2), [gone](card:t1.fog.gone),
[site](https://example.org/x).

## Chapter 1 First things

| t | SNR |
|---|---|
| 100 | 8.5 |

```text
xₜ = √ᾱₜ · x₀
```

$$\\frac{a}{b}$$

> A quotation with $x_t$ in it.

""" + "\n\n".join(f"Paragraph {number} says something about noise." for number in range(1, 21))
WHY = "\n\n### Why\n\n- one\n- two\n\nThe **end** of it."
SECOND = "\n\n## Chapter 2 More\n\nThe noise is gone.\n\n## Chapter 3 Last\n\nShort."
PLAN = "# Plan\n\n## Day 1\n\nOne.\n\n## Day 2\n\nTwo: back to [the explainer](02_explainer.md).\n"
DOCUMENTS = [
    {"file": FILE, "title": "Explainer", "role": "explainer"},
    {"file": "04_plan.md", "title": "Plan", "role": "daily_recall"},
]


@pytest.fixture
def folder(content: Path) -> Path:
    cards = [
        card_values("t1.fog.c0", lab=LAB),
        card_values("t1.fog.c1"),
        card_values("t1.fog.c2", explainer="chapter-2-more"),
        card_values("t1.fog.c3", explainer=""),
    ]
    cards[3].pop("explainer")
    folder = write_module(content / "module_1", {"fog": cards}, documents=DOCUMENTS)
    (folder / FILE).write_text(FIRST.replace("LAB", LAB) + WHY + SECOND, encoding="utf-8")
    (folder / "04_plan.md").write_text(PLAN, encoding="utf-8")
    return folder


@pytest.fixture
def program(folder: Path, open_again: Callable[[], Program]) -> Program:
    return welcomed(open_again())


def title(pilot: Pilot[None]) -> str:
    return " ".join(shown(pilot).splitlines()[0].split())


def read_on(program: Program) -> list[bool]:
    return [c.read_on is not None for c in reading.chapters(program.recall, program.library, "t1", FILE)]


async def test_it_begins_with_the_explainer_and_shows_everything(program: Program) -> None:
    async with running(program, "reader", size=(80, 60)) as pilot:
        words = shown(pilot)
        assert title(pilot) == "Chapter 1 First things Explainer 1/3"
        assert "site (https://example.org/x)" in words.replace("\n  ", " ")
        assert "card:" not in words
        for part in (
            "t    SNR",
            "100  8.5",
            "    xₜ = √ᾱₜ · x₀",
            "    a/b",
            "│ A quotation with xₜ in it.",
            "Paragraph 9",
        ):
            assert part in words
        await press(pilot, "G")
        assert "• two" in shown(pilot)
        assert "[ ] not read yet; counts as read after" in shown(pilot)
        assert "a  asks its cards now: 2 new of 2" in shown(pilot)
        assert "n  next: Chapter 2 More" in shown(pilot)


@pytest.mark.parametrize("size", [(80, 24), SMALL])
async def test_space_goes_through_the_whole_document(program: Program, size: tuple[int, int]) -> None:
    seen = set()
    async with running(program, "reader", size=size) as pilot:
        for _ in range(60):
            seen |= {line.strip(" │┃") for line in shown(pilot).splitlines()}
            if title(pilot).endswith("3/3"):
                break
            await press(pilot, "space")
        assert {f"Paragraph {number} says something about noise." for number in range(1, 21)} <= seen or size == SMALL
        assert {"Why", "• two", "The end of it.", "The noise is gone.", "Short."} <= seen
        await press(pilot, "G", "space")
        assert toasts(pilot)[-1] == "This is the last chapter."
        await press(pilot, "p", "p", "p")
        assert toasts(pilot)[-1] == "This is the first chapter."
        await press(pilot, "escape")
        assert screen_name(pilot) == "today"


async def test_the_place_outlives_two_restarts_and_another_width(
    program: Program, open_again: Callable[[], Program]
) -> None:
    async with running(program, "reader") as pilot:
        await press(pilot, "space", "j")
        top = shown(pilot).splitlines()[3].strip(" │┃")
        assert top.startswith("Paragraph") or shown(pilot).splitlines()[4].strip(" │┃").startswith("Paragraph")
        kept = shown(pilot)
        await press(pilot, "ctrl+q")
    for _ in range(2):
        async with running(open_again(), "reader") as pilot:
            assert shown(pilot) == kept
            await press(pilot, "ctrl+q")
    async with running(open_again(), "reader", size=SMALL) as pilot:
        assert any(line in shown(pilot) for line in (top, "Paragraph"))
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert any(line and line in shown(pilot) for line in (top, kept.splitlines()[4].strip(" │┃")))


async def test_another_place_opens_at_its_heading(program: Program) -> None:
    async with running(program, "reader", arguments=[Place("t1", FILE, "chapter-2-more")]) as pilot:
        assert title(pilot) == "Chapter 2 More Explainer 2/3"
    async with running(program, "reader", arguments=[Place("t1", FILE, "why")]) as pilot:
        assert "1/3" in title(pilot)
        assert "Why" in shown(pilot)


# -- what counts as read


async def test_a_chapter_counts_once_its_end_was_reached_and_the_time_was_enough(program: Program) -> None:
    ticks = Ticks()
    async with running(program, "reader", ticks=ticks) as pilot:
        await press(pilot, "G", "k")
        assert read_on(program) == [False] * 3  # the end alone is not reading
        ticks.now += 30
        await press(pilot, "k")
        assert read_on(program) == [True, False, False]
        assert toasts(pilot)[-1] == "Read: Chapter 1 First things."
        await press(pilot, "G")
        assert "[x] read today" in shown(pilot)
        await press(pilot, "c")
        assert "Explainer  1 of 3 read" in shown(pilot)
        assert "[x] Chapter 1 First things" in shown(pilot)


async def test_time_alone_is_not_reading_and_time_elsewhere_does_not_count(program: Program) -> None:
    ticks = Ticks()
    async with running(program, "reader", ticks=ticks) as pilot:
        ticks.now += 100
        await press(pilot, "j", "k")
        assert read_on(program) == [False] * 3
        await press(pilot, "n", "question_mark")
        ticks.now += 100
        await press(pilot, "escape", "j", "c")
        ticks.now += 100
        await press(pilot, "escape", "j")
        assert read_on(program) == [False] * 3
        ticks.now += 2
        await press(pilot, "j")
        assert read_on(program) == [False, True, False]


async def test_the_beginning_of_the_last_paragraph_is_not_the_end(
    folder: Path, open_again: Callable[[], Program]
) -> None:
    (folder / FILE).write_text(
        "## Chapter 1 First things\n\n" + "fog " * 500 + "\n\n## Chapter 2 More\n", encoding="utf-8"
    )
    program, ticks = welcomed(open_again()), Ticks()
    async with running(program, "reader", ticks=ticks) as pilot:
        ticks.now += 100
        await press(pilot, "j", "k")
        assert not any(read_on(program))
        await press(pilot, "G")
        assert read_on(program) == [True, False]


async def test_an_edited_document_is_shown_anew(program: Program, folder: Path) -> None:
    async with running(program, "reader") as pilot:
        await press(pilot, "n", "question_mark")
        text = FIRST.replace("LAB", LAB) + WHY + SECOND
        (folder / FILE).write_text(text.replace("The noise is gone.", "Quite another text."), encoding="utf-8")
        assert program.library.refresh()
        await press(pilot, "escape")
        assert title(pilot) == "Chapter 2 More Explainer 2/3"
        assert "Quite another text." in shown(pilot)


# -- cards, labs, links


async def test_the_chapters_cards_are_asked_and_introduced(program: Program) -> None:
    async with running(program, "reader") as pilot:
        await press(pilot, "G", "a")
        await settle(pilot)
        assert "Recall 1/2" in shown(pilot)
        await press(pilot, "space", "5", "space", "5")
        await settle(pilot)
        assert screen_name(pilot) == "summary"
        await press(pilot, "enter")
        await settle(pilot)
        assert screen_name(pilot) == "reader"
        assert "a  practises its 2 cards; none is due" in shown(pilot)
        await press(pilot, "n", "n")
        assert "ask cards" not in key_words(pilot)
        await press(pilot, "a")
        assert screen_name(pilot) == "reader"
    assert program.recall.state("t1.fog.c0").due is not None
    assert program.recall.state("t1.fog.c2").due is None


async def test_links_lead_to_cards_labs_headings_and_documents(program: Program) -> None:
    async with running(program, "reader") as pilot:
        await press(pilot, "tab", "enter")
        assert screen_name(pilot) == "card"
        await press(pilot, "escape", "tab", "enter")
        await settle(pilot)
        assert screen_name(pilot) == "lab"
        await press(pilot, "escape", "tab", "enter")
        assert "The end of it." in shown(pilot)
        await press(pilot, "escape")
        assert "Fog" in shown(pilot).splitlines()[3]
        await press(pilot, "shift+tab", "shift+tab", "shift+tab", "tab", "enter")  # round, to the first
        assert shown(pilot).splitlines()[0].strip().startswith("Fog")
    async with running(program, "reader") as pilot:
        await press(pilot, *["tab"] * 4, "enter")
        assert title(pilot) == "Day 2 Plan 2/2"
        await press(pilot, "escape")
        assert title(pilot) == "Chapter 1 First things Explainer 1/3"
        await press(pilot, "tab", "enter")  # the link that was followed is still the chosen one
        assert toasts(pilot)[-1].startswith("There is no card 't1.fog.gone'")
        assert screen_name(pilot) == "reader"


async def test_a_click_follows_a_link(program: Program) -> None:
    async with running(program, "reader") as pilot:
        row = next(number for number, line in enumerate(shown(pilot).splitlines()) if "See c0" in line)
        await pilot.click(offset=(shown(pilot).splitlines()[row].index("c0"), row))
        await pilot.pause()
        assert screen_name(pilot) == "card"


async def test_a_card_leads_to_its_chapter_and_back_with_the_draft(program: Program) -> None:
    async with running(program, "review") as pilot:
        await press(pilot, "t")
        await write(pilot, "half an ans")
        await press(pilot, "escape", "r")
        await settle(pilot)
        assert title(pilot).startswith("Chapter ")
        await press(pilot, "j", "escape")
        assert screen_name(pilot) == "review"
        assert "half an ans" in shown(pilot)
    async with running(program, "browse") as pilot:
        await press(pilot, "r")
        assert screen_name(pilot) == "reader"
        await press(pilot, "escape", "G", "enter", "r")
    screen = program.library
    assert reading.place_of_card(screen, program.recall.card("t1.fog.c3")) is None


async def test_a_card_without_a_chapter_says_so(program: Program) -> None:
    async with running(program, "browse") as pilot:
        await press(pilot, "slash", "c", "3", "enter", "r")
        assert toasts(pilot)[-1] == "No chapter explains this card."


# -- search


async def test_search_counts_hits_in_the_whole_document(program: Program) -> None:
    async with running(program, "reader") as pilot:
        await press(pilot, "slash")
        await write(pilot, "about  NOISE")
        assert "hit 1 of 20" in title(pilot)
        await press(pilot, "enter", "n", "n")
        assert "hit 3 of 20" in title(pilot)
        assert "Paragraph 3" in shown(pilot)
        await press(pilot, "N", "N", "N")
        assert "hit 20 of 20" in title(pilot)
        await press(pilot, "escape")
        assert "1/3" in title(pilot)
        await press(pilot, "n")
        assert "2/3" in title(pilot)
        await press(pilot, "slash")
        await write(pilot, "short")
        assert title(pilot) == "Chapter 3 Last hit 1 of 1"
        await press(pilot, "escape")  # not entered: back to where the search began
        assert title(pilot) == "Chapter 2 More Explainer 2/3"
        await press(pilot, "slash")
        await write(pilot, "[/x")
        assert "not found" in title(pilot)
        await press(pilot, "enter", "n", "escape", "escape")
        assert screen_name(pilot) in ("reader", "today")


# -- pictures


async def test_a_picture_is_shown_with_its_caption(
    program: Program, folder: Path, open_again: Callable[[], Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "assets").mkdir()
    Image.new("RGB", (64, 32), (200, 30, 30)).save(folder / "assets" / "x.png")
    text = "## One\n\n![A red field, [/b] and $x_t$](assets/x.png)\n\n![Gone](assets/no.png)\n\n![Out](/etc/passwd)\n"
    (folder / FILE).write_text(text, encoding="utf-8")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    async with running(open_again(), "reader", size=(80, 60)) as pilot:
        words = shown(pilot)
        assert "▀" * 40 in words
        assert "A red field, [/b] and xₜ" in words
        assert words.count("(picture is not there)") == 2
        assert "passwd" not in words
    monkeypatch.setenv("NO_COLOR", "1")
    async with running(open_again(), "reader") as pilot:
        assert "▀" not in shown(pilot)
        assert "(brightness 32 %, contrast 0 %)" in shown(pilot)


# -- nothing, and too small


async def test_without_documents_it_says_what_to_do(content: Path, open_again: Callable[[], Program]) -> None:
    async with running(welcomed(open_again()), "reader") as pilot:
        assert "There is nothing to read yet" in shown(pilot)
        await press(pilot, "space", "n", "slash", "tab", "enter", "a", "c", "escape", "escape")
        assert screen_name(pilot) == "today"


async def test_a_document_that_is_gone_ends_in_a_sentence(program: Program, folder: Path) -> None:
    (folder / FILE).unlink()
    async with running(program, "reader") as pilot:
        assert "the file cannot be read" in toasts(pilot)[-1]
        await press(pilot, "c")
        assert "Day 1" in shown(pilot)
        await press(pilot, "enter")
        assert title(pilot) == "Day 1 Plan 1/2"


async def test_too_small_and_large_again(program: Program) -> None:
    async with running(program, "reader") as pilot:
        await press(pilot, "space")
        kept = shown(pilot)
        await pilot.resize_terminal(30, 8)
        await pilot.pause()
        assert "Too small" in shown(pilot)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert shown(pilot) == kept
        assert isinstance(pilot.app.screen, ReaderScreen)
