"""The report of an open gate, to look at and to write down."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from studyapp.paths import unused
from studyapp.services.certificate import certificate, write_certificate
from studyapp.services.standing import Standing
from studyapp.tui import markdown
from studyapp.tui.screens.base import StudyScreen
from studyapp.tui.text import STRONG, plain


class CertificateScreen(StudyScreen):
    TOPIC = "certificate"
    BINDINGS = [
        Binding("w", "write", "write to a file"),
        Binding("down,j", "line(1)", "line down", show=False),
        Binding("up,k", "line(-1)", "line up", show=False),
        Binding("space,pagedown", "page(1)", "more", key_display="space"),
        Binding("pageup", "page(-1)", "page up", show=False),
    ]

    def __init__(self, now: Standing) -> None:
        super().__init__()
        self._now = now
        self._text = ""

    def parts(self) -> ComposeResult:
        with VerticalScroll(id="body", can_focus=False):
            yield Static(id="text")

    def on_mount(self) -> None:
        with self.told():
            self._text = certificate(self.recall, self.study.program.library, self._now)
            self.title_line(Content.styled("Certificate", STRONG), plain(self._now.title))

    def on_resize(self, event: events.Resize) -> None:
        width = max(20, min(96, self.app.size.width - 6))
        self.query_one("#text", Static).update(markdown.rendered(self._text, width))

    def action_write(self) -> None:
        folder = self.study.program.paths.home
        file = unused(folder / f"{self._now.module}-completed-{self.recall.day}.md")
        write_certificate(self._text, file)
        self.study.tell(f"Written to {file}.")

    def action_line(self, by: int) -> None:
        self.query_one("#body").scroll_relative(y=by, animate=False)

    def action_page(self, by: int) -> None:
        body = self.query_one("#body")
        body.scroll_relative(y=by * max(1, body.size.height - 2), animate=False)
