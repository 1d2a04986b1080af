"""What all screens share: a title, a line of keys, help, and a way back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen

from studyapp.errors import StudyError
from studyapp.services.recall import Recall
from studyapp.tui.widgets.bars import KeyBar, TitleBar

if TYPE_CHECKING:
    from studyapp.tui.app import StudyApp


ALOUD_KEY = Binding("v", "aloud", "aloud", show=False, tooltip="count this answer as said aloud, or not")


class StudyScreen(Screen[None]):
    """A full screen. Subclasses give `parts` and say with `BINDINGS` what can be done."""

    TOPIC = ""
    """What the command palette calls it: `review: undo`."""
    CLOSED_BOOK = False
    """While it is shown the palette leads to no place where an answer stands."""
    AUTO_FOCUS = ""
    CHOOSE = "choose"
    """What enter does with the row under the cursor, in the line of keys; empty: another key there does the same."""
    BINDINGS = [
        Binding("escape", "back", "back", key_display="esc"),
        Binding("question_mark,f1", "help", "help"),
    ]

    @property
    def study(self) -> StudyApp:
        return cast("StudyApp", self.app)

    @property
    def recall(self) -> Recall:
        return self.study.program.recall

    def compose(self) -> ComposeResult:
        yield TitleBar()
        yield from self.parts()
        yield KeyBar()

    def parts(self) -> ComposeResult:
        return iter(())

    def title_line(self, left: Content, right: Content) -> None:
        self.query_one(TitleBar).show(left, right)

    def key_words(self, binding: Binding) -> str:
        """What stands beside a key in the line of keys; empty while the key could only say that there is nothing."""
        with suppress(StudyError):  # of a database that is away: told when something is to be read or written
            if binding.action == "undo" and not self.undoable:
                return ""
        return self.CHOOSE if binding.action == "select" else binding.description

    @property
    def undoable(self) -> bool:
        """Whether something is there to be taken back."""
        return True

    @contextmanager
    def told(self) -> Iterator[None]:
        """Errors in what is done inside become one sentence on the screen; actions have this already."""
        try:
            yield
        except StudyError as error:
            self.study.tell(str(error), error=True)

    def keep(self) -> None:
        """Saves what is being typed; called before the app ends, however it ends."""

    def action_back(self) -> None:
        self.study.go_back()

    def action_help(self) -> None:
        from studyapp.tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self))
