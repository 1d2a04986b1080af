"""Hostile text through every screen there is, while keys are pressed at random: nothing acts, nothing breaks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from studyapp.bootstrap import Program
from studyapp.curriculum.markdown import read_chapters
from studyapp.services import lab_log, standing
from studyapp.services.explain import Explanation
from studyapp.services.reading import Place
from studyapp.tui import lab_desk
from studyapp.tui.screens import _CLASSES, make_screen
from studyapp.tui.screens.lab import LabScreen
from tests.faults.counts import FULL, count
from tests.fuzz.hostile_home import LAB, TEXTS, begun_session, hostile_program, rotating
from tests.tui.screens import running, settle

SIZES = {"80x24": (80, 24), "40x10": (40, 10)}
KEYS = 30 if FULL else 6
"""Pressed on each screen."""
HOMES: dict[str, tuple[int, str]] = {f"turned {shift}": (shift, "") for shift in (range(0, 24, 4) if FULL else (0,))}
HOMES |= {name: (0, text) for name, text in TEXTS.items()} if FULL else {}
"""Every text by turns, and in a full run each text alone."""
STEPS = ("down", "up", "enter", "space", "tab", "pagedown", "end", "home", "left", "right", "escape")
LEAVE = {"ctrl+q", "ctrl+c"}
"""Keys that are meant to end the app."""


def arguments(name: str, program: Program, ids: list[str]) -> tuple[Any, ...]:
    """What a screen is made with; those that are not here need nothing."""
    now = standing.standing(program.recall, program.library)
    assert now is not None
    place = Place("t1", "02_explainer.md", "chapter-1")
    makers: dict[str, Callable[[], tuple[Any, ...]]] = {
        "summary": lambda: (begun_session(program, ids),),
        "card": lambda: (ids[0],),
        "lab": lambda: (LAB, program.recall.card(ids[0])),
        "reader": lambda: (place,),
        "contents": lambda: (place, lambda chosen: None),
        "statement": lambda: ("t1", "s0"),
        "explain": lambda: (Explanation.begin(program.recall, now, "s0"),),
        "gate_item": lambda: ("t1", "recall"),
        "certificate": lambda: (now,),
    }
    return makers.get(name, tuple)()


def check_paint(pilot: Pilot[None], said: str) -> None:
    """What is painted is text of one line each; no part of it acts by what stands in a text."""
    width = pilot.app.size.width
    for strip in pilot.app.screen._compositor.render_strips():
        assert strip.cell_length <= width, said
        for segment in strip:
            assert segment.text.isprintable(), f"{said}: {segment.text!r}"
            assert not segment.control, said
            if segment.style:
                clicks = [value for key, value in segment.style.meta.items() if key.startswith("@")]
                assert not any("quit" in str(click) or "exit" in str(click) for click in clicks), said
                assert segment.style.link is None, said


def inert(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Nothing is started or installed; whatever would leave the program is noted."""
    done: list[str] = []
    monkeypatch.setattr(lab_desk.LabDesk, "start", lambda self, run: None)
    monkeypatch.setattr(lab_desk.LabDesk, "install", lambda self, *rest: None)
    monkeypatch.setattr(App, "open_url", lambda self, url, **rest: done.append(f"opened {url}"))
    monkeypatch.setattr(App, "copy_to_clipboard", lambda self, text: None)
    for name in ("VISUAL", "EDITOR", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    return done


async def walk(pilot: Pilot[None], name: str, made: tuple[Any, ...], rng: Random) -> None:
    """Opens the screen and presses keys that mean something there, and those that mean something anywhere."""
    screen = make_screen(name, *made)
    await pilot.app.push_screen(screen)
    await settle(pilot)
    check_paint(pilot, name)
    if isinstance(screen, LabScreen):
        (logged,) = lab_log.history(screen.recall, LAB)
        await screen._show_logged(logged)
        await settle(pilot)
        check_paint(pilot, "a run of long ago")
    pressed: list[str] = []
    for _ in range(KEYS):
        known = {key for key in pilot.app.active_bindings if key not in LEAVE and not key.startswith("ctrl+")}
        key = rng.choice([*sorted(known), *STEPS])
        pressed.append(key)
        await pilot.press(key)  # waits until all is done, as a pause would again
        assert pilot.app.is_running, (name, pressed)
        assert pilot.app.return_code is None, (name, pressed)
        check_paint(pilot, f"{name}: {' '.join(pressed)}")
        if len(pilot.app.screen_stack) < 2:
            break


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("home", HOMES)
async def test_no_text_breaks_a_screen_or_acts(
    content: Path, open_again: Any, monkeypatch: pytest.MonkeyPatch, home: str, size: str
) -> None:
    program, ids = hostile_program(content, open_again, monkeypatch, rotating(*HOMES[home]))
    done = inert(monkeypatch)
    rng = Random(f"{home} {size}")
    async with running(program, size=SIZES[size]) as pilot:
        check_paint(pilot, "today")
        for name in _CLASSES:
            with count("screens").timed(f"{name}, {home}, {size}") as outcome:
                await walk(pilot, name, arguments(name, program, ids), rng)
                outcome.append("walked")
            await settle(pilot)
            while len(pilot.app.screen_stack) > 1:
                pilot.app.pop_screen()
            await pilot.pause()
        assert pilot.app.is_running
        assert pilot.app.return_code is None
    assert done == []


def test_the_texts_are_where_they_should_be(content: Path, open_again: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the walk would prove nothing: the store holds control codes, the documents hold markup."""
    program, ids = hostile_program(content, open_again, monkeypatch, rotating(0))
    cards = [program.recall.card(card_id) for card_id in ids]
    texts = "".join(str(card.to_dict()) for card in cards)
    assert "\\x1b]52;c" in texts
    assert "[@click=app.quit]" in texts
    chapters = read_chapters(content / "module_1", "02_explainer.md", "")
    assert any("@click" in chapter.text for chapter in chapters)
