"""Tables: harmless in a spreadsheet, and cards that come back as a module."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from studyapp.bootstrap import Program
from studyapp.cli import main
from studyapp.errors import StudyError
from studyapp.exchange.card_module import Row, folder_name, make_module
from studyapp.exchange.csv_table import read_cards, safe
from tests.conftest import FrozenClock

A, B = "t1.fog.c0", "t1.fog.c1"


def test_every_review_is_a_line_and_no_cell_is_a_formula(
    program: Program, clock: FrozenClock, capfd: pytest.CaptureFixture[str]
) -> None:
    recall = program.recall
    recall.grade(A, 4, answer='=HYPERLINK("http://x")\nsecond, "quoted" line', elapsed_ms=1500, key_points=(0, 2))
    recall.grade(B, 2, answer="@SUM(A1)")
    recall.undo()
    program.close()
    assert main(["export", "csv", "-"]) == 0
    first, second = csv.DictReader(io.StringIO(capfd.readouterr().out, newline=""))
    assert first == {
        "id": first["id"],
        "reviewed_at": "2026-11-23T09:00:00.000000Z",
        "study_day": "2026-11-23",
        "card_id": A,
        "module": "t1",
        "topic": "fog",
        "prompt": "What is c0 in fog?",
        "grade": "4",
        "mode": "recall",
        "seconds": "1.5",
        "confidence": "",
        "aloud": "no",
        "key_points": "1 3",
        "answer": '\'=HYPERLINK("http://x")\nsecond, "quoted" line',
        "undone": "no",
    }
    assert (second["answer"], second["undone"]) == ("'@SUM(A1)", "yes")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "＝1", "'=1", "''-1"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert safe(text) == "'" + text
    rows, _ = read_cards(io.BytesIO(f'prompt\n"{safe(text)}"\n'.encode()), "f.csv")
    assert rows[0].prompt == text


@pytest.mark.parametrize("value", ["a=1", "", "'tis", "1", 5, -3, None])
def test_other_cells_stay_as_they_are(value: object) -> None:
    assert safe(value) is value


def test_cards_come_back_as_a_module_that_can_be_studied(
    program: Program, tmp_path: Path, own_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    program.close()
    table = tmp_path / "My cards (1).csv"
    assert main(["export", "csv", "--cards", str(table)]) == 0
    assert main(["import", "csv", str(table), "--json"]) == 0
    out, err = capfd.readouterr()
    made = json.loads(out)
    assert made == {
        "folder": str(own_home / "content" / "My_cards_1"),
        "module": "mycards1",
        "cards": 12,
        "drafts": 0,
        "topics": 3,
        "left_out": 0,
        "shortened": [],
    }
    assert "These columns have no place in a card: card_id." in err
    assert main(["card", "show", "mycards1.fog.c0-fog", "--json"]) == 0
    card = json.loads(capfd.readouterr().out)
    assert (card["prompt"], card["difficulty"]) == ("What is c0 in fog?", "green")
    assert card["key_points"] == ["first point of c0", "second point of c0", "third point of c0"]
    assert card["answer"].startswith("**c0** is a part of *fog*")
    assert main(["import", "csv", str(table)]) == 2
    assert "There is a module mycards1 already; give this one another --name." in capfd.readouterr().err


def test_a_card_without_answer_points_or_source_is_a_draft(tmp_path: Path) -> None:
    data = "Front;Back;Deck;Key points;Sources\nWhat?;So.;Fog;a;x\nWhy?;;Fog;;\nHow?;Thus.;;a;b;c;x\n;lost;;;\n"
    rows, unused = read_cards(io.BytesIO(data.replace("a;b;c", '"a;b;c"').encode()), "f.csv")
    assert unused == []
    assert rows[2] == Row("How?", "Thus.", "", key_points=("a", "b", "c"), sources=("x",))
    made = make_module(tmp_path / "m15_deck", rows)
    assert (made.module, made.cards, made.drafts, made.topics, made.left_out) == ("m15", 3, 2, 2, 1)


def test_what_is_too_long_leads_the_answer_or_is_told(tmp_path: Path) -> None:
    long = "word " * 100
    made = make_module(tmp_path / "deck", [Row(long, "short"), Row("what?", "x" * 5000), Row(long, "again")])
    text = (tmp_path / "deck" / "cards" / "general.yaml").read_text()
    assert text.count("…") == 3
    assert long.strip() in " ".join(text.split())
    assert made.shortened == ["deck.general.line"] or len(made.shortened) == 1
    assert made.cards == 3


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "f.csv:1: the first line should name the columns: prompt, answer"),
        (b"a,b\n1,2\n", "f.csv:1: the first line should name the columns"),
        (b"prompt,answer\n", "f.csv has no cards below its first line"),
        (b"prompt,answer\n\xe9,b\n", "f.csv:2: the text is not UTF-8; save the table as"),
        (b"id,reviewed_at,prompt\n", "f.csv is a table of reviews. They come in with `studyapp import jsonl`"),
        (b"prompt,kind\na,concept\nb,joke\n", "f.csv:3: kind 'joke' is not known; use one of: concept"),
        (b"prompt,difficulty\na,blue\n", "f.csv:2: difficulty 'blue' is not known; use one of: green"),
        (b'prompt,answer\n"a,b\n', "f.csv:2: this is no table"),
        (b"prompt\n" + b"a" * 200_000 + b"\n", "f.csv:2: this is no table"),
    ],
)
def test_a_table_that_is_none_is_told(data: bytes, words: str) -> None:
    with pytest.raises(StudyError, match=words):
        read_cards(io.BytesIO(data), "f.csv")


@pytest.mark.parametrize("name", ["../evil", "a/b", "", ".hidden", "x" * 61, "a b"])
def test_a_name_that_is_no_folders_is_refused(name: str) -> None:
    with pytest.raises(StudyError, match="is no name for a module's folder"):
        folder_name(name, (), by_hand=True)
    assert "/" not in folder_name(name, (), by_hand=False)
