"""The sentences in the corner: one at a time, and an error until it is read."""

from __future__ import annotations

from textual.app import App
from textual.binding import Binding
from textual.notifications import Notification, Notify

from studyapp.tui.text import cleaned

DAY = 86_400.0
"""Seconds that an error is shown, unless it is closed: it is to be read, however long the learner is away."""


class Messages(App[None]):
    """The part of the app that tells."""

    BINDINGS = [Binding("escape", "close_errors", "close", priority=True, tooltip="close the message")]

    def tell(self, text: str, *, error: bool = False) -> None:
        """One sentence in the corner until the next one; an error stays until esc closes it."""
        text = cleaned(text)
        if not error:
            self.notify(text, timeout=4, markup=False)
        elif text not in (notice.message for notice in self._errors):
            self.notify(text, title="✗ esc closes this", severity="error", timeout=DAY, markup=False)

    @property
    def _errors(self) -> list[Notification]:
        return [notice for notice in self._notifications if notice.severity == "error"]

    def on_notify(self, event: Notify) -> None:
        """Called before Textual adds the new message to the others."""
        for notice in [notice for notice in self._notifications if notice not in self._errors]:
            self._unnotify(notice, refresh=False)
        self.call_later(self.screen.refresh_bindings)

    def action_close_errors(self) -> None:
        for notice in self._errors:
            self._unnotify(notice)
        self.screen.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return bool(self._errors) if action == "close_errors" else True
