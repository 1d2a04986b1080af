"""Helpers that read a running app as a learner would: the words on the screen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from studyapp.bootstrap import Program
from studyapp.services.preferences import change_setting
from studyapp.tui.app import StudyApp

NARROW, WIDE = (80, 24), (120, 40)


class Ticks:
    """A timer that moves only when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Listening(StudyApp):
    """The app, with everything it said: a toast is gone after seconds, which a busy machine may spend elsewhere."""

    CSS_PATH = [Path(str(files("studyapp.tui"))) / "styles" / "app.tcss"]  # Textual looks beside the subclass

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.heard: list[str] = []
        super().__init__(*arguments, **named)

    def notify(self, message: str, **named: Any) -> None:
        self.heard.append(message)
        super().notify(message, **named)


def welcomed(program: Program) -> Program:
    change_setting(program.recall, "welcomed", "yes")
    return program


@asynccontextmanager
async def running(
    program: Program, start: str = "today", size: tuple[int, int] = NARROW, **options: Any
) -> AsyncIterator[Pilot[None]]:
    """The app on a screen of that size, at rest."""
    app = Listening(program, start=start, ticks=options.pop("ticks", None) or Ticks(), **options)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot)
        yield pilot


async def settle(pilot: Pilot[None]) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def press(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
    await pilot.pause()


async def write(pilot: Pilot[None], text: str) -> None:
    """Types a text letter by letter."""
    await press(pilot, *("space" if letter == " " else letter for letter in text))


def shown(pilot: Pilot[None]) -> str:
    """The words on the screen, line by line, as they are painted."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


def toasts(pilot: Pilot[None]) -> list[str]:
    """Every message so far, the newest last."""
    assert isinstance(pilot.app, Listening)
    return pilot.app.heard


def key_words(pilot: Pilot[None]) -> str:
    """The line of keys."""
    return shown(pilot).splitlines()[-1].strip()


def screen_name(pilot: Pilot[None]) -> str:
    return str(getattr(pilot.app.screen, "TOPIC", type(pilot.app.screen).__name__))
