"""The committed references: whole, honest about their source, and reproduced by a quick re-run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import labs
from labs.common import models
from labs.kit.compare import compare

pytest.importorskip("torch")
UNTRAINED = pytest.mark.skipif(not models.trained(), reason=f"the tiny pipeline has no weights. {models.HOW_TO_TRAIN}")
NAMES = [pytest.param(name, marks=[UNTRAINED] * labs.load(name).takes_model) for name in labs.NAMES]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", ["run", "quick"])
def test_a_reference_is_whole(name: str, form: str) -> None:
    record = json.loads((labs.REFERENCE / name / f"{form}.json").read_text())
    lab = labs.load(name)
    assert record["lab"] == name
    sizes = lab.parameters({}, "usual" if form == "run" else "quick")
    assert record["params"] == json.loads(json.dumps(sizes)), "made with other sizes: python -m labs reference"
    assert record["quick"] is (form == "quick")
    assert record["seconds"] <= 60
    assert {"seed", "device", "versions", "date", "seconds"} <= record.keys()
    assert all(check["ok"] for check in record["checks"])
    assert lab.prediction.metric in {metric["name"] for metric in record["metrics"]}
    if form == "run":
        tiles = [tile["file"] for pictures in record["pictures"] for tile in pictures["tiles"]]
        assert all((labs.REFERENCE / name / file).stat().st_size < 20_000 for file in tiles)


def test_all_labs_together_are_small() -> None:
    folder = Path(labs.__file__).parent
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=folder, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("this is no clone of the repository, so files that came later cannot be told apart")
    files = [folder / name for name in listed.stdout.split("\0") if name]
    assert sum(file.stat().st_size for file in files if file.is_file()) <= 40_000_000


@pytest.mark.parametrize("name", NAMES)
def test_the_quick_form_is_reproduced(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", f"labs.{name}", "--quick", "--events", "--device", "cpu", "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    run = json.loads((tmp_path / "run.json").read_text())
    reference = json.loads((labs.REFERENCE / name / "quick.json").read_text())
    compared = compare(labs.load(name), run, reference)
    assert {c.name: c.difference for c in compared if c.verdict == "differs"} == {}
    assert sum(c.verdict == "reproduced" for c in compared) >= 10
    assert [check["name"] for check in run["checks"] if not check["ok"]] == []
