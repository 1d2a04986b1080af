"""The box for a typed answer. It is not in focus until the learner asks for it, so single keys work."""

from __future__ import annotations

from textual.binding import Binding

from studyapp.tui.widgets.text_box import TextBox


class AnswerBox(TextBox):
    """Several lines of plain text; `esc` leaves it and the text stays."""

    BINDINGS = [
        Binding("escape", "screen.leave_box", "done typing", key_display="esc", priority=True),
        Binding("ctrl+r", "screen.reveal", "reveal", priority=True),
    ]

    def __init__(self, *, id: str = "answer-box") -> None:
        super().__init__("", id=id, soft_wrap=True, show_line_numbers=False, tab_behavior="focus", compact=True)
        self.highlight_cursor_line = False
        self.can_focus = False

    def enter(self) -> None:
        self.can_focus = True
        self.focus()
        self.move_cursor(self.document.end)

    def leave(self) -> None:
        self.blur()
        self.can_focus = False


class LineBox(AnswerBox):
    """One line: a number, a name. Enter ends it."""

    BINDINGS = [
        Binding("enter", "screen.entered", "done", priority=True),
        Binding("ctrl+r", "screen.reveal", "reveal", show=False, priority=True),
    ]

    def __init__(self) -> None:
        super().__init__(id="line-box")
