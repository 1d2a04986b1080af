"""A new module: it passes the check, its card can be asked, and editors find its schemas."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studyapp.bootstrap import open_program
from studyapp.core.course import Module
from studyapp.curriculum.json_schema import FILES, KINDS, json_schema
from studyapp.errors import StudyError
from studyapp.exchange.import_sheet import import_sheet
from studyapp.exchange.skeleton import named_after, new_module
from tests.exchange.sheets import PAGE, files_of, module_of


def test_a_new_module_passes_the_check_and_its_card_is_asked(content: Path) -> None:
    folder = content / "module_15_capstone"
    made = new_module(folder)
    module = module_of(folder)
    assert made == module
    assert (module.id, module.title, module.week) == ("m15", "Capstone", 15)
    program = open_program(say=lambda text: None)
    assert program.recall.today().order == ("m15.first.testing-effect",)
    assert program.library.problems == []
    program.close()


def test_its_card_shows_what_a_good_card_has(tmp_path: Path) -> None:
    (card,) = new_module(tmp_path / "m").cards
    assert len(card.key_points) >= 3
    assert card.wrong_answers
    assert card.follow_ups
    assert card.sources
    assert not card.draft


def test_every_link_of_its_documents_leads_somewhere(tmp_path: Path) -> None:
    (card,) = new_module(tmp_path / "m").cards
    documents = [text for name, text in files_of(tmp_path / "m").items() if name.endswith(".md")]
    linked = [text for text in documents if "](card:" in text]
    assert len(linked) == 3
    assert all(f"[{card.prompt}](card:{card.id})" in text for text in linked)


@pytest.mark.parametrize(
    ("folder", "values"),
    [
        ("module_15_capstone", ("m15", "Capstone", "15")),
        ("module_03", ("m3", "Module 3", "3")),
        ("week-7 Decision trees", ("m7", "Decision trees", "7")),
        ("33_capstone_project", ("m33", "Capstone project", "33")),
        ("m2", ("m2", "Module 2", "2")),
        ("my_notes", ("mynotes", "My notes", "0")),
        ("Bäume", ("baume", "Bäume", "0")),
        ("$x: {y}", ("xy", "X y", "0")),
        ("...", ("line5bdc8a0c", "Module 0", "0")),
    ],
)
def test_the_folder_s_name_tells_id_title_and_week(tmp_path: Path, folder: str, values: tuple[str, str, str]) -> None:
    found = named_after(folder)
    assert (found["id"][:4], found["title"], found["week"]) == (values[0][:4], *values[1:])
    assert module_of_new(tmp_path / folder).id == found["id"]


def module_of_new(folder: Path) -> Module:
    new_module(folder)
    return module_of(folder)


def test_a_folder_that_exists_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    with pytest.raises(StudyError, match="exists already; name a folder that does not"):
        new_module(tmp_path / "m")
    assert list((tmp_path / "m").iterdir()) == []


@pytest.mark.parametrize("made_by", ["new", "import-sheet"])
def test_editors_find_the_schema_that_a_file_names(tmp_path: Path, made_by: str) -> None:
    folder = tmp_path / "m"
    if made_by == "new":
        new_module(folder)
    else:
        (tmp_path / "sheet.txt").write_text(PAGE)
        import_sheet(tmp_path / "sheet.txt", folder)
    files = [folder / "module.yaml", *(folder / "cards").iterdir()]
    for file in files:
        mark, _, place = file.read_text().partition("\n")[0].partition("=")
        assert mark == "# yaml-language-server: $schema"
        assert (file.parent / place).is_file()
    for what in KINDS:
        assert json.loads((folder / FILES[what]).read_text()) == json_schema(what)
