"""All documents with their chapters, and what was read of them."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from studyapp.errors import StudyError
from studyapp.services import reading
from studyapp.services.reading import DocumentListing, Place
from studyapp.tui import reader_views
from studyapp.tui.screens.base import StudyScreen
from studyapp.tui.text import STRONG, count, plain
from studyapp.tui.widgets.choice_list import ChoiceList

EDGES = 4


class ContentsScreen(StudyScreen):
    """Args:
    here: the place that is highlighted first.
    choose: receives the place that was chosen, after this screen has gone.
    """

    TOPIC = "contents"
    CSS_PATH = "../styles/lists.tcss"
    CHOOSE = "read"

    def __init__(self, here: Place | None, choose: Callable[[Place], None]) -> None:
        super().__init__()
        self._here = here
        self._choose = choose
        self._places: list[Place | None] = []
        """One for each row; None for a heading."""

    def parts(self) -> ComposeResult:
        yield ChoiceList()

    def on_mount(self) -> None:
        self.query_one(ChoiceList).focus()
        self._fill()

    def on_resize(self, event: events.Resize) -> None:
        self._fill()
        self.call_after_refresh(self.query_one(ChoiceList).focus)  # lost while the terminal was too small

    def _fill(self) -> None:
        options = self.query_one(ChoiceList)
        if options.highlighted is not None:
            self._here = self._places[options.highlighted]
        rows: list[Option] = []
        self._places = []
        listed = reading.documents(self.study.program.library)
        for document in listed:
            self._add(rows, document)
        options.clear_options()
        options.add_options(rows)
        places = [number for number, place in enumerate(self._places) if place is not None]
        here = [number for number in places if self._places[number] == self._here]
        options.highlighted = next(iter([*here, *places]), None)
        self.title_line(Content.styled("Contents", STRONG), Content(count(len(listed), "document")))

    def _add(self, rows: list[Option], document: DocumentListing) -> None:
        library, width = self.study.program.library, max(20, self.app.size.width - EDGES)
        modules = {module.id: str(module.body.get("title", module.id)) for module in library.modules()}
        name = modules[document.module] if len(modules) > 1 else ""
        try:
            progress = reading.chapters(self.recall, library, document.module, document.file)
        except StudyError as error:  # the others can be read all the same
            rows.append(Option(plain(str(error), "$error"), disabled=True))
            self._places.append(None)
            return
        rows.append(Option(reader_views.document_row(document, progress, name, width), disabled=True))
        self._places.append(None)
        for chapter in progress:
            rows.append(Option(reader_views.chapter_row(chapter, self.recall.day, width)))
            self._places.append(Place(document.module, document.file, chapter.anchor))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        place = self._places[event.option_index]
        if place is not None:
            self.study.go_back()
            self._choose(place)
