"""Asking and answering line by line over two text streams."""

from __future__ import annotations

from typing import TextIO

from studyapp.core.course import Card
from studyapp.core.text import spoken, visible
from studyapp.settings import Settings

LETTERS = "abcdef"


class Quit(Exception):
    """The learner leaves, or the input has ended."""


class Elsewhere(Exception):
    """The learner went to another question."""


class Lines:
    """What every line mode shares. `q` leaves and `?` helps at any question; subclasses add commands of their own."""

    HELP = "Commands at any question: q quit, ? this help."

    def __init__(self, source: TextIO, target: TextIO, settings: Settings | None = None) -> None:
        """Args: settings: where answers are said or typed; then `v` says whether one was said aloud."""
        self._source = source
        self._target = target
        self._settings = settings
        self.typed = ""
        self.aloud: bool | None = None
        """What the learner told of this answer; None: as the settings say."""

    def command(self, said: str) -> None:
        """Does what a line asks for if it is a command; raises Elsewhere when the question is gone with it."""

    def say(self, text: str) -> None:
        self._target.write(text + "\n")

    def ask(self, question: str) -> str:
        """One line of the learner's.

        Raises:
            Quit: the learner leaves, or the input has ended.
        """
        while True:
            self._target.write(question)
            self._target.flush()
            line = self._source.readline()
            said = line.strip()
            if not line or said == "q":
                raise Quit
            if said == "?":
                self.say(self.HELP)
            elif said == "v" and self._settings is not None:
                self.aloud = not self._settings.said_aloud(self.typed, self.aloud)
                self.say(f"This answer {'counts' if self.aloud else 'does not count'} as said aloud.")
            else:
                self.command(said)
                return said

    def answer(self, question: str) -> str:
        """What is typed in answer; nothing when it is said."""
        self.typed, self.aloud = "", None
        self.typed = self.ask(question)
        return self.typed

    def number(self, question: str, low: int, high: int) -> int | None:
        """A whole number; None for an empty line."""
        while True:
            said = self.ask(question)
            if not said:
                return None
            if said.isdecimal() and low <= int(said) <= high:
                return int(said)
            self.say(f"A number from {low} to {high} is asked for.")

    def needed_number(self, question: str, low: int, high: int) -> int:
        """A whole number; an empty line is asked again."""
        while True:
            found = self.number(question, low, high)
            if found is not None:
                return found
            self.say(f"It is needed here: a number from {low} to {high}.")

    def ticks(self, points: int) -> list[int]:
        """Which key points were said, as positions."""
        letters = LETTERS[:points]
        while True:
            which = "Letters" if points > 1 else "Letter"
            said = self.ask(f"Which did you say? {which} {letters}, Enter for none: ").replace(" ", "").lower()
            if all(letter in letters for letter in said):
                return sorted({letters.index(letter) for letter in said})
            self.say(f"Only the letters {letters} stand for a key point.")

    def reveal(self, card: Card) -> None:
        """The answer with its formulas, key points, sources and lab."""
        self.say(f"Answer: {spoken(card.answer)}")
        for formula in card.formulas:
            self.say(f"Formula: {visible(formula.text)}")
        self.points(card.key_points)
        for source in card.sources:
            self.say(f"Source: {visible(source.words)}")
        if card.lab:
            self.say(f"Lab: studyapp lab run {card.lab}")

    def points(self, points: tuple[str, ...]) -> None:
        self.say("Key points:")
        for letter, point in zip(LETTERS, points, strict=False):
            self.say(f"  {letter}: {visible(point)}")
