"""`python -m tests.faults`: all fault tests at their full size, at the same time, and one table of what was tried.

Names of test files after it run only these, and `fuzz` those of tests/fuzz. The homes lie in memory where there is
such a folder: the programs are killed and the power cuts simulated, so a real disk would add nothing but the time of a
hundred thousand syncs.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

HERE = Path(__file__).parent
FUZZ = sorted(HERE.with_name("fuzz").glob("test_*.py"))
MEMORY = Path("/dev/shm")
TABLE = "what was tried"


def run(file: Path, room: str) -> tuple[Path, int, list[str]]:
    """One file's tests; lines of progress are told at once, the rest is returned."""
    begun, lines = perf_counter(), []
    command = [sys.executable, "-m", "pytest", "-s", "-q", f"--basetemp={room}/{file.stem}", str(file)]
    env = {**os.environ, "STUDYAPP_FAULTS": "full"}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "so far" in line:
                print(line.rstrip(), flush=True)
            else:
                lines.append(line.rstrip())
    print(f"{file.stem} ended after {(perf_counter() - begun) / 60:.1f} min", flush=True)
    return file, process.returncode, lines


def main(names: list[str]) -> int:
    faults = sorted(HERE.glob("test_*.py"))
    wanted = [file for file in [*faults, *FUZZ] if file.stem in names or file.name in names]
    chosen = (wanted + FUZZ * ("fuzz" in names)) if names else faults
    room = TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
    with room as folder, ThreadPoolExecutor(max_workers=len(chosen) or 1) as pool:
        done = list(pool.map(run, chosen, repeat(folder)))
    print(f"\n{TABLE}, and what came of it")
    for _, _, lines in done:
        print("\n".join(line for line in lines if " tried: " in line))
    failed = [(file, lines) for file, code, lines in done if code]
    for file, lines in failed:
        print(f"\n{file.name} FAILED")
        print("\n".join(line for line in lines if " tried: " not in line))
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
