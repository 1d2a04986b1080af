"""One statement of the audit: its cards, and what each last answer says."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from studyapp.services import standing
from studyapp.tui import standing_views as views
from studyapp.tui.screens import make_screen
from studyapp.tui.screens.base import StudyScreen
from studyapp.tui.text import STRONG, plain
from studyapp.tui.widgets.choice_list import ChoiceList


class StatementScreen(StudyScreen):
    TOPIC = "statement"
    CSS_PATH = "../styles/lists.tcss"
    CHOOSE = "open"

    def __init__(self, module: str, statement_id: str) -> None:
        super().__init__()
        self._module, self._statement_id = module, statement_id

    def parts(self) -> ComposeResult:
        yield ChoiceList()

    def on_mount(self) -> None:
        self.query_one(ChoiceList).focus()

    def on_screen_resume(self) -> None:
        self._fill()

    def on_resize(self, event: events.Resize) -> None:
        self._fill()
        self.call_after_refresh(self.query_one(ChoiceList).focus)

    def _fill(self) -> None:
        with self.told():
            now = standing.standing(self.recall, self.study.program.library, self._module)
            assert now is not None
            finding = now.finding(self._statement_id)
            options = self.query_one(ChoiceList)
            kept, width = options.highlighted or 0, max(20, min(100, self.app.size.width - 4))
            options.clear_options()
            for card in finding.cards:
                row = views.card_row(card, self.recall.card(card.card_id).prompt, width)
                options.add_option(Option(row, id=card.card_id))
            options.highlighted = min(kept, len(finding.cards) - 1) if finding.cards else None
            self.title_line(plain(finding.name.capitalize(), STRONG), Content(finding.verdict.value))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.app.push_screen(make_screen("card", event.option.id))
