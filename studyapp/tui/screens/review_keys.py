"""The keys of a review, and when each does something.

Small letters go through the answer, capitals change the card: so the key points keep a to f.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

from studyapp.tui.views import LETTERS

if TYPE_CHECKING:
    from studyapp.tui.screens.review import ReviewScreen

KEYS: list[BindingType] = [
    Binding("space", "reveal", "reveal"),
    *(
        Binding(
            letter,
            f"tick({number})",
            "tick" if not number else f"tick point {letter}",
            show=not number,
            key_display="a b c" if not number else None,
        )
        for number, letter in enumerate(LETTERS)
    ),
    *(
        Binding(
            str(grade),
            f"digit({grade})",
            "grade" if grade == 5 else f"grade {grade}",
            show=grade == 5,
            key_display="0-5" if grade == 5 else None,
        )
        for grade in range(6)
    ),
    Binding("space,pagedown", "scroll(1)", "more", key_display="space"),
    Binding("pageup", "scroll(-1)", "page up", show=False),
    Binding("down,j", "line(1)", "line down", show=False),
    Binding("up,k", "line(-1)", "line up", show=False),
    Binding("enter", "accept", "accept the proposed grade", show=False),
    Binding("t,ctrl+t,enter", "type", "type", key_display="t"),
    Binding("u", "undo", "undo"),
    Binding("U,ctrl+y", "redo", "redo", show=False),
    Binding("s", "skip", "skip"),
]


def available(screen: ReviewScreen, action: str, parameters: tuple[object, ...]) -> bool | None:
    """True: the key works now; False: it means nothing now and is not shown."""
    if screen.card is None and action not in ("back", "help", "undo", "redo"):
        return False
    match action, parameters:
        case "reveal" | "type", _:
            return not screen.revealed
        case "accept" | "scroll", _:
            return screen.revealed
        case "tick", (int(number),):
            return screen.revealed and screen.card is not None and number < len(screen.card.key_points)
        case "digit", (int(number),):
            return screen.revealed or (1 <= number <= 4 and screen.recall.settings.ask_confidence)
    return True
