"""Made inputs by the thousands: each is understood or refused in a sentence, soon and with little memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.faults.counts import count, size
from tests.fuzz.worker import MEGABYTES, TARGETS

ROOT = Path(__file__).parents[2]
MEMORY = Path("/dev/shm")
"""Thousands of small folders are made; a disk has better things to do."""
SIZES = {
    "yaml-bytes": (300, 34_000),
    "yaml-values": (300, 33_000),
    "yaml-grammar": (400, 33_000),
    "lab-lines": (1_500, 40_000),
    "lab-records": (300, 10_000),
    "lab-pictures": (200, 10_000),
    "documents": (300, 10_000),
    "sheets": (150, 5_000),
    "packages": (150, 5_000),
    "tables": (150, 5_000),
    "logs": (15, 500),
    "arguments": (120, 5_000),
    "environment": (60, 2_000),
    "settings": (300, 5_000),
}
HOURS = 3_600.0


@pytest.mark.parametrize("name", TARGETS)
def test_every_input_is_understood_or_refused(name: str) -> None:
    with tempfile.TemporaryDirectory(prefix="studyapp-fuzz-", dir=MEMORY if MEMORY.is_dir() else None) as room:
        words = [sys.executable, "-m", "tests.fuzz.worker", name, "0", str(size(*SIZES[name]))]
        environment = {**os.environ, "FUZZ_ROOM": room, "STUDYAPP_HOME": f"{room}/home"}
        try:
            done = subprocess.run(
                words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=HOURS, check=False
            )
        except subprocess.TimeoutExpired:
            pytest.fail(f"{name} {(Path(room) / 'now').read_text()} hangs")
    assert done.returncode == 0, done.stderr[-8000:]
    told = json.loads(done.stdout.splitlines()[-1])
    line = count(name)
    line.outcomes.update(told["outcomes"])
    line.slowest, line.which, line.megabytes = told["slowest"], told["which"], told["peak"]
    assert told["peak"] < MEGABYTES
