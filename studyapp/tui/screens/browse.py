"""All cards in a list, narrowed by words."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from studyapp.core.course import Card
from studyapp.services.browse import search, state_word
from studyapp.services.ports import CardListing
from studyapp.tui import views
from studyapp.tui.screens import make_screen
from studyapp.tui.screens.card_actions import CARD_KEYS, CardActions
from studyapp.tui.text import MUTED, STRONG, joined, short
from studyapp.tui.widgets.choice_list import ChoiceList
from studyapp.tui.widgets.entry_line import EntryLine

LONGEST_PROMPT = 200
ROWS_AT_ONCE = 200
"""More rows are made when the cursor or the view comes near the last one."""
NEAR = 50
STATE_STYLES = {"due": "bold $primary", "new": "$secondary", "suspended": MUTED, "buried": MUTED, "retired": MUTED}
NOTHING = "No card fits these words. They may be parts of a question, or a topic, kind, state or difficulty."


class BrowseScreen(CardActions):
    TOPIC = "browse"
    CSS_PATH = "../styles/lists.tcss"
    CHOOSE = "open"
    BINDINGS = [
        Binding("slash", "filter", "filter", key_display="/"),
        *CARD_KEYS,
        Binding("l", "lab", "the card's lab", show=False),
        Binding("u", "undo", "undo"),
        Binding("escape", "back", "back", key_display="esc"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._found: list[str] = []
        """Ids of all cards that fit."""
        self._shown: list[CardListing] = []
        """Those that have a row by now: the first of them."""
        self._total = 0
        self._several_modules = False

    def parts(self) -> ComposeResult:
        yield EntryLine(
            placeholder="due   trap   topic:forward   lab:cfg   words of a question", id="filter", compact=True
        )
        yield ChoiceList()
        yield Static(NOTHING, id="nothing")

    def on_mount(self) -> None:
        options = self.query_one(ChoiceList)
        options.focus()
        self._load()
        self.watch(options, "scroll_y", self._scrolled, init=False)

    def on_screen_resume(self) -> None:
        self._load()

    def _load(self) -> None:
        with self.told():
            self._total = self.recall.store.card_total(self.recall.learner)
            self._several_modules = len(self.recall.store.modules()) > 1
            self._fill()

    def _fill(self) -> None:
        """Shows what fits the words; the same card stays highlighted."""
        options = self.query_one(ChoiceList)
        kept = self._highlighted()
        ids = self._found = search(self.recall, self.query_one("#filter", Input).value)
        at = ids.index(kept) if kept in ids else 0
        self._shown.clear()
        options.clear_options()
        self._show_up_to(at + ROWS_AT_ONCE)
        options.highlighted = at if ids else None
        self.query_one("#nothing").set_class(not ids, "-open")
        all_words = "" if len(ids) == self._total else f" of {self._total}"
        self.title_line(Content.styled("Browse", STRONG), Content(f"{len(ids)}{all_words} cards"))
        self.refresh_bindings()

    def _show_up_to(self, number: int) -> None:
        """Makes rows until there are so many, or for all that fit."""
        new = self.recall.store.listings(self.recall.learner, self._found[len(self._shown) : number])
        self._shown += new
        self.query_one(ChoiceList).add_options([Option(self._row(card)) for card in new])

    def _scrolled(self) -> None:
        options = self.query_one(ChoiceList)
        if len(self._shown) < len(self._found) and options.scroll_y + options.size.height + NEAR > len(self._shown):
            with self.told():
                self._show_up_to(len(self._shown) + ROWS_AT_ONCE)

    def _row(self, card: CardListing) -> Content:
        word = state_word(card, self.recall)
        level = views.difficulty(card.difficulty)
        module = short(card.module, 8, MUTED).truncate(9, pad=True) if self._several_modules else Content("")
        return joined(
            [
                module,
                Content.styled(f"{word:<10}", STATE_STYLES.get(word, "$foreground")),
                level.truncate(9, pad=True),
                Content.styled("⚑ ", "$warning") if card.state.flag else "  ",
                short(card.prompt, LONGEST_PROMPT),
            ]
        )

    def _highlighted(self) -> str | None:
        index = self.query_one(ChoiceList).highlighted
        return self._shown[index].id if index is not None and index < len(self._shown) else None

    # -- the card under the cursor

    def card_here(self) -> Card | None:
        card_id = self._highlighted()
        return self.recall.card(card_id) if card_id is not None else None

    def card_changed(self, gone: bool) -> None:
        self._load()

    def card_edited(self) -> None:
        self._load()

    # -- actions

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.action_open()

    def on_input_changed(self, event: Input.Changed) -> None:
        self._fill()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.query_one(ChoiceList).focus()

    def action_open(self) -> None:
        card_id = self._highlighted()
        if card_id is not None:
            self.app.push_screen(make_screen("card", card_id))

    def action_filter(self) -> None:
        box = self.query_one("#filter", Input)
        box.add_class("-open")
        box.focus()

    def action_back(self) -> None:
        """First out of the words, then out of the screen."""
        box = self.query_one("#filter", Input)
        if not box.has_class("-open"):
            self.study.go_back()
            return
        box.value = ""
        box.remove_class("-open")
        self.query_one(ChoiceList).focus()

    def action_undo(self) -> None:
        undone = self.recall.undo()
        self.study.tell(f"Took back: {undone.what}." if undone else "There is nothing to take back.")
        self._load()
