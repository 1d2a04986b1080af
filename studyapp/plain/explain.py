"""Explaining an audit statement line by line."""

from __future__ import annotations

import time
from typing import TextIO

from studyapp.core.text import visible
from studyapp.errors import StudyError
from studyapp.plain.lines import Lines, Quit
from studyapp.services.explain import Explanation


class PlainExplanation(Lines):
    """One attempt over two text streams; leaving it early logs nothing."""

    HELP = "Commands at any question: v said aloud or not, q quit, ? this help."

    def __init__(self, attempt: Explanation, source: TextIO, target: TextIO) -> None:
        super().__init__(source, target, attempt.recall.settings)
        self._attempt = attempt

    def run(self) -> None:
        """Raises StudyError: the learner left before the points were ticked."""
        attempt = self._attempt
        self.say(f"{visible(attempt.statement.text)} {self.HELP}")
        try:
            begun = time.monotonic()
            typed = self.answer("Explain it aloud for a minute, then press Enter; or type it: ")
            seconds = time.monotonic() - begun
            for card in attempt.cards:
                self.say(f"\n{visible(card.prompt)}")
                self.points(card.key_points)
                for number in self.ticks(len(card.key_points)):
                    attempt.tick(card.id, number)
        except Quit:
            raise StudyError("Stopped before all points were compared; nothing was recorded.") from None
        attempt.record(seconds, typed, aloud=self.aloud)
        self.say(f"\nRecorded: {len(attempt.said)} of {len(attempt.points)} key points.")


def explain(attempt: Explanation, source: TextIO, target: TextIO) -> int:
    """One attempt over two text streams; returns the exit code."""
    PlainExplanation(attempt, source, target).run()
    return 0
