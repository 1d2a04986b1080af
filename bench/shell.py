"""The command for a shell prompt, from the start of the process to its end."""

from __future__ import annotations

import subprocess
import sys
import time

from bench.figures import Figure, compared, interleaved
from bench.home import PROGRAM, learner_home


def measure(quick: bool) -> list[Figure]:
    with learner_home() as env:

        def wall(*command: str) -> float:
            begun = time.perf_counter()
            subprocess.run(command, env=env, check=True, capture_output=True)
            return time.perf_counter() - begun

        wall(PROGRAM, "due")
        due, bare = interleaved(
            5 if quick else 40, lambda: wall(PROGRAM, "due"), lambda: wall(sys.executable, "-c", "pass")
        )
    floor = "python -c pass"
    return [
        compared("studyapp due", due, bare, floor, most=100),
        compared("studyapp due", due, bare, floor, percent=5),
    ]
