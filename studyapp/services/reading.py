"""Reading a module's documents: what there is, what has been read, and where the reader stopped."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studyapp.core.log import EventKind, voided
from studyapp.errors import UsageError

if TYPE_CHECKING:
    from studyapp.core.chapter import Chapter
    from studyapp.core.course import Card
    from studyapp.services.library import Library
    from studyapp.services.ports import CardListing
    from studyapp.services.recall import Recall

LONGEST_PAUSE = 120.0
"""Seconds without a key of which no more count: the learner has left the chair."""
BOOKMARKS = "reading"
"""The setting that keeps the bookmarks."""
EXPLAINER = "explainer"
LONGEST_SUBJECT = 200
"""Letters of an event's subject."""


@dataclass(frozen=True, slots=True)
class DocumentListing:
    """A document as the list of contents shows it."""

    module: str
    file: str
    title: str
    role: str
    """explainer, daily_recall, hands_on_lab or revision."""

    @property
    def key(self) -> str:
        return f"{self.module}/{self.file}"


@dataclass(frozen=True, slots=True)
class ChapterProgress:
    anchor: str
    title: str
    words: int
    read_on: date | None
    """The study day on which it was read to its end; None: not yet."""
    changed: bool
    """Its text is another since it was read."""


@dataclass(frozen=True, slots=True)
class Place:
    """A chapter of a document, or a heading in it."""

    module: str
    file: str
    anchor: str = ""
    """Empty: where the reader stopped, else the first chapter."""


# -- what there is


def documents(library: Library) -> list[DocumentListing]:
    """Every document, in the order of the modules."""
    return [
        DocumentListing(module.id, document["file"], document["title"], document["role"])
        for module in library.modules()
        for document in module.body.get("documents", ())
    ]


def chapters(recall: Recall, library: Library, module_id: str, document: str) -> list[ChapterProgress]:
    """The chapters of a document, and when each was read.

    Raises:
        UsageError: no such document.
        StudyError: it cannot be read.
    """
    read = _read_versions(recall)
    progress = []
    for chapter in library.chapters(module_id, document):
        versions = read.get(subject(module_id, document, chapter.anchor), {})
        day = versions.get(chapter.version) or max(versions.values(), default=None)
        changed = bool(versions) and chapter.version not in versions
        progress.append(ChapterProgress(chapter.anchor, chapter.title, chapter.words, day, changed))
    return progress


def _read_versions(recall: Recall) -> dict[str, dict[str, date]]:
    """By subject: the first day on which each version of a chapter was read."""
    events = recall.store.events_of_kind(recall.learner, EventKind.CHAPTER)
    undone = voided(recall.store.events_of_kind(recall.learner, EventKind.VOID)) if events else set()
    days: dict[str, dict[str, date]] = {}
    for event in events:
        if event.id not in undone:
            versions, version = days.setdefault(event.subject, {}), str(event.data.get("hash", ""))
            versions[version] = min(event.study_day, versions.get(version, event.study_day))
    return days


def subject(module_id: str, document: str, anchor: str) -> str:
    """What the log calls a chapter."""
    return f"{module_id}/{document}#{anchor}"[:LONGEST_SUBJECT]


def record_chapter(recall: Recall, module_id: str, document: str, chapter: Chapter, seconds: float) -> bool:
    """Logs that a chapter was read to its end; False when this version of it was logged before."""
    about = subject(module_id, document, chapter.anchor)
    if chapter.version in _read_versions(recall).get(about, {}):
        return False
    facts = {"seconds": round(seconds), "words": chapter.words, "hash": chapter.version}
    recall.log_event(EventKind.CHAPTER, about, facts)
    return True


def picture_file(library: Library, module_id: str, address: str) -> Path | None:
    """The file of a picture that a document shows; None when it is not one inside the module's folder."""
    for module in library.modules():
        if module.id == module_id and address:
            try:
                folder = Path(module.folder).resolve()
                file = (folder / address).resolve()
                return file if file.is_relative_to(folder) and file.is_file() else None
            except (OSError, ValueError):  # a name that no file can have
                return None
    return None


# -- finding a place


def find(library: Library, words: str) -> Place:
    """The place that `DOC` or `DOC#CHAPTER` names.

    DOC is a file's name, with or without its ending, or a title or role; `MODULE/` may stand before it, else
    it is the one of the module that the learner is in.
    CHAPTER is the anchor of a heading, the beginning of one, or a chapter's number.

    Raises:
        UsageError: there is none; the sentence lists what there is.
    """
    name, _, anchor = words.partition("#")
    listed = documents(library)
    wanted = name.casefold()
    found = [one for one in listed if wanted in _names(one)]
    if not found:
        there = ", ".join(dict.fromkeys(one.file for one in listed)) or "none"
        raise UsageError(f"There is no document {name!r}; there are: {there}.")
    current = library.current_module()
    document = next((one for one in found if current is not None and one.module == current.id), found[0])
    place = Place(document.module, document.file)
    return Place(place.module, place.file, _anchor(library, place, anchor)) if anchor else place


def _names(one: DocumentListing) -> set[str]:
    stem = one.file.rpartition(".")[0]
    names = {name.casefold() for name in (one.file, stem, stem.lstrip("0123456789_-"), one.title, one.role)}
    return names | {f"{one.module}/{name}" for name in names}


def _anchor(library: Library, place: Place, words: str) -> str:
    parts = library.chapters(place.module, place.file)
    if words.isdecimal() and 1 <= int(words) <= len(parts):
        return parts[int(words) - 1].anchor
    anchors = [heading.anchor for chapter in parts for heading in chapter.headings]
    begun = [anchor for anchor in anchors if anchor.startswith(words.casefold())]
    if words in anchors:
        return words
    if begun:
        return begun[0]
    there = ", ".join(chapter.anchor for chapter in parts if chapter.anchor) or "none"
    raise UsageError(f"{place.file} has no chapter {words!r}; there are: {there}.")


def place_of_card(library: Library, card: Card) -> Place | None:
    """The chapter that explains a card; None when the card names none or it is not there any more."""
    if not card.explainer:
        return None
    for document in documents(library):
        if document.role == EXPLAINER and card.id.startswith(f"{document.module}."):
            parts = library.chapters(document.module, document.file)
            if any(chapter.has(card.explainer) for chapter in parts):
                return Place(document.module, document.file, card.explainer)
    return None


def cards_of(recall: Recall, module_id: str, chapter: Chapter) -> list[CardListing]:
    """The cards that a chapter of the explainer explains and that can be asked, in the order of study."""
    found = []
    for listing in recall.store.listing(recall.learner):
        if listing.module == module_id and not (listing.retired or listing.draft):
            card = recall.store.card(listing.id)
            if card is not None and card.explainer and chapter.has(card.explainer):
                found.append(listing)
    return found


def to_ask(recall: Recall, cards: Sequence[CardListing]) -> list[str]:
    """Of a chapter's cards: those that are new, due or to be repaired; all that are not put away when none is."""
    day = recall.day
    standing = {card.id: card.state.name(day) for card in cards}
    open_now = [card.id for card in cards if standing[card.id] in ("new", "due") or card.state.needs_drill(day)]
    return open_now or [card_id for card_id, name in standing.items() if name not in ("suspended", "buried")]


# -- how long a chapter was stayed with


@dataclass(slots=True)
class Stay:
    """The time spent on one version of a chapter, and whether its end came into view. Times are seconds of a timer."""

    seconds: float = 0.0
    ended: bool = False
    since: float | None = None
    """When the learner last did something here; None: the chapter is not on the screen."""

    def spent(self, now: float) -> float:
        """Seconds by now; of a long time without a key only a part counts."""
        return self.seconds + (0.0 if self.since is None else min(max(0.0, now - self.since), LONGEST_PAUSE))

    def touch(self, now: float) -> None:
        """The learner did something, or came back."""
        self.seconds, self.since = self.spent(now), now

    def leave(self, now: float) -> None:
        """The chapter is left, or covered by another screen."""
        self.seconds, self.since = self.spent(now), None

    def suffices(self, chapter: Chapter, now: float) -> bool:
        """Whether the chapter counts as read."""
        return self.ended and self.spent(now) >= chapter.least_seconds


# -- where the reader stopped


@dataclass(slots=True)
class Bookmark:
    """Where the reader stopped in a document. A line of the file, so that it holds at any width."""

    chapter: str = ""
    line: int = 0
    """Of the chapter's text: the block at the top of the screen begins there."""
    row: int = 0
    """Rows of that block above the top."""
    stays: dict[str, tuple[float, bool]] = field(default_factory=dict)
    """By chapter version not yet read: seconds spent on it, and whether its end was in view."""


def bookmarks(recall: Recall) -> dict[str, Bookmark]:
    """By `MODULE/DOCUMENT`, the one used last at the end. What cannot be understood is left out."""
    try:
        stored = json.loads(recall.store.settings(recall.learner).get(BOOKMARKS, "{}"))
        return {str(key): _bookmark(values) for key, values in stored.items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}


def _bookmark(values: Mapping[str, Any]) -> Bookmark:
    stays = {str(version): (float(seconds), bool(ended)) for version, (seconds, ended) in values["stays"].items()}
    return Bookmark(str(values["chapter"]), int(values["line"]), int(values["row"]), stays)


def keep_bookmark(recall: Recall, key: str, bookmark: Bookmark) -> None:
    """Keeps where the reader stopped in the document `MODULE/DOCUMENT`."""
    kept = {name: asdict(mark) for name, mark in bookmarks(recall).items() if name != key}
    with recall.store.transaction() as tx:
        tx.put_setting(recall.learner, BOOKMARKS, json.dumps({**kept, key: asdict(bookmark)}))
