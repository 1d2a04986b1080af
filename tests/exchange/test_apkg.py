"""Anki packages: what Anki reads is written, what Anki writes is read, and hostile ones are refused."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from studyapp.bootstrap import Program
from studyapp.cli import main
from studyapp.errors import StudyError
from studyapp.exchange import apkg_reader
from studyapp.exchange.apkg_reader import read_package
from studyapp.exchange.apkg_writer import SCHEMA, guid, write_package
from studyapp.exchange.card_html import html
from studyapp.exchange.card_module import Row
from studyapp.services.decks import Deck
from tests.conftest import MONDAY, make_card

CARD = make_card(
    prompt="Is 1 < 2 & {{x}}?",
    answer="**Yes**: `a < b`, $x_t < 1$ and <script>alert(1)</script> [here](card:t1.fog.two)\n\n$$\\sqrt{x}$$\n",
)


def package(cards: Sequence[Any] = (CARD,)) -> bytes:
    file = io.BytesIO()
    assert write_package(file, [Deck("Test module::Fog", list(cards))], MONDAY) == len(cards)
    return file.getvalue()


def notes_of(data: bytes, tmp_path: Path) -> list[tuple[Any, ...]]:
    (tmp_path / "c.anki2").write_bytes(ZipFile(io.BytesIO(data)).read("collection.anki2"))
    return sqlite3.connect(tmp_path / "c.anki2").execute("SELECT guid, tags, flds, sfld FROM notes").fetchall()


def test_a_note_is_escaped_and_its_formulas_are_in_the_brackets_of_mathjax(tmp_path: Path) -> None:
    ((found, tags, fields, sort),) = notes_of(package(), tmp_path)
    prompt, answer, points, formulas, _, sources, card = fields.split("\x1f")
    assert (found, sort, card) == (guid(CARD.id), CARD.prompt, CARD.id)
    assert tags == " t1 fog concept yellow "
    assert prompt == "Is 1 &lt; 2 &amp; {{x}}?"
    assert "<strong>Yes</strong>: <code>a &lt; b</code>, \\(x_t &lt; 1\\)" in answer
    assert "&lt;script&gt;alert(1)&lt;/script&gt; here</p>" in answer
    assert "\\[\\sqrt{x}\\]" in answer
    assert points.startswith("<ul><li>first point of one</li>")
    assert formulas == r"<ul><li>\(x_t = \sqrt{\bar\alpha_t}\,x_0\)</li></ul>".replace("x_t = ", "x_t = ")
    assert sources == "<ul><li>A paper, arXiv 2006.11239, eq. 4</li></ul>"


def test_pictures_become_their_words() -> None:
    assert html("![a <b> map](../secret.png)") == "<p>a &lt;b&gt; map</p>"


def test_the_same_cards_at_the_same_moment_are_the_same_bytes() -> None:
    assert package() == package()
    assert guid("a") != guid("b")


def test_what_was_exported_comes_back(program: Program, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    program.close()
    file = tmp_path / "deck.apkg"
    assert main(["export", "apkg", str(file)]) == 0
    assert "12 cards and 3 decks" in capfd.readouterr().err
    assert main(["export", "apkg", str(tmp_path / "x.apkg"), "--module", "t9"]) == 2
    assert main(["import", "apkg", str(file), "--json"]) == 0
    out, err = capfd.readouterr()
    made = json.loads(out)
    assert (made["module"], made["cards"], made["drafts"], made["topics"]) == ("deck", 12, 0, 3)
    assert "How they were answered in Anki was left there" in err
    assert main(["card", "list", "--json"]) == 0
    assert len(json.loads(capfd.readouterr().out)) == 24


# -- packages of others


def anki(
    notes: Sequence[Sequence[str]],
    fields: Sequence[str] = ("Front", "Back"),
    *,
    cloze: bool = False,
    name: str = "collection.anki2",
    schema: str = SCHEMA,
    more: Mapping[str, bytes] = {},
) -> io.BytesIO:
    """A package as Anki makes it, with one note type and one deck."""
    with sqlite3.connect(":memory:") as db:
        db.executescript(schema)
        models = {"7": {"type": int(cloze), "flds": [{"name": f, "ord": n} for n, f in enumerate(fields)]}}
        decks: Mapping[str, Any] = {"1": {"name": "Default"}, "3": {"name": "Course::Fog & rain"}}
        values = json.dumps(models), json.dumps(decks)
        db.execute("INSERT INTO col VALUES (1, 0, 0, 0, 11, 0, 0, 0, '{}', ?, ?, '{}', '{}')", values)
        for number, note in enumerate(notes, start=1):
            flds = "\x1f".join(note)
            db.execute("INSERT INTO notes VALUES (?, 'g', 7, 0, 0, '', ?, '', 0, 0, '')", (number, flds))
            zeros = ", 0" * 14
            db.execute(f"INSERT INTO cards VALUES (?, ?, 3{zeros}, '')", (number, number))
        db.commit()
        data = db.serialize()
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as zipped:
        zipped.writestr(name, data)
        for other, content in more.items():
            zipped.writestr(other, content)
    file.seek(0)
    return file


def test_html_becomes_markdown_and_nothing_in_it_acts() -> None:
    front = "<style>x{}</style>What is <b>x&lt;y</b>,<br>\nand \\(x_t\\)? <img src='a.png'>"
    back = (
        "<div>one *two* #3</div><div># no heading</div><ul><li>a</li><li>b</li></ul>"
        "\\[x^2\\] [sound:s.mp3] x<sub>0</sub> <script>alert(1)</script><a href='javascript:x'>link</a>"
    )
    (row,) = read_package(anki([(front, back)]), "f.apkg")
    assert row.prompt == "What is x<y,\nand \\(x_t\\)? (picture: a.png)"
    assert row.answer == ("one \\*two\\* #3\n\n\\# no heading\n\n- a\n- b\n\n$$x^2$$ (sound: s.mp3) x_0 link")
    assert row.topic == "Fog & rain"


def test_each_gap_of_a_text_is_a_card() -> None:
    rows = read_package(anki([("{{c1::Noise}} is {{c2::added::what}}", "more")], ("Text", "Extra"), cloze=True), "f")
    assert [row.prompt for row in rows] == ["[…] is added", "Noise is [what]"]
    assert {row.answer for row in rows} == {"Noise is added\n\nmore"}


def test_other_fields_stand_under_their_names() -> None:
    (row,) = read_package(anki([("q", "a", "<ul><li>x</li></ul>", "")], ("Front", "Back", "Hint", "Empty")), "f")
    assert row == Row("q", "a\n\n**Hint:**\n\n- x", "Fog & rain")


def test_the_newer_of_two_collections_is_read() -> None:
    file = anki([("new", "a")], name="collection.anki21", more={"collection.anki2": b"please update"})
    assert read_package(file, "f")[0].prompt == "new"


VIEW = """CREATE TABLE col (id, crt, mod, scm, ver, dty, usn, ls, conf, models, decks, dconf, tags);
CREATE TABLE cards (nid, did, ord);
CREATE VIEW notes AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS id FROM n;"""
"""Notes without end."""


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (io.BytesIO(b"no zip"), "f.apkg is not an Anki package, or a damaged one"),
        (io.BytesIO(package()[:-40]), "f.apkg is not an Anki package, or a damaged one"),
        (anki([("a", "b")], name="x"), "f.apkg is not an Anki package: there is no collection in it"),
        (anki([], name="collection.anki21b"), "export it with “Support older Anki versions” ticked"),
        (anki([]), "f.apkg has no notes"),
        (anki([], schema=VIEW), "f.apkg has no Anki notes in it"),
        (anki([("a", "b")], ()), "f.apkg has no notes"),
    ],
)
def test_a_package_that_is_none_is_told(file: io.BytesIO, words: str) -> None:
    file.seek(0)
    with pytest.raises(StudyError, match=words):
        read_package(file, "f.apkg")


def test_a_zip_bomb_is_not_unpacked() -> None:
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as zipped:
        zipped.writestr("collection.anki2", b"\0" * 50_000_000)
    with pytest.raises(StudyError, match=r"f.apkg would unpack to 50 MB"):
        read_package(file, "f.apkg")


def test_a_package_of_too_many_files_or_notes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apkg_reader, "MOST_CARDS", 1)
    with pytest.raises(StudyError, match=r"f.apkg has 2 notes; a module takes 1. Export one deck at a time."):
        read_package(anki([("a", "b"), ("c", "d")]), "f.apkg")
    monkeypatch.setattr(apkg_reader, "MOST_ENTRIES", 2)
    with pytest.raises(StudyError, match=r"f.apkg has 3 files in it"):
        read_package(anki([("a", "b")], more={"0": b"", "../../evil": b""}), "f.apkg")


def test_a_file_that_keeps_sqlite_busy_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apkg_reader, "SECONDS", -1.0)
    notes = [("a" * 50, "b")] * 5000
    with pytest.raises(StudyError, match="holds notes that cannot be read"):
        read_package(anki(notes), "f.apkg")


def test_anki_itself_imports_the_package_and_a_second_time_changes_nothing(tmp_path: Path) -> None:
    pytest.importorskip("anki", reason="the package anki is not installed")
    anki_package = import_module("anki.collection")
    (tmp_path / "deck.apkg").write_bytes(package([CARD, make_card("t1.fog.two")]))
    collection = anki_package.Collection(str(tmp_path / "c.anki2"))
    request = anki_package.ImportAnkiPackageRequest(
        package_path=str(tmp_path / "deck.apkg"), options=anki_package.ImportAnkiPackageOptions()
    )
    assert len(collection.import_anki_package(request).log.new) == 2
    again = collection.import_anki_package(request).log
    assert (len(again.new), len(again.duplicate)) == (0, 2)
    assert collection.fix_integrity()[1]
    assert collection.decks.by_name("Test module::Fog") is not None
    note = collection.get_note(collection.find_notes("Prompt:*1*")[0])
    assert "\\(x_t &lt; 1\\)" in note.cards()[0].answer()
    collection.close()
