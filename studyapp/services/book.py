"""A document that is open: the chapter that is read, the time spent on it, and the place to come back to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from studyapp.services import reading
from studyapp.services.reading import Bookmark, ChapterProgress, DocumentListing, Stay

if TYPE_CHECKING:
    from studyapp.core.chapter import Chapter
    from studyapp.services.library import Library
    from studyapp.services.recall import Recall


@dataclass(slots=True)
class Book:
    """Times are seconds of the caller's timer."""

    recall: Recall
    library: Library
    document: DocumentListing
    chapters: tuple[Chapter, ...]
    progress: list[ChapterProgress]
    mark: Bookmark
    """Where the reader stopped last time."""
    stays: dict[str, Stay]
    """By version of a chapter."""
    at: int = 0
    """Number of the open chapter, from 0."""

    @classmethod
    def open(cls, recall: Recall, library: Library, document: DocumentListing) -> Book:
        """The document at the chapter where the reader stopped, or at its first.

        Raises:
            StudyError: it cannot be read.
        """
        chapters = library.chapters(document.module, document.file)
        mark = reading.bookmarks(recall).get(document.key, Bookmark())
        stays = {version: Stay(seconds, ended) for version, (seconds, ended) in mark.stays.items()}
        book = cls(recall, library, document, chapters, [], mark, stays)
        book.refresh()
        book.at = book.number_of(mark.chapter) or 0
        return book

    def refresh(self) -> bool:
        """Looks again what there is and what was read of it; True when the text is another one."""
        where = self.document.module, self.document.file
        chapters = self.library.chapters(*where)
        self.progress = reading.chapters(self.recall, self.library, *where)
        changed = chapters is not self.chapters
        if changed:
            anchor, self.chapters = self.chapter.anchor, chapters
            self.at = self.number_of(anchor) or 0
        return changed

    @property
    def chapter(self) -> Chapter:
        return self.chapters[self.at]

    @property
    def stay(self) -> Stay:
        return self.stays.setdefault(self.chapter.version, Stay())

    def number_of(self, anchor: str) -> int | None:
        """The chapter in which a heading stands."""
        found = [number for number, chapter in enumerate(self.chapters) if anchor and chapter.has(anchor)]
        return found[0] if found else None

    def is_read(self, number: int) -> bool:
        """Whether this version of a chapter was read."""
        return self.progress[number].read_on is not None and not self.progress[number].changed

    def turn_to(self, number: int, now: float) -> None:
        """Leaves the open chapter for another one."""
        self.stay.leave(now)
        self.at = number
        self.stay.touch(now)

    def count(self, now: float, end_in_view: bool) -> bool:
        """Logs the chapter as read once its end was in view and the time was enough; True when it did."""
        self.stay.ended |= end_in_view
        if self.is_read(self.at) or not self.stay.suffices(self.chapter, now):
            return False
        facts = self.document.module, self.document.file, self.chapter, self.stay.spent(now)
        logged = reading.record_chapter(self.recall, *facts)
        self.refresh()
        return logged

    def keep(self, line: int, row: int, now: float) -> None:
        """Keeps the place, and the time spent on chapters that are not read yet."""
        stays = {
            chapter.version: (round(self.stays[chapter.version].spent(now), 1), self.stays[chapter.version].ended)
            for number, chapter in enumerate(self.chapters)
            if chapter.version in self.stays and not self.is_read(number)
        }
        self.mark = Bookmark(self.chapter.anchor, line, row, stays)
        reading.keep_bookmark(self.recall, self.document.key, self.mark)
