"""A scrolling page of text that can change as fast as a key is pressed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual import events
from textual.content import Content
from textual.geometry import Region
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style
from textual.visual import Visual
from textual.widget import Widget

Part = Content | Callable[[int], Sequence[Strip]]
"""Text, or a drawing: a function from the page's width in cells to lines."""

LINES_PER_NOTCH = 3
"""Of a mouse wheel."""


class Page(Widget):
    """Parts below each other, an empty line apart, with a scroll bar where they do not fit.

    It paints its own lines. Widgets inside a scrolling container would have to be laid out anew at every change, and
    laying out takes longer than everything else that a key press does.
    """

    DEFAULT_CSS = "Page { height: 1fr; }"
    MEASURE = 100
    """Cells of the longest line that reads well."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._parts: tuple[Part, ...] = ()
        self._top = 0
        self._drawn: dict[int, tuple[Part, int, Style, list[Strip]]] = {}
        """By identity (equal contents may differ in style): a part, what it was drawn for, and its lines."""
        self._lines: list[Strip] | None = None
        self._ink = RichStyle()
        self._view: tuple[list[Strip], int, int, list[Segment]] = ([], 0, 0, [])
        """While painting: lines, width, number of the upper line, scroll bar."""

    # -- what is shown

    def show(self, *parts: Part, top: bool = False) -> None:
        """Shows these parts; empty texts are left out.

        Args:
            top: begin at the first line; else the page stays where it was scrolled to.
        """
        self._parts = tuple(part for part in parts if part)
        self._lines = None
        if top:
            self._top = 0
        self.refresh()

    def prepare(self, *parts: Part) -> None:
        """Draws parts ahead of their being shown."""
        for part in parts:
            if part and self._room:
                self._lines_of(part)

    @property
    def _room(self) -> int:
        """Cells for text; the last column belongs to the scroll bar, one before it keeps the two apart."""
        return max(0, min(self.MEASURE, self.content_size.width - 2))

    @property
    def lines(self) -> list[Strip]:
        """Everything that is shown, line by line."""
        if self._lines is None:
            drawn = [self._lines_of(part) for part in self._parts]
            self._drawn = {id(part): self._drawn[id(part)] for part in self._parts}
            between = [Strip.blank(0)]
            self._lines = [line for block in drawn for line in (*between, *block)][1:]
        return self._lines

    def _lines_of(self, part: Part) -> list[Strip]:
        width, style = self._room, self.visual_style
        known = self._drawn.get(id(part))
        if known is None or known[1:3] != (width, style):
            if isinstance(part, Content):
                lines = Visual.to_strips(self, part, width, None, style, apply_selection=False)
            else:
                lines = [line.apply_style(style.rich_style) for line in part(width)]
            self._drawn[id(part)] = known = (part, width, style, lines)
        return known[3]

    # -- painting

    def render_lines(self, crop: Region) -> list[Strip]:
        # What every line needs is looked up once a picture: that takes longer than drawing a line.
        self._ink, (width, high) = self.visual_style.rich_style, self.content_size
        self._view = (self.lines, width, self.top, self._bar(high))
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        lines, width, top, bar = self._view
        if width < 3:
            return Strip.blank(width, self._ink)
        number = top + y
        line = lines[number] if number < len(lines) else Strip.blank(0)
        selection = self.text_selection
        span = selection.get_span(number) if selection is not None else None
        if span is not None:
            line = self._selected(line, *span)
        if line.cell_length >= width:
            line = line.crop(0, width - 1)
        line = line.apply_offsets(0, number)  # for a selection with the mouse
        room = Segment(" " * (width - 1 - line.cell_length), self._ink)
        return Strip([*line, room, bar[y]], width)

    def _bar(self, high: int) -> list[Segment]:
        """The scroll bar from top to bottom: empty where everything fits."""
        count = len(self.lines)
        if count <= high:
            return [Segment(" ", self._ink)] * high
        size = max(1, round(high * high / count))
        start = round((high - size) * self.top / (count - high))
        style = self.visual_style
        within = Segment("┃", (style + self._get_style("$primary")).rich_style)
        outside = Segment("│", (style + self._get_style("$foreground 20%")).rich_style)
        return [within if start <= y < start + size else outside for y in range(high)]

    def _selected(self, line: Strip, start: int, end: int) -> Strip:
        marked = self.screen.get_component_rich_style("screen--selection")
        end = line.cell_length if end == -1 else min(end, line.cell_length)
        start = min(start, end)
        parts = list(line.divide([start, end, line.cell_length]))
        return Strip.join([parts[0], parts[1].apply_style(marked), *parts[2:]])

    # -- scrolling

    @property
    def top(self) -> int:
        """The line at the upper edge."""
        return max(0, min(self._top, len(self.lines) - self.content_size.height))

    def scroll_lines(self, by: int) -> None:
        self._top = self.top + by
        self._top = self.top
        self.refresh()

    def scroll_pages(self, by: int) -> None:
        """Whole pages; two lines stay, so that the eye finds its place."""
        self.scroll_lines(by * max(1, self.content_size.height - 2))

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_lines(LINES_PER_NOTCH)

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_lines(-LINES_PER_NOTCH)

    # -- changes around it

    def on_resize(self, event: events.Resize) -> None:
        self._lines = None

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._lines = None

    def get_selection(self, selection: Selection) -> tuple[str, str]:
        """The text under the mouse's selection."""
        return selection.extract("\n".join(line.text.rstrip() for line in self.lines)), "\n"
