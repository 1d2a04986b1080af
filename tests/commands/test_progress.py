"""`studyapp stats|report|simulate`: figures on standard output, files whole or not at all, errors in a sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from studyapp.charts import images
from studyapp.cli import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(module: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process at nine on a Monday: exit code, standard output, standard error."""
    monkeypatch.setenv("STUDYAPP_NOW", "2026-11-23T09:00Z")
    monkeypatch.setenv("COLUMNS", "80")

    def command(*arguments: str) -> tuple[int, str, str]:
        try:
            code = main(arguments)
        except SystemExit as left:  # argparse, on wrong usage
            code = int(left.code or 0)
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out, err

    return command


def test_the_figures_of_a_first_day(run: Run) -> None:
    run("grade", "t1.fog.c0", "4", "--at", "2026-11-22T09:00Z")
    run("grade", "t1.fog.c0", "2", "--at", "2026-11-23T08:00Z")
    run("grade", "t1.rails.c0", "5")
    run("grade", "t1.rails.c1", "5")
    run("undo")
    code, out, err = run("stats", "--json")
    figures = json.loads(out)
    assert (code, err, figures["day"]) == (0, "", "2026-11-23")
    assert [(day["day"], day["reviews"]) for day in figures["days"]] == [("2026-11-22", 1), ("2026-11-23", 2)]
    assert figures["retention"]["periods"][0]["all"] == {
        "recalled": 0,
        "asked": 1,
        "rate": 0.0,
        "low": 0.0,
        "high": 0.7935,
    }
    assert figures["streak"] == {"current": 2, "longest": 2, "days": 2}
    assert figures["answers"]["new"] == [0, 0, 0, 0, 1, 1]
    assert [(t["title"], t["done"], t["shaky"], t["untouched"]) for t in figures["topics"]] == [
        ("Fog", 0, 1, 3),
        ("Sketch", 0, 0, 4),
        ("Rails", 0, 1, 3),
    ]
    assert figures["forecast"][:2] == [{"day": "2026-11-23", "cards": 0}, {"day": "2026-11-24", "cards": 2}]


def test_as_text_for_eyes_and_pipes(run: Run) -> None:
    run("grade", "t1.fog.c0", "4")
    code, out, err = run("stats", "--schedulers")
    assert (code, err) == (0, "")
    for words in (
        "Days",
        "1 day in a row",
        "Due",
        "Retention",
        "No card has come back yet",
        "Topics",
        "Labs",
        "from 100",
    ):
        assert words in out
    assert max(map(len, out.splitlines())) <= 80
    assert all(letter.isprintable() or letter == "\n" for letter in out)


def test_an_empty_history_is_no_error(run: Run) -> None:
    code, out, _ = run("stats")
    assert code == 0
    assert "Nothing was answered yet" in out
    assert json.loads(run("stats", "--json", "--schedulers")[1])["schedulers"]["recalls"] == 0


def test_pictures_go_into_the_file(run: Run, tmp_path: Path) -> None:
    run("grade", "t1.fog.c0", "4")
    file = tmp_path / "figures.png"
    code, out, err = run("stats", "--png", str(file))
    assert (code, out, err) == (0, "", f"Drawn into {file}.\n")
    assert file.read_bytes().startswith(b"\x89PNG")
    assert json.loads(run("stats", "--json", "--png", str(file))[1])["day"] == "2026-11-23"
    assert run("stats", "--png", "")[2] == "'.' is not the name of a file.\n"


def test_the_report_is_written_whole_or_not_at_all(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text("old")
    code, out, err = run("report", "--html", str(file))
    assert (code, out, err) == (0, "", f"Written to {file}; open it in any browser.\n")
    assert file.read_text(encoding="utf-8").startswith("<!doctype html>")
    nowhere = tmp_path / "no" / "report.html"
    code, out, err = run("report", "--html", str(nowhere))
    assert code == 1
    assert err.startswith(f"{nowhere} cannot be written (no such file or directory); nothing was changed. Check ")
    folder = tmp_path / "folder"
    folder.mkdir()
    assert run("report", "--html", str(folder))[0] == 1
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert run("report", "--html", str(pipe))[::2] == (1, f"{pipe} is a device, not a file; name a file.\n")
    assert pipe.is_fifo()
    assert list(tmp_path.glob(".*")) == []
    assert run("report")[0] == 2


def test_without_matplotlib_one_sentence_and_no_file(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "find_spec", lambda name: None)
    for arguments in (("stats", "--png", "x.png"), ("report", "--html", "x.html")):
        code, out, err = run(*arguments)
        sentence = "Images need matplotlib, which is not installed: pip install 'studyapp[labs]'\n"
        assert (code, out, err) == (1, "", sentence)
    assert run("stats")[0] == 0
    assert not list(tmp_path.glob("x.*"))


def test_a_simulated_year_repeats(run: Run) -> None:
    code, out, err = run("simulate", "--days", "30", "--seed", "3")
    assert (code, err) == (0, "")
    assert "10 simulated learners, 12 cards, 2 new a day" in out
    assert "FSRS-6 aims at 90 %" in out
    assert (
        run("simulate", "--days", "30", "--seed", "3", "--json")[1]
        == run("simulate", "--days", "30", "--seed", "3", "--json")[1]
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--days", "0"], "--days takes a whole number from 1 to 3650, not 0."),
        (["--days", "99999"], "--days takes a whole number from 1 to 3650, not 99999."),
        (["--seed", "-1"], "--seed takes a whole number from 0 to 1000000, not -1."),
        (["--days", "a week"], "invalid int value"),
    ],
)
def test_what_cannot_be_simulated_is_told(run: Run, arguments: list[str], sentence: str) -> None:
    code, out, err = run("simulate", *arguments)
    assert (code, out) == (2, "")
    assert sentence in err


def test_text_needs_no_library_for_images(module: Path) -> None:
    code = "import sys; from studyapp.cli import main; assert main(['stats']) == 0; assert main(['settings']) == 0;"
    code += "print(sorted({'matplotlib', 'numpy', 'torch', 'textual', 'fsrs'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
