"""The line that tells how far a long job is."""

from __future__ import annotations

import io

from studyapp.commands.progress_line import ProgressLine


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_it_tells_what_is_left_and_wipes_itself_away() -> None:
    stream, clock = Terminal(), Clock()
    line = ProgressLine(stream, clock)
    line.show("records", 0, 10_000)
    clock.now = 0.9
    line.show("records", 500, 10_000)
    assert stream.getvalue() == "", "a short job needs no line"
    clock.now = 2.0
    line.show("records", 2000, 10_000)
    line.show("records", 2001, 10_000)
    assert stream.getvalue() == "\r2,000 of 10,000 records · about 8 s left"
    clock.now = 2.5
    line.show("cards", 1)
    clock.now = 4.0
    line.show("cards", 12)
    assert stream.getvalue().split("\r")[-1].rstrip() == "12 cards"
    line.clear()
    assert stream.getvalue().endswith("\r" + " " * 8 + "\r")


def test_a_pipe_or_a_file_gets_nothing() -> None:
    stream, clock = io.StringIO(), Clock()
    line = ProgressLine(stream, clock)
    for clock.now in (0.0, 5.0, 9.0):
        line.show("records", 5, 10)
    line.clear()
    assert stream.getvalue() == ""
