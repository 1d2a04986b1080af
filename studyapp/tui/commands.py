"""What the command palette offers: every key of the screen by name, the other screens, the themes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import SystemCommand
from textual.screen import Screen

from studyapp.tui.backups import by_hand
from studyapp.tui.screens.base import StudyScreen
from studyapp.tui.themes import THEMES

if TYPE_CHECKING:
    from studyapp.tui.app import StudyApp

PLACES = {
    "browse": "all cards",
    "reader": "the documents, where you stopped",
    "audit": "what you can explain, beside the evidence",
    "gate": "what the module still needs",
    "quiz": "a scored quiz over the module",
    "interview": "a mock interview with a scorecard",
    "revision": "the closed-book revision that the gate asks for",
    "calibration": "how sure you were against what came out",
    "statistics": "your figures: days, due, retention, topics, labs",
    "labs": "all labs and your runs",
    "settings": "change how the program behaves",
}


def commands(app: StudyApp, screen: Screen[Any]) -> Iterator[SystemCommand]:
    """`review: undo` and the like; only what works now."""
    if isinstance(screen, StudyScreen):
        yield from _of_screen(app, screen)
    closed = isinstance(screen, StudyScreen) and screen.CLOSED_BOOK
    for name, words in ({} if closed else PLACES).items():
        if not isinstance(screen, StudyScreen) or name != screen.TOPIC:
            yield SystemCommand(f"go: {name}", words, partial(app.go_to, name))
    for theme in THEMES:
        yield SystemCommand(f"theme: {theme.name}", "change the colours", partial(setattr, app, "theme", theme.name))
    yield SystemCommand("theme: choose among all", "change the colours", app.action_change_theme)
    yield SystemCommand("program: back up now", "a copy of your data that stays", partial(by_hand, app))
    yield SystemCommand("program: quit", "end the program; everything is saved", app.leave)


def _of_screen(app: StudyApp, screen: StudyScreen) -> Iterator[SystemCommand]:
    seen: set[str] = set()
    for active in screen.active_bindings.values():
        binding = active.binding
        textual_own = binding.action.startswith(("app.focus", "screen.copy"))
        if active.node is screen and active.enabled and not textual_own and binding.action not in seen:
            seen.add(binding.action)
            run = partial(app.run_action, binding.action, screen)
            yield SystemCommand(
                f"{screen.TOPIC}: {binding.tooltip or binding.description}", f"key {app.get_key_display(binding)}", run
            )
