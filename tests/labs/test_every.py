"""All labs in one go: the table of their checks, and how it ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from labs.kit import every, machine
from labs.kit.every import Outcome


def outcome(ok: bool = True, failed: str = "") -> Outcome:
    check = {"name": "a known number", "expected": 1.0, "measured": 1.0 if ok else 2.0, "tolerance": 0.5, "ok": ok}
    return Outcome("walk_back", 1.5, "cpu, 1 thread", [check], failed=failed)


def test_a_lab_runs_and_its_checks_stand_in_the_table_and_in_the_file(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    command = [sys.executable, "-m", "labs", "all", "forward_noising", "--quick", "--device", "cpu"]
    done = subprocess.run([*command, "--json", str(tmp_path / "all.json")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "1/1 forward_noising\n"
    (found,) = json.loads((tmp_path / "all.json").read_text())
    assert found["lab"] == "forward_noising"
    assert found["good"]
    assert found["seconds"] > 0
    names = [check["name"] for check in found["checks"]]
    assert len(names) > 10
    rows = done.stdout.splitlines()
    assert rows[0].split()[:1] == ["forward_noising"]
    assert f"{len(names)}/{len(names)} checks" in rows[0]
    assert all(any(row.startswith(f"  {name}") and row.endswith(" yes") for row in rows) for name in names)
    assert rows[-1].endswith(f"{len(names)} of {len(names)} checks hold")


@pytest.mark.parametrize(
    ("made", "code", "said"),
    [
        (outcome(), 0, "1 of 1 checks hold"),
        (outcome(ok=False), 1, "Not as it should be: walk_back"),
        (outcome(failed="The memory was not enough for this run."), 1, "The memory was not enough"),
    ],
)
def test_it_ends_well_only_if_every_check_holds(
    made: Outcome, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(every, "run_one", lambda *_: made)
    assert every.run_all(["walk_back"], False, "cpu", None) == code
    printed = capsys.readouterr().out
    assert said in printed
    assert ("FAILS" in printed) is bool(code)


def test_a_lab_that_cannot_run_says_why(tmp_path: Path) -> None:
    made = every.run_one("forward_noising", ["--device", "abacus"], every.Progress(sys.stderr, 1))
    assert not made.good
    assert "abacus" in made.failed


def test_what_a_gpu_reached_stands_beside_its_lab() -> None:
    made = Outcome("walk_back")
    made.take({"event": "started", "device": "cuda: a card"})
    made.take({"event": "metric", "name": "memory peak", "value": 1.25, "unit": "GiB"})
    made.take({"event": "metric", "name": "rate, batch 8", "value": 0.4, "unit": "of the matrix product's"})
    made.take({"event": "metric", "name": "spread", "value": 1.0, "unit": ""})
    assert made.head().endswith("cuda: a card; memory peak 1.25 GiB; rate, batch 8 0.4 of the matrix product's")


def test_the_memory_peak_is_that_of_the_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: 3 * 2**29)
    assert machine.memory_peak("cuda") == 1.5
    assert machine.memory_peak("cpu") is None


def test_an_unknown_lab_is_refused() -> None:
    done = subprocess.run([sys.executable, "-m", "labs", "all", "none"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "there is no lab called none" in done.stderr


def test_an_interrupt_ends_the_lab_too() -> None:
    pytest.importorskip("torch")
    command = [sys.executable, "-m", "labs", "all", "what_is_learned", "--device", "cpu"]

    def heed() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a run in the background ignores it

    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes, preexec_fn=heed) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "1/1 what_is_learned\n"
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while children.exists() and not children.read_text().split():
            pass
        child = children.read_text().split() if children.exists() else []
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
    assert process.returncode == 130
    assert said == "Cancelled after 0 of 1 labs.\n"
    assert not any(Path("/proc", number).exists() for number in child)
