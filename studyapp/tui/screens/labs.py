"""All labs: what each asks, how long it takes, how your last run stands."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from labs.kit.spec import Lab
from studyapp.lab_runner import shelf
from studyapp.services import lab_log
from studyapp.tui.screens import make_screen
from studyapp.tui.screens.base import StudyScreen
from studyapp.tui.text import MUTED, STRONG, count, joined, lines, plain
from studyapp.tui.widgets.choice_list import ChoiceList


class LabsScreen(StudyScreen):
    TOPIC = "labs"
    CSS_PATH = "../styles/lists.tcss"
    CHOOSE = "open"

    def parts(self) -> ComposeResult:
        yield ChoiceList()

    def on_mount(self) -> None:
        self.query_one(ChoiceList).focus()

    def on_screen_resume(self) -> None:
        self._fill()

    def on_resize(self, event: events.Resize) -> None:
        self._fill()
        self.call_after_refresh(self.query_one(ChoiceList).focus)  # lost while the terminal was too small

    def _fill(self) -> None:
        with self.told():
            labs = shelf.lab_list()
            options = self.query_one(ChoiceList)
            kept = options.highlighted or 0
            options.clear_options()
            options.add_options([Option(self._row(lab), id=lab.name) for lab in labs])
            options.highlighted = min(kept, len(labs) - 1) if labs else None
            self.title_line(Content.styled("Labs", STRONG), Content(count(len(labs), "lab")))

    def _row(self, lab: Lab) -> Content:
        runs = lab_log.history(self.recall, lab.name)
        cards = count(len(lab_log.cards_of(self.recall, lab.name)), "card")
        times = f"{lab.seconds_cpu:g} s, quick {lab.seconds_quick:g} s on a processor"
        run = self.study.desk.run
        if run is not None and run.lab.name == lab.name and run.ended is None:
            last = plain(f"running, {100 * run.progress.share:.0f} %", "bold $warning")
        elif runs:
            last = plain(f"{count(len(runs), 'run')}, last: {runs[0].outcome}, prediction {runs[0].prediction}")
        else:
            last = plain("not run yet", MUTED)
        head = joined([plain(lab.title, "bold $primary"), plain(f"  {cards} · {times} · ", MUTED), last])
        width = max(20, self.app.size.width - 6)
        return lines([*head.wrap(width), *plain(lab.question).wrap(width), ""])

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.app.push_screen(make_screen("lab", event.option.id))
