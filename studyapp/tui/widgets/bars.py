"""The line at the top and the line of keys at the bottom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from textual import events
from textual.binding import ActiveBinding, Binding
from textual.content import Content
from textual.geometry import Size
from textual.screen import Screen
from textual.style import Style
from textual.widgets import Static

from studyapp.tui.text import KEY, MUTED, ends, joined

if TYPE_CHECKING:
    from studyapp.tui.screens.base import StudyScreen

MOST_KEYS = 7
SMALLEST = (40, 10)
"""Columns and rows below which no screen is readable."""


def too_small(size: Size) -> bool:
    return size.width < SMALLEST[0] or size.height < SMALLEST[1]


class TitleBar(Static):
    """Where the learner is, and one figure that matters here. Says so when the terminal is too small."""

    def __init__(self) -> None:
        super().__init__(id="title")
        self._left = self._right = Content("")
        self._drawn_for: tuple[int, int] | None = None

    def show(self, left: Content, right: Content) -> None:
        if not (left.is_same(self._left) and right.is_same(self._right)):
            self._left, self._right = left, right
            self._draw()

    def on_resize(self, event: events.Resize) -> None:
        if self.app.size != self._drawn_for:
            self._draw()

    def _draw(self) -> None:
        self._drawn_for = wide, high = self.app.size
        if too_small(self.app.size):
            need = f"{SMALLEST[0]}x{SMALLEST[1]}"
            self.update(Content(f"Too small: need {need}, this is {wide}x{high}. Nothing is lost."))
        else:
            self.update(ends(self._left, self._right, wide - 2), layout=False)


class KeyBar(Static):
    """The keys that do something now: at most seven, never wider than the screen, each clickable.

    One widget with one line, because Textual's own footer mounts a widget for every key, again on
    every change, which costs more than all the rest of a key press.
    """

    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__(id="keys")
        self._shown: Content | None = None

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def on_resize(self, event: events.Resize) -> None:
        self._changed(self.screen)

    def _changed(self, screen: Screen[object]) -> None:
        if not self.is_attached or screen is not self.screen:
            return
        line = joined([" ", key_line(cast("StudyScreen", screen), self.app.size.width - 2)])
        if self._shown is None or not line.is_same(self._shown):
            self._shown = line
            self.update(line, layout=False)


def key_line(screen: StudyScreen, width: int) -> Content:
    """The keys of a screen that are shown, those of the screen itself first; the last ones stay when it is narrow."""
    active = list(screen.active_bindings.values())
    entries: dict[str, Content] = {}
    for one in active:
        words = screen.key_words(one.binding)
        if one.binding.show and words and one.binding.action not in entries:
            entries[one.binding.action] = _entry(screen, one, _keys(screen, one, active), words)
    general = [entries.pop(action) for action in ("back", "close_errors", "help") if action in entries]
    own = list(entries.values())[: MOST_KEYS - len(general)]
    while own and joined([*own, *general], "   ").cell_length > width:
        own.pop()
    return joined([*own, *general], "   ").truncate(width, ellipsis=True)


def _keys(screen: StudyScreen, one: ActiveBinding, active: Sequence[ActiveBinding]) -> str:
    """The key, or the first and the last of those that do the same to different things: `a-d` for four choices."""

    def kind(binding: Binding) -> tuple[str, str]:
        return binding.action.partition("(")[0], binding.description

    alike = {one.binding.action: one.binding}
    for other in active:
        if kind(other.binding) == kind(one.binding):
            alike.setdefault(other.binding.action, other.binding)
    actions = sorted(alike)[:: max(1, len(alike) - 1)]
    return "-".join(screen.app.get_key_display(alike[action]) for action in actions)


def _entry(screen: StudyScreen, one: ActiveBinding, key: str, words: str) -> Content:
    if not one.enabled:
        return Content.styled(f"{key} {words}", MUTED)
    entry = joined([Content.styled(key, KEY), " ", words])
    place = {screen: "screen", screen.app: "app"}.get(one.node, "focused")
    action = one.binding.action if "." in one.binding.action else f"{place}.{one.binding.action}"
    return entry.stylize(Style.from_meta({"@click": action}))
