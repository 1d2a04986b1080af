"""A revision line by line."""

from __future__ import annotations

import time
from typing import TextIO

from studyapp.core.course import Card
from studyapp.core.grading import proposed_grade
from studyapp.core.sm2 import GRADE_NAMES
from studyapp.core.text import visible
from studyapp.plain.lines import Elsewhere, Lines, Quit
from studyapp.services.revision import Revision, Signed


class PlainRevision(Lines):
    """One sitting of a revision over two text streams."""

    HELP = (
        "Commands at any question: u take back the last answer, v said aloud or not, q stop and go on later, ? this"
        " help."
    )

    def __init__(self, revision: Revision, source: TextIO, target: TextIO) -> None:
        super().__init__(source, target, revision.recall.settings)
        self._revision = revision
        self.signed: Signed | None = None

    def run(self) -> None:
        revision = self._revision
        begun = len(revision.progress.answers)
        self.say(
            f"Revision of {visible(revision.course.title)}, closed book: {len(revision.cards)} questions"
            f"{f', {begun} answered already' if begun else ''}. {self.HELP}"
        )
        try:
            while self.signed is None:
                try:
                    card = revision.current
                    if card is not None:
                        self._ask(card)
                    else:
                        self._sign()
                except Elsewhere:
                    continue
        except Quit:
            left = len(revision.progress.open)
            what = f"{left} of {len(revision.cards)} questions are open" if left else "It is not signed yet"
            self.say(f"\nStopped. What was answered is saved. {what}; studyapp revise goes on.")

    def command(self, said: str) -> None:
        if said == "u":
            self.say("Taken back." if self._revision.undo() else "There is nothing to take back.")
            raise Elsewhere

    def _ask(self, card: Card) -> None:
        revision = self._revision
        topic = revision.course.topic_title(card.topic)
        self.say(f"\nQuestion {revision.position} of {len(revision.cards)}. {visible(topic)}, {card.kind.words}.")
        self.say(visible(card.prompt))
        begun = time.monotonic()
        typed = self.answer("Say your answer, then press Enter; or type it: ")
        confidence = self.needed_number("How sure, 1 guess to 4 certain: ", 1, 4)
        elapsed = round((time.monotonic() - begun) * 1000)
        self.reveal(card)
        ticked = self.ticks(len(card.key_points))
        proposal = proposed_grade(len(ticked), len(card.key_points))
        for grade, name in enumerate(GRADE_NAMES):
            self.say(f"  {grade} {name}")
        chosen = self.number(f"Grade, 0 to 5 (Enter: {proposal} {GRADE_NAMES[proposal]}): ", 0, 5)
        revision.answer(
            proposal if chosen is None else chosen,
            confidence=confidence,
            said=ticked,
            typed=typed,
            aloud=self.aloud,
            elapsed_ms=elapsed,
        )
        self.say("Saved.")

    def _sign(self) -> None:
        self.say(f"\nEvery question is answered. The statement:\n{self._revision.statement()}")
        name = self.ask("Sign with your name, if it is true (q: not now): ")
        if name:
            self.signed = self._revision.sign(name)
            self.say("Signed. The revision is complete.")
