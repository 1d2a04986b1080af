"""`studyapp lab` in the shell: results on standard output, progress on standard error, exit codes 0, 1, 2."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from studyapp.bootstrap import Program
from studyapp.cli import main
from studyapp.lab_runner import shelf
from studyapp.lab_runner.process import Command
from studyapp.services import lab_log
from tests.conftest import card_values, write_module
from tests.lab_runner.scripts import alive, script

LAB = "forward_noising"
WHOLE = """
start()
say("progress", done=1, total=2, text="half of it")
say("metric", name="equal strength, linear", value=260, unit="step", low=259, high=261)
say("finished", seconds=1.5)
"""


@pytest.fixture
def with_lab(content: Path, open_again: Callable[[], Program]) -> Program:
    write_module(content / "module_1", {"fog": [card_values("t1.fog.c0", lab=LAB)]})
    return open_again()


@pytest.fixture
def lab_does(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return lambda code: monkeypatch.setattr(Command, "arguments", lambda self: script(code))


def test_list_and_show_say_what_there_is(with_lab: Program, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lab"]) == 0
    assert re.search(r"Fog dial · \d+ s, \d+ s with --quick · 1 card · not run yet", capsys.readouterr().out)
    assert main(["lab", "list", "--json"]) == 0
    values = {value["name"]: value for value in json.loads(capsys.readouterr().out)}
    assert values[LAB]["cards"] == ["t1.fog.c0"]
    assert main(["lab", "show", LAB]) == 0
    shown = capsys.readouterr().out
    for words in ("2 about step 250", "steps=1000", "a whole number from 10 to 4000", "What is c0 in fog?"):
        assert words in shown
    assert main(["lab", "show", LAB, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["knobs"][0]["name"] == "schedule"


def test_a_run_is_reported_compared_and_logged(
    with_lab: Program, lab_does: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    lab_does(WHOLE)
    assert main(["lab", "run", LAB, "--predict", "2", "--card", "t1.fog.c0"]) == 0
    said = capsys.readouterr()
    assert "✓ Your prediction holds: you said about step 250" in said.out
    assert "equal strength, linear" in said.out
    assert "[259, 261]" in said.out
    assert "half of it" in said.err
    assert "half of it" not in said.out
    (run,) = lab_log.history(with_lab.recall)
    assert (run.card_id, run.prediction) == ("t1.fog.c0", "right")
    assert Path(run.data["folder"]).parent == with_lab.paths.home / "labs" / LAB
    assert main(["lab", "history", LAB]) == 0
    assert "prediction right" in capsys.readouterr().out
    assert main(["lab", "history", "--json"]) == 0
    (value,) = json.loads(capsys.readouterr().out)
    assert value["metrics"][0]["value"] == 260
    assert set(value) >= {"params", "seed", "device", "versions", "verdicts", "prediction", "predicted_right", "folder"}


def test_a_run_as_json_is_one_object(
    with_lab: Program, lab_does: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    lab_does(WHOLE)
    assert main(["lab", "run", LAB, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["device"] == "cpu"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--set", "nope=1"], "no knob called nope"),
        (["--set", "steps=5"], "steps=5 is not possible: steps takes a whole number from 10 to 4000."),
        (["--set", "steps"], "not of the form key=value"),
        (["--set", "image=/no/such.png"], "the path of a PNG or JPEG file"),
        (["--seed", "-1"], "The seed -1 is not possible"),
        (["--device", "tpu"], "There is no device 'tpu'"),
        (["--model", "x"], "takes no model"),
        (["--predict", "9"], "give a number from 1 to 4"),
        (["--card", "nope"], "There is no card 'nope'"),
    ],
)
def test_wrong_wishes_are_refused_and_leave_nothing(
    with_lab: Program, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert main(["lab", "run", LAB, *arguments]) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert said.out == ""
    assert not (with_lab.paths.home / "labs").exists()


@pytest.mark.parametrize("action", ["show", "run", "history"])
def test_an_unknown_lab_is_told_with_those_there_are(
    with_lab: Program, capsys: pytest.CaptureFixture[str], action: str
) -> None:
    assert main(["lab", action, "nope"]) == 2
    assert f"There is no lab 'nope'; there are: {LAB}" in capsys.readouterr().err


def test_a_failed_run_is_one_sentence_and_is_not_logged(
    with_lab: Program, lab_does: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    lab_does("start(); os.kill(os.getpid(), signal.SIGKILL)")
    assert main(["lab", "run", LAB]) == 1
    said = capsys.readouterr()
    assert "killed from outside" in said.err
    assert said.out == ""
    assert lab_log.history(with_lab.recall) == []


def test_missing_libraries_are_one_sentence_with_the_command(
    with_lab: Program, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "missing_libraries", lambda: ["torch"])
    assert main(["lab", "run", LAB]) == 1
    assert "Labs need torch, which is not installed: pip install 'studyapp[labs]'" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_program_ends_the_lab_too(with_lab: Program, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "studyapp.cli", "lab", "run", LAB, "--set", "walks=20000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        family: list[psutil.Process] = []
        deadline = time.monotonic() + 60
        while not family and time.monotonic() < deadline:
            time.sleep(0.05)
            family = psutil.Process(program.pid).children(recursive=True)
        os.kill(program.pid, number)
        out, errors = program.communicate(timeout=30)
    assert family
    assert not any(alive(child.pid) for child in family)
    assert program.returncode == 130
    assert out == ""
    assert "The run was cancelled. Start it again at any time." in errors


def test_a_model_folder_that_is_no_pipeline_is_told_by_the_real_lab(
    with_lab: Program, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights.bin").write_bytes(b"\x80\x04pickled")
    assert main(["lab", "run", "cfg_sweep", "--quick", "--model", str(tmp_path / "model")]) == 1
    said = capsys.readouterr()
    assert str(tmp_path / "model") in said.err
    assert "Traceback" not in said.err
    assert said.out == ""
    assert lab_log.history(with_lab.recall) == []
