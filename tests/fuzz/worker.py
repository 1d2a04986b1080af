"""Tries many made inputs in a process of its own, within bounds of time and memory.

    python -m tests.fuzz.worker yaml-bytes 0 1000     the inputs 0 to 999 of a target; prints what came of them
    python -m tests.fuzz.worker yaml-bytes 421 422    one input again; its traceback is shown

Every input is made from its target's name and its number alone, so a failure can be repeated.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from random import Random
from time import process_time
from types import FrameType

from tests.faults.counts import Count, peak_megabytes

SECONDS = 10.0
"""Of a processor, for one input; the usual one takes milliseconds. What the machine does meanwhile does not count."""
MEGABYTES = 500
"""The whole process, and what one input may ask for beyond what the process has when it begins."""

Target = Callable[[Random, Path], str]
"""Makes one input in an empty folder and tries it: the outcome in a word; raises for what must not be."""

TARGETS = {
    "yaml-bytes": "tests.fuzz.modules",
    "yaml-values": "tests.fuzz.modules",
    "yaml-grammar": "tests.fuzz.modules",
    "lab-lines": "tests.fuzz.lab_output",
    "lab-records": "tests.fuzz.lab_output",
    "lab-pictures": "tests.fuzz.lab_output",
    "documents": "tests.fuzz.papers",
    "sheets": "tests.fuzz.papers",
    "packages": "tests.fuzz.interchange",
    "tables": "tests.fuzz.interchange",
    "logs": "tests.fuzz.interchange",
    "arguments": "tests.fuzz.requests",
    "environment": "tests.fuzz.requests",
    "settings": "tests.fuzz.requests",
}
"""By name: the module that has the target in its own `TARGETS`."""


class Late(BaseException):
    """More time than an input may take; no part of the program takes it for an error of its own."""


def late(number: int, frame: FrameType | None) -> None:
    raise Late(f"more than {SECONDS:g} s")


def bounded() -> None:
    """No input may take more memory than that, nor more time."""
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    most = size + MEGABYTES * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    signal.signal(signal.SIGPROF, late)


def attempt(name: str, first: int, beyond: int, room: Path) -> tuple[Count, list[str]]:
    """What came of these inputs, and each failure with its traceback."""
    target: Target = import_module(TARGETS[name]).TARGETS[name]
    target(Random(f"{name} warm"), room)  # what is imported when it is first used does not count
    count, failures = Count(name), list[str]()
    bounded()
    for number in range(first, beyond):
        (room / "now").write_text(str(number))  # whoever kills this process can say at which input
        begun = process_time()
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            outcome = target(Random(f"{name} {number}"), room)
        except (Exception, Late):
            outcome = "failure"
            failures.append(f"{name} {number}\n{traceback.format_exc()[-3000:]}")
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        count.took(outcome, process_time() - begun, number)
    return count, failures


def main(words: list[str]) -> int:
    name, first, beyond = words[0], int(words[1]), int(words[2])
    room = Path(os.environ.get("FUZZ_ROOM") or tempfile.mkdtemp(prefix="studyapp-fuzz-"))
    os.environ.setdefault("STUDYAPP_HOME", str(room / "home"))
    count, failures = attempt(name, first, beyond, room)
    for failure in failures[:5]:
        print(failure, file=sys.stderr)
    told = {"outcomes": count.outcomes, "slowest": count.slowest, "which": count.which, "peak": peak_megabytes()}
    print(json.dumps(told))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
