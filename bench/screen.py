"""What a learner waits for in a terminal of 80x24: the first picture, and the screen after a key."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path

from bench.figures import Figure, compared, interleaved
from bench.home import PROGRAM, learner_home
from tests.e2e.terminal import Terminal

HELLO = [sys.executable, str(Path(__file__).with_name("hello.py"))]
FLOOR = "bare Textual app"
QUIET = 0.03
"""Seconds without output after which a screen is complete."""
READING = 0.5
"""Seconds that the quickest learner looks at a question; the answer is made ready meanwhile."""


def start(quick: bool) -> list[Figure]:
    """From the start of the process to the text on the screen."""
    with learner_home() as env:
        hello, today, review = interleaved(
            3 if quick else 20,
            lambda: painted(env, "Count: 0", *HELLO),
            lambda: painted(env, "Start today's recall", PROGRAM),
            lambda: painted(env, "Say it aloud", PROGRAM, "review"),
        )
    return [
        compared("start to Today", today, hello, FLOOR, target=1.5),
        compared("start to Today", today, hello, FLOOR, percent=5),
        compared("start to first card", review, hello, FLOOR, target=1.5),
        compared("start to first card", review, hello, FLOOR, percent=5),
    ]


def painted(env: Mapping[str, str], pattern: str, *command: str) -> float:
    """Seconds from the start of a process to the text on the screen."""
    with Terminal(command, env=env) as terminal:
        seconds = terminal.wait(pattern) - terminal.started
        terminal.settle(QUIET)
        terminal.press("ctrl+q")
        terminal.wait_for_end()
    return seconds


class Reviewing:
    """A sitting without an end: a card graded 3 comes again."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._number = 1
        terminal.wait("Say it aloud")

    def reveal(self) -> float:
        time.sleep(READING)
        return timed(self._terminal, "space", "0 blackout")

    def grade(self) -> float:
        self._number += 1
        return timed(self._terminal, "3", rf"(Recall|Again) {self._number}/")


def timed(terminal: Terminal, key: str, pattern: str) -> float:
    """Seconds from the key to the output that completes the expected text."""
    terminal.settle(QUIET)
    pressed = terminal.press(key)
    return terminal.wait(pattern) - pressed


def keys(quick: bool) -> list[Figure]:
    """From a key to the screen it leads to, answer on disk included."""
    with (
        learner_home() as env,
        Terminal(HELLO, env=env) as bare,
        Terminal([PROGRAM, "review"], env=env) as terminal,
    ):
        bare.wait("Count: 0")
        reviewing, counted = Reviewing(terminal), iter(range(1, 10_000))

        def count() -> float:
            return timed(bare, "space", f"Count: {next(counted)}")

        interleaved(2 if quick else 10, count, reviewing.reveal, reviewing.grade)  # to warm up
        hello, reveal, grade = interleaved(5 if quick else 100, count, reviewing.reveal, reviewing.grade)
        for each in (bare, terminal):
            each.press("ctrl+q")
            each.wait_for_end()
    rows = []
    for name, samples in (("key: reveal", reveal), ("key: grade, next card", grade)):
        rows += [
            compared(name, samples, hello, FLOOR),
            compared(name, samples, hello, FLOOR, percent=95, target=2),
        ]
    return rows
