"""One line to be typed."""

from __future__ import annotations

from textual.binding import Binding
from textual.widgets import Input


class EntryLine(Input):
    """Textual's input, but the line of keys says that enter ends it."""

    BINDINGS = [Binding("enter", "submit", "done")]
