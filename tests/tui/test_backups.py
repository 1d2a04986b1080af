"""Backups in the app: after a sitting, at its end, and from the palette; a failed one is a sentence."""

from __future__ import annotations

import threading

import pytest

from studyapp.bootstrap import Program
from studyapp.tui.commands import commands
from tests.tui.screens import press, running, screen_name, settle, shown, toasts


def names(program: Program) -> list[str]:
    return sorted(path.name for path in program.paths.backups.glob("*"))


async def test_a_sitting_ends_with_a_backup_and_nobody_waits_for_it(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, go_on = Program.backup_after, threading.Event()
    used: list[str] = []

    def slow(self: Program, *, session: bool) -> str | None:
        used.append(threading.current_thread().name)
        go_on.wait(20)
        return made(self, session=session)

    monkeypatch.setattr(Program, "backup_after", slow)
    async with running(program, "review") as pilot:
        await press(pilot, "space", "4", "space", "4")
        assert screen_name(pilot) == "summary"
        await press(pilot, "b")
        assert "All cards" in shown(pilot) or screen_name(pilot) == "browse"
        assert names(program) == []
        go_on.set()
        await settle(pilot)
        assert names(program) == ["2026-11-23T090000-auto.sqlite"]
        assert used != [threading.current_thread().name]
        assert toasts(pilot) == []


async def test_a_failed_backup_is_told_and_the_app_goes_on(program: Program) -> None:
    program.paths.backups.write_text("a file in the place of the folder")
    async with running(program, "review") as pilot:
        await press(pilot, "space", "4", "space", "4")
        await settle(pilot)
        (told,) = toasts(pilot)
        assert told.startswith("No backup was made. ")
        await press(pilot, "enter")
        assert screen_name(pilot) == "today"
    assert len(program.store.latest_reviews("me", 9)) == 2


async def test_the_palette_makes_one_that_stays(program: Program) -> None:
    async with running(program) as pilot:
        offered = {command.title: command for command in commands(pilot.app, pilot.app.screen)}  # type: ignore[arg-type]
        offered["program: back up now"].callback()
        await settle(pilot)
        assert names(program) == ["2026-11-23T090000-by-hand.sqlite"]
        assert toasts(pilot) == ["Kept as 2026-11-23T090000-by-hand; studyapp backup restore goes back to it."]
