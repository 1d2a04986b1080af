"""What can be done with a card wherever it is shown: edit, flag, note, suspend, bury."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from studyapp.core.course import Card
from studyapp.tui.screens import make_screen
from studyapp.tui.screens.base import StudyScreen

CARD_KEYS: list[BindingType] = [
    Binding("r", "read", "read", show=False, tooltip="read the chapter that explains the card"),
    Binding("n", "note", "note", show=False),
    Binding("F", "flag", "flag or unflag", show=False),
    Binding("B", "bury", "bury until tomorrow", show=False),
    Binding("X", "suspend", "suspend or resume", show=False),
    Binding("E,e", "edit", "edit the card's file", show=False),
]
"""Capitals change the card; small a to f tick key points."""

LAB_KEY = Binding("l", "lab", "lab", tooltip="the card's lab: predict, run, compare")
FULL_SIZE_KEY = Binding(
    "o", "full_size", "full size", show=False, tooltip="open the lab's reference pictures in full size"
)


class CardActions(StudyScreen):
    """A screen with a card on it. Each change is one step of undo."""

    def card_here(self) -> Card | None:
        """The card that the keys mean."""
        raise NotImplementedError

    @property
    def undoable(self) -> bool:
        return self.recall.undoable

    def card_changed(self, gone: bool) -> None:
        """Called after a change.

        Args:
            gone: the card is suspended or buried now.
        """

    def card_edited(self) -> None:
        """Called after the content was read again."""

    def action_lab(self) -> None:
        card = self.card_here()
        if card is None or not card.lab:
            self.study.tell("This card has no lab.")
            return
        self.keep()
        self.app.push_screen(make_screen("lab", card.lab, card))

    def action_full_size(self) -> None:
        from studyapp.lab_runner import shelf
        from studyapp.tui.full_size import open_pictures

        card = self.card_here()
        found = shelf.reference(card.lab) if card is not None and card.lab else None
        if card is None or found is None or not found.pictures:
            self.study.tell("There are no reference pictures of this card.")
            return
        self.study.tell(open_pictures(self.study, card.lab, found))

    def action_read(self) -> None:
        from studyapp.services.reading import place_of_card

        card = self.card_here()
        place = place_of_card(self.study.program.library, card) if card is not None else None
        if place is None:
            self.study.tell("No chapter explains this card.")
            return
        self.keep()
        self.app.push_screen(make_screen("reader", place))

    def action_note(self) -> None:
        from studyapp.tui.screens.note import NoteScreen

        card = self.card_here()
        if card is None:
            return
        card_id = card.id

        def save(text: str) -> None:
            with self.told():
                self.recall.note(card_id, text)
                self.study.tell("Note kept." if text else "Note removed.")
                self.card_changed(False)

        self.app.push_screen(NoteScreen(card.prompt, self.recall.state(card_id).note, save))

    def action_flag(self) -> None:
        card = self.card_here()
        if card is not None:
            state = self.recall.flag(card.id, 0 if self.recall.state(card.id).flag else 1)
            self.study.tell("Flagged." if state.flag else "Flag taken away.")
            self.card_changed(False)

    def action_bury(self) -> None:
        card = self.card_here()
        if card is not None:
            self.recall.bury(card.id)
            self.study.tell("Put off until tomorrow. u brings it back.")
            self.card_changed(True)

    def action_suspend(self) -> None:
        card = self.card_here()
        if card is None:
            return
        if self.recall.state(card.id).name(self.recall.day) in ("suspended", "buried"):
            self.recall.resume(card.id)
            self.study.tell("Resumed: it is asked again.")
            self.card_changed(False)
        else:
            self.recall.suspend(card.id)
            self.study.tell("Suspended: it is asked no more. u brings it back.")
            self.card_changed(True)

    def action_edit(self) -> None:
        from studyapp.tui.editor import edit

        card = self.card_here()
        place = self.study.program.store.card_place(card.id) if card is not None else None
        if not place:
            self.study.tell("This card has no file any more.", error=True)
            return
        edit(self.app, place)
        if self.study.reload_content():
            library = self.study.program.library
            problems = [*library.problems, *library.notices]
            words = f"Not taken over: {problems[0]}" if problems else "The card was read again."
            self.study.tell(words, error=bool(problems))
        self.app.refresh(layout=True)
        self.card_edited()
