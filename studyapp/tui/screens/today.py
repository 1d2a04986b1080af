"""Where the learner stands today, and one key to the first card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Static

from studyapp.services.day import Today
from studyapp.tui.screens.base import StudyScreen
from studyapp.tui.text import KEY, MUTED, STRONG, count, flowing, joined, lines, plain, short

if TYPE_CHECKING:
    from studyapp.core.next_step import NextStep


class TodayScreen(StudyScreen):
    TOPIC = "today"
    BINDINGS = [
        Binding("enter", "start", "start", key_display="enter"),
        Binding("q", "go('quiz')", "quiz"),
        Binding("i", "go('interview')", "interview"),
        Binding("r", "go('reader')", "read"),
        Binding("l", "go('labs')", "labs"),
        Binding("g", "go('gate')", "gate"),
        Binding("a", "go('audit')", "audit", show=False),
        Binding("v", "go('revision')", "revision", show=False),
        Binding("b", "go('browse')", "browse", show=False),
        Binding("s", "go('statistics')", "statistics", show=False),
        Binding("c", "go('calibration')", "calibration", show=False),
        Binding("o", "go('settings')", "settings", show=False),
        Binding("u", "undo", "undo", show=False),
        Binding("U,ctrl+y", "redo", "redo", show=False),
        Binding("escape", "back", "back", show=False),
        Binding("ctrl+q", "app.quit", "quit", key_display="ctrl+q", show=False),
        Binding("down,j", "line(1)", "line down", show=False),
        Binding("up,k", "line(-1)", "line up", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._drawn_for: Size | None = None
        self._cards = False
        """Whether there are cards for today."""
        self._next: NextStep | None = None
        """What enter does when there are none."""

    def parts(self) -> ComposeResult:
        with VerticalScroll(id="body", can_focus=False):
            yield Static(id="text")
            yield Static(id="more")

    def on_screen_resume(self) -> None:
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        if self._drawn_for not in (None, self.app.size):
            self._draw()

    def _draw(self) -> None:
        """First what the first key needs; the rest when that is on the screen."""
        self._drawn_for = self.app.size
        with self.told():
            module = self.study.program.library.current_module()
            today = self.recall.today()
            title = f"{module.body.get('title', '')} · week {module.body.get('week', '')}" if module else "studyapp"
            self.title_line(plain(title, STRONG), Content(f"{today.day:%a} {today.day.day} {today.day:%b}"))
            self._next, self._cards = None, bool(today.order)
            self.query_one("#text", Static).update(self._content(today, module is not None))
            self.refresh_bindings()
            if module is not None:
                self.call_after_refresh(self._draw_more, today, module.id)

    def _draw_more(self, today: Today, module: str) -> None:
        from studyapp.services.standing import standing
        from studyapp.tui import today_views

        if not self.is_current:
            return
        with self.told():
            now = standing(self.recall, self.study.program.library)
            self._next = today_views.step(now)
            self.query_one("#text", Static).update(self._content(today, True, today_views.aloud_words(now)))
            self.query_one("#more", Static).update(today_views.more(self.recall, now, self._width, module))
            self.refresh_bindings()

    @property
    def _width(self) -> int:
        return max(20, min(100, self.app.size.width - 6))

    def _content(self, today: Today, has_modules: bool, aloud: str = "") -> Content:
        width = self._width
        blocks = [self._figures(today, aloud), self._next_step(today, has_modules, width)]
        if today.postponed:
            shown = today.due + today.drill
            words = f"{shown} today, {today.postponed} wait until you have room; nothing is lost."
            blocks.append(Content(words))
        blocks.append(self._problems(width))
        return Content("\n\n").join([block for block in blocks if block])

    def _figures(self, today: Today, aloud: str) -> Content:
        parts = [
            joined([plain(str(today.due), STRONG), " due"]),
            joined([plain(str(today.new), STRONG), " new"]),
        ]
        if today.drill:
            parts.append(joined([plain(str(today.drill), STRONG), " to repair"]))
        if today.asked:
            parts.append(joined([plain(str(today.asked), STRONG), " asked for"]))
        if today.order:
            parts.append(Content(f"about {today.minutes} min"))
        if today.answered:
            parts.append(Content(f"{today.answered} done today"))
        streak = self.recall.streak()
        if streak:
            parts.append(Content(f"{count(streak, 'day')} in a row"))
        if aloud:
            parts.append(Content(aloud))
        return flowing(parts, "   ", self._width)

    def _next_step(self, today: Today, has_modules: bool, width: int) -> Content:
        if not has_modules:
            return Content("There are no cards yet. Run studyapp content check to see what is wrong with the content.")
        if not today.order:
            tomorrow = self.recall.forecast(1)[0]
            done = "Done for today." if today.answered else "Nothing is due today."
            rows = [Content.styled(f"✓ {done}", "bold $success"), Content(f"  Tomorrow: {count(tomorrow, 'card')}.")]
            if self._next is not None:
                from studyapp.tui.today_views import step_line

                rows.append(step_line(self._next, width))
            return lines(rows)
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

    def key_words(self, binding: Binding) -> str:
        if binding.action == "start" and not self._cards:
            return "go on" if self._next is not None else ""
        return super().key_words(binding)

    def action_start(self) -> None:
        if self.recall.today().order:
            self.study.go_to("review")
        elif self._next is not None:
            self.study.go_to(self._next.place)
        else:
            self.study.tell("Nothing is due now. b browses all cards.")

    def action_go(self, place: str) -> None:
        self.study.go_to(place)

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
