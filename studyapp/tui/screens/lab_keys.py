"""The keys of a lab, and when each does something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from textual.binding import Binding, BindingType

from studyapp.lab_runner import shelf
from studyapp.tui.lab_views import LETTERS

if TYPE_CHECKING:
    from studyapp.tui.screens.lab import LabScreen

Mode = Literal["ask", "result", "history", "cards"]

KEYS: list[BindingType] = [
    Binding("space,pagedown", "scroll(1)", "page down"),
    *(
        Binding(letter, f"predict({n})", "predict", show=not n, tooltip="say what will come out, first")
        for n, letter in enumerate(LETTERS)
        if letter != "h"
    ),
    Binding("p", "predict_number", "predict", tooltip="say what will come out, first"),
    Binding("r", "run", "run"),
    Binding("i", "install", "install", tooltip="install the libraries that labs need"),
    Binding("c", "cancel", "cancel", tooltip="end the run, or the installation"),
    Binding("right,l", "turn(1)", "next value", show=False),
    Binding("left", "turn(-1)", "previous value", show=False),
    Binding("q", "quick", "quick", tooltip="a smaller run of a few seconds, or the whole one"),
    Binding("n", "new", "new run"),
    Binding("o", "open", "full size", tooltip="open the folder with the full-size pictures"),
    Binding("v", "reference", "reference", tooltip="look at the reference run"),
    Binding("w", "cards", "cards", tooltip="which cards this lab belongs to"),
    Binding("h", "history", "runs", tooltip="your own runs"),
    Binding("pageup", "scroll(-1)", "page up", show=False),
    Binding("down,j", "line(1)", "line down", show=False),
    Binding("up,k", "line(-1)", "line up", show=False),
]


def available(screen: LabScreen, action: str, parameters: tuple[object, ...]) -> bool | None:
    """True: the key works now; False: it means nothing now and is not shown."""
    choices = screen.lab.prediction.choices
    desk = screen.study.desk
    running = screen.run is not None and screen.run.ended is None
    match action, parameters:
        case "predict", (int(place),):
            asked = screen.mode == "ask" and not screen.form.unmarkable
            return asked and place < len(choices) and desk.installation is None  # c cancels it
        case "predict_number", _:
            return screen.mode == "ask" and not choices and not screen.form.unmarkable
        case "run" | "quick" | "turn", _:
            return screen.mode == "ask"
        case "install", _:
            return screen.mode == "ask" and desk.installation is None and bool(shelf.missing_libraries())
        case "cancel", _:
            return running if screen.mode == "result" else screen.mode == "ask" and desk.installation is not None
        case "new" | "open", _:
            return screen.mode == "result" and not running
        case "reference" | "history", _:
            return not running and screen.mode not in ("history", "cards")
        case "cards", _:
            return screen.mode != "cards" and bool(screen.cards)
        case "scroll", _:
            return screen.mode in ("ask", "result")
        case "line", _:
            return screen.mode == "result"
    return True
