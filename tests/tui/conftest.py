"""A module with a lab, and programs in the lab's place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from studyapp.bootstrap import Program
from studyapp.lab_runner.process import Command
from studyapp.services.preferences import change_setting
from tests.conftest import card_values, write_module
from tests.lab_runner.scripts import script
from tests.tui.labs import LAB, Does
from tests.tui.screens import welcomed


@pytest.fixture
def lab_does(monkeypatch: pytest.MonkeyPatch) -> Does:
    """Puts a small real program in the place of the lab."""

    def does(code: str) -> None:
        monkeypatch.setattr(Command, "arguments", lambda self: script(code))

    return does


@pytest.fixture
def lab_program(content: Path, open_again: Callable[[], Program], monkeypatch: pytest.MonkeyPatch) -> Program:
    """A module whose first card has a lab, on a terminal with colours."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    cards = [card_values("t1.fog.c0", lab=LAB, lab_params={"schedule": "cosine"}), card_values("t1.fog.c1")]
    write_module(content / "module_1", {"fog": cards})
    opened = welcomed(open_again())
    change_setting(opened.recall, "new_per_day", "5")
    return opened
