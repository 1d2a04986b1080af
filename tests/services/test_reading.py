"""Which chapters were read, by the log alone; where the reader stopped; which cards a chapter has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from studyapp.bootstrap import Program
from studyapp.core.log import EventKind
from studyapp.errors import StudyError, UsageError
from studyapp.services import reading
from studyapp.services.book import Book
from studyapp.services.reading import BOOKMARKS, Bookmark, ChapterProgress, Place, Stay
from tests.conftest import FrozenClock, card_values, write_module

Open = Callable[[], Program]
FILE = "02_explainer.md"
TEXT = "# Test\n\nHello.\n\n## Chapter 1 First things\n\n### Why\n\nText one.\n\n## Chapter 2 More\n\n" + "word " * 600
MONDAY = date(2026, 11, 23)


@pytest.fixture
def folder(module: Path) -> Path:
    (module / FILE).write_text(TEXT, encoding="utf-8")
    return module


@pytest.fixture
def program(folder: Path, open_again: Open) -> Program:
    return open_again()


def chapters(program: Program) -> list[ChapterProgress]:
    return reading.chapters(program.recall, program.library, "t1", FILE)


def read(program: Program, number: int, seconds: float = 60.0) -> bool:
    chapter = program.library.chapters("t1", FILE)[number]
    return reading.record_chapter(program.recall, "t1", FILE, chapter, seconds)


def days(program: Program) -> list[date | None]:
    return [chapter.read_on for chapter in chapters(program)]


def test_a_chapter_is_read_once_and_the_log_says_so(program: Program, open_again: Open, clock: FrozenClock) -> None:
    assert [(c.anchor, c.title) for c in chapters(program)] == [
        ("chapter-1-first-things", "Chapter 1 First things"),
        ("chapter-2-more", "Chapter 2 More"),
    ]
    assert days(program) == [None, None]
    assert read(program, 0, 61.4)
    clock.forward(days=1)
    assert not read(program, 0)
    again = open_again()
    assert days(again) == [MONDAY, None]
    (event,) = again.store.events_of_kind("me", EventKind.CHAPTER)
    version = again.library.chapters("t1", FILE)[0].version
    assert event.subject == "t1/02_explainer.md#chapter-1-first-things"
    assert event.data == {"seconds": 61, "words": 9, "hash": version}


def test_a_changed_chapter_stays_read_and_says_that_it_changed(
    program: Program, folder: Path, open_again: Open, clock: FrozenClock
) -> None:
    read(program, 0)
    (folder / FILE).write_text(TEXT.replace("Text one", "Another text"), encoding="utf-8")
    clock.forward(days=2)
    again = open_again()
    first = chapters(again)[0]
    assert (first.read_on, first.changed) == (MONDAY, True)
    assert read(again, 0)
    first = chapters(again)[0]
    assert (first.read_on, first.changed) == (date(2026, 11, 25), False)
    (folder / FILE).write_text(TEXT, encoding="utf-8")  # back to the version of Monday
    first = chapters(open_again())[0]
    assert (first.read_on, first.changed) == (MONDAY, False)


def test_an_undone_reading_does_not_count(program: Program) -> None:
    read(program, 0)
    (event,) = program.store.events_of_kind("me", EventKind.CHAPTER)
    program.recall.log_event(EventKind.VOID, event.id, {})
    assert days(program) == [None, None]


def test_a_document_that_cannot_be_read(program: Program, folder: Path) -> None:
    (folder / FILE).unlink()
    with pytest.raises(StudyError, match=r"02_explainer\.md: the file cannot be read"):
        chapters(program)
    with pytest.raises(UsageError, match=r"The module 't1' has no document '09\.md'"):
        reading.chapters(program.recall, program.library, "t1", "09.md")


@pytest.mark.parametrize(
    ("words", "anchor"),
    [
        (FILE, ""),
        ("02_explainer", ""),
        ("explainer", ""),
        ("Explainer", ""),
        ("t1/explainer", ""),
        ("explainer#2", "chapter-2-more"),
        ("explainer#chapter-2", "chapter-2-more"),
        ("explainer#why", "why"),
    ],
)
def test_a_place_by_name(program: Program, words: str, anchor: str) -> None:
    assert reading.find(program.library, words) == Place("t1", FILE, anchor)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("nothing", "There is no document 'nothing'; there are: 02_explainer.md."),
        ("t2/explainer", "There is no document 't2/explainer'; there are: 02_explainer.md."),
        (
            "explainer#9",
            "02_explainer.md has no chapter '9'; there are: chapter-1-first-things, chapter-2-more.",
        ),
    ],
)
def test_a_place_that_is_not_there(program: Program, words: str, sentence: str) -> None:
    with pytest.raises(UsageError) as told:
        reading.find(program.library, words)
    assert str(told.value) == sentence


def test_the_chapter_of_a_card_and_the_cards_of_a_chapter(content: Path, open_again: Open) -> None:
    cards = [
        card_values("t1.fog.c0"),
        card_values("t1.fog.c1", explainer="why"),
        card_values("t1.fog.c2", explainer="chapter-2-more"),
        card_values("t1.fog.c3", draft=True),
    ]
    folder = write_module(content / "module_1", {"fog": cards})
    (folder / FILE).write_text(TEXT, encoding="utf-8")
    program = open_again()
    recall, library = program.recall, program.library
    first, second = library.chapters("t1", FILE)
    assert [card.id for card in reading.cards_of(recall, "t1", first)] == ["t1.fog.c0", "t1.fog.c1"]
    assert [card.id for card in reading.cards_of(recall, "t1", second)] == ["t1.fog.c2"]
    assert reading.place_of_card(library, recall.card("t1.fog.c1")) == Place("t1", FILE, "why")
    assert reading.to_ask(recall, reading.cards_of(recall, "t1", first)) == ["t1.fog.c0", "t1.fog.c1"]
    recall.grade("t1.fog.c0", 5)
    assert reading.to_ask(recall, reading.cards_of(recall, "t1", first)) == ["t1.fog.c1"]
    recall.suspend("t1.fog.c1")
    assert reading.to_ask(recall, reading.cards_of(recall, "t1", first)) == ["t1.fog.c0"]
    recall.suspend("t1.fog.c0")
    assert reading.to_ask(recall, reading.cards_of(recall, "t1", first)) == []


def test_a_picture_stays_inside_the_module(program: Program, folder: Path, tmp_path: Path) -> None:
    (folder / "assets").mkdir()
    (folder / "assets" / "x.png").write_bytes(b"png")
    (tmp_path / "secret.png").write_bytes(b"png")
    (folder / "assets" / "out.png").symlink_to(tmp_path / "secret.png")
    found = reading.picture_file(program.library, "t1", "assets/x.png")
    assert found is not None
    assert found.read_bytes() == b"png"
    for address in ("assets/out.png", "../../secret.png", "/etc/passwd", "assets", "no.png", "", "a\0b", "x" * 5000):
        assert reading.picture_file(program.library, "t1", address) is None


def test_time_counts_while_the_learner_is_there() -> None:
    stay = Stay()
    assert stay.spent(500.0) == 0
    stay.touch(100.0)
    assert stay.spent(130.0) == 30
    stay.touch(130.0)
    stay.leave(140.0)
    assert stay.spent(900.0) == 40
    stay.touch(900.0)
    stay.touch(9000.0)  # lunch: two minutes of it count
    assert stay.seconds == 160


def test_a_book_counts_a_chapter_when_both_hold(program: Program) -> None:
    (document,) = reading.documents(program.library)
    book = Book.open(program.recall, program.library, document)
    book.turn_to(1, 0.0)  # 603 words: a minute at least
    assert not book.count(59.0, end_in_view=True)
    book.stay.touch(60.2)
    assert book.count(60.4, end_in_view=False)  # it was in view before
    assert not book.count(70.0, end_in_view=True)
    assert days(program) == [None, MONDAY]
    book.turn_to(0, 70.0)
    book.stay.touch(170.0)
    assert not book.count(270.0, end_in_view=False)
    assert days(program) == [None, MONDAY]


def test_place_and_time_outlive_two_starts(program: Program, open_again: Open) -> None:
    (document,) = reading.documents(program.library)
    book = Book.open(program.recall, program.library, document)
    book.turn_to(1, 100.0)
    book.count(140.0, end_in_view=True)
    book.keep(2, 3, 140.0)
    for _ in range(2):
        again = open_again()
        book = Book.open(again.recall, again.library, document)
        assert (book.at, book.mark.line, book.mark.row) == (1, 2, 3)
        assert (book.stay.seconds, book.stay.ended) == (40.0, True)
        book.keep(2, 3, 0.0)
    book.stay.touch(0.0)
    assert book.count(21.0, end_in_view=False)


@pytest.mark.parametrize("stored", ["", "{", "[]", '{"t1/02_explainer.md": {}}', '{"t1/02_explainer.md": 3}', "null"])
def test_bookmarks_that_cannot_be_understood_are_none(program: Program, stored: str) -> None:
    with program.store.transaction() as tx:
        tx.put_setting("me", BOOKMARKS, stored)
    assert reading.bookmarks(program.recall) == {}
    reading.keep_bookmark(program.recall, "t1/a.md", Bookmark("x", 1, 2))
    reading.keep_bookmark(program.recall, "t1/b.md", Bookmark("y"))
    reading.keep_bookmark(program.recall, "t1/a.md", Bookmark("z"))
    assert list(reading.bookmarks(program.recall).items()) == [("t1/b.md", Bookmark("y")), ("t1/a.md", Bookmark("z"))]
