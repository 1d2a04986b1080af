"""The page of the reader: it knows where its parts begin, and says which link was clicked."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from textual import events
from textual.message import Message

from studyapp.tui.markdown import FOLLOW
from studyapp.tui.widgets.page import Page, Part


class ReadingPage(Page):
    MEASURE = 84
    """Cells of the longest line: prose wants shorter lines than a card's answer."""

    @dataclass
    class Followed(Message):
        """A link was clicked."""

        address: str

    class Moved(Message):
        """Another line stands at the top."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self.standing = (0, 0)
        """The part at the upper edge, and how many of its rows are above it; it stays when the width changes."""
        self._wanted = False
        """Whether the page has yet to be scrolled there: before it has a size it cannot be."""

    @property
    def starts(self) -> list[int]:
        """The line on which each part begins."""
        return list(accumulate((len(self._lines_of(part)) + 1 for part in self._parts[:-1]), initial=0))

    @property
    def top(self) -> int:
        if self._wanted and self._room:
            part, row = self.standing
            self._wanted = False
            self._top = self.starts[part] + row if part < len(self._parts) else 0
        return super().top

    def stand(self, part: int, row: int = 0) -> None:
        """Puts a row of a part at the upper edge."""
        self.standing, self._wanted = (part, row), True
        self.refresh()
        self.post_message(self.Moved())

    def open(self, parts: list[Part], part: int = 0, row: int = 0) -> None:
        """Shows these parts from a row of one of them on."""
        self.show(*parts)
        self.stand(part, row)

    def ends_in_view(self, part: int, *, starts_too: bool = False) -> bool:
        """Whether the last row of a part is on the screen.

        Args:
            starts_too: and its first.
        """
        if not self._room or part >= len(self._parts):
            return False
        first = self.starts[part]
        last = first + len(self._lines_of(self._parts[part])) - 1
        view = range(self.top, self.top + self.content_size.height)
        return last in view and (first in view or not starts_too)

    def bring_into_view(self, part: int, row: int) -> None:
        """Scrolls as little as shows a row, with a few rows around it."""
        line, high = self.starts[part] + row, self.content_size.height
        if not self.top <= line < self.top + high:
            self.scroll_lines(line - self.top - high // 3)

    @property
    def at_end(self) -> bool:
        return self.top + self.content_size.height >= len(self.lines)

    def scroll_lines(self, by: int) -> None:
        super().scroll_lines(by)
        top, starts = self.top, self.starts
        part = max((number for number, start in enumerate(starts) if start <= top), default=0)
        self.standing = part, top - starts[part]
        self.post_message(self.Moved())

    def on_click(self, event: events.Click) -> None:
        address = event.style.meta.get(FOLLOW)
        if address:
            event.stop()
            self.post_message(self.Followed(str(address)))
