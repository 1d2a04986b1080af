"""A quiz from its first question to its score. Every answer is in the log before the next question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random, SystemRandom
from typing import Any

from studyapp.core.log import Event, EventKind, Mode, voided
from studyapp.core.proportion import wilson
from studyapp.core.quiz import Marked, Question, drawn, marked, questions
from studyapp.errors import StudyError, UsageError
from studyapp.services.course import Course, current_course
from studyapp.services.library import Library
from studyapp.services.recall import Recall

COUNT = 10
"""Questions of a quiz, unless the learner says otherwise."""
MOST, LONGEST_MINUTES = 100, 240
SEEDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    """A question that was answered."""

    question: Question
    letters: tuple[int, ...]
    typed: str
    marked: Marked
    confidence: int | None
    seconds: int
    reviews: tuple[str, ...]
    """Ids in the log: one for each card of the question."""


@dataclass(frozen=True, slots=True)
class Score:
    right: int
    answered: int
    asked: int

    @property
    def share(self) -> float | None:
        return self.right / self.answered if self.answered else None

    @property
    def interval(self) -> tuple[float, float]:
        """Where the share may lie with more questions of this kind (Wilson, 95 %)."""
        return wilson(self.right, self.answered)

    @property
    def words(self) -> str:
        if self.share is None:
            return "nothing answered"
        low, high = self.interval
        return f"{self.right} of {self.answered} right, {self.share:.0%} (95 % interval {low:.0%} to {high:.0%})"


@dataclass(slots=True)
class Quiz:
    """One quiz: its paper, and what was answered so far."""

    recall: Recall
    course: Course
    paper: tuple[Question, ...]
    seed: int
    count: int
    """Questions that were wanted; the paper is shorter when there are not so many."""
    topic: str | None = None
    minutes: float | None = None
    answers: list[Answer] = field(default_factory=list)
    spent: float = 0.0
    """Seconds for which questions were shown; the clock stands while an explanation is read."""
    finished: bool = False

    @property
    def left(self) -> float | None:
        """Seconds that are left for answering; None without a limit."""
        return None if self.minutes is None else max(0.0, round(60 * self.minutes - self.spent, 3))

    @property
    def current(self) -> Question | None:
        """None when every question is answered or the time is over."""
        return self.paper[len(self.answers)] if len(self.answers) < len(self.paper) and self.left != 0 else None

    @property
    def command(self) -> str:
        """What gives this quiz again."""
        topic = f" --topic {self.topic}" if self.topic else ""
        minutes = f" --minutes {self.minutes:g}" if self.minutes is not None else ""
        return f"studyapp quiz --count {self.count}{topic}{minutes} --seed {self.seed}"

    @property
    def score(self) -> Score:
        return Score(sum(answer.marked.right for answer in self.answers), len(self.answers), len(self.paper))

    def by_topic(self) -> dict[str, Score]:
        """The score of each topic that was asked, in the order of the module."""
        scores = {}
        for topic in self.course.topics:
            answers = [answer for answer in self.answers if answer.question.topic == topic.id]
            asked = sum(question.topic == topic.id for question in self.paper)
            if asked:
                scores[topic.id] = Score(sum(answer.marked.right for answer in answers), len(answers), asked)
        return scores

    def missed_cards(self) -> list[str]:
        """The cards that come into today's drill."""
        missed = [
            card
            for answer in self.answers
            for card, right in zip(answer.question.cards, answer.marked.parts, strict=True)
            if not right
        ]
        return list(dict.fromkeys(missed))

    def answer(
        self,
        letters: Sequence[int] = (),
        typed: str = "",
        *,
        confidence: int | None = None,
        elapsed_ms: int = 0,
    ) -> Answer:
        """Marks the current question; it is on disk when this returns.

        In the log: grade 4 for right among given answers, 5 for right from one's own head (a number, an order),
        1 for wrong; the elapsed time is shared among the cards of the question.
        """
        question = self.current
        if question is None:
            raise StudyError("Every question of this quiz is answered, or its time is over.")
        result = marked(question, letters, typed)
        said = typed.strip() or ", ".join(question.options[n] for n in letters)
        reviews = tuple(
            self.recall.grade(
                card_id,
                grade,
                mode=Mode.QUIZ,
                confidence=confidence,
                answer=said,
                elapsed_ms=elapsed_ms // len(question.cards),
            ).review.id
            for card_id, grade in zip(question.cards, result.grades, strict=True)
        )
        answer = Answer(question, tuple(letters), typed.strip(), result, confidence, elapsed_ms // 1000, reviews)
        self.answers.append(answer)
        self.spent += elapsed_ms / 1000
        return answer

    def undo(self) -> bool:
        """Takes back the last answer of this quiz; False when there is none."""
        if not self.answers:
            return False
        self.recall.take_back(self.answers[-1].reviews)
        self.answers.pop()
        return True

    def finish(self) -> None:
        """Logs the score once; nothing when nothing was answered."""
        if self.finished or not self.answers:
            return
        self.finished = True
        self.recall.log_event(EventKind.QUIZ, self.course.id, self._data())

    def _data(self) -> dict[str, Any]:
        score = self.score
        return {
            "seed": self.seed,
            "topic": self.topic,
            "minutes": self.minutes,
            "asked": score.asked,
            "answered": score.answered,
            "right": score.right,
            "low": score.interval[0],
            "high": score.interval[1],
            "seconds": sum(answer.seconds for answer in self.answers),
            "complete": score.answered == score.asked,
            "topics": {topic: [part.right, part.answered] for topic, part in self.by_topic().items()},
            "answers": [[answer.marked.right, list(answer.reviews)] for answer in self.answers],
        }


def start_quiz(
    recall: Recall,
    library: Library,
    *,
    count: int = COUNT,
    topic: str | None = None,
    seed: int | None = None,
    minutes: float | None = None,
) -> Quiz:
    """A quiz over the current module, or one of its topics.

    The same content, options and seed give the same quiz, whatever was learnt meanwhile.

    Raises:
        UsageError: an option out of range, or no such topic.
        StudyError: the cards give no question.
    """
    if not 1 <= count <= MOST:
        raise UsageError(f"A quiz has 1 to {MOST} questions, not {count}.")
    if minutes is not None and not 0 < minutes <= LONGEST_MINUTES:
        raise UsageError(f"The time for a quiz is at most {LONGEST_MINUTES} minutes and more than none.")
    if seed is not None and seed < 0:
        raise UsageError(f"A seed is a whole number from 0, not {seed}.")
    course = current_course(recall, library).only(topic)
    seed = SystemRandom().randrange(SEEDS) if seed is None else seed
    rng = Random(seed)
    paper = drawn(questions(course.cards, course.models, rng), course.weights, count, rng)
    if not paper:
        raise StudyError(
            "There is nothing to make a quiz from here: the cards have no wrong answers, steps, numbers or formula gaps"
            " yet. `studyapp review` asks them as they are."
        )
    return Quiz(recall, course, paper, seed, count, course.topics[0].id if topic else None, minutes)


@dataclass(frozen=True, slots=True)
class PastQuiz:
    """A quiz in the log, with the answers that still stand."""

    at: datetime
    module: str
    score: Score
    seed: int
    topic: str | None


def past_quizzes(recall: Recall) -> list[PastQuiz]:
    """Newest first; an answer that was taken back later does not count."""
    events = recall.store.events_of_kind(recall.learner, EventKind.QUIZ)
    undone = voided(recall.store.events_of_kind(recall.learner, EventKind.VOID)) if events else set()
    return [_past(event, undone) for event in events if event.id not in undone]


def _past(event: Event, undone: set[str]) -> PastQuiz:
    answers = [right for right, reviews in event.data.get("answers", ()) if not undone.intersection(reviews)]
    score = Score(sum(answers), len(answers), int(event.data.get("asked", len(answers))))
    return PastQuiz(event.at, event.subject, score, int(event.data.get("seed", 0)), event.data.get("topic"))
