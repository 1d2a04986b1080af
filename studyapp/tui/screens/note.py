"""A note of the learner's own, over the card it belongs to."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from studyapp.tui.text import MUTED, lines, plain
from studyapp.tui.widgets.text_box import TextBox


class NoteScreen(ModalScreen[None]):
    """Leaving keeps the text; undo takes it back.

    Args:
        save: receives the text when it changed.
    """

    CSS_PATH = "../styles/dialogs.tcss"
    BINDINGS = [Binding("escape,ctrl+s", "keep", "keep and close", key_display="esc", priority=True)]

    def __init__(self, prompt: str, text: str, save: Callable[[str], None]) -> None:
        super().__init__()
        self._prompt = prompt
        self._text = text
        self._save = save

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(lines([Content.styled("Your note", "bold"), plain(self._prompt, MUTED)]), id="dialog-title")
            yield TextBox(self._text, id="note", show_line_numbers=False, tab_behavior="focus", compact=True)
            yield Static(Content("esc keeps it and closes"), id="dialog-keys")

    def on_mount(self) -> None:
        area = self.query_one(TextBox)
        area.move_cursor(area.document.end)
        self._text = area.text.strip()  # with line ends as the box has them

    def action_keep(self) -> None:
        self.keep()
        self.dismiss()

    def keep(self) -> None:
        text = self.query_one(TextBox).text.strip()
        if text != self._text:
            self._save(text)
            self._text = text
