"""How the reader looks: a chapter, its end, and the title; and what it keeps of place and time."""

from __future__ import annotations

from urllib.parse import unquote

from textual.app import ComposeResult
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Input

from studyapp.core.chapter import Chapter
from studyapp.services import reading
from studyapp.services.book import Book
from studyapp.services.ports import CardListing
from studyapp.tui import reader_views
from studyapp.tui.leaf import Leaf, Search, Stretch
from studyapp.tui.screens.base import StudyScreen
from studyapp.tui.widgets.figure import figure
from studyapp.tui.widgets.page import Part
from studyapp.tui.widgets.reading_page import ReadingPage

EDGES = 5
"""Cells beside the text, with the scroll bar."""


class ReaderFace(StudyScreen):
    """The open document, and its picture."""

    def __init__(self) -> None:
        super().__init__()
        self.book: Book | None = None
        self.cards: list[CardListing] = []
        """The chapter's cards."""
        self.link: Stretch | None = None
        """The link that enter follows."""
        self.search = Search()
        self.leaf: Leaf | None = None
        self._end = Content("")
        self.drawn_for: Size | None = None

    def parts(self) -> ComposeResult:
        yield ReadingPage(id="body")
        yield Input(placeholder="words to find in this document", id="filter", compact=True)

    @property
    def page(self) -> ReadingPage:
        return self.query_one(ReadingPage)

    # -- a chapter

    def turn_to(self, number: int, part: int = 0, row: int = 0) -> None:
        """Shows a chapter from its beginning, or from a row on."""
        assert self.book is not None
        if self.leaf is not None:
            self.look()
        self.book.turn_to(number, self.study.ticks())
        self.leaf, self.drawn_for = self.laid_out(self.book.chapter), self.app.size
        self.link, self.cards, self._end = None, [], Content("")
        self.page.open(self._marked(), part, row)
        self.draw_title()
        self.refresh_bindings()
        self.call_after_refresh(self.add_end)

    def laid_out(self, chapter: Chapter) -> Leaf:
        assert self.book is not None
        library, module = self.study.program.library, self.book.document.module

        def draw(address: str) -> Part:
            return figure(reading.picture_file(library, module, unquote(address)), self.app)

        return Leaf(chapter, self._width, draw)

    # -- drawing

    @property
    def _width(self) -> int:
        return max(20, min(ReadingPage.MEASURE, self.app.size.width - EDGES))

    def _marked(self) -> list[Part]:
        """The chapter's parts with hits and the chosen link marked, and its end."""
        assert self.book is not None
        assert self.leaf is not None
        found = self.search.here
        here = found[1] if found and found[0] == self.book.at else self.link
        parts = self.leaf.marked(self.search.within(self.book.at), here)
        return [*parts, self._end] if self._end else parts

    def draw(self) -> None:
        self.page.show(*self._marked())

    def draw_title(self) -> None:
        if self.book is not None:
            left, right = reader_views.title(self.book, self.app.size.width - 2)
            if self.search.is_on:
                right = reader_views.hit_words(self.search.at, len(self.search.hits))
            self.title_line(left, right)

    def add_end(self) -> None:
        """What stands after the chapter. The cards are looked up once its text is on the screen."""
        book = self.book
        if book is None or not self.is_attached:
            return
        with self.told():
            if book.document.role == reading.EXPLAINER:
                self.cards = reading.cards_of(self.recall, book.document.module, book.chapter)
            to_ask = reading.to_ask(self.recall, self.cards)
            self._end = reader_views.chapter_end(book, self.cards, to_ask, self.recall.day, self._width)
        self.draw()
        self.refresh_bindings()

    # -- time and place

    def look(self) -> None:
        """Counts the chapter as read when its end was in view and the time was enough."""
        if self.book is None or self.leaf is None or not self.is_current:
            return
        with self.told():
            end_in_view = self.page.ends_in_view(len(self.leaf.parts) - 1)
            if self.book.count(self.study.ticks(), end_in_view):
                self.study.tell(f"Read: {self.book.chapter.title}.")
                self.add_end()

    def keep(self) -> None:
        """Keeps the place and the time."""
        if self.book is None or self.leaf is None:
            return
        part, row = self.page.standing
        last = len(self.leaf.lines) - 1
        line, row = (self.leaf.lines[part], row) if part <= last else (self.leaf.lines[last], 0)
        with self.told():
            self.book.keep(line, row, self.study.ticks())

    def put_down(self) -> None:
        """The book is no longer looked at."""
        if self.book is not None:
            self.book.stay.leave(self.study.ticks())
            self.keep()
