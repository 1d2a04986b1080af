"""A list to choose from."""

from __future__ import annotations

from textual.binding import Binding
from textual.widgets import OptionList


class ChoiceList(OptionList):
    """One row a choice, never read as markup; its enter key is shown among the keys."""

    BINDINGS = [
        Binding("enter", "select", "choose"),
        Binding("j", "cursor_down", "down", show=False),
        Binding("k", "cursor_up", "up", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(id="list", markup=False, compact=True)

    def on_resize(self) -> None:
        """What stands below may grow with the choice: its row stays in sight."""
        self.scroll_to_highlight()
