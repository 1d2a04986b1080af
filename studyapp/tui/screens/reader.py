"""The reader: a document of a module, chapter by chapter."""

from __future__ import annotations

from urllib.parse import unquote

from textual import events
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input

from studyapp.errors import UsageError
from studyapp.services import reading
from studyapp.services.book import Book
from studyapp.services.reading import DocumentListing, Place
from studyapp.services.session import Session
from studyapp.tui import reader_views
from studyapp.tui.leaf import Search, Stretch
from studyapp.tui.screens import make_screen
from studyapp.tui.screens.reader_face import ReaderFace
from studyapp.tui.screens.reader_keys import KEYS, available
from studyapp.tui.widgets.reading_page import ReadingPage

LOOK_EVERY = 1.0
"""Seconds between two looks whether the chapter counts as read by now."""
SAVE_AFTER = 2.0
"""Seconds after the last move at which the place is kept."""


class ReaderScreen(ReaderFace):
    """Args:
    place: what to open; by default the place where the reader stopped last, at first the explainer's beginning.
    """

    TOPIC = "reader"
    CSS_PATH = "../styles/lists.tcss"
    BINDINGS = KEYS

    def __init__(self, place: Place | None = None) -> None:
        super().__init__()
        self._first = place
        self._searched_from = (0, 0, 0)
        """Chapter, part and row at which the search began."""
        self._trail: list[tuple[Book, int, tuple[int, int], Stretch | None]] = []
        """Whence links led here: book, chapter, place on the page, and the link."""
        self._save_timer: Timer | None = None

    def on_mount(self) -> None:
        with self.told():
            self._open_first()
        self.set_interval(LOOK_EVERY, self.look)

    # -- opening

    def _open_first(self) -> None:
        library = self.study.program.library
        listed = {document.key: document for document in reading.documents(library)}
        if not listed:
            self.page.show(reader_views.nothing())
            self.title_line(Content("Reader"), Content(""))
        elif self._first is not None:
            self.open(self._first)
        else:
            last = [key for key in reading.bookmarks(self.recall) if key in listed]
            current = library.current_module()
            wanted = [one for one in listed.values() if current is not None and one.module == current.id]
            self._open_book(listed[last[-1]] if last else [*wanted, *listed.values()][0])

    def open(self, place: Place) -> None:
        """Opens a document at a heading, or where the reader stopped in it.

        Raises:
            UsageError: no such document.
            StudyError: it cannot be read.
        """
        for document in reading.documents(self.study.program.library):
            if (document.module, document.file) == (place.module, place.file):
                self._open_book(document, place.anchor)
                return
        raise UsageError(f"There is no document {place.file!r} here; c lists them all.")

    def _open_book(self, document: DocumentListing, anchor: str = "") -> None:
        book = self.book
        if book is None or book.document != document:
            fresh = Book.open(self.recall, self.study.program.library, document)
            self.put_down()
            self.book = book = fresh
            self.search = Search()
        number = book.number_of(anchor)
        if number is None:
            self.turn_to(book.at)
            if book.mark.chapter == book.chapter.anchor and self.leaf is not None:
                self.page.stand(self.leaf.part_at(book.mark.line), book.mark.row)
        else:
            self.turn_to(number)
            if self.leaf is not None:
                self.page.stand(self.leaf.part_of(anchor))

    # -- events

    def on_reading_page_moved(self, event: ReadingPage.Moved) -> None:
        if self.book is None or not self.is_current:
            return
        self.book.stay.touch(self.study.ticks())
        self.look()
        if self._save_timer is not None:
            self._save_timer.stop()
        self._save_timer = self.set_timer(SAVE_AFTER, self.keep)

    def on_reading_page_followed(self, event: ReadingPage.Followed) -> None:
        with self.told():
            self._follow(event.address)

    def on_screen_suspend(self) -> None:
        self.put_down()

    def on_screen_resume(self) -> None:
        if self.book is None or self.leaf is None:
            return
        with self.told():
            if self.book.refresh():  # the document was edited meanwhile
                self.turn_to(self.book.at)
        self.book.stay.touch(self.study.ticks())
        self.call_after_refresh(self.add_end)

    def on_resize(self, event: events.Resize) -> None:
        if self.book is None or self.leaf is None or self.app.size == self.drawn_for:
            return
        part, row = self.page.standing
        if self.search.query:
            self._find(self.search.query)
        lines = self.leaf.lines
        line = lines[min(part, len(lines) - 1)] if lines else 0
        self.turn_to(self.book.at)
        self.page.stand(self.leaf.part_at(line), row)

    def on_input_changed(self, event: Input.Changed) -> None:
        self._find(event.value)
        self._show_hit()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self._close_box()

    # -- searching

    def _find(self, query: str) -> None:
        assert self.book is not None
        leaves = [self.laid_out(chapter) for chapter in self.book.chapters]
        self.search = Search.through(leaves, query, self._searched_from[:2])

    def _show_hit(self) -> None:
        assert self.book is not None
        found = self.search.here
        if found is not None and found[0] != self.book.at:
            self.turn_to(found[0])
        self.draw()
        self.draw_title()
        self.refresh_bindings()
        if found is not None and self.leaf is not None:
            self.page.bring_into_view(found[1].part, self.leaf.row_of(found[1]))

    def _close_box(self) -> None:
        self.set_focus(None)
        self.query_one("#filter").remove_class("-open")
        self.refresh_bindings()

    def action_search(self) -> None:
        if self.book is None:
            return
        self._searched_from = (self.book.at, *self.page.standing)
        box = self.query_one("#filter", Input)
        box.add_class("-open")
        box.value = ""
        box.focus()

    def action_hit(self, by: int) -> None:
        self.search.step(by)
        self._show_hit()

    # -- links

    def action_link(self, by: int) -> None:
        """Chooses the next link; the first one that is in view when none is chosen or it has gone out of it."""
        assert self.leaf is not None
        links = self.leaf.links
        if not links:
            self.study.tell("There is no link in this chapter.")
            return
        if self.link is None or not self.page.ends_in_view(self.link.part, starts_too=True):
            part, _ = self.page.standing
            later = [link for link in links if link.part >= part]
            self.link = next(iter(later if by > 0 else reversed(later)), links[0])
        else:
            self.link = links[(links.index(self.link) + by) % len(links)]
        self.search = Search()
        self.draw()
        self.page.bring_into_view(self.link.part, self.leaf.row_of(self.link))
        self.draw_title()
        self.refresh_bindings()

    def action_follow(self) -> None:
        if self.link is not None:
            self._follow(self.link.address)

    def _follow(self, address: str) -> None:
        """Goes where a link leads: to a card, a lab, a heading, another document. There is nothing else to it."""
        assert self.book is not None
        kind, colon, name = unquote(address).partition(":")
        if colon and kind == "card":
            self.recall.card(name)
            self.app.push_screen(make_screen("card", name))
        elif colon and kind == "lab":
            self.app.push_screen(make_screen("lab", name))
        else:
            file, _, anchor = unquote(address).partition("#")
            document = self.book.document
            came_from = self.book, self.book.at, self.page.standing, self.link
            if not file and self.book.number_of(anchor) is None:
                raise UsageError(f"This document has no heading {anchor!r}.")
            self.open(Place(document.module, file or document.file, anchor))
            self._trail.append(came_from)

    # -- moving

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return available(self, action)

    def action_page(self, by: int) -> None:
        """A page on; at the chapter's end the next chapter."""
        if by > 0 and self.page.at_end:
            self.action_chapter(1)
        else:
            self.page.scroll_pages(by)

    def action_line(self, by: int) -> None:
        self.page.scroll_lines(by)

    def action_edge(self, end: int) -> None:
        self.page.scroll_lines(len(self.page.lines) * (1 if end else -1))

    def action_chapter(self, by: int) -> None:
        assert self.book is not None
        number = self.book.at + by
        if number in range(len(self.book.chapters)):
            self.turn_to(number)
        else:
            self.study.tell("This is the last chapter." if by > 0 else "This is the first chapter.")

    def action_contents(self) -> None:
        document = self.book.document if self.book is not None else None
        here = Place(document.module, document.file, self.book.chapter.anchor) if document and self.book else None
        self.app.push_screen(make_screen("contents", here, self._chosen))

    def _chosen(self, place: Place) -> None:
        with self.told():
            self.open(place)

    def action_ask(self) -> None:
        cards = reading.to_ask(self.recall, self.cards)
        if cards:
            self.app.push_screen(make_screen("review", Session.start(self.recall, cards)))
        else:
            self.study.tell("All cards of this chapter are put away; suspended cards can be resumed in Browse.")

    def action_back(self) -> None:
        """Out of the search, then back along the links, then out of the reader."""
        searching = self.query_one("#filter").has_class("-open")
        if searching or self.search.query:
            self.search = Search()
            self._close_box()
            if searching:  # not done: nothing was found that is to be looked at
                self.turn_to(*self._searched_from)
            else:
                self.draw()
                self.draw_title()
        elif self._trail:
            book, number, standing, link = self._trail.pop()
            if book is not self.book:
                self.put_down()
                self.book = book
            self.turn_to(number, *standing)
            self.link = link
            self.draw()
        else:
            self.study.go_back()
