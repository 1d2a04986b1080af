"""The keys of the reader, and when each does something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

if TYPE_CHECKING:
    from studyapp.tui.screens.reader import ReaderScreen

KEYS: list[BindingType] = [
    Binding("space,pagedown", "page(1)", "more", key_display="space", tooltip="a page down, then the next chapter"),
    Binding("pageup,b", "page(-1)", "page up", show=False),
    Binding("down,j", "line(1)", "line down", show=False),
    Binding("up,k", "line(-1)", "line up", show=False),
    Binding("home,g", "edge(0)", "to the chapter's beginning", show=False),
    Binding("end,G", "edge(1)", "to the chapter's end", show=False),
    Binding("n", "hit(1)", "next hit"),
    Binding("N", "hit(-1)", "previous hit", show=False),
    Binding("n", "chapter(1)", "next", tooltip="next chapter"),
    Binding("p", "chapter(-1)", "previous chapter", show=False),
    Binding("a", "ask", "ask cards", tooltip="ask the chapter's cards now"),
    Binding("slash", "search", "search", key_display="/", tooltip="search in the whole document"),
    Binding("c", "contents", "contents", tooltip="all documents and chapters, and what was read"),
    Binding("tab", "link(1)", "next link", show=False),
    Binding("shift+tab", "link(-1)", "previous link", show=False),
    Binding("enter", "follow", "follow the link", show=False),
]


def available(screen: ReaderScreen, action: str) -> bool:
    """Whether the key means something now; else it is not shown."""
    if screen.book is None:
        return action in ("back", "help", "contents")
    match action:
        case "hit":
            return bool(screen.search.hits)
        case "chapter":
            return not screen.search.hits
        case "ask":
            return bool(screen.cards)
        case "follow":
            return screen.link is not None
    return True
