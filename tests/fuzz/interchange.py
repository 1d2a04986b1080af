"""Files that come from elsewhere: logs, packages of Anki, tables."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from studyapp.bootstrap import open_program
from studyapp.errors import StudyError
from studyapp.exchange.apkg_reader import read_package
from studyapp.exchange.apkg_writer import write_package
from studyapp.exchange.card_module import Row, make_module
from studyapp.exchange.csv_table import read_cards, write_cards
from studyapp.services import lab_log
from studyapp.services.decks import Deck
from tests.conftest import MONDAY, make_card
from tests.fuzz.hostile_home import lab_results, rotating, typed
from tests.fuzz.lab_values import any_json, other_fields
from tests.fuzz.requests import asked, at_home
from tests.fuzz.texts import any_hostile, any_text, spoilt
from tests.standing import gated_module

CARDS = [make_card(f"t1.fog.c{n}", prompt=f"What is {n}?") for n in range(3)]
LOOKS = (
    *(["due"], ["doctor"], ["stats"], ["lab", "history"], ["lab", "list"], ["calibration"], ["interview", "--last"]),
    *(["audit"], ["gate"], ["plan"], ["card", "list"], ["card", "show", "t1.fog.c0"], ["report", "--html", "r.html"]),
    *(["undo"], ["redo"], ["backup", "list"], ["lab", "history", "--json"], ["gate", "--json"], ["stats", "--json"]),
)
"""Commands that read what a log says."""


@cache
def package() -> bytes:
    file = io.BytesIO()
    write_package(file, [Deck("Test module::Fog", CARDS)], MONDAY)
    return file.getvalue()


@cache
def table() -> bytes:
    file = io.BytesIO()
    write_cards(file, CARDS)
    return file.getvalue()


def made(rows: list[Row], room: Path) -> str:
    """The rows as a module that passes its own check, or a sentence."""
    folder = room / "made"
    shutil.rmtree(folder, ignore_errors=True)
    found = make_module(folder, rows)
    return "module" if found.cards else "empty module"


def anki(rng: Random, room: Path) -> str:
    """A package with accidents outside, or in the collection inside, or in the texts of its notes."""
    data = package()
    roll = rng.random()
    if roll < 0.4:
        data = spoilt(data, rng)
    else:
        with ZipFile(io.BytesIO(data)) as zipped:
            notes = zipped.read("collection.anki2")
        notes = spoilt(notes, rng) if roll < 0.6 else _other_notes(notes, rng, room)
        file = io.BytesIO()
        with ZipFile(file, "w", ZIP_DEFLATED) as zipped:
            zipped.writestr(rng.choice(("collection.anki2", "collection.anki21")), notes)
            zipped.writestr(rng.choice(("../../evil", "/etc/evil", "media", "a/b")), "{}")
        data = file.getvalue()
    try:
        return made(read_package(io.BytesIO(data), "f.apkg"), room)
    except StudyError as error:
        why = str(error)
        assert "would not pass the check" not in why
        return "refused"


def _other_notes(notes: bytes, rng: Random, room: Path) -> bytes:
    file = room / "notes.sqlite"
    file.write_bytes(notes)
    connection = sqlite3.connect(file)
    text = (rng.choice((any_hostile(rng), any_text(rng, 60), "<b>" * 300, "&#x1b;", "{{c1::" * 50)) for _ in range(7))
    fields = "\x1f".join(text).encode(errors="ignore").decode()
    connection.execute("UPDATE notes SET flds = ? WHERE id = (SELECT min(id) FROM notes)", (fields,))
    if rng.random() < 0.3:
        models = json.loads(connection.execute("SELECT models FROM col").fetchone()[0])
        connection.execute("UPDATE col SET models = ?", (json.dumps(other_fields(models, rng)),))
    if rng.random() < 0.2:
        connection.execute("UPDATE col SET decks = ?", (json.dumps(any_json(rng)),))
    connection.commit()
    connection.close()
    return file.read_bytes()


def cells(rng: Random, room: Path) -> str:
    """A table of cards with accidents, or with any text in its cells."""
    data = table()
    if rng.random() < 0.6:
        data = spoilt(data, rng)
    else:
        rows = ["prompt,answer,topic,sources"]
        for _ in range(rng.randint(1, 5)):
            texts = (rng.choice((any_hostile(rng), any_text(rng, 30), "=1+1", "@x")) for _ in range(4))
            rows.append(",".join('"' + text.replace('"', '""') + '"' for text in texts))
        data = "\r\n".join(rows).encode(errors="ignore")
    try:
        rows_read, _ = read_cards(io.BytesIO(data), "f.csv")
        return made(rows_read, room)
    except StudyError as error:
        why = str(error)
        assert "would not pass the check" not in why
        return "refused"


@cache
def log(room: Path) -> tuple[bytes, ...]:
    """The lines of the log of someone who has done everything once."""
    base = room / "requests"
    shutil.rmtree(base / "content")
    gated_module(base / "content" / "module_1")
    program = open_program(say=lambda text: None)
    ids = [f"t1.{topic}.c{n}" for topic in ("fog", "sketch") for n in range(3)]
    typed(program, [*ids, *[""] * 4], rotating(3), statement="sketch")
    run = lab_results(room, rotating(5))
    lab_log.record_run(program.recall, "forward_noising", ids[0], run.record() | {"prediction": "1", "verdicts": {}})
    program.close()
    assert asked(["export", "jsonl", "log.jsonl"]) == 0
    return tuple(Path("log.jsonl").read_bytes().splitlines())


def history(rng: Random, room: Path) -> str:
    """A log whose records say other things: refused as a whole, or taken over, and every command lives with it."""
    with at_home(room, rng):
        base = room / "requests"
        lines = list(log(room))
        shutil.rmtree(base / "content", ignore_errors=True)
        gated_module(base / "content" / "module_1")
        shutil.rmtree(base / "home", ignore_errors=True)
        kinds = [n for n, line in enumerate(lines) if b'"record":"event"' in line]
        for _ in range(rng.choice((1, 2, 5))):
            number = rng.choice(kinds if rng.random() < 0.8 else range(len(lines)))
            values = json.loads(lines[number])
            if rng.random() < 0.7 and isinstance(values.get("data"), dict):
                values["data"] = other_fields(values["data"], rng)
            else:
                values = other_fields(values, rng)
            lines[number] = json.dumps(values).encode()
        Path("other.jsonl").write_bytes(b"\n".join(lines) + b"\n")
        if asked(["import", "jsonl", "other.jsonl"]) != 0:
            return "refused"
        for words in LOOKS:
            asked(words)
        return "taken over"


TARGETS: dict[str, Any] = {"packages": anki, "tables": cells, "logs": history}
