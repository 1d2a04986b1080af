"""The foundation-gap audit: four statements, the learner's ticks beside the evidence."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from studyapp.core.audit import Finding
from studyapp.services import standing
from studyapp.services.standing import Standing
from studyapp.tui import standing_views as views
from studyapp.tui.screens import make_screen
from studyapp.tui.screens.base import StudyScreen
from studyapp.tui.text import STRONG, count
from studyapp.tui.widgets.choice_list import ChoiceList


class StatementList(ChoiceList):
    """The statements; enter shows the cards of one."""

    BINDINGS = [Binding("enter", "select", "cards", key_display="enter")]


class AuditScreen(StudyScreen):
    TOPIC = "audit"
    CSS_PATH = "../styles/lists.tcss"
    BINDINGS = [
        Binding("space", "tick", "tick", tooltip="tick the statement, or take the tick away"),
        Binding("x", "explain", "explain", tooltip="explain it aloud, then compare with its key points"),
        Binding("r", "revisit", "read", tooltip="the chapter to read again"),
        Binding("d", "ask", "today", tooltip="put its cards into today's recall"),
        Binding("u", "undo", "undo", show=False),
        Binding("g", "gate", "gate", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.now: Standing | None = None

    def parts(self) -> ComposeResult:
        yield StatementList()

    def on_mount(self) -> None:
        self.query_one(ChoiceList).focus()

    def on_screen_resume(self) -> None:
        self._fill()

    def on_resize(self, event: events.Resize) -> None:
        self._fill()
        self.call_after_refresh(self.query_one(ChoiceList).focus)  # lost while the terminal was too small

    def _fill(self) -> None:
        with self.told():
            self.now = now = standing.standing(self.recall, self.study.program.library)
            findings = now.findings if now else ()
            options = self.query_one(ChoiceList)
            kept, width = options.highlighted or 0, max(20, min(100, self.app.size.width - 4))
            options.clear_options()
            options.add_options([Option(views.statement_row(f, width), id=f.statement.id) for f in findings])
            options.highlighted = min(kept, len(findings) - 1) if findings else None
            solid = sum(finding.complete for finding in findings)
            right = f"{solid} of {len(findings)} solid and ticked" if findings else "no module has an audit"
            self.title_line(Content.styled("Foundation-gap audit", STRONG), Content(right))

    @property
    def chosen(self) -> Finding | None:
        index = self.query_one(ChoiceList).highlighted
        return self.now.findings[index] if self.now is not None and index is not None else None

    # -- actions

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        if self.now is not None:
            self.app.push_screen(make_screen("statement", self.now.module, event.option.id))

    def action_tick(self) -> None:
        finding = self.chosen
        if self.now is not None and finding is not None:
            standing.tick(self.recall, self.now, finding.statement.id, not finding.ticked)
            self._fill()
            doubt = self.chosen.disagreement if self.chosen else ""
            if doubt and not finding.ticked:
                self.study.tell(f"{doubt.capitalize()}.")

    def action_explain(self) -> None:
        from studyapp.services.explain import Explanation

        finding = self.chosen
        if self.now is not None and finding is not None:
            attempt = Explanation.begin(self.recall, self.now, finding.statement.id)
            self.app.push_screen(make_screen("explain", attempt))

    def action_revisit(self) -> None:
        from studyapp.services.reading import Place

        finding = self.chosen
        revisit = finding.statement.revisit if finding else None
        if self.now is None or revisit is None:
            self.study.tell("This statement names no chapter to read again.")
        else:
            self.app.push_screen(make_screen("reader", Place(self.now.module, revisit.document, revisit.chapter)))

    def action_ask(self) -> None:
        from studyapp.services.asked import ask_today

        finding = self.chosen
        if finding is not None:
            cards = ask_today(self.recall, finding.statement.cards)
            verb = "comes" if len(cards) == 1 else "come"
            self.study.tell(f"{count(len(cards), 'card')} of it {verb} in today's recall.")

    def action_gate(self) -> None:
        self.study.go_to("gate")

    def action_undo(self) -> None:
        undone = standing.take_back(self.recall)
        self.study.tell(f"Took back {undone}." if undone else "There is nothing to take back.")
        self._fill()
