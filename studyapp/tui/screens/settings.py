"""Every setting with its value, what it does and what it may be."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from studyapp.errors import StudyError
from studyapp.services.preferences import change_setting
from studyapp.services.schedulers import preview
from studyapp.settings import SCHEDULER_SETTINGS, stored_value
from studyapp.tui import themes
from studyapp.tui.screens.base import StudyScreen
from studyapp.tui.text import MUTED, STRONG, count, joined, lines, plain
from studyapp.tui.widgets.choice_list import ChoiceList
from studyapp.tui.widgets.entry_line import EntryLine

YES_NO = ("yes", "no")


@dataclass(frozen=True, slots=True)
class Field:
    """A setting as the learner meets it."""

    name: str
    label: str
    words: str
    choices: tuple[str, ...] = ()
    """All it can be; empty when it is written out."""


FIELDS = (
    Field("new_per_day", "New cards a day", "auto spreads the module over a week; or a number from 0 to 999"),
    Field("due_per_day", "Due cards a day at most", "after a break the least at risk wait; a number from 1 to 9999"),
    Field("target_date", "Target date", "none, or the date of an exam before which every card is seen: 2026-12-10"),
    Field("ask_confidence", "Ask how sure", "1 to 4 before the answer is shown", YES_NO),
    Field("aloud", "Count untyped as aloud", "an answer with nothing typed counts as said aloud", YES_NO),
    Field("theme", "Colours", "blue-orange is safe for every eye", tuple(theme.name for theme in themes.THEMES)),
    Field("pictures", "Pictures", "auto: sharp in kitty and Ghostty, else half blocks", ("auto", "sharp", "blocks")),
    Field("rollover_hour", "A study day begins at", "hour of the local clock, 0 to 23"),
    Field("zone", "Time zone", "system, or a name such as Europe/Berlin"),
    Field("scheduler", "Scheduler", "when cards come back; a change replays your log", ("sm2", "fsrs")),
    Field("desired_retention", "Recalled when due, percent", "FSRS: more is safer and more work; 70 to 97"),
    Field("failure_ease", "Ease after a failure", "SM-2: keep it as published, or update it too", ("keep", "update")),
    Field(
        "after_failure",
        "After a failure",
        "SM-2: the failed one is the first, or comes before it",
        ("first", "before_first"),
    ),
    Field(
        "interval_ease",
        "Ease used for the interval",
        "SM-2: the updated one, or the one before",
        ("updated", "previous"),
    ),
    Field("rounding", "Fractions of a day", "SM-2: rounded up, or to the nearest", ("up", "nearest")),
)


class SettingsScreen(StudyScreen):
    TOPIC = "settings"
    CSS_PATH = "../styles/lists.tcss"
    CHOOSE = "change"
    BINDINGS = [
        Binding("right,l", "change(1)", "next value", show=False),
        Binding("left,h", "change(-1)", "previous value", show=False),
    ]

    @dataclass
    class Previewed(Message):
        """What the next value of a setting would move was found out."""

        name: str
        words: str

    def parts(self) -> ComposeResult:
        yield ChoiceList()
        yield Static(id="explain")
        yield EntryLine(id="value", compact=True)

    def on_mount(self) -> None:
        self.title_line(Content.styled("Settings", STRONG), Content("saved at once"))
        options = self.query_one(ChoiceList)
        options.add_options([Option(self._row(field)) for field in FIELDS])
        options.highlighted = 0
        options.focus()

    @property
    def field(self) -> Field:
        return FIELDS[self.query_one(ChoiceList).highlighted or 0]

    def _row(self, field: Field) -> Content:
        value = stored_value(self.recall.settings, field.name)
        return joined([f"{field.label:<28}", plain(value, "bold $primary")])

    def _explain(self, said: Content | None = None) -> None:
        field = self.field
        allowed = " or ".join(field.choices)
        words = [plain(f"{field.words}{f' ({allowed})' if allowed and field.choices != YES_NO else ''}", MUTED)]
        self.query_one("#explain", Static).update(lines([*words, said or Content("")]))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        self._explain()
        if self.field.name in SCHEDULER_SETTINGS and self.field.choices:
            look = partial(self._look_ahead, self.field.name, self._next_value(1))
            self.run_worker(
                look, thread=True, exclusive=True, group="preview", exit_on_error=False, description="preview"
            )

    def _look_ahead(self, name: str, value: str) -> None:
        """Replays the log as it would be; in a thread, for a long log takes a while."""
        with suppress(StudyError):  # told when the value is to be stored
            self.post_message(self.Previewed(name, f"{value}: {preview(self.recall, name, value).words}"))

    def on_settings_screen_previewed(self, message: Previewed) -> None:
        if message.name == self.field.name:
            self._explain(plain(message.words, MUTED))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.action_change(1)

    # -- changing

    def action_change(self, by: int) -> None:
        field = self.field
        if field.choices:
            self._store(field, self._next_value(by))
            return
        box = self.query_one("#value", Input)
        box.value = stored_value(self.recall.settings, field.name)
        box.add_class("-open")
        box.focus()

    def _next_value(self, by: int) -> str:
        """The choice before or after the one that is set."""
        choices, value = self.field.choices, stored_value(self.recall.settings, self.field.name)
        return choices[((choices.index(value) if value in choices else -1) + by) % len(choices)]

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if self._store(self.field, event.value.strip()):
            self._close_box()

    def _store(self, field: Field, value: str) -> bool:
        """Saves a value; an error is shown beside it and nothing changes."""
        try:
            moved = change_setting(self.recall, field.name, value)
        except StudyError as error:
            words = str(error).replace(f"The setting {field.name} takes", f"{field.label}:")
            self._explain(plain(f"✗ {words}", "bold $error"))
            return False
        if field.name == "theme":
            self.app.theme = value
        options = self.query_one(ChoiceList)
        options.replace_option_prompt_at_index(options.highlighted or 0, self._row(field))
        moved_words = f"; {count(moved, 'card')} moved to another day" if moved else ""
        self._explain(plain(f"✓ Saved{moved_words}.", "bold $success"))
        return True

    def _close_box(self) -> None:
        self.query_one("#value").remove_class("-open")
        self.query_one(ChoiceList).focus()

    def action_back(self) -> None:
        """First out of the box, then out of the screen."""
        if self.query_one("#value").has_class("-open"):
            self._close_box()
            self._explain()
        else:
            self.study.go_back()
