"""`studyapp read` in a pipe."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest

from studyapp.bootstrap import Program
from studyapp.cli import main
from studyapp.core.log import EventKind
from studyapp.plain.reader import PlainReader
from studyapp.services.book import Book
from studyapp.services.reading import chapters, documents, record_chapter

Run = Callable[..., tuple[int, str, str]]
TEXT = """# Test

Hello *you*.

## Chapter 1 First things

[A card](card:t1.fog.c0)\x1b[31m.

## Chapter 2 More

$x_t$
"""


@pytest.fixture
def run(module: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    (module / "02_explainer.md").write_text(TEXT, encoding="utf-8")

    def command(*arguments: str) -> tuple[int, str, str]:
        code = main(["read", *arguments])
        return (code, *capsys.readouterr())

    return command


def test_a_document_as_plain_text(run: Run) -> None:
    assert run("02_explainer.md", "--plain") == (
        0,
        "Test\n\nHello you.\n\nChapter 1 First things\n\nA card[31m.\n\nChapter 2 More\n\nxₜ\n",
        "",
    )
    assert run("explainer#2") == (0, "Chapter 2 More\n\nxₜ\n", "")


def test_what_there_is_with_progress(run: Run, open_again: Callable[[], Program]) -> None:
    code, out, err = run()
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "02_explainer.md · Explainer · 0 of 2 read",
        "  1 Chapter 1 First things · 10 words · not read",
        "  2 Chapter 2 More · 4 words · not read",
    ]
    program = open_again()
    chapter = program.library.chapters("t1", "02_explainer.md")[1]
    record_chapter(program.recall, "t1", "02_explainer.md", chapter, 30)
    code, out, err = run("--json", "explainer")
    (document,) = json.loads(out)
    first, second = document.pop("chapters")
    assert document == {
        "module": "t1",
        "document": "02_explainer.md",
        "title": "Explainer",
        "role": "explainer",
        "read": 1,
        "total": 2,
    }
    assert first["read_on"] is None
    assert second == {
        "anchor": "chapter-2-more",
        "title": "Chapter 2 More",
        "words": 4,
        "read_on": "2026-11-23",
        "changed": False,
    }
    assert "  2 Chapter 2 More · 4 words · read 2026-11-23\n" in run()[1]


def read_lines(program: Program, ticks: list[float], typed: str, chapters: list[int]) -> str:
    """What the line mode says; each look at the timer takes its next value."""
    (document,) = documents(program.library)
    book, target, times = Book.open(program.recall, program.library, document), StringIO(), iter(ticks)
    PlainReader(book, StringIO(typed), target, lambda: next(times)).run(chapters)
    return target.getvalue()


def read_on(program: Program) -> list[bool]:
    return [
        chapter.read_on is not None for chapter in chapters(program.recall, program.library, "t1", "02_explainer.md")
    ]


def test_a_chapter_is_read_line_by_line(run: Run, open_again: Callable[[], Program]) -> None:
    program = open_again()
    assert program.library.chapters("t1", "02_explainer.md")[0].least_seconds == 1
    said = read_lines(program, [0, 0.2, 500.2, 501], "\n\n", [0])
    assert said.startswith("Test\n\nHello you.\n\nChapter 1 First things\n")
    assert "Nobody reads it so fast: it counts in 1 second.\n" in said
    assert said.endswith("Counted as read: 1 of 2 chapters.\n\n")
    assert read_on(program) == [True, False]
    (event,) = program.store.events_of_kind("me", EventKind.CHAPTER)
    assert event.data["seconds"] == 500, "all of the time counts where no key is pressed meanwhile"
    assert "[Read on 23 Nov 2026.]" in read_lines(program, [0], "", [0])


def test_a_chapter_that_was_left_goes_on_with_its_time(run: Run, open_again: Callable[[], Program]) -> None:
    program = open_again()
    assert "Stopped." in read_lines(program, [0, 0.3, 1], "q\n", [1])
    assert read_on(program) == [False, False]
    read_lines(program, [50, 50.2, 51], "\n", [1])
    assert read_on(program) == [False, True], "0.5 s in all, for four words"


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("nothing", "There is no document 'nothing'; there are: 02_explainer.md."),
        (
            "explainer#chapter-9",
            "02_explainer.md has no chapter 'chapter-9'; there are: chapter-1-first-things, chapter-2-more.",
        ),
    ],
)
@pytest.mark.parametrize("form", ["--plain", "--json"])
def test_a_place_that_is_not_there(run: Run, form: str, place: str, sentence: str) -> None:
    assert run(form, place) == (2, "", sentence + "\n")
