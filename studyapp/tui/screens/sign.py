"""Signing a gate item, over the screen it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from studyapp.errors import StudyError
from studyapp.services import standing
from studyapp.services.standing import Standing
from studyapp.tui.text import STRONG, lines, plain

if TYPE_CHECKING:
    from studyapp.tui.app import StudyApp


class SignScreen(ModalScreen[None]):
    """Asks for the evidence in the learner's words, or for the reason to sign without it."""

    CSS_PATH = "../styles/dialogs.tcss"
    BINDINGS = [Binding("escape", "dismiss", "not now", key_display="esc", priority=True)]

    def __init__(self, now: Standing, item_id: str) -> None:
        super().__init__()
        self._now = now
        self._one = now.item(item_id)

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog", classes="-small"):
            yield Static(id="dialog-title")
            yield Input(id="signature", placeholder=self._asked, compact=True)
            yield Static(id="refused")
            yield Static(Content("enter signs   esc not now"), id="dialog-keys")

    def on_mount(self) -> None:
        self._draw()
        self.query_one(Input).focus()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        width = max(20, min(76, self.app.size.width * 9 // 10 - 6))
        parts = [plain(self._one.item.text, STRONG), plain(self._one.evidence.reason)]
        words = lines(line for part in parts for line in part.wrap(width))
        self.query_one("#dialog-title", Static).update(words)

    @property
    def _asked(self) -> str:
        if not self._one.evidence.met:
            return "the reason, which will stand beside the item"
        if self._one.item.rule == "lab_shipped":
            return "where others can see it: a path or a link"
        return "in your words, if you like"

    def on_input_submitted(self, event: Input.Submitted) -> None:
        app, words = cast("StudyApp", self.app), event.value.strip()
        met = self._one.evidence.met
        if not met and not words:
            self._refuse("A signature without the evidence needs a reason.")
            return
        evidence, reason = (words, "") if met else ("", words)
        try:
            library = app.program.library
            standing.sign(app.program.recall, library, self._now, self._one.item.id, evidence, reason)
        except StudyError as error:
            self._refuse(str(error))
            return
        app.tell("Signed. u takes it back." if met else "Signed without the evidence. u takes it back.")
        self.dismiss()

    def _refuse(self, sentence: str) -> None:
        self.query_one("#refused", Static).update(plain(f"✗ {sentence}", "bold $error"))
