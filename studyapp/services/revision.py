"""A revision: one run through every self-check and trap of the module, however many sittings it takes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from studyapp.core.calibration import PROBABILITY
from studyapp.core.course import Card
from studyapp.core.log import EventKind, Mode, voided
from studyapp.core.revision import Progress, asked, progress, record, stands
from studyapp.errors import StudyError, UsageError
from studyapp.services.course import Course, current_course, standing
from studyapp.services.library import Library
from studyapp.services.module_text import content_hash
from studyapp.services.recall import Answered, Recall

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Signed:
    """A revision that is complete."""

    id: str
    at: datetime
    module: str
    data: dict[str, Any]
    """As the table in `core/revision.py` says."""


@dataclass(slots=True)
class Revision:
    """Where the revision of a module stands. Everything about it is in the log: a restart goes on with it."""

    recall: Recall
    library: Library
    course: Course
    cards: tuple[Card, ...]
    progress: Progress

    @property
    def current(self) -> Card | None:
        """The first question that is open."""
        left = self.progress.open
        return next((card for card in self.cards if left and card.id == left[0]), None)

    @property
    def position(self) -> int:
        return min(len(self.cards), len(self.cards) - len(self.progress.open) + 1)

    def answer(
        self,
        grade: int,
        *,
        confidence: int | None,
        said: Collection[int] = (),
        typed: str = "",
        aloud: bool | None = None,
        elapsed_ms: int | None = None,
    ) -> Answered:
        """Grades the current question; it is on disk when this returns.

        Args:
            aloud: whether the answer was said aloud; by default as the settings say.

        Raises:
            UsageError: no confidence was given, or a number is out of range.
            StudyError: nothing is open.
        """
        card = self.current
        if card is None:
            raise StudyError("Every question is answered; sign the revision.")
        if confidence not in PROBABILITY:
            raise UsageError("Say first how sure you are, 1 (guess) to 4 (certain): a revision needs it.")
        answered = self.recall.grade(
            card.id,
            grade,
            mode=Mode.REVISION,
            confidence=confidence,
            aloud=self.recall.settings.said_aloud(typed, aloud),
            answer=typed,
            key_points=sorted(said),
            elapsed_ms=elapsed_ms,
        )
        self.recall.save_draft(draft_key(card.id), "")
        self._look()
        return answered

    def undo(self) -> bool:
        """Takes back the newest answer of this revision, of an earlier sitting too; False when there is none."""
        newest = max(self.progress.reviews, key=lambda review: review.id, default=None)
        if newest is None:
            return False
        self.recall.take_back([newest.id])
        if newest.answer:
            self.recall.save_draft(draft_key(newest.card_id), newest.answer)
        self._look()
        return True

    def statement(self) -> str:
        """What is signed."""
        found = record(self.progress, "-")
        return (
            f"I answered all {found['questions']} questions with the book closed, said how sure I was before each"
            f" answer was shown, and graded myself honestly: {found['passed']} of {found['questions']} passed, Brier"
            f" score {found['brier']:.2f}."
        )

    def sign(self, name: str) -> Signed:
        """Logs the revision as complete.

        Raises:
            UsageError: no name, or one that is too long.
            StudyError: questions are open.
        """
        if not self.progress.complete:
            left = len(self.progress.open)
            raise StudyError(f"{left} of {len(self.cards)} questions are open; a revision is signed at its end.")
        if not 1 <= len(name.strip()) <= LONGEST_NAME:
            raise UsageError(f"Sign with your name: 1 to {LONGEST_NAME} letters.")
        content = content_hash(self.recall, self.library, self.course.id)
        self.recall.log_event(EventKind.REVISION, self.course.id, record(self.progress, name) | {"content": content})
        return signed_revisions(self.recall, self.course.id)[0]

    def _look(self) -> None:
        self.progress = _progress(self.recall, self.course.id, self.cards)


def draft_key(card_id: str) -> str:
    """Where an answer that is being typed in a revision is kept: apart from the card's own draft."""
    return f"revision {card_id}"[:200]


def open_revision(recall: Recall, library: Library) -> Revision:
    """The revision of the current module: begun, or new.

    Raises:
        StudyError: there is no module, or it has no self-checks and traps.
    """
    course = current_course(recall, library)
    cards = asked(course.cards)
    if not cards:
        raise StudyError(
            f"{course.title} has no self-checks and traps, so there is nothing to revise;"
            " `studyapp review` asks its cards."
        )
    return Revision(recall, library, course, cards, _progress(recall, course.id, cards))


def _progress(recall: Recall, module: str, cards: tuple[Card, ...]) -> Progress:
    done = signed_revisions(recall, module)
    reviews = [review for card in cards for review in recall.store.reviews_of(recall.learner, card.id)]
    return progress(
        [card.id for card in cards],
        standing(recall, [review for review in reviews if review.mode is Mode.REVISION]),
        signed=done[0].id if done else "",
        today=recall.day,
    )


def signed_revisions(recall: Recall, module: str) -> list[Signed]:
    """The revisions of a module that were signed, newest first."""
    events = recall.store.events_of_kind(recall.learner, EventKind.REVISION)
    undone = voided(recall.store.events_of_kind(recall.learner, EventKind.VOID)) if events else set()
    return [
        Signed(event.id, event.at, event.subject, dict(event.data))
        for event in events
        if event.subject == module and stands(event, undone)
    ]
