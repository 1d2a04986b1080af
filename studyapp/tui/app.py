"""The terminal app: wiring only. What there is to see and do lies in `screens`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from textual.app import SystemCommand
from textual.binding import Binding
from textual.screen import Screen

from studyapp.errors import StudyError
from studyapp.tui import themes
from studyapp.tui.ending import apology, end_on_signals
from studyapp.tui.messages import Messages
from studyapp.tui.program import Program
from studyapp.tui.screens import make_screen
from studyapp.tui.screens.base import StudyScreen
from studyapp.tui.widgets.bars import too_small

if TYPE_CHECKING:
    from studyapp.core.course import Card
    from studyapp.tui.lab_desk import LabDesk
    from studyapp.tui.widgets.kitty import Gallery


class StudyApp(Messages):
    """The learner's program on a terminal.

    Args:
        start: the first screen, by its file's name.
        debug: show the traceback of an error instead of one sentence.
        ticks: seconds that never go back, for the answer's timer.
        arguments: what the first screen is made with.
    """

    TITLE = "studyapp"
    CSS_PATH = ["styles/app.tcss"]
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (40, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (10, "-short"), (18, "-tall")]
    BINDINGS = [Binding("ctrl+q", "quit", "quit", show=False, priority=True)]

    def __init__(
        self,
        program: Program,
        start: str = "today",
        debug: bool = False,
        ticks: Callable[[], float] = time.monotonic,
        arguments: Sequence[Any] = (),
    ) -> None:
        super().__init__()
        self.program = program
        self.ticks = ticks
        recall = program.recall
        known = recall.settings.welcomed or bool(program.store.newest_id(recall.learner))  # a history may be imported
        self._first = "welcome" if start == "today" and not known else start
        self._arguments = arguments
        self._show_tracebacks = debug
        self._topics: dict[tuple[str, str], str] | None = None
        themes.put_on(self, recall.settings.theme)

    # -- starting and ending

    def get_default_screen(self) -> Screen[Any]:
        """The first screen itself, not one below it: a second screen would cost a fifth of the start."""
        screen = make_screen(self._first if self._first in ("welcome", "review") else "today")
        screen._push_result_callback(self, None)  # Textual leaves this out here, and then cannot switch it
        return screen

    def on_mount(self) -> None:
        if self._first not in ("welcome", "review", "today"):
            self.go_to(self._first, *self._arguments)
        end_on_signals(self.leave)
        self.call_after_refresh(self.run_worker, self._wake, thread=True, exit_on_error=False, name="wake")
        self.watch(self, "theme", partial(themes.remember, self.program.recall), init=False)

    def _wake(self) -> None:
        """Imports what the first picture did not need, while the learner reads it."""
        from studyapp.tui import markdown

        with suppress(StudyError):  # told when something is to be written
            self.program.store.warm_up()
        markdown.prepare()

    async def action_quit(self) -> None:
        self.leave()

    def leave(self) -> None:
        """Saves what is being typed and ends the program."""
        self._keep_all()
        self.exit()

    def _keep_all(self) -> None:
        """What is typed is saved; sharp pictures go, while the screen that they belong to is there."""
        for screen in self.screen_stack:
            getattr(screen, "keep", bool)()
        if "gallery" in vars(self):
            self.gallery.close()

    async def on_unmount(self) -> None:
        if "desk" in vars(self):
            await self.desk.close()

    def _fatal_error(self) -> None:
        """Drafts are saved and one sentence is printed in place of Textual's traceback."""
        with suppress(Exception):
            self._keep_all()
        if self._show_tracebacks:
            super()._fatal_error()
        else:
            self.panic(apology(self._exception, self.program.recall, self.program.library))

    # -- for the screens

    @cached_property
    def desk(self) -> LabDesk:
        """Where labs run. It is the app's, so a lab goes on whatever screen is shown."""
        from studyapp.tui.lab_desk import LabDesk

        return LabDesk(self, self.program.recall, lambda run: getattr(self.screen, "run", None) is run)

    @cached_property
    def gallery(self) -> Gallery:
        """The sharp pictures of this terminal, if it has any."""
        from studyapp.tui.widgets.kitty import Gallery

        return Gallery(self, lambda: self.program.recall.settings.pictures)

    def go_to(self, name: str, *arguments: Any) -> None:
        self.push_screen(make_screen(name, *arguments))

    def go_back(self) -> None:
        if len(self.screen_stack) > 1:
            self.pop_screen()
        elif not isinstance(self.screen, StudyScreen) or self.screen.TOPIC != "today":
            self.switch_screen(make_screen("today"))
        else:
            self.tell("esc only steps back; ctrl+q ends the program.")

    def topic_title(self, card: Card) -> str:
        if self._topics is None:
            from studyapp.services.course import topic_titles

            self._topics = topic_titles(self.program.store)
        return self._topics.get((card.module, card.topic), card.topic)

    def reload_content(self) -> bool:
        """Reads changed content files; True when there were any."""
        self._topics = None
        return self.program.library.refresh()

    def get_key_display(self, binding: Binding) -> str:
        """Keys as words; the same everywhere."""
        return super().get_key_display(binding).replace("⏎", "enter").replace("^", "ctrl+")

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        from studyapp.tui.commands import commands

        return commands(self, screen)

    async def run_action(self, action: Any, *arguments: Any, **named: Any) -> bool:
        """Every key comes through here: an expected error becomes a sentence, and none acts unseen."""
        if too_small(self.size) and action != "quit":
            return True
        try:
            return await super().run_action(action, *arguments, **named)
        except StudyError as error:
            self.tell(str(error), error=True)
            return True
