"""The schemas for editors say what the loader says; `jsonschema` is the independent judge."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

import content as course
from studyapp.curriculum.folders import card_files, module_folders
from studyapp.curriculum.json_schema import KINDS, WORDS, What, json_schema
from studyapp.curriculum.loader import read_module
from studyapp.curriculum.located import read_yaml
from studyapp.curriculum.shapes import CARD, DRAFT, MODULE
from studyapp.curriculum.spec import ListOf, Record, Spec
from tests.conftest import card_values, write_module
from tests.curriculum.test_loader import CARDS, OUTLINE

(COURSE,) = module_folders([Path(course.__path__[0])])


def refused(what: What, value: Any) -> list[str]:
    return [error.message for error in Draft7Validator(json_schema(what)).iter_errors(value)]


def records(spec: Spec) -> Iterator[Record]:
    if isinstance(spec, ListOf):
        yield from records(spec.item)
    elif isinstance(spec, Record):
        yield spec
        for part in (*spec.required.values(), *spec.optional.values()):
            yield from records(part)


@pytest.mark.parametrize("what", KINDS)
def test_the_schemas_are_schemas(what: What) -> None:
    schema = json_schema(what)
    Draft7Validator.check_schema(schema)
    assert json.loads(json.dumps(schema)) == schema


def test_the_course_s_own_module_fits() -> None:
    assert refused("module", read_yaml(COURSE, "module.yaml").value) == []
    files = card_files(COURSE)
    assert len(files) > 5
    for file in files:
        assert refused("cards", read_yaml(COURSE, f"cards/{file.name}").value) == []


def test_an_empty_file_of_cards_and_a_draft_fit() -> None:
    draft = {"id": "t1.fog.x", "kind": "trap", "topic": "fog", "difficulty": "red", "prompt": "?", "draft": True}
    assert refused("cards", None) == []
    assert refused("cards", [draft]) == []
    assert refused("cards", [draft | {"draft": False}])


BEYOND_A_SCHEMA = (
    # what a link leads to
    *(
        "there is no",
        "no card",
        "is not a topic",
        "has a heading",
        "has no heading",
        "should begin with the module's id",
    ),
    *("need each other", "is not among the documents", "stands twice", "cannot be read", "no key point"),
    # what stands inside a text
    *("control character", "does not stand in the", "closes nothing", "is not closed", "is missing in"),
    # differences of the languages: `$` before a last line end, keys that are numbers
    *(r"one\n' should look like", "lab_params.7: "),
)


@pytest.mark.parametrize(("changes", "key", "sentence"), CARDS, ids=lambda value: str(value)[:40])
def test_what_the_loader_refuses_of_a_card_the_schema_refuses(changes: dict[str, Any], key: str, sentence: str) -> None:
    values = {name: value for name, value in card_values("t1.fog.one", **changes).items() if value is not ...}
    assert bool(refused("cards", [values])) == (not any(words in f"{key}: {sentence}" for words in BEYOND_A_SCHEMA))


@pytest.mark.parametrize(("changes", "key", "sentence"), OUTLINE, ids=lambda value: str(value)[:40])
def test_what_the_loader_refuses_of_a_module_the_schema_refuses(
    tmp_path: Path, changes: dict[str, Any], key: str, sentence: str
) -> None:
    folder = write_module(tmp_path / "m", {"fog": [card_values("t1.fog.one")]})
    values = read_yaml(folder, "module.yaml").value | changes
    assert bool(refused("module", values)) == (not any(words in f"{key}: {sentence}" for words in BEYOND_A_SCHEMA))


def test_a_whole_card_fits_both(tmp_path: Path) -> None:
    folder = write_module(tmp_path / "m", {"fog": [card_values("t1.fog.one", needs=[], steps=["a", "b", "c"])]})
    assert read_module(folder, ()).problems == []
    assert refused("module", read_yaml(folder, "module.yaml").value) == []
    assert refused("cards", read_yaml(folder, "cards/fog.yaml").value) == []


def test_every_key_has_words_for_the_editor() -> None:
    shapes = [record for spec in (CARD, DRAFT, MODULE) for record in records(spec)]
    assert set(WORDS) == {key for record in shapes for key in (*record.required, *record.optional)}
