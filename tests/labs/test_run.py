"""Labs as programs: event stream, refusals, faults, cancel."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import labs
from labs.kit.events import validate
from labs.kit.run import _ask


def run_lab(name: str, *arguments: str, **settings: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", f"labs.{name}", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        **settings,
    )


@pytest.mark.parametrize("name", labs.NAMES)
@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--set", "speed=3"], "no knob called speed"),
        (["--set", "speed"], "key=value"),
        (["--seed", "-1"], "from 0 to 1000000"),
        (["--seed", "x"], "--seed"),
        (["--device", "abacus"], "cpu"),
        (["--faster"], "--faster"),
        (["--predict", "9"], "from 1 to"),
        (["--out", "/proc/none/here"], "--out"),
    ],
)
def test_wrong_usage_is_one_sentence(name: str, arguments: list[str], named: str) -> None:
    done = run_lab(name, *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert named in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_value_out_of_range_names_the_range() -> None:
    done = run_lab("forward_noising", "--set", "steps=5")
    assert done.returncode == 2
    assert done.stderr == "steps=5 is not possible: steps takes a whole number from 10 to 4000.\n"


def test_help_names_every_knob() -> None:
    done = run_lab("sampler_timing", "--help")
    assert done.returncode == 0
    assert all(f"  {knob.line()}\n" in done.stdout for knob in labs.load("sampler_timing").knobs)


def test_the_list_for_programs_and_for_people() -> None:
    made = subprocess.run([sys.executable, "-m", "labs", "list", "--json"], capture_output=True, text=True, check=True)
    assert [lab["name"] for lab in json.loads(made.stdout)] == list(labs.NAMES)
    read = subprocess.run([sys.executable, "-m", "labs", "list"], capture_output=True, text=True, check=True)
    assert "Fog dial" in read.stdout


def test_missing_torch_is_one_sentence(tmp_path: Path) -> None:
    code = (
        "import sys; from importlib import util; real = util.find_spec\n"
        "util.find_spec = lambda name, *rest: None if name == 'torch' else real(name, *rest)\n"
        "from labs.kit.run import main; import labs.forward_noising as lab\n"
        f"sys.exit(main(lab.LAB, lab.run, ['--events', '--out', {str(tmp_path)!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "needs torch" in done.stderr
    assert [json.loads(line)["event"] for line in done.stdout.splitlines()] == ["failed"]


FAULTY = """
import sys, labs.forward_noising as lab
from labs.kit.run import main
def experiment(context):
    {body}
sys.exit(main(lab.LAB, experiment, ['--events', '--device', 'cpu', '--out', sys.argv[1]]))
"""


def faulty(body: str, out: Path) -> tuple[subprocess.CompletedProcess[str], list[dict[str, Any]]]:
    done = subprocess.run(
        [sys.executable, "-c", FAULTY.format(body=body), str(out)], capture_output=True, text=True, check=False
    )
    return done, [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("body", "message", "hint"),
    [
        ("import torch; raise torch.OutOfMemoryError('CUDA out of memory. Tried to allocate')", "memory", "--quick"),
        ("import torch; torch.empty(2**60)", "memory", "--quick"),
        ("raise OSError(28, 'No space left on device')", "no space left", "its disk"),
        ("raise ValueError('odd')", "ValueError: odd", "LABS_DEBUG"),
        ("import diffuserz", "diffuserz", "labs extra"),
    ],
)
def test_a_fault_is_a_failed_event_without_traceback(body: str, message: str, hint: str, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    done, events = faulty(body, tmp_path)
    assert done.returncode == 1
    assert [event["event"] for event in events] == ["started", "failed"]
    assert message in events[1]["message"]
    assert hint in events[1]["hint"]
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run.json").exists()


def test_prints_of_libraries_do_not_break_the_stream(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    done, events = faulty("import os; print('noise'); os.system('echo more noise')", tmp_path)
    assert [event["event"] for event in events] == ["started", "finished"]
    assert "more noise" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_cancel_ends_quickly_and_cleanly(number: signal.Signals, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    command = [sys.executable, "-m", "labs.forward_noising", "--events", "--set", "walks=20000", "--out", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            if json.loads(line)["event"] == "progress":
                break
        process.send_signal(number)
        rest = [json.loads(line) for line in process.stdout]
        begun = time.monotonic()
        assert process.wait(timeout=10) == 128 + number
        assert time.monotonic() - begun < 5
        assert rest[-1]["event"] == "failed"
        assert "cancelled" in rest[-1]["message"]
        assert process.stderr.read() == ""
    assert not (tmp_path / "run.json").exists()


def test_a_reader_that_goes_away_ends_the_lab_quietly(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    command = [sys.executable, "-m", "labs.forward_noising", "--events", "--quick", "--out", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=60) == 1
        assert "Traceback" not in process.stderr.read()


def test_the_stream_the_folder_and_the_record(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    done = run_lab("forward_noising", "--events", "--quick", "--device", "cpu", "--out", str(tmp_path))
    assert done.returncode == 0
    assert done.stderr == ""
    events = [json.loads(line) for line in done.stdout.splitlines()]
    for event in events:
        validate(event)
    assert (events[0]["event"], events[-1]["event"]) == ("started", "finished")
    assert all(event["ok"] for event in events if event["event"] == "check")
    progress = [event["done"] for event in events if event["event"] == "progress"]
    assert progress == sorted(progress)
    record = json.loads((tmp_path / "run.json").read_text())
    assert record["params"] == events[0]["params"]
    assert record["metrics"] == [
        {key: value for key, value in event.items() if key != "event"} for event in events if event["event"] == "metric"
    ]
    assert {"torch", "diffusers", "python"} <= record["versions"].keys()
    for event in events:
        if event["event"] == "pictures":
            assert all((tmp_path / tile["file"]).stat().st_size > 0 for tile in event["tiles"])
        if event["event"] in ("series", "pictures"):
            assert (tmp_path / f"{event['id']}.png").stat().st_size > 0


def test_report_marks_the_prediction(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    done = run_lab("forward_noising", "--quick", "--predict", "2", "--set", "walks=50", cwd=tmp_path, env=_env())
    assert done.returncode == 0
    assert "Your prediction, 2, is right" in done.stdout
    assert "check ok" in done.stdout
    assert (tmp_path / "lab_output" / ".gitignore").read_text() == "*\n"


def test_a_prediction_about_other_settings_is_not_marked(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    settings = ["--set", "walks=50", "--set", "steps=100"]
    done = run_lab("forward_noising", "--quick", "--predict", "2", *settings, cwd=tmp_path, env=_env())
    assert done.returncode == 0
    said = "Your prediction cannot be marked: it asks about steps=1000, and this run has steps=100."
    assert done.stdout.splitlines()[-1] == said


ON_A_GPU = """
import sys, labs.forward_noising as lab
from labs.kit import machine, run
machine.choose_device = lambda wanted: "cuda"
machine.device_name = lambda device: "cuda: a card"
machine.memory_peak = lambda device: 0.25
sys.exit(run.main(lab.LAB, lambda context: context.metric("walks", context.integer("walks")), sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("arguments", "walks", "noted"),
    [([], 200_000, True), (["--quick"], 300, False), (["--set", "walks=2000"], 2000, False)],
)
def test_a_run_on_a_gpu_has_its_sizes_and_says_so(
    arguments: list[str], walks: int, noted: bool, tmp_path: Path
) -> None:
    """No GPU is needed to choose its sizes, so only its presence is pretended."""
    pytest.importorskip("torch")
    command = [sys.executable, "-c", ON_A_GPU, "--events", "--out", str(tmp_path), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "run.json").read_text())
    assert record["params"]["walks"] == walks
    assert {metric["name"]: metric["value"] for metric in record["metrics"]} == {"walks": walks, "memory peak": 0.25}
    said = "A GPU's sizes: walks=200000. To compare a run with the reference, set walks=2000."
    assert record["notes"] == [said] * noted


def test_own_picture_and_what_is_none(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from PIL import Image

    picture = tmp_path / "mine.png"
    Image.new("RGB", (80, 50), (200, 30, 30)).save(picture)
    small = ["--quick", "--set", "walks=50", "--set", "steps=20", "--out", str(tmp_path / "out")]
    assert run_lab("forward_noising", "--set", f"image={picture}", *small).returncode == 0
    picture.write_text("no picture")
    done = run_lab("forward_noising", "--set", f"image={picture}", *small)
    assert done.returncode == 1
    assert "not a picture that can be read" in done.stderr
    assert done.stderr.count("\n") == 1


def _env() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path(labs.__file__).parent.parent)}


def test_a_prediction_is_asked_for_until_it_is_a_possible_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter(["9", "2"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda prompt: next(answers))
    assert _ask(labs.load("latency_clinic")) == "2"
    assert "give a number from 1 to 4" in capsys.readouterr().out
    assert _ask(labs.load("latency_clinic"), "it asks about start=20, and this run has start=5") is None
    assert capsys.readouterr().out == "No prediction is asked for: it asks about start=20, and this run has start=5.\n"
