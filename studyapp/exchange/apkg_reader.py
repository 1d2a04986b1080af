"""The notes of an Anki package. It may come from anyone: nothing of it is unpacked but the one file of notes, under
limits; that file is read without trust, and its HTML becomes text."""

from __future__ import annotations

import json
import re
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, BinaryIO
from zipfile import BadZipFile, ZipFile

from studyapp.errors import StudyError
from studyapp.exchange.card_module import MOST_CARDS, Row
from studyapp.exchange.html_text import markdown_of, text_of

MOST_ENTRIES = 200_000
"""Each picture and sound of a package is an entry."""
LARGEST = 400_000_000
"""Bytes of the unpacked file of notes."""
LARGEST_RATIO = 200
"""Unpacked to packed; real files of notes come to 3 to 15."""
SMALL = 1_000_000
"""Bytes; an almost empty file of notes may be packed very well."""
LONGEST_VALUE = 10_000_000
SECONDS = 60.0
"""A file that makes SQLite work longer is refused."""
CLOZE = 1
"""A note type that leaves gaps in a text."""

_GAP = re.compile(r"\{\{c(\d+)::(.*?)(?:::(.*?))?\}\}", re.DOTALL)
_PROMPTS = ("prompt", "front", "question", "text", "word", "expression")
_ANSWERS = ("answer", "back", "back extra", "extra", "meaning", "definition")
_IDENTITY = frozenset(("card", "id", "guid", "note id"))


@dataclass(frozen=True, slots=True)
class NoteType:
    fields: tuple[str, ...]
    cloze: bool


def read_package(stream: BinaryIO, place: str) -> list[Row]:
    """A card for each note, and for each gap of a note with gaps. How they were answered in Anki is left behind.

    Raises:
        StudyError: not a package, of a format that this program does not read, or too large.
    """
    with TemporaryDirectory(prefix="studyapp-") as folder:
        file = Path(folder) / "notes.sqlite"
        with _errors(place), ZipFile(stream) as package:
            _unpack(package, file, place)
        with _errors(place), closing(sqlite3.connect(f"{file.as_uri()}?mode=ro&immutable=1", uri=True)) as notes:
            rows = list(_rows(notes, place))
    if not rows:
        raise StudyError(f"{place} has no notes; nothing was written.")
    return rows


@contextmanager
def _errors(place: str) -> Iterator[None]:
    try:
        yield
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise StudyError(f"{place} is not an Anki package, or a damaged one ({error}); nothing was written.") from error
    except (sqlite3.Error, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise StudyError(
            f"{place} holds notes that cannot be read ({error}); export it from Anki once more. Nothing was written."
        ) from error


def _unpack(package: ZipFile, file: Path, place: str) -> None:
    names = package.namelist()
    if len(names) > MOST_ENTRIES:
        raise StudyError(f"{place} has {len(names)} files in it; at most {MOST_ENTRIES} are read.")
    known = ("collection.anki21", "collection.anki21b", "collection.anki2")
    found = next((name for name in known if name in names), None)
    if found is None:
        raise StudyError(f"{place} is not an Anki package: there is no collection in it.")
    if found == "collection.anki21b":
        raise StudyError(
            f"{place} is of Anki's newest format, which only Anki reads; export it with “Support older Anki versions”"
            " ticked."
        )
    entry = package.getinfo(found)
    if entry.file_size > LARGEST or entry.file_size > max(SMALL, LARGEST_RATIO * entry.compress_size):
        raise StudyError(f"{place} would unpack to {entry.file_size // 1_000_000} MB; no package of notes does.")
    with package.open(entry) as source, file.open("wb") as target:  # never beyond the size that was looked at
        while block := source.read(1 << 20):
            target.write(block)


def _rows(notes: sqlite3.Connection, place: str) -> Iterator[Row]:
    until = monotonic() + SECONDS
    notes.set_progress_handler(lambda: monotonic() > until, 100_000)
    notes.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
    notes.execute("PRAGMA trusted_schema = OFF")
    notes.text_factory = lambda data: data.decode("utf-8", "replace")
    tables = dict(notes.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
    for name in ("col", "notes", "cards"):
        if not str(tables.get(name, "")).upper().startswith("CREATE TABLE"):
            raise StudyError(f"{place} has no Anki notes in it; nothing was written.")
    models, decks = notes.execute("SELECT models, decks FROM col LIMIT 1").fetchone()
    types, names = (
        _note_types(json.loads(models)),
        {int(key): str(deck["name"]) for key, deck in json.loads(decks).items()},
    )
    count = notes.execute("SELECT count(*) FROM notes").fetchone()[0]
    if count > MOST_CARDS:
        raise StudyError(f"{place} has {count} notes; a module takes {MOST_CARDS}. Export one deck at a time.")
    found = notes.execute(
        "SELECT n.mid, n.flds, (SELECT c.did FROM cards c WHERE c.nid = n.id ORDER BY c.ord LIMIT 1) FROM notes n"
        " ORDER BY n.id"
    )
    for model, fields, deck in found:
        topic = names.get(deck, "").split("::")[-1]
        yield from _cards(types[int(model)], str(fields).split("\x1f"), topic)


def _note_types(models: Mapping[str, Any]) -> dict[int, NoteType]:
    return {
        int(key): NoteType(
            tuple(str(one["name"]) for one in sorted(model["flds"], key=lambda one: int(one["ord"]))),
            model.get("type") == CLOZE,
        )
        for key, model in models.items()
    }


def _cards(kind: NoteType, values: list[str], topic: str) -> Iterator[Row]:
    named = {name.casefold(): value for name, value in zip(kind.fields, values, strict=False)}
    front = next((name for name in (*_PROMPTS, *named) if name in named), None)
    if front is None:
        return
    rest = {name: value for name, value in named.items() if name != front and name not in _IDENTITY and value.strip()}
    back = _back(rest)
    if kind.cloze:
        yield from _gaps(named[front], back, topic)
    else:
        points, sources = _listed(rest, "key points"), _listed(rest, "sources")
        yield Row(text_of(named[front]), back, topic, key_points=points, sources=sources)


def _back(rest: Mapping[str, str]) -> str:
    """The answer and what else there is, each under its name; alone it needs none."""
    own = [name for name in _ANSWERS if name in rest]
    order = [*own, *(name for name in rest if name not in own and name not in ("key points", "sources"))]
    parts = []
    for name in order:
        text = markdown_of(rest[name])
        between = "\n\n" if text.startswith("- ") else " "
        parts.append(text if name in own or len(order) == 1 else f"**{name.capitalize()}:**{between}{text}")
    return "\n\n".join(parts)


def _listed(rest: Mapping[str, str], name: str) -> tuple[str, ...]:
    lines = text_of(rest.get(name, "")).split("\n")
    return tuple(line.removeprefix("- ").strip() for line in lines if line.removeprefix("- ").strip())


def _gaps(text: str, back: str, topic: str) -> Iterator[Row]:
    """A card for each number: its gaps are empty, the others filled; the answer is the whole text."""
    whole = _GAP.sub(lambda gap: gap[2], text)
    answer = "\n\n".join(part for part in (markdown_of(whole), back) if part)
    for number in sorted({gap[1] for gap in _GAP.finditer(text)}, key=int):

        def asked(gap: re.Match[str], number: str = number) -> str:
            return f"[{gap[3] or '…'}]" if gap[1] == number else gap[2]

        yield Row(text_of(_GAP.sub(asked, text)), answer, topic)
