"""Small real programs in the place of a lab, and the truth about what they leave behind."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import psutil

from studyapp.lab_runner.events import Failed, Finished, LabEvent
from studyapp.lab_runner.process import LabProcess

SAY = """
import json, os, signal, subprocess, sys, time
def say(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)
def start():
    say("started", lab="script", params={"steps": 1000}, seed=0, device="cpu", versions={"torch": "0"})
"""


def script(code: str) -> list[str]:
    """The command of a program that may say events."""
    return [sys.executable, "-c", SAY + code]


async def all_events(process: LabProcess) -> list[LabEvent]:
    return [event async for event in process.events()]


async def run(code: str, silence: float = 20.0) -> list[LabEvent]:
    """Everything that the program says, to its end."""
    return await all_events(LabProcess(script(code), silence))


async def failure(code: str, silence: float = 20.0) -> Failed:
    """The one sentence in which the program ends."""
    events = await run(code, silence)
    assert isinstance(events[-1], Failed)
    assert not any(isinstance(event, Failed | Finished) for event in events[:-1])
    for words in (events[-1].message, events[-1].hint):
        assert words.endswith(".")
        assert "\n" not in words
        assert words.isprintable()
    return events[-1]


def alive(pid: int) -> bool:
    """Whether a process still runs; one that only waits to be buried does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def gone(pid: int, within: float = 5.0) -> bool:
    """Whether the process ends within so many seconds."""
    deadline = time.monotonic() + within
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not alive(pid)


def written(file: Path, within: float = 10.0) -> int:
    """The number that a program writes to a file, once it has."""
    deadline = time.monotonic() + within
    while not (file.is_file() and file.read_text().strip()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return int(file.read_text())
