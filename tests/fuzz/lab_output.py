"""What a lab says and leaves, of every kind: values that can be drawn, or none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from random import Random
from typing import Any

import labs
from studyapp.lab_runner.events import LabEvent, Pictures, Progress, Series, read_event
from studyapp.lab_runner.process import Command
from studyapp.lab_runner.report import report
from studyapp.lab_runner.results import Results, compared, marked, read_results
from studyapp.lab_runner.run import Run
from studyapp.services.lab_log import LabRun
from studyapp.tui import lab_views
from studyapp.tui.full_size import draw_sheet
from studyapp.tui.widgets.chart import chart_content
from studyapp.tui.widgets.kitty import encoded
from studyapp.tui.widgets.picture import decoded, half_blocks, in_words
from tests.conftest import MONDAY
from tests.fuzz.lab_values import any_line, any_picture, any_record

WIDEST_HALF_BLOCKS = 24


def texts(value: Any) -> Iterator[str]:
    """Every text within a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts(key)
            yield from texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item)
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name))


def check_words(*words: str) -> None:
    for text in words:
        assert text.replace("\n", "").isprintable(), text[:300]


def line(rng: Random, room: Path) -> str:
    """One line is an event of plain values, or none."""
    try:
        event = read_event(any_line(rng))
    except ValueError:
        return "no event"
    for text in texts(event):
        if isinstance(event, Pictures) and any(tile.file == text for tile in event.tiles):
            continue  # a file's name is not shown
        assert text.isprintable(), text[:100]
        assert len(text) <= 1000
    shows([event], room)
    return type(event).__name__.lower()


def shows(events: list[LabEvent], room: Path) -> None:
    """A run with these events, as a pipe, a terminal and the log get it."""
    lab = labs.load("forward_noising")
    results = Results(room)
    for event in events:
        results.take(event)
        if isinstance(event, Progress):
            assert 0 <= event.share <= 1
            run = Run(lab, Command(lab.name, room))
            run.progress = event
            check_words(lab_views.progress_line(run, 78).plain)
        if isinstance(event, Series):
            for width in (20, 78, 118):
                check_words(chart_content(event, width).plain)
    shows_results(results)


def shows_results(results: Results) -> None:
    lab = labs.load("forward_noising")
    record = json.loads(json.dumps(results.record(), allow_nan=False).encode())
    for width in (30, 78):
        found = compared(lab, results, None)
        blocks = [lab_views.metric_table(found, width), lab_views.metric_list(results.metrics, width)]
        blocks += [lab_views.check_block(results.checks, width), lab_views.provenance(results, width)]
        blocks += [lab_views.note_block(results.notes, width)]
        check_words(
            *(block.plain for block in blocks), *report(lab, results, found, width), marked(lab, "1", results)[1]
        )
        logged = LabRun("id", MONDAY, lab.name, None, record)
        check_words(lab_views.history_row(lab, logged, width).plain)
    check_words(*report(lab, results, None, None))


def record(rng: Random, room: Path) -> str:
    """A run.json is a run that can be shown, or none."""
    file = room / "run.json"
    file.write_bytes(any_record(rng))
    results = read_results(file)
    if results is None:
        return "no run"
    for series in results.series:
        check_words(chart_content(series, 78).plain)
    shows_results(results)
    return "run"


def picture(rng: Random, room: Path) -> str:
    """A file is a picture of bounded size, or none."""
    file = room / f"{rng.getrandbits(64):x}.png"  # names are remembered
    file.write_bytes(any_picture(rng))
    try:
        image, cells = decoded(file), half_blocks(file, WIDEST_HALF_BLOCKS)
        assert cells is None or image is not None
        check_words(in_words(file))
        encoded(file, WIDEST_HALF_BLOCKS)
        if rng.random() < 0.1:
            tiles = Pictures("id", "title", 2, ())
            draw_sheet(tiles, room, room / "sheet.png")
        return "no picture" if cells is None else "picture"
    finally:
        file.unlink()


TARGETS: dict[str, Any] = {"lab-lines": line, "lab-records": record, "lab-pictures": picture}
