"""The keys of a review, and when each does something.

Small letters go through the answer, capitals change the card: so the key points keep a to f.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

from studyapp.tui.screens.base import ALOUD_KEY
from studyapp.tui.screens.card_actions import FULL_SIZE_KEY, LAB_KEY
from studyapp.tui.views import LETTERS

if TYPE_CHECKING:
    from studyapp.tui.screens.review import ReviewScreen

KEYS: list[BindingType] = [
    Binding("space", "reveal", "reveal"),
    *(
        Binding(
            letter,
            f"tick({n})",
            "tick",
            show=not n,
            tooltip="tick a key point, or take the tick away",
        )
        for n, letter in enumerate(LETTERS)
    ),
    *(
        Binding(
            str(n),
            f"digit({n})",
            "grade",
            show=not n,
            tooltip="how sure (1 to 4) before the answer, the grade (0 to 5) after it",
        )
        for n in range(6)
    ),
    Binding("space,pagedown", "scroll(1)", "more", key_display="space"),
    Binding("pageup", "scroll(-1)", "page up", show=False),
    Binding("down,j", "line(1)", "line down", show=False),
    Binding("up,k", "line(-1)", "line up", show=False),
    Binding("enter", "accept", "accept the proposed grade", show=False),
    Binding("t,ctrl+t,enter", "type", "type", key_display="t", tooltip="type the answer; esc leaves the box"),
    ALOUD_KEY,
    LAB_KEY,
    FULL_SIZE_KEY,
    Binding("u", "undo", "undo", tooltip="take back the last answer or change"),
    Binding("U,ctrl+y", "redo", "redo", show=False, tooltip="do again what was taken back"),
    Binding("s", "skip", "skip", tooltip="skip: the card comes again at the end"),
]


def available(screen: ReviewScreen, action: str, parameters: tuple[object, ...]) -> bool | None:
    """True: the key works now; False: it means nothing now and is not shown."""
    if screen.card is None and action not in ("back", "help", "undo", "redo"):
        return False
    match action, parameters:
        case "reveal", _:
            return not screen.revealed
        case "type", _:  # in the box t is a letter
            return not screen.revealed and not (screen.box is not None and screen.box.has_focus)
        case "accept" | "scroll", _:
            return screen.revealed
        case "lab", _:
            return screen.card is not None and bool(screen.card.lab)
        case "full_size", _:  # before the answer they would give it away
            return screen.revealed and screen.card is not None and bool(screen.card.lab)
        case "edit", _:  # e may be the letter of the fifth key point
            return True
        case "tick", (int(number),):
            return screen.revealed and screen.card is not None and number < len(screen.card.key_points)
        case "digit", (int(number),):
            return screen.revealed or (1 <= number <= 4 and screen.recall.settings.ask_confidence)
    return True
