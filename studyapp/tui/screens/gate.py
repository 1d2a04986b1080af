"""The completion gate: five items, each with its evidence and its signature."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from studyapp.services import standing
from studyapp.services.standing import Standing
from studyapp.tui import standing_views as views
from studyapp.tui.screens import make_screen
from studyapp.tui.screens.standing_base import STANDING_KEYS, StandingScreen
from studyapp.tui.text import MUTED, lines, plain
from studyapp.tui.widgets.choice_list import ChoiceList


class GateScreen(StandingScreen):
    TOPIC = "gate"
    CSS_PATH = ["../styles/lists.tcss", "../styles/standing.tcss"]
    CHOOSE = "details"
    BINDINGS = [
        Binding("s", "sign", "sign", tooltip="sign the item, on its evidence or for a reason"),
        Binding("a", "audit", "audit"),
        Binding("c", "certificate", "certificate", tooltip="the report of the open gate"),
        *STANDING_KEYS,
    ]

    def parts(self) -> ComposeResult:
        yield Static(id="explain")
        yield ChoiceList()

    def fill(self, now: Standing | None) -> None:
        options = self.query_one(ChoiceList)
        kept, items = options.highlighted or 0, now.items if now else ()
        options.clear_options()
        content = standing.content_now(self.recall, self.study.program.library, now) if now else ""
        options.add_options([Option(views.item_row(one, content, self.width), id=one.item.id) for one in items])
        options.highlighted = min(kept, len(items) - 1) if items else None
        done = f"{now.done} of {len(items)} done" if now else ""
        self.title_line(self.heading("Completion gate"), Content(done))
        self._explain(now, self.width)

    def _explain(self, now: Standing | None, width: int) -> None:
        head = self.query_one("#explain", Static)
        if now is None:
            words = lines([plain("No module has a gate. A module.yaml with a list `gate` would give it one.")])
        elif now.open:
            bridge = plain(now.bridge.text).wrap(width) if now.bridge else []
            words = lines([Content.styled("✓ The gate is open.", "bold $success"), *bridge])
        else:
            words = Content.styled("Evidence first, signature second. enter shows what an item needs.", MUTED)
        head.update(words)

    @property
    def chosen(self) -> str | None:
        options = self.query_one(ChoiceList)
        return options.get_option_at_index(options.highlighted).id if options.highlighted is not None else None

    # -- actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "certificate":
            return self.now is not None and self.now.open
        return True

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        if self.now is not None:
            self.app.push_screen(make_screen("gate_item", self.now.module, event.option.id))

    def action_sign(self) -> None:
        from studyapp.tui.screens.sign import SignScreen

        chosen = self.chosen
        if self.now is not None and chosen is not None:
            self.app.push_screen(SignScreen(self.now, chosen))

    def action_audit(self) -> None:
        self.study.go_to("audit")

    def action_certificate(self) -> None:
        if self.now is not None:
            self.app.push_screen(make_screen("certificate", self.now))
