"""The end of a sitting: what was shaky, what comes tomorrow, what to do next."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from studyapp.core.sm2 import GRADE_NAMES
from studyapp.errors import UsageError
from studyapp.services.session import Session, Summary
from studyapp.tui import views
from studyapp.tui.backups import after_sitting
from studyapp.tui.screens import make_screen
from studyapp.tui.screens.base import StudyScreen
from studyapp.tui.text import MUTED, STRONG, count, joined, lines, short


class SummaryScreen(StudyScreen):
    TOPIC = "summary"
    BINDINGS = [
        Binding("enter,space", "back", "done", key_display="enter"),
        Binding("u", "undo", "undo the last"),
        Binding("b", "browse", "browse"),
        Binding("ctrl+q", "app.quit", "quit", key_display="ctrl+q"),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    def parts(self) -> ComposeResult:
        with VerticalScroll(id="body", can_focus=False):
            yield Static(id="text")

    def on_mount(self) -> None:
        with self.told():
            summary = self.session.finish()
            self.title_line(Content.styled("Done for now", STRONG), Content(count(summary.answered, "card")))
            self.query_one("#text", Static).update(self._content(summary))
        after_sitting(self.study)

    def _content(self, summary: Summary) -> Content:
        if not summary.grades:
            return lines([Content.styled("✓ Nothing is due now.", "bold $success"), "", self._tomorrow(summary)])
        minutes, seconds = divmod(summary.seconds, 60)
        blocks = [
            lines(
                [
                    Content.styled(f"✓ {count(summary.answered, 'card')} in {minutes}:{seconds:02}", "bold $success"),
                    f"  {summary.aloud} answered aloud",
                ]
            ),
            lines([views.heading("Grades"), self._grades(summary)]),
            self._shaky(summary),
            self._tomorrow(summary),
        ]
        return Content("\n\n").join([block for block in blocks if block])

    def _grades(self, summary: Summary) -> Content:
        rows = []
        for grade in reversed(range(6)):
            number = summary.grades.count(grade)
            if number:
                bar = Content.styled("█" * min(number, 40), "$primary")
                rows.append(joined([f"  {grade} {GRADE_NAMES[grade]:<9}", bar, f" {number}"]))
        return lines(rows)

    def _shaky(self, summary: Summary) -> Content:
        if not summary.shaky:
            return Content("Every card was good at the first try.")
        rows = []
        for card_id in summary.shaky:
            try:
                prompt = self.recall.card(card_id).prompt
            except UsageError:  # the card left the content meanwhile
                prompt = card_id
            rows.append(joined(["  · ", short(prompt, max(20, self.app.size.width - 10))]))
        return lines([views.heading("Shaky at the first try, then repaired" if summary.complete else "Shaky"), *rows])

    def _tomorrow(self, summary: Summary) -> Content:
        return joined(
            [
                f"Tomorrow: {count(summary.due_tomorrow, 'card')} due. ",
                Content.styled("Everything is saved; you can close the terminal.", MUTED),
            ]
        )

    def action_undo(self) -> None:
        undone = self.session.undo()
        if undone is None:
            self.study.tell("There is nothing to take back.")
        else:
            self.app.switch_screen(make_screen("review", self.session))

    def action_browse(self) -> None:
        self.study.go_to("browse")
