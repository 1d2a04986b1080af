"""What was said becomes results, verdicts and words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.kit.spec import Choice, Knob, Lab, Prediction
from studyapp.lab_runner.events import Metric, Note, Series, Started, read_event
from studyapp.lab_runner.process import Command
from studyapp.lab_runner.report import report
from studyapp.lab_runner.results import Results, compared, marked, outcome, read_results, summary
from studyapp.lab_runner.run import Run

LAB = Lab(
    name="script",
    title="A lab",
    question="What?",
    knobs=(Knob("steps", "int", 10, "", low=1, high=100, gpu=20),),
    prediction=Prediction(
        "How much in 10 steps?", "crossing", (Choice("little", 0, 10), Choice("much", 10, 99)), fixes=("steps",)
    ),
    seconds_cpu=2,
    seconds_quick=1,
    tolerances={"crossing": 1.0, "left *": 0.01},
)


def results(*metrics: Metric, steps: int = 10, device: str = "cpu", quick: bool = False) -> Results:
    run = Results(Path("folder"), quick)
    run.take(Started("script", {"steps": steps}, 0, device, {"torch": "2"}))
    for metric in metrics:
        run.take(metric)
    return run


def test_verdicts_say_reproduced_or_by_how_much_or_why_not() -> None:
    reference = results(Metric("crossing", 12.0, "step"), Metric("left at T", 0.5, ""), Metric("time", 3.0, "s"))
    run = results(Metric("crossing", 12.5, "step"), Metric("left at T", 0.62, ""), Metric("time", 9.0, "s"))
    found = compared(LAB, run, reference)
    assert [one.words for one in found] == [
        "reproduced",
        "differs by +0.12",
        "not comparable: depends on the machine",
    ]
    assert outcome(found) == "differs"
    assert summary(found) == "1 reproduced, 1 differs, 1 not comparable"


def test_other_settings_and_a_lacking_reference_are_not_comparable() -> None:
    run = results(Metric("crossing", 12.0, "step"), steps=20)
    (one,) = compared(LAB, run, results(Metric("crossing", 12.0, "step")))
    assert one.words == "not comparable: other settings"
    assert one.reference == 12.0
    (one,) = compared(LAB, run, None)
    assert one.words == "not comparable: no reference"


@pytest.mark.parametrize(("said", "right", "word"), [("2", True, "✓"), ("much", True, "✓"), ("1", False, "✗")])
def test_a_prediction_is_marked_by_what_was_measured(said: str, right: bool, word: str) -> None:
    verdict, sentence = marked(LAB, said, results(Metric("crossing", 12.0, "step")))
    assert verdict is right
    assert sentence.startswith(word)
    assert "crossing = 12 step" in sentence


def test_a_prediction_without_a_measurement_is_not_marked() -> None:
    assert marked(LAB, "2", results())[0] is None
    assert marked(LAB, "2", results(Metric("crossing", None, "step")))[0] is None


def test_a_prediction_about_other_settings_is_not_marked() -> None:
    right, words = marked(LAB, "2", results(Metric("crossing", 12.0, "step"), steps=50))
    assert right is None
    assert words == "You said much. It cannot be marked: it asks about steps=10, and this run has steps=50."


def test_a_run_with_a_gpus_sizes_is_not_held_to_the_reference() -> None:
    run = results(Metric("crossing", 12.0, "step"), steps=20, device="cuda: a card")
    assert run.on_gpu
    (one,) = compared(LAB, run, results(Metric("crossing", 12.0, "step")))
    assert one.words == "not comparable: other settings"
    assert not results(device="cuda: a card", quick=True).on_gpu
    assert not results(device="mps").on_gpu
    assert not Results(Path("folder")).on_gpu


def test_the_time_left_on_a_gpu_is_not_told_from_a_processors() -> None:
    run = Run(LAB, Command("script", Path()), ticks=lambda: 0.5)
    assert run.left_words == "about 2 s left"
    run.results.take(Started("script", {"steps": 20}, 0, "cuda: a card", {}))
    assert run.left_words == "time left not known yet"


def test_what_is_recorded_reads_back_as_it_was(tmp_path: Path) -> None:
    run = results(Metric("crossing", 12.0, "step", 11.0, 13.0))
    values = run.record() | {
        "lab": "script",
        "checks": [{"name": "c", "expected": 1, "measured": 1, "tolerance": 0.1, "ok": True}],
        "series": [],
        "pictures": [{"id": "p", "title": "P", "columns": 2, "tiles": [{"caption": "a", "file": "p/00.png"}]}],
        "notes": ["a note"],
        "date": "2026-11-23",
        "seconds": 2.5,
    }
    (tmp_path / "run.json").write_text(json.dumps(values))
    again = read_results(tmp_path / "run.json")
    assert again is not None
    assert again.metrics == run.metrics
    assert again.checks[0].ok
    assert again.notes == ["a note"]
    assert (again.date, again.seconds) == ("2026-11-23", 2.5)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"lab": 1}', '{"metrics": 3}'])
def test_a_damaged_file_is_no_result(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    assert read_results(tmp_path / "run.json") is None
    assert read_results(tmp_path / "none.json") is None


@pytest.mark.parametrize(
    "line",
    [
        '{"event": "metric", "name": "m", "value": "0.5", "unit": ""}',
        '{"event": "metric", "name": 5, "value": 0.5, "unit": ""}',
        '{"event": "metric", "name": "m", "value": true, "unit": ""}',
        '{"event": "progress", "done": 1, "total": null, "text": ""}',
        '{"event": "finished", "seconds": NaN}',
        '{"event": "finished", "seconds": 1e999}',
        '{"event": "pictures", "id": "p", "title": "", "columns": 1, "tiles": [{"caption": "", "file": "/etc/x.png"}]}',
        '{"event": "pictures", "id": "p", "title": "", "columns": 1, "tiles": [{"caption": "", "file": "../x.png"}]}',
        '{"event": "series", "id": "s", "title": "", "x": {"label": "", "values": [1], "log": false}, '
        '"y": {"label": "", "log": false}, "lines": [{"label": "", "values": [1, 2]}]}',
        '{"event": "unheard of"}',
        "3",
        "null",
    ],
)
def test_a_line_with_wrong_fields_is_no_event(line: str) -> None:
    with pytest.raises(ValueError, match="not an event"):
        read_event(line.encode())


@given(st.binary(max_size=200) | st.recursive(st.none() | st.floats() | st.text(), st.lists).map(repr).map(str.encode))
def test_no_bytes_break_the_reader(line: bytes) -> None:
    with pytest.raises(ValueError, match="not an event"):
        read_event(line)


def test_control_codes_are_cleaned_when_a_line_is_read() -> None:
    event = read_event(json.dumps({"event": "note", "text": "a\x1b[31mb\r\nc\x9b" + "d" * 5000}).encode())
    assert isinstance(event, Note)
    assert event.text.isprintable()
    assert event.text.startswith("a[31mb c")
    assert len(event.text) <= 1000


def test_a_number_that_is_not_finite_is_none() -> None:
    event = read_event(b'{"event": "metric", "name": "m", "value": Infinity, "unit": ""}')
    assert event == Metric("m", None, "")


def test_the_report_has_charts_for_a_terminal_and_figures_for_a_pipe() -> None:
    run = results(Metric("crossing", 12.0, "step"))
    line = {"label": "a curve", "values": [1.0, 2.0, 4.0]}
    series = read_event(
        json.dumps(
            {
                "event": "series",
                "id": "s",
                "title": "S",
                "x": {"label": "step t", "values": [1, 2, 3], "log": False},
                "y": {"label": "factor", "log": False},
                "lines": [line],
            }
        ).encode()
    )
    assert isinstance(series, Series)
    run.take(series)
    found = compared(LAB, run, run)
    piped, shown = ("\n".join(report(LAB, run, found, width)) for width in (None, 60))
    assert "reproduced" in piped
    assert "● a curve" in shown
    assert "●" not in piped
    assert piped.count("4") >= 1
    assert max(map(len, shown.splitlines())) <= 100
