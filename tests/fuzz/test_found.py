"""What was found once, and large things that would be too slow to try by the thousands."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studyapp.bootstrap import Program
from studyapp.cli import main
from studyapp.curriculum import loader
from studyapp.curriculum.files import LARGEST_FILE
from studyapp.curriculum.loader import read_module
from studyapp.curriculum.markdown import headings
from studyapp.curriculum.shelf import read_shelf
from studyapp.exchange.sheet import read_sheet
from studyapp.lab_runner.events import Pictures, Tile
from studyapp.lab_runner.results import Results, read_results
from studyapp.paths import lab_names
from studyapp.tui.full_size import draw_sheets
from studyapp.tui.widgets.kitty import encoded
from studyapp.tui.widgets.picture import MOST_ROWS, decoded, half_blocks, in_words
from tests.conftest import card_values, write_module
from tests.faults.counts import count, peak_megabytes
from tests.fuzz.lab_values import BOMBS, png, records
from tests.fuzz.modules import check_problems

MILLION = 1_000_000
FILES: dict[str, bytes] = {
    "a number to the base of 60": b"a: 1" + b":59" * 1_300_000,
    "the same with a tag": b"a: !!int 1" + b":59" * 1_300_000,
    "a fraction to the base of 60": b"a: 1" + b":59" * 1_300_000 + b".5",
    "a million values": b"- a\n" * 990_000,
    "a million empty lists": b"[" + b"[]," * MILLION + b"]",
    "very many keys": b"\n".join(b"k%d:" % n for n in range(400_000)),
    "very many empty cards": b"- {}\n" * 49_000,
    "as many values as may be": b"- a\n" * 99_000,
    "openings without end": b"[" * 3_900_000,
    "mappings without end": b"? " * 1_900_000,
    "lists without end": b"- " * 1_900_000,
    "a key of megabytes": b"? " + b"x" * 3_900_000 + b"\n: a",
    "a tag of megabytes": b"!<" + b"x" * 3_900_000 + b"> a",
    "an anchor of megabytes": b"&" + b"a" * 3_900_000 + b" x",
    "a quote without end": b'"' + b"x" * 3_900_000,
    "empty lines": b"\n" * 3_900_000 + b"a",
    "very many documents": b"---\n" * 900_000,
    "very many directives": b"%TAG !a! b\n" * 300_000 + b"--- a",
}


@pytest.mark.parametrize("name", FILES)
def test_a_large_file_is_told_soon_and_with_little_memory(content: Path, name: str) -> None:
    assert len(FILES[name]) <= LARGEST_FILE
    write_module(content / "m", {"fog": [card_values("t1.fog.one")]})
    before = peak_megabytes()
    with count("yaml-large").timed(name) as outcome:
        for file in ("cards/fog.yaml", "module.yaml"):
            (content / "m" / file).write_bytes(FILES[name])
        loaded = read_shelf([content], lab_names())
        assert loaded.problems
        check_problems(loaded.problems)
        outcome.append("told")
    assert len(loaded.problems) <= loader.MOST_PROBLEMS + 10
    assert peak_megabytes() - before < 250


def test_a_module_of_very_many_files_is_told(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "LARGEST_MODULE", 100)
    write_module(content / "m", {"fog": [card_values("t1.fog.one")], "rails": [card_values("t1.rails.one")]})
    (problem,) = read_module(content / "m", lab_names()).problems
    assert "make two modules of them" in str(problem)


@pytest.mark.parametrize("name", [b"a\nb.yaml", b"\x1b[2J.yaml", "\u202egnp.yaml".encode(), b"-rf.yaml", b"[red].yaml"])
def test_a_file_of_any_name_is_told_and_its_cards_are_shown(
    content: Path, name: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    write_module(content / "m", {"fog": [card_values("t1.fog.one")]})
    file = content / "m" / "cards" / os.fsdecode(name)
    (content / "m" / "cards" / "fog.yaml").rename(file)
    for code, words in ((0, ["card", "show", "t1.fog.one"]), (0, ["card", "show", "t1.fog.one", "--json"])):
        assert main(words) == code
    file.write_text(file.read_text() + "- 5\n")
    assert main(["content", "check", str(content)]) == 1
    assert main(["due"]) == 0
    out, err = capsys.readouterr()
    for text in (out, err):
        assert text.replace("\n", "").isprintable()
        assert "error of its own" not in text
    assert "should be a mapping" in err


def test_a_name_that_is_no_text_is_told_and_stops_nothing(content: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_module(content / "m", {"fog": [card_values("t1.fog.one")]})
    write_module(content / os.fsdecode(b"\xff"), {"fog": [card_values("t2.fog.one")]}, "t2")
    (content / "m" / "cards" / os.fsdecode(b"\xff\xfe.yaml")).write_text("[]")
    write_module(content / "other", {"fog": [card_values("t3.fog.one")]}, "t3")
    for _ in range(2):  # read, then known from the store
        assert main(["due"]) == 0
        out, err = capsys.readouterr()
        assert "1 new" in out
        assert "\\udcff" in err
        assert ".yaml:1: the name is not UTF-8; give it another\nand 2 more problems." in err
    assert main(["content", "check", str(content)]) == 1
    out, err = capsys.readouterr()
    assert out.count("is not UTF-8") == 3
    assert (out + err).replace("\n", "").isprintable()


RECORD: Callable[[], dict[str, Any]] = lambda: json.loads(records()[0])  # noqa: E731
NO_RUNS = {
    "a number beyond floating point": lambda: json.dumps(RECORD() | {"seconds": 10**400}),
    "a seed beyond floating point": lambda: json.dumps(RECORD() | {"seed": 10**400}),
    "not a number": lambda: json.dumps(RECORD() | {"seconds": float("nan")}),
    "nesting": lambda: "[" * 100_000,
    "nested parameters": lambda: json.dumps(RECORD() | {"params": {"a": [[1]]}}),
    "a model that is no name": lambda: json.dumps(RECORD() | {"model": 5}),
    "megabytes": lambda: json.dumps(RECORD() | {"date": "x" * 9_000_000}),
}


@pytest.mark.parametrize("name", NO_RUNS)
def test_a_run_that_is_none_is_none(tmp_path: Path, name: str) -> None:
    (tmp_path / "run.json").write_text(NO_RUNS[name]())
    assert read_results(tmp_path / "run.json") is None


def test_a_pipe_is_no_run_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "run.json")
    assert read_results(tmp_path / "run.json") is None


@pytest.mark.parametrize("name", BOMBS)
def test_a_picture_bomb_costs_little(tmp_path: Path, name: str) -> None:
    file = tmp_path / "bomb.png"
    file.write_bytes(BOMBS[name]())
    before = peak_megabytes()
    with count("picture-bombs").timed(name) as outcome:
        cells = half_blocks(file, 24)
        outcome.append("refused" if cells is None else "shown")
        assert cells is None or len(cells) <= MOST_ROWS
        assert in_words(file)
        encoded(file, 24)
        shown = Pictures("p", "title", 1, tuple(Tile("x" * 160, "bomb.png") for _ in range(9)))
        draw_sheets(Results(tmp_path, pictures=[shown]), tmp_path / "sheets")
    assert peak_megabytes() - before < 450


def test_a_broken_chunk_is_no_picture(tmp_path: Path) -> None:
    """Pillow calls it a SyntaxError, which nobody expects of a picture."""
    good = png(8, 8)
    (tmp_path / "a.png").write_bytes(good.replace(b"IEND", b"[[[["))
    (tmp_path / "b.png").write_bytes(good.replace(b"IDAT", b"\x00\x00\x00\x00"))
    for name in ("a.png", "b.png"):
        decoded(tmp_path / name)
        assert decoded(tmp_path / "b.png") is None


def test_text_that_no_database_can_hold_is_refused_wherever_it_is_left(program: Program) -> None:
    from studyapp.errors import UsageError

    half = "a\ud800b"
    for leave in (
        lambda: program.recall.note("t1.fog.c0", half),
        lambda: program.recall.save_draft("t1.fog.c0", half),
        lambda: program.recall.grade("t1.fog.c0", 4, answer=half),
    ):
        with pytest.raises(UsageError, match="cannot be stored"):
            leave()


HEADINGS = {
    "spaces": "# a" + " " * 190_000 + "b",
    "hashes": "# a" + "#" * 190_000 + "b",
    "both": "# a" + " #" * 95_000 + "b",
    "braces": "# a" + " " * 190_000 + "{#x",
}


@pytest.mark.parametrize("name", HEADINGS)
def test_a_heading_is_read_in_time_that_grows_with_its_length(name: str) -> None:
    """A pattern with two ways to read a space took the square of it: for these, an hour."""
    assert len(headings(HEADINGS[name])) == 1
    assert read_sheet(HEADINGS[name]).title
