"""Recall line by line: no cursor control, no box drawing, for screen readers, pipes and dumb terminals."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TextIO

from studyapp.core.course import Card
from studyapp.core.grading import proposed_grade
from studyapp.core.sm2 import GRADE_NAMES
from studyapp.core.text import spoken, visible
from studyapp.services.recall import Recall
from studyapp.services.session import Session

HELP = "Commands at any question: u undo, s skip, q quit, ? this help."
LETTERS = "abcdef"


class Quit(Exception):
    """The learner leaves, or the input has ended."""


class Elsewhere(Exception):
    """The learner went to another card: undo or skip."""


class PlainReview:
    """One sitting over two text streams."""

    def __init__(self, recall: Recall, source: TextIO, target: TextIO) -> None:
        self._session = Session.start(recall)
        self._recall = recall
        self._source = source
        self._target = target

    def run(self) -> None:
        self._say(f"{self._session.total} cards today. {HELP}")
        try:
            while self._session.current is not None:
                try:
                    self._card(self._recall.card(self._session.current))
                except Elsewhere:
                    continue
        except Quit:
            self._say("\nStopped. Every answer is saved.")
        self._sum_up()

    def _card(self, card: Card) -> None:
        session = self._session
        place = f"Card {session.position} of {session.total}{', again' if session.drilling else ''}"
        self._say(f"\n{place}. {card.topic}, {card.difficulty.words}, {card.kind.words}.")
        self._say(f"Question: {visible(card.prompt)}")
        draft = self._recall.draft(card.id)
        if draft:
            self._say(f"Your answer so far: {visible(draft)}")
        begun = time.monotonic()
        answer = self._ask("Say your answer, then press Enter; or type it: ") or draft
        confidence = self._number("How sure, 1 guess to 4 certain (Enter: not said): ", 1, 4)
        elapsed = round((time.monotonic() - begun) * 1000)
        self._reveal(card)
        ticked = self._ticks(card)
        proposal = proposed_grade(len(ticked), len(card.key_points))
        grade = self._grade(card, proposal)
        answered = session.answer(
            grade,
            confidence=confidence,
            aloud=not answer,
            answer=answer,
            key_points=ticked,
            elapsed_ms=elapsed,
        )
        if answered.scheduled:
            self._say(f"Saved. Next on {answered.after.due}.")
        else:
            self._say("Saved. Its date stays as it is.")

    def _reveal(self, card: Card) -> None:
        self._say(f"Answer: {spoken(card.answer)}")
        for formula in card.formulas:
            self._say(f"Formula: {visible(formula.text)}")
        self._say("Key points:")
        for letter, point in zip(LETTERS, card.key_points, strict=False):
            self._say(f"  {letter}: {visible(point)}")
        for source in card.sources:
            self._say(f"Source: {visible(source.words)}")
        if card.lab:
            self._say(f"Lab: python -m labs.{card.lab}")

    def _ticks(self, card: Card) -> list[int]:
        letters = LETTERS[: len(card.key_points)]
        while True:
            said = self._ask(f"Which did you say? Letters {letters}, Enter for none: ").replace(" ", "").lower()
            if all(letter in letters for letter in said):
                return sorted({letters.index(letter) for letter in said})
            self._say(f"Only the letters {letters} stand for a key point.")

    def _grade(self, card: Card, proposal: int) -> int:
        days = self._recall.preview(card.id)
        for grade, name in enumerate(GRADE_NAMES):
            when = f"next on {days[grade]}" if days[grade] else "date unchanged"
            self._say(f"  {grade} {name}: {when}")
        chosen = self._number(f"Grade, 0 to 5 (Enter: {proposal} {GRADE_NAMES[proposal]}): ", 0, 5)
        return proposal if chosen is None else chosen

    def _number(self, question: str, low: int, high: int) -> int | None:
        while True:
            said = self._ask(question)
            if not said:
                return None
            if said.isdecimal() and low <= int(said) <= high:
                return int(said)
            self._say(f"A number from {low} to {high} is asked for.")

    def _ask(self, question: str) -> str:
        for said in self._lines(question):
            match said:
                case "q":
                    raise Quit
                case "s":
                    self._session.skip()
                    raise Elsewhere
                case "u":
                    undone = self._session.undo()
                    self._say(f"Undone: {undone.what} of {undone.card_id}." if undone else "There is nothing to undo.")
                    raise Elsewhere
                case "?":
                    self._say(HELP)
                case _:
                    return said
        raise Quit

    def _lines(self, question: str) -> Iterator[str]:
        while True:
            self._target.write(question)
            self._target.flush()
            line = self._source.readline()
            if not line:
                return
            yield line.strip()

    def _say(self, text: str) -> None:
        self._target.write(text + "\n")

    def _sum_up(self) -> None:
        summary = self._session.finish()
        self._say(
            f"\n{summary.answered} cards answered, {summary.aloud} of them aloud. Tomorrow: {summary.due_tomorrow} due."
        )
        if summary.shaky:
            self._say("Shaky: " + ", ".join(dict.fromkeys(summary.shaky)) + ".")
        if not summary.complete:
            self._say(f"{len(self._session.queue)} left for today.")


def review(recall: Recall, source: TextIO, target: TextIO) -> int:
    """Today's recall over two text streams; returns the exit code."""
    PlainReview(recall, source, target).run()
    return 0
