"""However the app ends, the real lab that it started ends with it."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from studyapp.bootstrap import Program
from tests.e2e.terminal import Terminal
from tests.lab_runner.scripts import gone


def lab_of(pid: int) -> psutil.Process:
    """The lab that this program has started."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for child in psutil.Process(pid).children(recursive=True):
            if any(word.startswith("labs.") for word in child.cmdline()):
                return child
        time.sleep(0.05)
    raise AssertionError("no lab was started")


@pytest.mark.parametrize("ending", ["ctrl+q", "closed terminal", "SIGTERM", "SIGKILL"])
def test_no_lab_outlives_the_app(lab_program: Program, own_home: Path, ending: str) -> None:
    lab_program.close()
    with Terminal([str(Path(sys.executable).with_name("studyapp"))], env=dict(os.environ)) as terminal:
        terminal.wait("Start today's recall")
        terminal.press("l")
        terminal.wait("Fog dial")
        terminal.press("enter")
        terminal.wait("Predict first")
        terminal.press("q", "b", "r")
        terminal.wait("running")
        lab = lab_of(terminal.process.pid)
        if ending == "ctrl+q":
            terminal.press("ctrl+q")
            assert terminal.wait_for_end() == 0
        elif ending == "closed terminal":
            terminal.hang_up()
        else:
            os.kill(terminal.process.pid, getattr(signal, ending))
            terminal.process.wait(20)
        # A killed app can end nothing; the lab then ends by itself with its next word, which nobody hears.
        assert gone(lab.pid, within=60 if ending == "SIGKILL" else 5)
        assert "Traceback" not in terminal.text
