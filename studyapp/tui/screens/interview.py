"""A mock interview: its choices, question after question with follow-ups, its scorecard."""

from __future__ import annotations

from pathlib import Path

from textual.binding import Binding
from textual.content import Content

from studyapp.core.interview import Scorecard, clock
from studyapp.paths import unused
from studyapp.services.course import Course, current_course
from studyapp.services.interview import Interview, Turn, export, past_interviews, start_interview
from studyapp.tui import interview_views, views
from studyapp.tui.screens.asking import SCROLL_KEYS, AskingScreen, letter_keys, sure_keys
from studyapp.tui.screens.base import ALOUD_KEY
from studyapp.tui.text import MUTED, STRONG, count, ends, joined, plain
from studyapp.tui.widgets.page import Part

COUNTS = (3, 5, 8, 12)
TIMES = (1.0, 2.0, 3.0, 5.0)
"""Minutes for one question."""


class InterviewScreen(AskingScreen):
    """Args: an interview that was drawn already, and the file for its scorecard; else it begins with its choices."""

    TOPIC = "interview"
    BINDINGS = [
        Binding("space", "reveal", "end answer", tooltip="end the answer and see the rubric"),
        Binding("enter", "start", "start"),
        Binding("n", "count", "questions", tooltip="how many questions, before the start"),
        Binding("t", "topic", "topic", tooltip="topic, before the start"),
        Binding("m", "minutes", "time", tooltip="time for a question, before the start"),
        Binding("enter", "mark", "next", key_display="enter", tooltip="take down the ticks, next question"),
        *letter_keys("tick", "tick what you said"),
        *sure_keys(),
        Binding("space", "scroll(1)", "more", tooltip="page down"),
        Binding("t", "type", "type", tooltip="type the answer; esc leaves the box"),
        Binding("enter", "type", "type", show=False, tooltip="type the answer; esc leaves the box"),
        ALOUD_KEY,
        Binding("enter", "go_on", "go on", key_display="enter", tooltip="go on with a round that was ended early"),
        Binding("enter", "done", "done", key_display="enter", tooltip="after the interview: leave it"),
        Binding("x", "export", "export", tooltip="write the scorecard as Markdown into the current folder"),
        Binding("u", "undo", "undo", tooltip="go back to the last answer"),
        *SCROLL_KEYS,
    ]

    def __init__(self, interview: Interview | None = None, target: Path | None = None) -> None:
        super().__init__()
        self.interview = interview
        self.revealed = self.over = False
        self.ticked: set[int] = set()
        self._target = target
        self._taken = 0.0
        """Seconds that the answer took."""
        self._course: Course | None = None
        self._past: list[Scorecard] = []
        self._count, self._topic, self._minutes = 1, 0, 2

    def on_mount(self) -> None:
        with self.told():
            if self.interview is None:
                self._course = current_course(self.recall, self.study.program.library)
                self._past = past_interviews(self.recall)
            else:
                self._next()

    @property
    def turn(self) -> Turn | None:
        return self.interview.current if self.interview is not None and not self.over else None

    def _next(self) -> None:
        self.revealed, self.confidence, self.ticked, self.aloud = False, None, set(), None
        self.over = False
        self.over = self.turn is None
        self.started = self.study.ticks()
        self.empty_boxes()
        self.draw(top=True)

    # -- drawing

    def heads(self) -> tuple[Content, Content]:
        interview, turn = self.interview, self.turn
        if interview is None:
            return Content.styled("Mock interview", STRONG), plain(self._course.title if self._course else "")
        if turn is None:
            return Content.styled("Interview, scorecard", STRONG), Content(count(len(interview.rounds), "question"))
        follow = " · follow-up" if turn.follow_up else ""
        place = f"Interview {interview.position}/{len(interview.cards)}{follow}"
        return joined([Content.styled(place, STRONG), views.aloud_mark(self.aloud)]), plain(
            interview.course.topic_title(turn.card.topic)
        )

    def page(self) -> list[Part]:
        interview, turn = self.interview, self.turn
        if interview is None:
            if self._course is None:
                return [Content("There are no cards yet. studyapp content check tells what is wrong with the content.")]
            return [*interview_views.setup_parts(self._rows(self._course), self._past, self.width)]
        if turn is None:
            return [*interview_views.scorecard_parts(interview.scorecard(), self.width)]
        if self.revealed:
            return [*interview_views.rubric_parts(turn, self.ticked, self.typed, int(self._taken), self.width)]
        return [*interview_views.question_parts(turn, self.box is not None and self.box.display)]

    def _rows(self, course: Course) -> list[tuple[str, str, str]]:
        topic = course.topics[self._topic - 1].title if self._topic else "all, by their weight"
        return [
            ("n", "Questions", str(COUNTS[self._count])),
            ("t", "Topic", topic),
            ("m", "Time", f"{count(round(TIMES[self._minutes]), 'minute')} for each, half of it for a follow-up"),
        ]

    def foot(self, width: int) -> list[Content]:
        turn = self.turn
        if self.interview is None or turn is None:
            return []
        if self.revealed:
            said = f"{len(self.ticked)} of {len(turn.points)} said"
            return [self.said, Content.styled(f"{said} · enter takes it down and goes on", MUTED)]
        left = turn.limit - int(self.seconds)
        time = Content(f"{clock(left)} left") if left >= 0 else Content.styled(f"{clock(-left)} over time", "$warning")
        return [self.said, ends(Content("") if turn.follow_up else self.sure_line, time, width)]

    # -- keys

    @property
    def undoable(self) -> bool:
        return self.interview is not None and bool(self.interview.rounds)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        interview, turn = self.interview, self.turn
        asked = turn is not None and not self.revealed
        match action, parameters:
            case "start" | "count" | "minutes" | "topic", _:
                return interview is None
            case "reveal" | "type", _:
                return asked
            case "aloud", _:  # of a follow-up nothing but its mark is kept
                return turn is not None and turn.follow_up is None
            case "sure", _:
                return asked and turn is not None and turn.follow_up is None
            case "letter", (int(n),):
                return turn is not None and self.revealed and n < len(turn.points)
            case "mark", _:
                return turn is not None and self.revealed
            case "scroll", (1,):
                return interview is not None and not asked
            case "go_on", _:
                return interview is not None and self.over and interview.current is not None
            case "export", _:
                return interview is not None and self.over and bool(interview.rounds)
            case "done", _:
                return interview is not None and self.over and interview.current is None
            case "undo", _:
                return interview is not None
        return True

    def action_count(self) -> None:
        self._count = (self._count + 1) % len(COUNTS)
        self.draw()

    def action_minutes(self) -> None:
        self._minutes = (self._minutes + 1) % len(TIMES)
        self.draw()

    def action_topic(self) -> None:
        if self._course is not None:
            self._topic = (self._topic + 1) % (len(self._course.topics) + 1)
            self.draw()

    def action_start(self) -> None:
        if self._course is None:
            return
        topic = self._course.topics[self._topic - 1].id if self._topic else None
        self.interview = start_interview(
            self.recall,
            self.study.program.library,
            count=COUNTS[self._count],
            topic=topic,
            minutes=TIMES[self._minutes],
        )
        self._next()

    def action_type(self) -> None:
        self.open_box(self.box)

    def action_reveal(self) -> None:
        if self.turn is None or self.revealed:
            return
        self._taken = self.seconds
        if self.box is not None:
            self.box.leave()
            self.box.display = False
        self.revealed = True
        self.said = Content("")
        self.draw(top=True)

    def action_letter(self, n: int) -> None:
        self.ticked ^= {n}
        self.draw()

    def action_mark(self) -> None:
        assert self.interview is not None
        self.interview.mark(
            self.ticked,
            typed=self.typed,
            aloud=self.aloud,
            confidence=self.confidence,
            elapsed_ms=round(1000 * self._taken),
        )
        self._next()
        if self.over and self._target is not None:
            self._export(self._target)
            self._target = None

    def action_go_on(self) -> None:
        self._next()

    def action_undo(self) -> None:
        assert self.interview is not None
        if self.interview.undo():
            self.said = Content.styled("Back to the last answer.", MUTED)
            self._next()
        else:
            self.study.tell("There is nothing to take back in this interview.")

    def action_export(self) -> None:
        self._export(unused(Path(f"interview-{self.recall.clock():%Y-%m-%d-%H%M}.md")))

    def _export(self, file: Path) -> None:
        assert self.interview is not None
        with self.told():
            export(self.interview.scorecard(), self.interview.course.title, file)
            self.study.tell(f"The scorecard is in {file.absolute()}.")

    # -- leaving

    def keep(self) -> None:
        if self.interview is not None:
            with self.told():
                self.interview.finish()

    def action_done(self) -> None:
        self.action_back()

    def action_back(self) -> None:
        """From a question to the scorecard, so that an early end shows what it came to; from there out."""
        if self.interview is not None and not self.over and self.interview.rounds:
            self.over = True
            self.empty_boxes()
            self.draw(top=True)
        else:
            self.keep()
            self.study.go_back()
