"""The floor of a Textual program: a title, a line of text, a footer, and a key that changes the text."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.widgets import Footer, Header, Static


class Hello(App[None]):
    BINDINGS = [Binding("space", "count", "count"), Binding("ctrl+q", "quit", "quit")]

    def __init__(self) -> None:
        super().__init__()
        self.pressed = 0

    def compose(self) -> ComposeResult:
        yield Header()
        yield Static("Count: 0", id="count")
        yield Footer()

    def action_count(self) -> None:
        self.pressed += 1
        self.query_one("#count", Static).update(f"Count: {self.pressed}")


if __name__ == "__main__":
    Hello().run()
