"""The benchmark runs and keeps what it measured. How fast anything is, no test says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import learners
from bench.figures import NO_PEER, Figure
from bench.growth import JOBS, curve_table, curves, exponent
from tests.postgres import program

ROOT = Path(__file__).parents[1]


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def kept_in(folder: Path) -> dict[str, Any]:
    (file,) = folder.glob("*.json")
    kept: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return kept


def test_the_exponent_is_that_of_the_power_of_the_size() -> None:
    assert exponent({1_000: 5.0, 10_000: 5.0, 100_000: 5.0}) == pytest.approx(0)
    assert exponent({1_000: 2.0, 10_000: 20.0, 100_000: 200.0}) == pytest.approx(1)
    assert exponent({1_000: 1.0, 100_000: 10_000.0}) == pytest.approx(2)


ALONE = ("queue, 60 a day", "memory, export of the log", "memory, import of the log", "memory, merge")
"""Figures with nothing beside them."""


def test_a_quick_run_prints_a_table_and_keeps_its_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STUDYAPP_CONTENT")
    names = ("due", "commit", "growth", "large", "replay", "exchange", "content", "cards")
    done = bench(*names, "--quick", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "answer on disk" in done.stdout
    grown = {curve["name"]: curve for curve in kept_in(tmp_path)["growth"]}
    assert {job.name for job in JOBS} < set(grown)
    assert all(curve["why"] in done.stdout for curve in grown.values())
    assert {curve["verdict"] for curve in grown.values()} <= {"ok", "over"}
    kept = kept_in(tmp_path)
    assert {"at", "machine", "figures", "growth"} == set(kept)
    assert {"system", "processor", "cores", "fsync_ms", "python", "sqlite", "packages"} <= set(kept["machine"])
    assert {"studyapp due", "key: grade, next card", "content check"} <= {f["name"] for f in kept["figures"]}
    for figure in kept["figures"]:
        if figure["floor"] is None:
            assert figure["floor_name"] == ("" if figure["name"] in ALONE else NO_PEER), figure
            continue
        assert figure["floor"] > 0
        assert figure["ratio"] == pytest.approx(figure["value"] / figure["floor"])
        assert (figure["verdict"] == "") is (figure["target"] is None and figure["most"] is None)


def test_a_curve_that_bends_up_is_over() -> None:
    square = [Figure("search a word", "median ms", n * n / 1e6, cards=n) for n in (1_000, 10_000)]
    straight = [Figure("search a word", "median ms", n / 1e3, cards=n) for n in (1_000, 10_000)]
    slow = [Figure("search a word", "p95 ms", n * n, cards=n) for n in (1_000, 10_000)]
    assert [curve.verdict for figures in (square, straight, straight + slow) for curve in curves(figures)] == [
        "over",
        "ok",
        "ok",
    ]
    deeper = [Figure("next card", "median ms", n / 1e3, cards=n) for n in (1_000, 10_000)]
    assert next(curves(deeper)).verdict == "over"
    assert "over" in curve_table(square)


@pytest.mark.skipif(program("initdb") is None, reason="no PostgreSQL server is installed")
def test_three_learners_on_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STUDYAPP_CONTENT")
    done = bench("learners", "--quick", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    kept = kept_in(tmp_path)
    assert [figure["samples"] for figure in kept["figures"]] == [6, 6, 6, 6, 1]
    assert all(figure["ratio"] > 0 and "3 learners" in figure["name"] for figure in kept["figures"])
    assert "processor" in kept["machine"]


def test_without_a_server_the_learners_are_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tests.postgres.program", lambda name: None)
    assert learners.measure(True) == []
    assert "no PostgreSQL server is installed here" in capsys.readouterr().err


def test_an_unknown_name_is_refused() -> None:
    done = bench("lunch")
    assert done.returncode == 2
    assert "lunch" in done.stderr
