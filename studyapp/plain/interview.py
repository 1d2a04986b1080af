"""A mock interview line by line."""

from __future__ import annotations

import time
from typing import TextIO

from studyapp.core.interview import clock
from studyapp.core.text import spoken, visible
from studyapp.plain.lines import Elsewhere, Lines, Quit
from studyapp.services.interview import Interview, Turn


class PlainInterview(Lines):
    """One round over two text streams."""

    HELP = (
        "Commands at any question: u go back to the last answer, v said aloud or not, q end and keep what was answered,"
        " ? this help."
    )

    def __init__(self, interview: Interview, source: TextIO, target: TextIO) -> None:
        super().__init__(source, target, interview.recall.settings)
        self._interview = interview

    def run(self) -> None:
        interview = self._interview
        self.say(
            f"Mock interview {interview.seed}: {len(interview.cards)} questions, {clock(interview.limit)} for each."
            f" Answer as you would in the room. {self.HELP}"
        )
        try:
            while (turn := interview.current) is not None:
                try:
                    self._turn(turn)
                except Elsewhere:
                    continue
        except Quit:
            self.say("\nStopped. What was answered is saved.")
        interview.finish()
        self._sum_up()

    def command(self, said: str) -> None:
        if said == "u":
            self.say("Back to the last answer." if self._interview.undo() else "There is nothing to take back.")
            raise Elsewhere

    def _turn(self, turn: Turn) -> None:
        interview = self._interview
        place = f"Question {interview.position} of {len(interview.cards)}"
        self.say(f"\n{'Follow-up to question ' + str(interview.position) if turn.follow_up else place}.")
        self.say(visible(turn.prompt))
        begun = time.monotonic()
        typed = self.answer(f"Say your answer, at most {clock(turn.limit)}, then press Enter; or type it: ")
        elapsed = round((time.monotonic() - begun) * 1000)
        late = ", over time" if elapsed > 1000 * turn.limit else ""
        self.say(f"{clock(elapsed // 1000)}{late}.")
        confidence = None
        if turn.follow_up is None:
            confidence = self.number("How sure, 1 guess to 4 certain (Enter: not said): ", 1, 4)
            self.reveal(turn.card)
        else:
            self.say(f"Answer: {spoken(turn.answer)}")
            self.points(turn.points)
        said = self.ticks(len(turn.points))
        interview.mark(said, typed=typed, aloud=self.aloud, confidence=confidence, elapsed_ms=elapsed)
        self.say(f"{len(said)} of {len(turn.points)}." if turn.follow_up is None else "Noted.")

    def _sum_up(self) -> None:
        card = self._interview.scorecard()
        self.say(f"\nScorecard: {card.said} of {card.points} key points in {clock(card.seconds)}.")
        if card.follow_ups:
            self.say(f"Follow-ups: {card.follow_ups_said} of {len(card.follow_ups)} answered.")
        for number, one in enumerate(card.rounds, start=1):
            advice = one.advice()
            self.say(f"\n{number}. {visible(one.prompt)}")
            self.say(f"   {len(one.said)} of {one.points} key points{', over time' * one.late}.")
            for words in advice or ["Nothing was missing."]:
                self.say(f"   {visible(words)}")
