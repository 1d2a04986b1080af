"""The trainings' command line, their learning rate, and the record that stays beside the weights."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore")

from labs.tiny import data, program  # noqa: E402
from labs.tiny.train import Stage, falling  # noqa: E402


@dataclass(frozen=True)
class Plan:
    steps: int = 3


def test_afresh_forgets_the_checkpoints_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work, out = tmp_path / "work", tmp_path / "out"
    for folder in (work, out):
        folder.mkdir()
    given = ["x", "--work", str(work), "--out", str(out), "--steps", "5", "7", "--device", "cpu", "--afresh"]
    monkeypatch.setattr(sys, "argv", given)
    options = program.options("train", "Trains.", tmp_path, (1, 2))
    assert (options.out, options.steps, options.device) == (out, [5, 7], "cpu")
    assert out.exists()
    assert not work.exists()


def test_a_record_says_what_the_weights_depend_on(tmp_path: Path) -> None:
    stage = Stage("student", tmp_path, 3, {}, {})
    stage.seconds, stage.curve = 4.4, [(3, 0.5)]
    program.write_record(tmp_path, Plan(), "cpu", [stage], data_sha256="0a")
    record = json.loads((tmp_path / "training.json").read_text())
    assert record["config"] == {"steps": 3}
    assert record["seconds"] == {"student": 4}
    assert record["curve"] == {"student": [[3, 0.5]]}
    assert record["data_sha256"] == "0a"


def test_a_rate_rises_stays_and_falls() -> None:
    rate = falling(2.0, 100, warm_up=10, flat=0.5, last=0.1)
    assert [rate(0), rate(9), rate(50)] == [pytest.approx(0.2), 2.0, 2.0]
    assert rate(75) == pytest.approx(2 * 0.55)
    assert rate(100) == pytest.approx(0.2)
    assert falling(1.0, 50, flat=0)(49) == pytest.approx(1 - 0.98 * 49 / 50)


def test_the_first_pictures_keep_their_scenes_and_captions() -> None:
    whole = data.make_dataset(30, 2, captions=2)
    part = whole.first(10)
    assert (len(part.pixels), len(part.scenes), [len(texts) for texts in part.captions]) == (10, 10, [10, 10])
    assert (part.pixels == whole.pixels[:10]).all()
    assert part.captions[1] == whole.captions[1][:10]
