"""What audit and gate share: a list for one module, and a way to the next module."""

from __future__ import annotations

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content

from studyapp.services import standing
from studyapp.services.standing import Standing
from studyapp.tui.screens.base import StudyScreen
from studyapp.tui.text import MUTED, STRONG, joined, plain
from studyapp.tui.widgets.choice_list import ChoiceList

STANDING_KEYS: list[BindingType] = [
    Binding("u", "undo", "undo", tooltip="take back the last tick, explanation, sign-off or wish"),
    Binding("m", "module", "module", show=False, tooltip="the next module, where there are several"),
]


class StandingScreen(StudyScreen):
    """A list about one module; by default the first whose gate is not open yet."""

    def __init__(self) -> None:
        super().__init__()
        self.now: Standing | None = None
        self._module = ""

    def on_mount(self) -> None:
        self.query_one(ChoiceList).focus()

    def on_screen_resume(self) -> None:
        self.draw()

    def on_resize(self, event: events.Resize) -> None:
        self.draw()
        self.call_after_refresh(self.query_one(ChoiceList).focus)  # lost while the terminal was too small

    def draw(self) -> None:
        with self.told():
            self.now = standing.standing(self.recall, self.study.program.library, self._module)
            self.fill(self.now)
            self.refresh_bindings()

    def fill(self, now: Standing | None) -> None:
        """Shows the module; None: none has an audit or a gate."""
        raise NotImplementedError

    @property
    def width(self) -> int:
        return max(20, min(100, self.app.size.width - 4))

    def heading(self, words: str) -> Content:
        """The screen's name; with several modules the module's beside it."""
        several = len(standing.with_gate(self.study.program.library)) > 1
        title = plain(f" · {self.now.title}", MUTED) if several and self.now else Content("")
        return joined([Content.styled(words, STRONG), title])

    # -- actions

    @property
    def undoable(self) -> bool:
        return standing.undoable(self.recall)

    def action_module(self) -> None:
        modules = [module.id for module in standing.with_gate(self.study.program.library)]
        if self.now is None or len(modules) < 2:
            self.study.tell("There is no other module with a gate or an audit.")
            return
        self._module = modules[(modules.index(self.now.module) + 1) % len(modules)]
        self.draw()

    def action_undo(self) -> None:
        undone = standing.take_back(self.recall)
        self.study.tell(f"Took back {undone}." if undone else "There is nothing to take back.")
        self.draw()
