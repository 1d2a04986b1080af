"""Explaining a statement: aloud or typed first, then every key point is compared."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from studyapp.services.explain import Explanation
from studyapp.tui import standing_views as views
from studyapp.tui.screens.base import ALOUD_KEY, StudyScreen
from studyapp.tui.text import MUTED, STRONG, count, hanging, joined, lines, plain
from studyapp.tui.views import aloud_mark
from studyapp.tui.widgets.answer_box import AnswerBox
from studyapp.tui.widgets.choice_list import ChoiceList

ASKED_SECONDS = 60


class ExplainScreen(StudyScreen):
    TOPIC = "explain"
    CSS_PATH = ["../styles/lists.tcss", "../styles/standing.tcss"]
    CHOOSE = ""
    BINDINGS = [
        Binding("f", "finish", "finish", tooltip="record what was said"),
        Binding("space", "reveal", "compare", key_display="space"),
        Binding("t", "type", "type"),
        ALOUD_KEY,
        Binding("space", "tick", "tick", key_display="space"),
    ]

    def __init__(self, attempt: Explanation) -> None:
        super().__init__()
        self.attempt = attempt
        self.revealed = False
        self.aloud: bool | None = None
        """What the learner told of this attempt; None: as the settings say."""
        self._started = 0.0
        self._seconds = 0.0

    def parts(self) -> ComposeResult:
        with VerticalScroll(id="details", can_focus=False, classes="-whole"):
            yield Static(id="text")
            yield AnswerBox()
        yield ChoiceList()

    def on_mount(self) -> None:
        self._started = self.study.ticks()
        with self.told():
            self._show_draft(self.recall.draft(self._subject))
        self.query_one(ChoiceList).display = False
        self._draw()
        self.set_interval(1.0, self._draw_title)

    def on_resize(self, event: events.Resize) -> None:
        self._draw()

    @property
    def _subject(self) -> str:
        return f"{self.attempt.module}/{self.attempt.statement.id}"

    def _show_draft(self, text: str) -> None:
        box = self.query_one(AnswerBox)
        box.load_text(text)
        box.display = bool(text)

    def keep(self) -> None:
        """What was typed and not recorded is there at the next attempt."""
        with self.told():
            self.recall.save_draft(self._subject, self.query_one(AnswerBox).text.strip())

    def _width(self) -> int:
        return max(20, min(100, self.app.size.width - 6))

    def _draw(self) -> None:
        self._draw_title()
        words = [plain(self.attempt.statement.text, STRONG)]
        if not self.revealed:
            words += [Content(""), Content.styled("Explain it aloud, about a minute. Or press t and type.", MUTED)]
        elif typed := self.query_one(AnswerBox).text.strip():
            words += [Content(""), Content.styled("You wrote", MUTED), plain(typed)]
        self.query_one("#text", Static).update(lines(line for w in words for line in (w.wrap(self._width()) or [w])))
        if self.revealed:
            self._fill()
        self.refresh_bindings()

    def _draw_title(self) -> None:
        if not self.is_current:
            return
        seconds = int(self._seconds if self.revealed else self.study.ticks() - self._started)
        clock = f"{seconds // 60}:{seconds % 60:02} of {ASKED_SECONDS // 60}:00"
        said = f"{len(self.attempt.said)} of {len(self.attempt.points)} said"
        left = joined([Content.styled("Explain aloud", STRONG), aloud_mark(self.aloud)])
        self.title_line(left, Content(said if self.revealed else clock))

    def _fill(self) -> None:
        options = self.query_one(ChoiceList)
        kept, width = options.highlighted, self._width()
        options.clear_options()
        for card in self.attempt.cards:
            head = hanging(Content(""), plain(card.prompt, "bold $secondary"), width)
            options.add_option(Option(head, disabled=True))
            for number, point in enumerate(card.key_points):
                mark = joined([views.box((card.id, number) in self.attempt.said), " "])
                options.add_option(Option(hanging(mark, plain(point), width), id=f"{number} {card.id}"))
        options.highlighted = 1 if kept is None else kept

    # -- actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("reveal", "type"):
            return not self.revealed
        return self.revealed if action in ("tick", "finish") else True

    def action_type(self) -> None:
        box = self.query_one(AnswerBox)
        box.display = True
        box.enter()

    def action_aloud(self) -> None:
        self.aloud = not self.recall.settings.said_aloud(self.query_one(AnswerBox).text, self.aloud)
        self._draw_title()

    def action_leave_box(self) -> None:
        self.keep()
        self.query_one(AnswerBox).leave()

    def action_reveal(self) -> None:
        box, options = self.query_one(AnswerBox), self.query_one(ChoiceList)
        self._seconds = self.study.ticks() - self._started
        self.revealed = True
        box.leave()
        box.display = False
        self.query_one("#details").remove_class("-whole")
        options.display = True
        self._draw()
        options.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self._tick(event.option.id)

    def action_tick(self) -> None:
        options = self.query_one(ChoiceList)
        if options.highlighted is not None:
            self._tick(options.get_option_at_index(options.highlighted).id)

    def _tick(self, option: str | None) -> None:
        if option is not None:
            number, _, card_id = option.partition(" ")
            self.attempt.tick(card_id, int(number))
            self._draw()

    def action_finish(self) -> None:
        box = self.query_one(AnswerBox)
        self.attempt.record(self._seconds, box.text, aloud=self.aloud)
        box.load_text("")
        self.keep()
        said = f"{len(self.attempt.said)} of {count(len(self.attempt.points), 'key point')}"
        self.study.tell(f"Recorded: {said}. u takes it back.")
        self.study.go_back()

    def action_back(self) -> None:
        if self.revealed:
            self.study.tell("Left without recording: nothing counts before f.")
        self.keep()
        self.study.go_back()
