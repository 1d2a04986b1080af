"""Recall line by line."""

from __future__ import annotations

import time
from typing import TextIO

from studyapp.core.course import Card
from studyapp.core.grading import proposed_grade
from studyapp.core.sm2 import GRADE_NAMES
from studyapp.core.text import plural, visible
from studyapp.plain.lines import Elsewhere, Lines, Quit
from studyapp.services.course import topic_titles
from studyapp.services.recall import Recall
from studyapp.services.session import Session


class PlainReview(Lines):
    """One sitting over two text streams."""

    HELP = "Commands at any question: u undo, s skip, v said aloud or not, q quit, ? this help."

    def __init__(self, recall: Recall, source: TextIO, target: TextIO) -> None:
        self._session = Session.start(recall)
        self._recall = recall
        self._topics = topic_titles(recall.store)
        super().__init__(source, target, recall.settings)

    def run(self) -> None:
        self.say(f"{self._session.total} cards today. {self.HELP}")
        try:
            while self._session.current is not None:
                try:
                    self._card(self._recall.card(self._session.current))
                except Elsewhere:
                    continue
        except Quit:
            self.say("\nStopped. Every answer is saved.")
        self._sum_up()

    def _card(self, card: Card) -> None:
        session = self._session
        place = f"Card {session.position} of {session.total}{', again' if session.drilling else ''}"
        topic = visible(self._topics.get((card.module, card.topic), card.topic))
        self.say(f"\n{place}. {topic}, {card.difficulty.words}, {card.kind.words}.")
        self.say(f"Question: {visible(card.prompt)}")
        draft = self._recall.draft(card.id)
        if draft:
            self.say(f"Your answer so far: {visible(draft)}")
        begun = time.monotonic()
        answer = self.typed = self.answer("Say your answer, then press Enter; or type it: ") or draft
        if answer != draft:  # it survives a closed terminal before the grade
            self._recall.save_draft(card.id, answer)
        confidence = self.number("How sure, 1 guess to 4 certain (Enter: not said): ", 1, 4)
        elapsed = round((time.monotonic() - begun) * 1000)
        self.reveal(card)
        ticked = self.ticks(len(card.key_points))
        proposal = proposed_grade(len(ticked), len(card.key_points))
        grade = self._grade(card, proposal)
        answered = session.answer(
            grade,
            confidence=confidence,
            aloud=self._recall.settings.said_aloud(answer, self.aloud),
            answer=answer,
            key_points=ticked,
            elapsed_ms=elapsed,
        )
        if answered.scheduled:
            self.say(f"Saved. Next on {answered.after.due}.")
        else:
            self.say("Saved. Its date stays as it is.")

    def _grade(self, card: Card, proposal: int) -> int:
        days = self._recall.preview(card.id)
        for grade, name in enumerate(GRADE_NAMES):
            when = f"next on {days[grade]}" if days[grade] else "date unchanged"
            self.say(f"  {grade} {name}: {when}")
        chosen = self.number(f"Grade, 0 to 5 (Enter: {proposal} {GRADE_NAMES[proposal]}): ", 0, 5)
        return proposal if chosen is None else chosen

    def command(self, said: str) -> None:
        if said == "s":
            self._session.skip()
        elif said == "u":
            undone = self._session.undo()
            self.say(f"Undone: {undone.what} of {undone.card_id}." if undone else "There is nothing to undo.")
        else:
            return
        raise Elsewhere

    def _sum_up(self) -> None:
        summary = self._session.finish()
        answered = plural(summary.answered, "card")
        self.say(f"\n{answered} answered, {summary.aloud} aloud. Tomorrow: {summary.due_tomorrow} due.")
        if summary.shaky:
            self.say("Shaky:")
            for card_id in dict.fromkeys(summary.shaky):
                card = self._recall.store.card(card_id)
                self.say(f"  {visible(card.prompt) if card else card_id}")
        if not summary.complete:
            self.say(f"{len(self._recall.today().order)} left for today.")


def review(recall: Recall, source: TextIO, target: TextIO) -> int:
    """Today's recall over two text streams; returns the exit code."""
    PlainReview(recall, source, target).run()
    return 0
