"""Help over any screen: its keys first, then how the program goes."""

from __future__ import annotations

from collections.abc import Iterable
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
    """Each key once: what it does here and now, then the keys that do something at other moments."""
    own = [*Binding.make_bindings(type(screen).BINDINGS), *Binding.make_bindings(StudyScreen.BINDINGS)]
    active = {key: one.binding for key, one in screen.active_bindings.items() if screen.key_words(one.binding)}
    inside = [one.binding for one in screen.active_bindings.values() if one.node is not screen]
    now = [binding for binding in inside if binding.show and binding.key in active]
    now += [binding for binding in own if binding == active.get(binding.key)]
    later = [binding for binding in own if binding.key not in active]
    rows = _rows(screen, now, width)
    return lines([*rows, "", views.heading("At other moments"), *_rows(screen, later, width)] if later else rows)


def _rows(screen: StudyScreen, bindings: Iterable[Binding], width: int) -> list[Content]:
    """One row for keys that do the same."""
    meanings: dict[str, list[str]] = {}
    for binding in bindings:
        meaning = binding.tooltip or screen.key_words(binding) or binding.description
        meanings.setdefault(screen.app.get_key_display(binding.with_key(binding.key)), []).append(meaning)
    keys: dict[str, list[str]] = {}
    for key, words in meanings.items():
        keys.setdefault(" · ".join(dict.fromkeys(words)), []).append(key)
    return [
        hanging(Content.styled(f"{' '.join(names):<16} ", KEY), Content(words), width) for words, names in keys.items()
    ]
