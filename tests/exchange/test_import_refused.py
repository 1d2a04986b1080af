"""Sheets and places that are refused, each with one sentence; nothing is written then."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from studyapp.errors import StudyError
from studyapp.exchange import import_sheet as importing
from studyapp.exchange.import_sheet import import_sheet
from studyapp.exchange.sheet_module import LONGEST_LINE
from tests.exchange.sheets import PAGE, module_of
from tests.exchange.test_import_sheet import only_card

# -- bad input


def told(file: Path, made: Path) -> str:
    """The sentence; nothing may have been written."""
    before = sorted(made.parent.rglob("*")) if made.parent.is_dir() else None
    with pytest.raises(StudyError) as refused:
        import_sheet(file, made)
    assert refused.value.exit_code == 1
    assert (sorted(made.parent.rglob("*")) if made.parent.is_dir() else None) == before
    assert str(refused.value).count("\n") == 0
    return str(refused.value)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is empty; save the sheet's text in it."),
        (b"\xef\xbb\xbf \n\n", "is empty; save the sheet's text in it."),
        (b"a\x00b", "is not a text file; save the sheet's text as a file in UTF-8."),
        (b"ok\n\xff\xfe", ":2: the text is not UTF-8; save the file with that encoding."),
        ("Täglich".encode("latin-1"), ":1: the text is not UTF-8; save the file with that encoding."),
        (b"- x\n" * 60_000, "has 240000 characters; a sheet has at most 200000. Is it the right file?"),
        (b"- x\n" * 2_001, "has 2001 lines; a sheet has at most 2000. Is it the right file?"),
        (b"x" * 5_000_000, ":1: the file is larger than 4 MB; split it into several."),
        (b"Dear diary,\ntoday nothing.\n", "has no line that could become a card; a sheet has sections such as"),
        (b"# Week 1\n## Completion gate\n- [ ] 02_explainer.md read\n", "has no line that could become a card;"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_no_sheet_is_refused(tmp_path: Path, data: bytes, sentence: str) -> None:
    file = tmp_path / "sheet.txt"
    file.write_bytes(data)
    assert sentence in told(file, tmp_path / "made")


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    missing, loop = tmp_path / "missing.txt", tmp_path / "loop.txt"
    loop.symlink_to(loop)
    assert "cannot be read (no such file or directory)" in told(missing, tmp_path / "made")
    assert "cannot be read (" in told(loop, tmp_path / "made")
    assert "is not a file with text" in told(tmp_path, tmp_path / "made")


def test_a_link_to_a_sheet_is_read(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "sheet.txt").write_text(PAGE)
    (tmp_path / "link.txt").symlink_to("elsewhere/sheet.txt")
    assert import_sheet(tmp_path / "link.txt", tmp_path / "made").cards == 39


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_what_is_there_already_is_left_alone(tmp_path: Path, kind: str) -> None:
    file, made = tmp_path / "sheet.txt", tmp_path / "made"
    file.write_text(PAGE)
    made.mkdir() if kind == "folder" else made.write_text("x") if kind == "file" else made.symlink_to("nowhere")
    assert told(file, made) == f"{made} exists already; name a folder that does not, or move that one away."
    assert os.path.lexists(made)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    file, blocked = tmp_path / "sheet.txt", tmp_path / "blocked"
    file.write_text(PAGE)
    blocked.write_text("a file, so that no folder can be made below it")
    assert "cannot be written (" in told(file, blocked / "made")


def test_folders_above_are_made(tmp_path: Path) -> None:
    file = tmp_path / "sheet.txt"
    file.write_text(PAGE)
    import_sheet(file, tmp_path / "a" / "b" / "made")
    assert module_of(tmp_path / "a" / "b" / "made").id == "m14"
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_failure_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, made = tmp_path / "sheet.txt", tmp_path / "made"
    file.write_text(PAGE)

    def broken(*arguments: Any) -> dict[str, str]:
        return {"module.yaml": "id: 7\n", "cards/a.yaml": ""}

    monkeypatch.setattr(importing, "_files", broken)
    sentence = told(file, made)
    assert sentence.startswith("The module would not pass the check (module.yaml:1: id: should be text, not a number")
    assert sentence.endswith("nothing was written.")


def test_the_longest_line_fits(tmp_path: Path) -> None:
    assert only_card(tmp_path, "- " + "x" * LONGEST_LINE).prompt == "x" * LONGEST_LINE
