"""Runs labs one after another, each in a process of its own, and holds all their checks in one table."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TextIO

NUMBERS = 45
"""Columns of a check's numbers and verdict."""


@dataclass(slots=True)
class Outcome:
    """What became of one lab: seconds of its process, checks as in the event stream, or why it failed.

    `reached` holds what a lab reports of a GPU: memory peak and rates, as 'name value unit'.
    """

    lab: str
    seconds: float = 0.0
    device: str = ""
    checks: list[dict[str, Any]] = field(default_factory=list)
    reached: list[str] = field(default_factory=list)
    failed: str = ""

    @property
    def passed(self) -> int:
        """How many of the checks hold."""
        return sum(bool(check["ok"]) for check in self.checks)

    @property
    def good(self) -> bool:
        """Whether the lab came to its end and every check holds."""
        return not self.failed and self.passed == len(self.checks)

    def take(self, event: dict[str, Any]) -> None:
        """Keeps what the table shows of one event."""
        match event["event"]:
            case "started":
                self.device = event["device"]
            case "check":
                self.checks.append({key: value for key, value in event.items() if key != "event"})
            case "metric" if event["name"].startswith(("memory peak", "rate, ")):
                self.reached.append(f"{event['name']} {_number(event['value'])} {event['unit']}")
            case "failed":
                self.failed = f"{event['message']} {event['hint']}"

    def head(self) -> str:
        """'lab  seconds  passed/checks', with what a GPU reached."""
        verdict = "failed" if self.failed else f"{self.passed}/{len(self.checks)} checks"
        mark = "" if self.good else "  FAILS"
        reached = "".join(f"; {words}" for words in self.reached) if self.device.startswith("cuda") else ""
        return f"{self.lab:<24} {self.seconds:>6.1f} s  {verdict:>14}  {self.device}{reached}{mark}"


class Progress:
    """One line on standard error that changes on a terminal; elsewhere a line for each lab."""

    def __init__(self, out: TextIO, total: int) -> None:
        self._out, self._total, self._moves = out, total, out.isatty()

    def begins(self, place: int, lab: str) -> None:
        """A lab starts; `place` from 1."""
        self._head = f"{place}/{self._total} {lab}"
        self._write(self._head, end="" if self._moves else "\n")

    def goes_on(self, event: dict[str, Any]) -> None:
        """How far the lab is."""
        if self._moves:
            share = event["done"] / max(1, event["total"])
            self._write(f"{self._head} {share:4.0%} {event['text'][:50]}", end="")

    def clear(self) -> None:
        """Takes the line away."""
        if self._moves:
            self._write("", end="")

    def _write(self, text: str, end: str) -> None:
        self._out.write(("\r\x1b[K" if self._moves else "") + text + end)
        self._out.flush()


@contextmanager
def interrupts_held() -> Iterator[list[int]]:
    """Keeps the interrupts that come meanwhile in a list: one between the fork and the end of `Popen` would leave a
    process behind that nobody knows."""
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: came.append(number))
    try:
        yield came
    finally:
        signal.signal(signal.SIGINT, before)


def run_one(lab: str, arguments: Sequence[str], progress: Progress) -> Outcome:
    """Runs `python -m labs.LAB --events` to its end; on an interrupt it is ended before the interrupt goes on."""
    outcome, begun = Outcome(lab), time.monotonic()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+", errors="replace") as said:
        command = [sys.executable, "-m", f"labs.{lab}", "--events", "--out", folder, *arguments]
        with interrupts_held() as came:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True, encoding="utf-8")
        with process:
            assert process.stdout is not None
            try:
                if came:
                    raise KeyboardInterrupt
                for row in process.stdout:
                    event = json.loads(row)
                    if event["event"] == "progress":
                        progress.goes_on(event)
                    outcome.take(event)
            except BaseException:
                process.terminate()
                raise
        said.seek(0)
        last = (said.read().strip().splitlines() or [""])[-1]
    if process.returncode and not outcome.failed:
        outcome.failed = last or f"It ended with code {process.returncode}."
    outcome.seconds = time.monotonic() - begun
    return outcome


def run_all(names: Sequence[str], quick: bool, device: str, file: Path | None) -> int:
    """Runs the labs, prints the table, writes it to `file` as JSON if one is given. Returns the exit code: 0 if every
    check of every lab holds, 1 if not, 130 after Ctrl-C."""
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()  # refuse before hours are spent
    arguments = ["--device", device, *(["--quick"] if quick else [])]
    progress, outcomes = Progress(sys.stderr, len(names)), list[Outcome]()
    try:
        for place, lab in enumerate(names, start=1):
            progress.begins(place, lab)
            outcomes.append(run_one(lab, arguments, progress))
            progress.clear()
            print(outcomes[-1].head(), flush=True)
    except KeyboardInterrupt:
        progress.clear()
        print(f"Cancelled after {len(outcomes)} of {len(names)} labs.", file=sys.stderr)
        return 130
    print("\n" + "\n".join(table(outcomes)))
    if file is not None:
        shown = [asdict(outcome) | {"good": outcome.good} for outcome in outcomes]
        file.write_text(json.dumps(shown, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0 if all(outcome.good for outcome in outcomes) else 1


def table(outcomes: Sequence[Outcome]) -> list[str]:
    """Every check of every lab, then the sum. On a terminal names are cut to what fits; the JSON has them whole."""
    longest = max((len(check["name"]) for outcome in outcomes for check in outcome.checks), default=0)
    room = shutil.get_terminal_size().columns - NUMBERS if sys.stdout.isatty() else longest
    width = max(20, min(longest, room))
    rows = [f"{'check':<{width + 2}}{'expected':>12}{'measured':>12}{'tolerance':>12}  holds"]
    for outcome in outcomes:
        rows.append(outcome.lab)
        rows += [f"  {outcome.failed}"] if outcome.failed else []
        for check in outcome.checks:
            numbers = "".join(f"{_number(check[key]):>12}" for key in ("expected", "measured", "tolerance"))
            rows.append(f"  {_cut(check['name'], width)}{numbers}  {'yes' if check['ok'] else 'NO'}")
    checks, passed = sum(len(o.checks) for o in outcomes), sum(o.passed for o in outcomes)
    seconds, bad = sum(o.seconds for o in outcomes), [o.lab for o in outcomes if not o.good]
    rows.append(f"\n{len(outcomes)} lab{'s' * (len(outcomes) != 1)}, {seconds:.0f} s, {passed} of {checks} checks hold")
    rows += [f"Not as it should be: {', '.join(bad)}"] if bad else []
    return rows


def _cut(text: str, width: int) -> str:
    return f"{text:<{width}}" if len(text) <= width else text[: width - 1] + "…"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
