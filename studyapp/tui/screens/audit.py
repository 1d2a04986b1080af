"""The foundation-gap audit: four statements, the learner's ticks beside the evidence."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from studyapp.core.audit import Finding, Verdict
from studyapp.services import standing
from studyapp.services.standing import Standing
from studyapp.tui import standing_views as views
from studyapp.tui.screens import make_screen
from studyapp.tui.screens.standing_base import STANDING_KEYS, StandingScreen
from studyapp.tui.text import count
from studyapp.tui.widgets.choice_list import ChoiceList


class AuditScreen(StandingScreen):
    TOPIC = "audit"
    CSS_PATH = "../styles/lists.tcss"
    CHOOSE = "cards"
    BINDINGS = [
        Binding("space", "tick", "tick", tooltip="tick the statement, or take the tick away"),
        Binding("x", "explain", "explain", tooltip="explain it aloud, then compare with its key points"),
        Binding("r", "revisit", "read", tooltip="the chapter to read again; cards of a shaky one come today"),
        Binding("d", "ask", "today", tooltip="put its cards into today's recall"),
        *STANDING_KEYS,
        Binding("g", "gate", "gate", show=False),
    ]

    def parts(self) -> ComposeResult:
        yield ChoiceList()

    def fill(self, now: Standing | None) -> None:
        options = self.query_one(ChoiceList)
        kept, findings = options.highlighted or 0, now.findings if now else ()
        options.clear_options()
        options.add_options([Option(views.statement_row(f, self.width), id=f.statement.id) for f in findings])
        options.highlighted = min(kept, len(findings) - 1) if findings else None
        solid = sum(finding.complete for finding in findings)
        right = f"{solid} of {len(findings)} solid and ticked" if findings else "no module has an audit"
        self.title_line(self.heading("Foundation-gap audit"), Content(right))

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
            self.draw()
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
        if self.now is None or finding is None:
            return
        revisit, shaky = finding.statement.revisit, finding.verdict is Verdict.SHAKY
        come = self._ask(finding) if shaky else ""
        if revisit is not None:
            self.app.push_screen(make_screen("reader", Place(self.now.module, revisit.document, revisit.chapter)))
            if shaky:
                self.study.tell(f"Read it again, and {come}. u in the audit takes that back.")
        else:
            named = "This statement names no chapter to read again"
            self.study.tell(f"{named}, but {come}." if shaky else f"{named}.")

    def action_ask(self) -> None:
        if self.chosen is not None:
            self.study.tell(f"{self._ask(self.chosen)}.")

    def _ask(self, finding: Finding) -> str:
        """Puts the cards of a statement into today's recall; says how many come."""
        from studyapp.services.asked import ask_today

        cards = ask_today(self.recall, finding.statement.cards)
        return f"{count(len(cards), 'card')} of it {'comes' if len(cards) == 1 else 'come'} in today's recall"

    def action_gate(self) -> None:
        self.study.go_to("gate")
