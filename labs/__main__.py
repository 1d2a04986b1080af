"""`python -m labs list [--json]` names the labs; `python -m labs all` runs them and holds their checks in one table;
`python -m labs reference NAME` makes a lab's committed reference."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from labs import NAMES, REFERENCE, all_labs
from labs.kit.every import run_all


def list_labs(as_json: bool) -> None:
    """Prints every lab's description."""
    if as_json:
        print(json.dumps([asdict(lab) for lab in all_labs()], indent=1))
        return
    for lab in all_labs():
        print(f"{lab.name}  {lab.title}, {lab.seconds_cpu:g} s on a processor ({lab.seconds_quick:g} s with --quick)")
        print(f"  {lab.question}")
        for knob in lab.knobs:
            print(f"  {knob.line()}")


def make_reference(name: str) -> int:
    """Runs the lab with its defaults and with --quick, on the processor; keeps run.json, quick.json and the tiles."""
    with tempfile.TemporaryDirectory() as work:
        for form, extra in (("run", []), ("quick", ["--quick"])):
            command = [sys.executable, "-m", f"labs.{name}", "--device", "cpu", "--out", f"{work}/{form}", *extra]
            ended = subprocess.run(command, check=False)
            if ended.returncode:
                return ended.returncode
        target = REFERENCE / name
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        shutil.copy(Path(work, "run", "run.json"), target / "run.json")
        shutil.copy(Path(work, "quick", "run.json"), target / "quick.json")
        for pictures in json.loads((target / "run.json").read_text())["pictures"]:
            shutil.copytree(Path(work, "run", pictures["id"]), target / pictures["id"])
    size = sum(file.stat().st_size for file in target.rglob("*") if file.is_file())
    print(f"\nReference of {name}: {target}, {size / 1000:.0f} kB")
    return 0


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m labs", description="Mini-labs; each runs as python -m labs.NAME.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="what labs there are").add_argument("--json", action="store_true")
    commands.add_parser("reference", help="make a reference").add_argument("name", choices=NAMES)
    every = commands.add_parser("all", help="run every lab; a table of seconds and checks; exit 1 if a check fails")
    every.add_argument("names", nargs="*", metavar="NAME", help="only these labs")
    every.add_argument("--quick", action="store_true", help="their smaller forms")
    every.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    every.add_argument("--json", type=Path, metavar="FILE", help="the table for programs, too")
    options = parser.parse_args()
    if options.command == "list":
        list_labs(options.json)
        return 0
    if options.command == "all":
        if unknown := [name for name in options.names if name not in NAMES]:
            parser.error(f"there is no lab called {', '.join(unknown)}; labs: {', '.join(NAMES)}")
        try:
            return run_all(options.names or NAMES, options.quick, options.device, options.json)
        except OSError as error:
            parser.error(f"{options.json} cannot be written: {error.strerror}")
    return make_reference(options.name)


if __name__ == "__main__":
    raise SystemExit(main())
