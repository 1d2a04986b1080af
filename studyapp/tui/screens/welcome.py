"""The first start: what this is, how it goes, one choice, and on to the first card."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from studyapp.core.plan import new_per_day
from studyapp.services.preferences import change_setting
from studyapp.tui import views
from studyapp.tui.screens import make_screen
from studyapp.tui.screens.base import StudyScreen
from studyapp.tui.text import KEY, MUTED, STRONG, count, hanging, joined, lines, plain

CHOICES = ("auto", "3", "5", "10", "20")
STEPS = (
    ("Recall", "Answer each card aloud or in writing, reveal it, tick what you said, grade yourself 0 to 5."),
    ("Lab", "Cards name experiments that show their claims with real tensors. Run one and look."),
    ("Gate", "The module is passed when you can explain it, on the evidence of your own answers."),
)
REST = "Everything is saved at once and can be undone. ? shows the keys on every screen."


class WelcomeScreen(StudyScreen):
    TOPIC = "welcome"
    BINDINGS = [
        Binding("enter", "start", "start", key_display="enter"),
        *(Binding(str(n), f"choose({n - 1})", "choose", show=n == 1) for n in range(1, 6)),
        Binding("down,right,j", "move(1)", "next choice", show=False),
        Binding("up,left,k", "move(-1)", "previous choice", show=False),
        Binding("escape", "back", "look around", key_display="esc"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.chosen = 0

    def parts(self) -> ComposeResult:
        with VerticalScroll(id="body", can_focus=False):
            yield Static(id="text")
            yield from (Static(id=f"choice-{number}") for number in range(len(CHOICES)))
            yield Static(Content.styled(f"\n{REST}", MUTED))

    def on_mount(self) -> None:
        setting = self.recall.settings.new_per_day
        self.chosen = CHOICES.index(setting) if setting in CHOICES else 0
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        self._draw()

    def _draw(self) -> None:
        with self.told():
            module = self.study.program.library.current_module()
            size = module.size if module else 0
            name = str(module.body.get("title", "")) if module else "your course"
            self.title_line(Content.styled("Welcome", STRONG), plain(name, MUTED))
            self.query_one("#text", Static).update(self._content(name, size))
            for number in range(len(CHOICES)):
                self.query_one(f"#choice-{number}", Static).update(self._choice(number, size))

    @property
    def _width(self) -> int:
        return max(20, min(90, self.app.size.width - 6))

    def _content(self, name: str, size: int) -> Content:
        intro = f"{name}: {count(size, 'card')}, some minutes a day. Cards come back just before you forget them."
        steps = []
        for number, (title, words) in enumerate(STEPS, start=1):
            mark = joined([Content.styled(f"{number}. ", MUTED), Content.styled(f"{title:<8}", STRONG)])
            steps.append(hanging(mark, plain(words), self._width))
        return Content("\n\n").join([plain(intro), lines(steps), views.heading("How many new cards a day?")])

    def _choice(self, number: int, size: int) -> Content:
        choice = CHOICES[number]
        cards = new_per_day(size, None if choice == "auto" else int(choice))
        days = -(-size // cards) if cards else 0
        minutes = self.recall.minutes(0, min(cards, size))
        words = f"{count(cards, 'card')} a day"
        words += f", about {minutes} min: all in {count(days, 'day')}" if days else ""
        words += " (recommended)" if choice == "auto" else ""
        here = number == self.chosen
        mark = Content.styled("(•) " if here else "( ) ", "bold $success" if here else MUTED)
        key = Content.styled(f"{'▸' if here else ' '} {number + 1} ", KEY)
        return hanging(joined([key, mark]), plain(words), self._width)

    def action_choose(self, number: int) -> None:
        self.chosen = number
        self._draw()
        self.query_one(f"#choice-{number}").scroll_visible(animate=False)

    def action_move(self, by: int) -> None:
        self.action_choose((self.chosen + by) % len(CHOICES))

    def _settle(self) -> None:
        change_setting(self.recall, "new_per_day", CHOICES[self.chosen])
        change_setting(self.recall, "welcomed", "yes")

    def action_start(self) -> None:
        self._settle()
        self.app.switch_screen(make_screen("review"))

    def action_back(self) -> None:
        self._settle()
        self.study.go_back()
