"""A signal that comes when the app has ended, while the program still closes its file."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

AFTERWARDS = """
import asyncio, signal
from studyapp.bootstrap import open_program
from studyapp.tui.app import StudyApp

async def visit():
    async with StudyApp(open_program()).run_test():
        pass

asyncio.run(visit())
signal.raise_signal(signal.{name})
"""


@pytest.mark.usefixtures("program")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_it_ends_the_program_as_any_other(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", AFTERWARDS.format(name=name)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (-getattr(signal, name), "")
