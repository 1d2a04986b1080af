"""A quiz: its choices, its questions one by one, its score."""

from __future__ import annotations

from textual.binding import Binding
from textual.content import Content

from studyapp.core.interview import clock
from studyapp.core.quiz import Kind, read_number
from studyapp.services.course import Course, current_course
from studyapp.services.quiz import Answer, PastQuiz, Quiz, past_quizzes, start_quiz
from studyapp.tui import quiz_views
from studyapp.tui.screens import make_screen
from studyapp.tui.screens.asking import SCROLL_KEYS, AskingScreen, letter_keys, sure_keys
from studyapp.tui.text import MUTED, STRONG, count, ends, joined, plain
from studyapp.tui.widgets.page import Part

COUNTS = (5, 10, 20, 40)
TIMES = (None, 5.0, 10.0, 20.0)
"""Minutes for the whole quiz."""


class QuizScreen(AskingScreen):
    """Args: a quiz that was drawn already, else the screen begins with its choices."""

    TOPIC = "quiz"
    BINDINGS = [
        Binding("enter", "start", "start"),
        Binding("n", "count", "questions", tooltip="how many questions, before the start"),
        Binding("t", "topic", "topic", tooltip="topic, before the start"),
        Binding("m", "minutes", "time", tooltip="time for the quiz, before the start"),
        Binding("enter,space", "check", "check", key_display="enter", tooltip="check the answer"),
        Binding("enter", "next", "next", tooltip="next question"),
        Binding("enter", "go_on", "go on", tooltip="go on with a quiz that was ended early"),
        Binding("space", "more", "more", tooltip="page down, then next question"),
        *letter_keys("choose", "choose an answer; in an order or a match one letter after the other"),
        *sure_keys(),
        Binding("backspace", "less", "take the last letter back", show=False),
        Binding("t", "type", "type", tooltip="type the number; esc leaves the box"),
        Binding("enter", "done", "done", key_display="enter", tooltip="after the quiz: leave it"),
        Binding("r", "repair", "repair", tooltip="after the quiz: repair what was missed"),
        Binding("u", "undo", "undo", tooltip="take back the last answer"),
        *SCROLL_KEYS,
    ]

    def __init__(self, quiz: Quiz | None = None) -> None:
        super().__init__()
        self.quiz = quiz
        self.marked: Answer | None = None
        self.chosen: list[int] = []
        self.over = False
        """The score is shown."""
        self._course: Course | None = None
        self._past: list[PastQuiz] = []
        self._count, self._topic, self._minutes = 1, 0, 0

    def on_mount(self) -> None:
        with self.told():
            if self.quiz is None:
                self._course = current_course(self.recall, self.study.program.library)
                self._past = past_quizzes(self.recall)
            else:
                self._begin(self.quiz)

    def _begin(self, quiz: Quiz) -> None:
        self.quiz, self.over = quiz, False
        self._next()

    def _next(self) -> None:
        assert self.quiz is not None
        self.marked, self.chosen, self.confidence = None, [], None
        self.over = self.quiz.current is None
        self.started = self.study.ticks()
        self.empty_boxes()
        self.boxes_ready()
        self.draw(top=True)

    def boxes_ready(self) -> None:
        question = self.quiz.current if self.quiz is not None and self._asking else None
        if question is not None and question.kind is Kind.NUMBER:
            self.open_box(self.line)

    # -- drawing

    def heads(self) -> tuple[Content, Content]:
        quiz = self.quiz
        if quiz is None:
            return Content.styled("Quiz", STRONG), plain(self._course.title if self._course else "")
        if self.over:
            return Content.styled("Quiz, the score", STRONG), Content(count(quiz.score.answered, "answer"))
        question = self.marked.question if self.marked else quiz.current
        number = len(quiz.answers) + (self.marked is None)
        topic = quiz.course.topic_title(question.topic) if question else ""
        return Content.styled(f"Quiz {number}/{len(quiz.paper)}", STRONG), plain(topic)

    def page(self) -> list[Part]:
        quiz, width = self.quiz, self.width
        if quiz is None:
            if self._course is None:
                return [Content("There are no cards yet. studyapp content check tells what is wrong with the content.")]
            return [*quiz_views.setup_parts(self._rows(self._course), self._past, width)]
        if self.over:
            return [*quiz_views.result_parts(quiz, width)]
        if self.marked is not None:
            return [*quiz_views.marked_parts(self.marked, width)]
        question = quiz.current
        return [*quiz_views.question_parts(question, self.chosen, width)] if question else []

    def _rows(self, course: Course) -> list[tuple[str, str, str]]:
        minutes = TIMES[self._minutes]
        topic = course.topics[self._topic - 1].title if self._topic else "all, by their weight"
        return [
            ("n", "Questions", str(COUNTS[self._count])),
            ("t", "Topic", topic),
            ("m", "Time", "as long as it takes" if minutes is None else f"{minutes:g} minutes"),
        ]

    def foot(self, width: int) -> list[Content]:
        if self.quiz is None or self.over:
            return []
        if self.marked is not None:
            score, stands = self.quiz.score, "the clock stands" if self.quiz.minutes is not None else ""
            return [
                self.said,
                ends(Content.styled(f"{score.right} of {score.answered} right so far", MUTED), Content(stands), width),
            ]
        left = self._left
        time = clock(int(self.seconds)) if left is None else f"{clock(max(0, int(left)))} left"
        question, said = self.quiz.current, self.said
        if self.chosen and question is not None and question.kind.ordered:
            said = Content.styled("backspace takes the last letter back", MUTED)
        return [said, ends(self.sure_line, Content(time), width)]

    def tick(self) -> None:
        if not self._time_is_over():
            self.draw_foot()

    @property
    def _asking(self) -> bool:
        """Whether a question is shown: only then does the clock run."""
        return self.quiz is not None and not self.over and self.marked is None

    @property
    def _left(self) -> float | None:
        """Seconds left at a question; None without a limit."""
        left = self.quiz.left if self.quiz is not None else None
        return None if left is None else left - self.seconds

    def _time_is_over(self) -> bool:
        """Shows the score when the time for a question has run out."""
        left = self._left
        if not self._asking or left is None or left > 0:
            return False
        self.study.tell("The time is over. What was answered counts.")
        self._show_score()
        return True

    def _stop_clock(self) -> None:
        """Before a question is left without an answer."""
        if self.quiz is not None and self._asking:
            self.quiz.spent += self.seconds

    # -- keys

    @property
    def undoable(self) -> bool:
        return self.quiz is not None and bool(self.quiz.answers)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        quiz = self.quiz
        question = quiz.current if quiz is not None and self._asking else None
        match action, parameters:
            case "start" | "count" | "minutes" | "topic", _:
                return quiz is None
            case "type", _:
                return question is not None and question.kind is Kind.NUMBER
            case "letter", (int(n),):
                return question is not None and n < len(question.options)
            case "sure" | "less" | "check", _:
                return question is not None
            case "more", _:
                return self.marked is not None or self.over
            case "next", _:
                return self.marked is not None
            case "go_on", _:
                return quiz is not None and self.over and quiz.current is not None
            case "repair", _:
                return quiz is not None and self.over and bool(quiz.missed_cards())
            case "done", _:
                return quiz is not None and self.over and quiz.current is None
            case "undo", _:
                return quiz is not None
        return True

    def action_letter(self, n: int) -> None:
        assert self.quiz is not None
        question = self.quiz.current
        if question is None:
            return
        if n in self.chosen:
            self.chosen.remove(n)
        elif question.kind.ordered:
            self.chosen = [*self.chosen, n][: len(question.right)]
        else:
            self.chosen = [n]
        self.draw()

    def action_less(self) -> None:
        if self.chosen:
            self.chosen.pop()
            self.draw()

    def action_count(self) -> None:
        self._count = (self._count + 1) % len(COUNTS)
        self.draw()

    def action_minutes(self) -> None:
        self._minutes = (self._minutes + 1) % len(TIMES)
        self.draw()

    def action_type(self) -> None:
        self.open_box(self.line)

    def action_topic(self) -> None:
        if self._course is not None:
            self._topic = (self._topic + 1) % (len(self._course.topics) + 1)
            self.draw()

    def action_more(self) -> None:
        if self.more_below() or self.over:
            self.action_scroll(1)
        else:
            self.action_next()

    def action_next(self) -> None:
        self.said = Content("")
        self._next()

    def action_go_on(self) -> None:
        self._next()

    def action_start(self) -> None:
        if self._course is None:
            return
        topic = self._course.topics[self._topic - 1].id if self._topic else None
        self._begin(
            start_quiz(
                self.recall,
                self.study.program.library,
                count=COUNTS[self._count],
                topic=topic,
                minutes=TIMES[self._minutes],
            )
        )

    def action_check(self) -> None:
        quiz = self.quiz
        assert quiz is not None
        question = quiz.current
        assert question is not None
        typed = self.line.text.strip() if self.line is not None else ""
        if question.kind is Kind.NUMBER:
            if read_number(typed, question.number.unit if question.number else "") is None:
                self.study.tell("Type a number first, such as 0.068, 6.8e-2, 1/3 or 50 %. t opens the box.")
                return
        elif left := len(question.right) - len(self.chosen):
            wanted = f"{count(left, 'letter is', 'letters are')} missing; one after the other."
            self.study.tell(wanted if question.kind.ordered else "Choose a letter first.")
            return
        if self._time_is_over():
            return
        self.marked = quiz.answer(
            self.chosen,
            typed if question.kind is Kind.NUMBER else "",
            confidence=self.confidence,
            elapsed_ms=round(1000 * self.seconds),
        )
        self.empty_boxes()
        self.said = Content.styled("enter goes on · u takes the answer back", MUTED)
        self.draw(top=True)

    def action_entered(self) -> None:
        """Enter in the box: a number that can be read is taken, and a second enter checks it."""
        typed = self.line.text if self.line is not None else ""
        question = self.quiz.current if self.quiz is not None else None
        if question is not None:
            read = quiz_views.number_words(question, typed)
            self.said = joined(
                [Content.styled(f"Read as {read}; enter checks it" if read else "That is no number yet", MUTED)]
            )
        super().action_entered()

    def action_undo(self) -> None:
        assert self.quiz is not None
        if self.quiz.answers:
            self._stop_clock()
        if self.quiz.undo():
            self.said = Content.styled("Took back the last answer.", MUTED)
            self._next()
        else:
            self.study.tell("There is nothing to take back in this quiz.")

    def _show_score(self) -> None:
        self._stop_clock()
        self.over, self.marked = True, None
        self.empty_boxes()
        self.draw(top=True)

    # -- leaving

    def keep(self) -> None:
        if self.quiz is not None:
            with self.told():
                self.quiz.finish()

    def action_repair(self) -> None:
        self.keep()
        self.app.switch_screen(make_screen("review"))

    def action_done(self) -> None:
        self.action_back()

    def action_back(self) -> None:
        """From a question to the score, so that an early end shows what it came to; from there out."""
        if self.quiz is not None and not self.over and self.quiz.answers:
            self._show_score()
        else:
            self.keep()
            self.study.go_back()
