"""Parts of the reader as styled text. Pure: what stands here depends on the arguments alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from textual.content import Content

from studyapp.services.book import Book
from studyapp.services.ports import CardListing
from studyapp.services.reading import ChapterProgress, DocumentListing
from studyapp.tui.text import KEY, MUTED, STRONG, count, hanging, joined, lines, plain, short

WORDS_A_MINUTE = 200
"""Of a careful reader; for the estimate only."""
NOTHING = "There is nothing to read yet: no module has documents. Run studyapp content check to see why."


def title(book: Book, width: int) -> tuple[Content, Content]:
    """The chapter, and which of how many it is."""
    right = plain(f"{book.document.title} {book.at + 1}/{len(book.chapters)}")
    return short(book.chapter.title, max(8, width - right.cell_length - 2), STRONG), right


def hit_words(at: int, number: int) -> Content:
    return plain(f"hit {at + 1} of {number}" if number else "not found", "bold $warning")


def day_of(day: date, today: date) -> str:
    """`today`, `21 Nov`, `21 Nov 2025`."""
    if day == today:
        return "today"
    return f"{day.day} {day:%b}" + (f" {day.year}" if day.year != today.year else "")


def standing(progress: ChapterProgress, today: date) -> Content:
    """Mark and words for whether a chapter was read."""
    if progress.read_on is None:
        minutes = max(1, round(progress.words / WORDS_A_MINUTE))
        return joined([Content.styled("[ ]", MUTED), f" about {minutes} min"])
    words = f"read {day_of(progress.read_on, today)}"
    if progress.changed:
        return joined([Content.styled("[~]", "bold $warning"), f" {words}, changed since"])
    return joined([Content.styled("[x]", "bold $success"), f" {words}"])


def chapter_end(book: Book, cards: Sequence[CardListing], to_ask: Sequence[str], today: date, width: int) -> Content:
    """What stands after a chapter: whether it counts as read, its cards, what comes next."""
    rule = Content.styled("─" * min(width, 20), MUTED)
    rows = [rule, hanging(Content(""), _read_words(book, today), width)]
    if cards:
        rows.append(hanging(joined([Content.styled("a", KEY), "  "]), _card_words(cards, to_ask, today), width))
    if book.at + 1 < len(book.chapters):
        following = joined(["next: ", plain(book.chapters[book.at + 1].title)])
        rows.append(hanging(joined([Content.styled("n", KEY), "  "]), following, width))
    else:
        rows.append(joined([Content.styled("c", KEY), "  This is the last chapter; here are the others."]))
    return lines(rows)


def _read_words(book: Book, today: date) -> Content:
    progress = book.progress[book.at]
    if book.is_read(book.at):
        return standing(progress, today)
    seconds = max(1, round(book.chapter.least_seconds))
    least = f"{seconds} s" if seconds < 90 else f"{round(seconds / 60)} min"
    words = standing(progress, today) if progress.changed else joined([Content.styled("[ ]", MUTED), " not read yet"])
    return joined([words, f"; counts as read after at least {least} with it"])


def _card_words(cards: Sequence[CardListing], to_ask: Sequence[str], today: date) -> Content:
    names = [card.state.name(today) for card in cards if card.id in to_ask]
    new, due = names.count("new"), names.count("due")
    if not to_ask:
        return Content(f"Its {count(len(cards), 'card')} are all put away.")
    if new or due:
        parts = [f"{new} new"] * bool(new) + [f"{due} due"] * bool(due)
        return Content(f"asks its cards now: {' and '.join(parts)} of {len(cards)}")
    return Content(f"practises its {count(len(to_ask), 'card')}; none is due")


def nothing() -> Content:
    return Content(NOTHING)


# -- the list of contents


def document_row(document: DocumentListing, progress: Sequence[ChapterProgress], module: str, width: int) -> Content:
    """A document above its chapters.

    Args:
        module: its module's title; empty when there is only one.
    """
    read = sum(chapter.read_on is not None for chapter in progress)
    words = f"{module}: {document.title}" if module else document.title
    state = plain(f"  {read} of {len(progress)} read", MUTED)
    return joined([short(words, max(8, width - state.cell_length), "bold $secondary"), state])


def chapter_row(progress: ChapterProgress, today: date, width: int) -> Content:
    """A chapter with its state at the right, or below it where it is narrow."""
    state, name = standing(progress, today), plain(progress.title)
    mark, words = state[:3], state[3:].stylize(MUTED)
    if mark.cell_length + 1 + name.cell_length + words.cell_length <= width:
        return joined([mark, " ", name, words.pad_left(width - 4 - name.cell_length - words.cell_length)])
    return hanging(joined([mark, " "]), lines([*name.wrap(max(8, width - 4)), words[1:]]), width)
