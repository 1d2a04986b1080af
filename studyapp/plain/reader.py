"""Reading chapter by chapter over two text streams."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from math import ceil
from typing import TextIO

from studyapp.core.prose import as_plain
from studyapp.core.text import date_words, plural
from studyapp.plain.lines import Lines, Quit
from studyapp.services.book import Book


class PlainReader(Lines):
    """A chapter counts as read by the rule of the reader: Enter says that its end is reached, the time that it may be.

    Args:
        ticks: seconds of a timer. Nothing is pressed while a text is listened to, so that all of the time counts.
    """

    HELP = "Enter: I have read it. q: stop here, ? this help."

    def __init__(self, book: Book, source: TextIO, target: TextIO, ticks: Callable[[], float] = time.monotonic) -> None:
        super().__init__(source, target)
        self._book = book
        self._ticks = ticks

    def run(self, chapters: Iterable[int]) -> None:
        """Shows these chapters, and asks after each that is not read yet."""
        try:
            for number in chapters:
                self._book.at = number
                self.say(as_plain(self._book.chapter.text))
                day = self._book.progress[number].read_on
                if day is not None and self._book.is_read(number):
                    self.say(f"[Read on {date_words(day)}.]\n")
                else:
                    self._until_read()
        except Quit:
            self.say("\nStopped. The time spent on this chapter is kept.")
        finally:
            self._book.keep(0, 0, self._ticks())

    def _until_read(self) -> None:
        book, begun = self._book, self._ticks()
        while True:
            try:
                self.ask("[Press Enter when you have read it, q to stop.] ")
            finally:
                now = self._ticks()
                book.stay.seconds, begun = book.stay.seconds + now - begun, now
            if book.count(now, end_in_view=True):
                read = sum(book.is_read(number) for number in range(len(book.chapters)))
                self.say(f"Counted as read: {read} of {plural(len(book.chapters), 'chapter')}.\n")
                return
            left = ceil(book.chapter.least_seconds - book.stay.seconds)
            self.say(f"Nobody reads it so fast: it counts in {plural(left, 'second')}.")
