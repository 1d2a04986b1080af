"""A lab in the app, for tests: a small real program in its place, and waiting while the app goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual.pilot import Pilot

from studyapp.core.course import Card
from studyapp.lab_runner.events import Failed, Finished
from studyapp.tui.app import StudyApp
from studyapp.tui.screens import make_screen
from studyapp.tui.screens.lab import LabScreen
from tests.tui.screens import shown

LAB = "forward_noising"
SLEEP_ON = "time.sleep(600)"
WHOLE = """
start()
say("progress", done=1, total=2, text="half of it")
say("series", id="s", title="A curve", x={"label": "step t", "values": [1, 2, 3], "log": False},
    y={"label": "factor", "log": False}, lines=[{"label": "signal", "values": [1, 0.5, 0]}])
say("metric", name="equal strength, linear", value=260, unit="step")
say("metric", name="time", value=1.5, unit="s")
say("check", name="a known value", expected=1, measured=1, tolerance=0.1, ok=True)
say("note", text="What it means.")
say("finished", seconds=1.5)
"""

Does = Callable[[str], None]


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Waits, while the app goes on, until it is so."""
    for _ in range(400):
        if condition():
            await pilot.pause()
            return
        await asyncio.sleep(0.05)
    raise AssertionError(shown(pilot))


async def until_shown(pilot: Pilot[None], words: str) -> None:
    await until(pilot, lambda: words in shown(pilot))


def app_of(pilot: Pilot[None]) -> StudyApp:
    assert isinstance(pilot.app, StudyApp)
    return pilot.app


async def open_lab(pilot: Pilot[None], card: Card | None = None, name: str = LAB) -> LabScreen:
    screen = make_screen("lab", name, card)
    assert isinstance(screen, LabScreen)
    await pilot.app.push_screen(screen)
    await pilot.pause()
    return screen


async def ended(pilot: Pilot[None]) -> Failed | Finished:
    """Waits for the end of the run."""
    desk = app_of(pilot).desk
    await until(pilot, lambda: desk.run is not None and desk.run.ended is not None)
    await pilot.pause(0.3)
    assert desk.run is not None
    assert desk.run.ended is not None
    return desk.run.ended
