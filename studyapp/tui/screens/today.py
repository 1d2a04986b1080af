"""Where the learner stands today, and one key to the first card."""

from __future__ import annotations

from datetime import timedelta

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Static

from studyapp.services.day import Today
from studyapp.tui import views
from studyapp.tui.screens.base import StudyScreen
from studyapp.tui.text import KEY, MUTED, STRONG, count, joined, lines, plain, short
from studyapp.tui.widgets.forecast import forecast


class TodayScreen(StudyScreen):
    TOPIC = "today"
    BINDINGS = [
        Binding("enter", "start", "start", key_display="enter"),
        Binding("b", "browse", "browse"),
        Binding("l", "labs", "labs"),
        Binding("o", "settings", "settings"),
        Binding("u", "undo", "undo"),
        Binding("U,ctrl+y", "redo", "redo", show=False),
        Binding("escape", "back", "back", show=False),
        Binding("ctrl+q", "app.quit", "quit", key_display="ctrl+q"),
        Binding("down,j", "line(1)", "line down", show=False),
        Binding("up,k", "line(-1)", "line up", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._drawn_for: Size | None = None

    def parts(self) -> ComposeResult:
        with VerticalScroll(id="body", can_focus=False):
            yield Static(id="text")

    def on_screen_resume(self) -> None:
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        if self._drawn_for not in (None, self.app.size):
            self._draw()

    def _draw(self) -> None:
        self._drawn_for = self.app.size
        with self.told():
            modules = self.study.program.library.modules()
            today = self.recall.today()
            body = modules[0].body if modules else {}
            title = f"{body.get('title', '')} · week {body.get('week', '')}" if modules else "studyapp"
            self.title_line(plain(title, STRONG), Content(f"{today.day:%a} {today.day.day} {today.day:%b}"))
            self.query_one("#text", Static).update(self._content(today, bool(modules)))

    def _content(self, today: Today, has_modules: bool) -> Content:
        width = max(20, min(100, self.app.size.width - 6))
        blocks = [self._figures(today), self._next_step(today, has_modules, width)]
        if today.postponed:
            shown = today.due + today.drill
            words = f"{shown} today, {today.postponed} wait until you have room; nothing is lost."
            blocks.append(Content(words))
        blocks.append(self._problems(width))
        if has_modules:
            blocks.append(self._coming(today, width))
        return Content("\n\n").join([block for block in blocks if block])

    def _coming(self, today: Today, width: int) -> Content:
        coming = self.recall.forecast(7)
        if not any(coming):
            return Content.styled("Nothing is planned for the next seven days yet.", MUTED)
        heading = f"Coming up: {count(coming[0], 'card')} tomorrow, {sum(coming)} in seven days"
        return lines([views.heading(heading), forecast(coming, today.day + timedelta(days=1), width)])

    def _figures(self, today: Today) -> Content:
        parts = [
            joined([plain(str(today.due), STRONG), " due"]),
            joined([plain(str(today.new), STRONG), " new"]),
        ]
        if today.drill:
            parts.append(joined([plain(str(today.drill), STRONG), " to repair"]))
        if today.order:
            parts.append(Content(f"about {today.minutes} min"))
        if today.answered:
            parts.append(Content(f"{today.answered} done today"))
        streak = self.recall.streak()
        if streak:
            parts.append(Content(f"{count(streak, 'day')} in a row"))
        return joined(parts, "   ")

    def _next_step(self, today: Today, has_modules: bool, width: int) -> Content:
        if not has_modules:
            return Content("There are no cards yet. Run studyapp content check to see what is wrong with the content.")
        if not today.order:
            tomorrow = self.recall.forecast(1)[0]
            done = "Done for today." if today.answered else "Nothing is due today."
            return lines([Content.styled(f"✓ {done}", "bold $success"), f"  Tomorrow: {count(tomorrow, 'card')}."])
        verb = "Go on with" if today.answered else "Start"
        first = joined(
            [
                Content.styled("▸ ", KEY),
                Content.styled(f"{verb} today's recall", STRONG),
                "   ",
                Content.styled("enter", KEY),
            ]
        )
        shaky = [short(self.recall.card(card_id).prompt, width - 4) for card_id in self.recall.shaky()]
        if not shaky:
            return first
        return lines([first, Content.styled("  Shaky last time:", MUTED), *(joined(["  · ", one]) for one in shaky)])

    def _problems(self, width: int) -> Content:
        problems = self.study.program.library.problems
        if not problems:
            return Content("")
        head = Content.styled(
            f"⚠ The content has {count(len(problems), 'problem')}; the last good copy is in use.", "$warning"
        )
        return lines(
            [head, plain("  " + problems[0]), Content.styled("  studyapp content check shows them all.", MUTED)]
        )

    # -- actions

    def action_start(self) -> None:
        if self.recall.today().order:
            self.study.go_to("review")
        else:
            self.study.tell("Nothing is due now. b browses all cards.")

    def action_browse(self) -> None:
        self.study.go_to("browse")

    def action_labs(self) -> None:
        self.study.go_to("labs")

    def action_settings(self) -> None:
        self.study.go_to("settings")

    def action_undo(self) -> None:
        undone = self.recall.undo()
        self.study.tell(f"Took back: {undone.what}." if undone else "There is nothing to take back.")
        self._draw()

    def action_redo(self) -> None:
        redone = self.recall.redo()
        self.study.tell(f"Did again: {redone.what}." if redone else "There is nothing to do again.")
        self._draw()

    def action_line(self, by: int) -> None:
        self.query_one("#body").scroll_relative(y=by, animate=False)
