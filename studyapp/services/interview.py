"""A mock interview from its first question to its scorecard. Every answer is in the log before the next question."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random, SystemRandom

from studyapp.core.course import Card, FollowUp
from studyapp.core.grading import proposed_grade
from studyapp.core.interview import (
    FOLLOW_UP_SHARE,
    FollowUpMark,
    Round,
    Scorecard,
    asked,
    follow_ups,
    markdown,
    scorecard_from,
)
from studyapp.core.log import EventKind, Mode, voided
from studyapp.core.text import one_line
from studyapp.errors import StudyError, UsageError
from studyapp.services.course import Course, current_course
from studyapp.services.library import Library
from studyapp.services.new_file import write_new
from studyapp.services.quiz import LONGEST_MINUTES, SEEDS
from studyapp.services.recall import Recall

COUNT, MOST = 5, 50
MINUTES = 3.0
"""For one question, unless the learner says otherwise."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What stands on the screen: a question, or a follow-up to it."""

    card: Card
    prompt: str
    answer: str
    points: tuple[str, ...]
    """The rubric: what a good answer says."""
    limit: int
    """Seconds."""
    follow_up: FollowUp | None = None


@dataclass(slots=True)
class Interview:
    """One round: its cards, the rounds that are done, and the follow-ups still to be asked."""

    recall: Recall
    course: Course
    cards: tuple[Card, ...]
    seed: int
    limit: int
    rounds: list[Round] = field(default_factory=list)
    waiting: list[FollowUp] = field(default_factory=list)
    """Follow-ups to the last round."""
    finished: bool = False

    @property
    def position(self) -> int:
        """Number of the question, from 1; a follow-up has its question's."""
        return len(self.rounds) + (not self.waiting)

    @property
    def current(self) -> Turn | None:
        if self.waiting:
            card, one = self.cards[len(self.rounds) - 1], self.waiting[0]
            limit = round(self.limit * FOLLOW_UP_SHARE)
            return Turn(card, one.prompt, one.answer, ("what the answer says",), limit, one)
        if len(self.rounds) == len(self.cards):
            return None
        card = self.cards[len(self.rounds)]
        return Turn(card, card.prompt, card.answer, card.key_points, self.limit)

    def mark(
        self,
        said: Collection[int],
        *,
        typed: str = "",
        aloud: bool | None = None,
        confidence: int | None = None,
        elapsed_ms: int = 0,
    ) -> None:
        """Takes down which points of the current turn were said; it is on disk when this returns.

        In the log: the grade that the key points propose, 0 to 4. Follow-ups count on the scorecard alone.

        Args:
            aloud: whether the answer was said aloud; by default as the settings say.
        """
        turn = self.current
        if turn is None:
            raise StudyError("Every question of this interview is answered.")
        seconds = elapsed_ms // 1000
        if turn.follow_up is not None:
            one = FollowUpMark(prompt=turn.prompt, answer=turn.answer, said=bool(said), seconds=seconds)
            last = self.rounds[-1]
            self.rounds[-1] = replace(last, follow_ups=(*last.follow_ups, one))
            self.waiting.pop(0)
            return
        card = turn.card
        said = sorted({n for n in said if n < len(card.key_points)})
        answered = self.recall.grade(
            card.id,
            proposed_grade(len(said), len(card.key_points)),
            mode=Mode.INTERVIEW,
            confidence=confidence,
            aloud=self.recall.settings.said_aloud(typed, aloud),
            answer=typed,
            key_points=said,
            elapsed_ms=elapsed_ms,
        )
        self.rounds.append(
            Round(
                card=card.id,
                topic=card.topic,
                prompt=card.prompt,
                said=tuple(card.key_points[n] for n in said),
                missed=tuple(point for n, point in enumerate(card.key_points) if n not in said),
                seconds=seconds,
                limit=turn.limit,
                typed=typed.strip(),
                confidence=confidence,
                review=answered.review.id,
            )
        )
        self.waiting = list(follow_ups(card, said))

    def undo(self) -> bool:
        """Goes back to the last turn that was marked; False when there is none."""
        if not self.rounds:
            return False
        last = self.rounds[-1]
        card = self.cards[len(self.rounds) - 1]
        if last.follow_ups:
            said = [n for n, point in enumerate(card.key_points) if point in last.said]
            self.rounds[-1] = replace(last, follow_ups=last.follow_ups[:-1])
            self.waiting = list(follow_ups(card, said))[len(last.follow_ups) - 1 :]
        else:
            self.recall.take_back([last.review])
            self.rounds.pop()
            self.waiting = []
        return True

    def scorecard(self) -> Scorecard:
        return Scorecard(
            module=self.course.id, at=self.recall.clock(), asked=len(self.cards), rounds=tuple(self.rounds)
        )

    def finish(self) -> Scorecard:
        """Logs the scorecard once; nothing when nothing was answered."""
        card = self.scorecard()
        if self.rounds and not self.finished:
            self.finished = True
            self.recall.log_event(EventKind.INTERVIEW, self.course.id, card.to_data() | {"seed": self.seed})
        return card


def start_interview(
    recall: Recall,
    library: Library,
    *,
    count: int = COUNT,
    topic: str | None = None,
    seed: int | None = None,
    minutes: float = MINUTES,
) -> Interview:
    """A round over the current module, or one of its topics.

    Args:
        minutes: for one question; a follow-up gets half of it.

    Raises:
        UsageError: an option out of range, or no such topic.
        StudyError: there is no card to ask.
    """
    if not 1 <= count <= MOST:
        raise UsageError(f"An interview has 1 to {MOST} questions, not {count}.")
    if not 0 < minutes <= LONGEST_MINUTES:
        raise UsageError(f"The time for a question is at most {LONGEST_MINUTES} minutes and more than none.")
    if seed is not None and seed < 0:
        raise UsageError(f"A seed is a whole number from 0, not {seed}.")
    course = current_course(recall, library).only(topic)
    seed = SystemRandom().randrange(SEEDS) if seed is None else seed
    cards = asked(course.cards, course.weights, count, Random(seed))
    if not cards:
        raise StudyError("There is nothing to ask in an interview here: no card has key points yet.")
    return Interview(recall, course, cards, seed, round(minutes * 60))


def past_interviews(recall: Recall) -> list[Scorecard]:
    """Newest first; a round whose answer was taken back later is left out."""
    events = recall.store.events_of_kind(recall.learner, EventKind.INTERVIEW)
    undone = voided(recall.store.events_of_kind(recall.learner, EventKind.VOID)) if events else set()
    cards = [scorecard_from(event.subject, event.at, event.data) for event in events if event.id not in undone]
    return [replace(card, rounds=tuple(one for one in card.rounds if one.review not in undone)) for card in cards]


def export(card: Scorecard, title: str, file: Path) -> None:
    """Writes the scorecard as Markdown.

    Raises:
        StudyError: the file exists, or cannot be written.
    """
    check_target(file)
    try:
        write_new(file, markdown(card, title))
    except OSError as error:
        raise _not_written(file, error) from None


def check_target(file: Path) -> None:
    """Refuses a file that a scorecard cannot go to, before an hour of work is spent.

    Raises:
        UsageError: it exists, or its folder does not.
        StudyError: the system refuses the name.
    """
    try:
        exists = file.exists()
    except OSError as error:
        raise _not_written(file, error) from None
    if exists:
        raise UsageError(f"{file} exists already; name another file.")
    if not file.absolute().parent.is_dir():
        raise UsageError(f"There is no folder {file.absolute().parent}; make it first, or name another file.")


def _not_written(file: Path, error: OSError) -> StudyError:
    return StudyError(f"{one_line(str(file), 80)} could not be written ({(error.strerror or str(error)).lower()}).")
