"""The benchmark runs and keeps what it measured. How fast anything is, no test says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_quick_run_prints_a_table_and_keeps_its_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STUDYAPP_CONTENT")
    done = bench("due", "commit", "--quick", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "answer on disk" in done.stdout
    (file,) = tmp_path.glob("*.json")
    kept = json.loads(file.read_text(encoding="utf-8"))
    assert {"at", "machine", "figures"} == set(kept)
    assert {"system", "cores", "python", "sqlite", "packages"} <= set(kept["machine"])
    names = {figure["name"] for figure in kept["figures"]}
    assert names == {"studyapp due", "answer on disk"}
    for figure in kept["figures"]:
        assert figure["floor"] > 0
        assert figure["ratio"] == pytest.approx(figure["value"] / figure["floor"])
        assert (figure["verdict"] == "") is (figure["target"] is None and figure["target_ms"] is None)


def test_an_unknown_name_is_refused() -> None:
    done = bench("lunch")
    assert done.returncode == 2
    assert "lunch" in done.stderr
