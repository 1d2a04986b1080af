"""The line at the top and the line of keys at the bottom."""

from __future__ import annotations

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.geometry import Size
from textual.screen import Screen
from textual.style import Style
from textual.widgets import Static

from studyapp.tui.text import KEY, MUTED, ends, joined

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
        line = joined([" ", key_line(screen, self.app.size.width - 2)])
        if self._shown is None or not line.is_same(self._shown):
            self._shown = line
            self.update(line, layout=False)


def key_line(screen: Screen[object], width: int) -> Content:
    """The keys of a screen that are shown, those of the screen itself first; the last ones stay when it is narrow."""
    entries: dict[str, Content] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        if binding.show and binding.action not in entries and active.node is not screen.app:
            place = "screen" if active.node is screen else "focused"
            entries[binding.action] = _entry(screen, binding, place, active.enabled)
    general = [entries.pop(action) for action in ("back", "help") if action in entries]
    own = list(entries.values())[: MOST_KEYS - len(general)]
    while own and joined([*own, *general], "   ").cell_length > width:
        own.pop()
    return joined([*own, *general], "   ").truncate(width, ellipsis=True)


def _entry(screen: Screen[object], binding: Binding, place: str, enabled: bool) -> Content:
    key = screen.app.get_key_display(binding)
    if not enabled:
        return Content.styled(f"{key} {binding.description}", MUTED)
    entry = joined([Content.styled(key, KEY), " ", binding.description])
    action = binding.action if "." in binding.action else f"{place}.{binding.action}"
    return entry.stylize(Style.from_meta({"@click": action}))
