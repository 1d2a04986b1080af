"""One gate item: its evidence fact by fact, its signature, and its checklist to tick."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from studyapp.services import standing
from studyapp.services.standing import Standing
from studyapp.tui import standing_views as views
from studyapp.tui.screens import make_screen
from studyapp.tui.screens.base import StudyScreen
from studyapp.tui.text import KEY, STRONG, hanging, joined, plain
from studyapp.tui.widgets.choice_list import ChoiceList

PLACES = {
    "chapters_read": "reader",
    "recall_days": "review",
    "lab_shipped": "labs",
    "audit_complete": "audit",
    "revision_done": "revision",
}
"""Where each kind of item is worked at."""


class GateItemScreen(StudyScreen):
    TOPIC = "gate item"
    CSS_PATH = ["../styles/lists.tcss", "../styles/standing.tcss"]
    CHOOSE = "tick"
    BINDINGS = [
        Binding("w", "work", "work on it"),
        Binding("s", "sign", "sign"),
        Binding("r", "read", "read its document"),
        Binding("u", "undo", "undo"),
        Binding("space,pagedown", "page(1)", "more", key_display="space"),
        Binding("pageup", "page(-1)", "page up", show=False),
    ]

    def __init__(self, module: str, item_id: str) -> None:
        super().__init__()
        self._module, self._item_id = module, item_id
        self._document = ""
        """The item's, to be read."""

    def parts(self) -> ComposeResult:
        with VerticalScroll(id="details", can_focus=False):
            yield Static(id="text")
        yield ChoiceList()

    def on_screen_resume(self) -> None:
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        self._draw()

    def _now(self) -> Standing:
        now = standing.standing(self.recall, self.study.program.library, self._module)
        assert now is not None
        return now

    def _draw(self) -> None:
        with self.told():
            now, library = self._now(), self.study.program.library
            one = now.item(self._item_id)
            self._document = one.item.document
            width = max(20, min(100, self.app.size.width - 6))
            content = standing.content_now(self.recall, library, now)
            self.title_line(Content.styled("Gate item", STRONG), plain(one.evidence.progress))
            self.query_one("#text", Static).update(views.item_details(one, content, width))
            checklist = standing.lines_of(self.recall, library, now, self._item_id)
            options = self.query_one(ChoiceList)
            kept = options.highlighted or 0
            options.display = bool(checklist)
            self.query_one("#details").set_class(not checklist, "-whole")
            options.clear_options()
            for line in checklist:
                mark = joined([views.box(line.ticked), Content.styled(f" {line.number:>2} ", KEY)])
                options.add_option(Option(hanging(mark, plain(line.text), width), id=str(line.number)))
            self.refresh_bindings()
            if checklist:
                options.highlighted = min(kept, len(checklist) - 1)
                options.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Ticks a line of the checklist, or takes the tick away."""
        number, library = int(event.option.id or 0), self.study.program.library
        with self.told():
            now = self._now()
            lines = standing.lines_of(self.recall, library, now, self._item_id)
            ticked = any(line.number == number and line.ticked for line in lines)
            standing.check_lines(self.recall, library, now, self._item_id, [number], not ticked)
            self._draw()

    # -- actions

    @property
    def undoable(self) -> bool:
        return standing.undoable(self.recall, self._module, self._now().item(self._item_id).item)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "read":
            return bool(self._document)
        return True

    def action_work(self) -> None:
        self.study.go_to(PLACES[self._now().item(self._item_id).item.rule])

    def action_read(self) -> None:
        from studyapp.services.reading import Place

        self.app.push_screen(make_screen("reader", Place(self._module, self._document)))

    def action_sign(self) -> None:
        from studyapp.tui.screens.sign import SignScreen

        self.app.push_screen(SignScreen(self._now(), self._item_id))

    def action_undo(self) -> None:
        undone = standing.take_back(self.recall, self._module, self._now().item(self._item_id).item)
        self.study.tell(f"Took back {undone}." if undone else "There is nothing to take back.")
        self._draw()

    def action_page(self, by: int) -> None:
        pane = self.query_one("#details")
        pane.scroll_relative(y=by * max(1, pane.size.height - 2), animate=False)
