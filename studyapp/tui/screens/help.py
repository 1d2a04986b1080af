"""Help over any screen: its keys first, then how the program goes."""

from __future__ import annotations

from importlib.resources import files

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from studyapp.tui import markdown, views
from studyapp.tui.screens.base import StudyScreen
from studyapp.tui.text import KEY, hanging, lines

WIDTH = 76


class HelpScreen(ModalScreen[None]):
    CSS_PATH = "../styles/dialogs.tcss"
    BINDINGS = [
        Binding("escape,question_mark,f1,q", "dismiss", "close", key_display="esc"),
        Binding("down,j", "line(1)", "line down", show=False),
        Binding("up,k", "line(-1)", "line up", show=False),
        Binding("space,pagedown", "page(1)", "page down", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
    ]

    def __init__(self, about: StudyScreen) -> None:
        super().__init__()
        self._about = about

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            with VerticalScroll(id="dialog-body", can_focus=False):
                yield Static(id="dialog-text")
            yield Static(Content("↑ ↓ scroll   esc closes"), id="dialog-keys")

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        width = max(20, min(WIDTH, self.app.size.width * 9 // 10 - 8))
        general = markdown.rendered(files("studyapp.tui").joinpath("help.md").read_text("utf-8"), width)
        text = lines([views.heading(f"Keys: {self._about.TOPIC}"), key_table(self._about, width), "", general])
        self.query_one("#dialog-text", Static).update(text)

    def action_line(self, by: int) -> None:
        self.query_one("#dialog-body").scroll_relative(y=by, animate=False)

    def action_page(self, by: int) -> None:
        body = self.query_one("#dialog-body")
        body.scroll_relative(y=by * max(1, body.size.height - 1), animate=False)


def key_table(screen: StudyScreen, width: int) -> Content:
    """Every key of a screen, also those that do nothing at this moment; keys that do the same share a line."""
    own = list(Binding.make_bindings(type(screen).BINDINGS))
    taken = {binding.key for binding in own}
    general = [binding for binding in Binding.make_bindings(StudyScreen.BINDINGS) if binding.key not in taken]
    keys: dict[str, list[str]] = {}
    for binding in [*own, *general]:
        shown = screen.app.get_key_display(binding.with_key(binding.key))
        keys.setdefault(binding.tooltip or binding.description, []).append(shown)
    rows = []
    for words, names in keys.items():
        mark = Content.styled(f"{' '.join(dict.fromkeys(names)):<16} ", KEY)
        rows.append(hanging(mark, Content(words), width))
    return lines(rows)
