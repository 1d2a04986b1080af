"""Cards as an Anki package (`.apkg`) in its oldest format still read by every Anki: a zip with a SQLite file of
schema 11. Anki documents it in its source, `rslib/src/storage/schema11.sql` and `rslib/src/notetype/schema11.rs`.

Notes keep their GUIDs and their note type its id from one export to the next: importing a package again changes the
cards that were edited and leaves their schedule in Anki alone.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime
from hashlib import sha1, sha256
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from studyapp.exchange.card_html import FIELDS, fields
from studyapp.services.decks import Deck

SCHEMA = """
CREATE TABLE col (id integer PRIMARY KEY, crt integer NOT NULL, mod integer NOT NULL, scm integer NOT NULL,
  ver integer NOT NULL, dty integer NOT NULL, usn integer NOT NULL, ls integer NOT NULL, conf text NOT NULL,
  models text NOT NULL, decks text NOT NULL, dconf text NOT NULL, tags text NOT NULL);
CREATE TABLE notes (id integer PRIMARY KEY, guid text NOT NULL, mid integer NOT NULL, mod integer NOT NULL,
  usn integer NOT NULL, tags text NOT NULL, flds text NOT NULL, sfld integer NOT NULL, csum integer NOT NULL,
  flags integer NOT NULL, data text NOT NULL);
CREATE TABLE cards (id integer PRIMARY KEY, nid integer NOT NULL, did integer NOT NULL, ord integer NOT NULL,
  mod integer NOT NULL, usn integer NOT NULL, type integer NOT NULL, queue integer NOT NULL, due integer NOT NULL,
  ivl integer NOT NULL, factor integer NOT NULL, reps integer NOT NULL, lapses integer NOT NULL,
  left integer NOT NULL, odue integer NOT NULL, odid integer NOT NULL, flags integer NOT NULL, data text NOT NULL);
CREATE TABLE revlog (id integer PRIMARY KEY, cid integer NOT NULL, usn integer NOT NULL, ease integer NOT NULL,
  ivl integer NOT NULL, lastIvl integer NOT NULL, factor integer NOT NULL, time integer NOT NULL,
  type integer NOT NULL);
CREATE TABLE graves (usn integer NOT NULL, oid integer NOT NULL, type integer NOT NULL);
CREATE INDEX ix_notes_usn ON notes (usn);
CREATE INDEX ix_cards_usn ON cards (usn);
CREATE INDEX ix_revlog_usn ON revlog (usn);
CREATE INDEX ix_cards_nid ON cards (nid);
CREATE INDEX ix_cards_sched ON cards (did, queue, due);
CREATE INDEX ix_revlog_cid ON revlog (cid);
CREATE INDEX ix_notes_csum ON notes (csum);
"""
NOTE_TYPE = "studyapp card"
QUESTION = "{{Prompt}}"
ANSWER = (
    "{{FrontSide}}<hr id=answer>{{Answer}}"
    + "".join(f"{{{{#{name}}}}}<h4>{name}</h4>{{{{{name}}}}}{{{{/{name}}}}}" for name in FIELDS[2:5])
    + "{{#Sources}}<small>{{Sources}}</small>{{/Sources}}"
)
STYLE = """.card { font-family: sans-serif; font-size: 18px; line-height: 1.5; text-align: left; max-width: 42em;
  margin: 0 auto; }
h4 { margin: 1em 0 0.2em; }
small { color: gray; }
"""


def write_package(file: BinaryIO, decks: Iterable[Deck], moment: datetime) -> int:
    """Writes the package and returns how many cards it has; all are new to Anki."""
    with closing(sqlite3.connect(":memory:")) as collection:
        collection.executescript(SCHEMA)
        count = _fill(collection, list(decks), moment)
        collection.commit()
        data = collection.serialize()
    with ZipFile(file, "w", ZIP_DEFLATED) as package:
        for name, content in (("collection.anki2", data), ("media", b"{}")):
            entry = ZipInfo(name)  # of 1980: the moment of writing is in the collection
            entry.compress_type = ZIP_DEFLATED
            package.writestr(entry, content)
    return count


def _fill(collection: sqlite3.Connection, decks: list[Deck], moment: datetime) -> int:
    seconds = int(moment.timestamp())
    model = _number(NOTE_TYPE, *FIELDS)
    number = 0
    for deck in decks:
        for card in deck.cards:
            note = seconds * 1000 + number
            values = fields(card)
            tags = f" {' '.join((card.module, card.topic, card.kind, card.difficulty))} "
            checksum = int(sha1(card.prompt.encode()).hexdigest()[:8], 16)
            collection.execute(
                "INSERT INTO notes VALUES (?, ?, ?, ?, -1, ?, ?, ?, ?, 0, '')",
                (note, guid(card.id), model, seconds, tags, "\x1f".join(values), card.prompt, checksum),
            )
            collection.execute(
                "INSERT INTO cards VALUES (?, ?, ?, 0, ?, -1, 0, 0, ?, 0, 0, 0, 0, 0, 0, 0, 0, '')",
                (note, note, _number("deck", deck.name), seconds, number + 1),
            )
            number += 1
    names = {1: "Default", **{_number("deck", deck.name): deck.name for deck in decks}}
    rest: tuple[dict[str, Any], ...] = (
        {"activeDecks": [1], "curDeck": 1, "nextPos": number + 1, "schedVer": 2, "sortType": "noteFld"},
        {str(model): _note_type(model, seconds)},
        {str(deck): _deck(deck, name, seconds) for deck, name in names.items()},
        {"1": _OPTIONS},
        {},
    )
    collection.execute(
        "INSERT INTO col VALUES (1, ?, ?, ?, 11, 0, 0, 0, ?, ?, ?, ?, ?)",
        (seconds, seconds * 1000, seconds * 1000, *(json.dumps(part) for part in rest)),
    )
    return number


def guid(card_id: str) -> str:
    """A note's identity in Anki: the same for the same card in every export."""
    return sha256(f"studyapp {card_id}".encode()).hexdigest()[:16]


def _number(*parts: str) -> int:
    """An id of a note type or a deck: the same for the same name, in the range of a moment in milliseconds."""
    return 10**12 + int.from_bytes(sha256("\0".join(parts).encode()).digest()[:4])


def _note_type(model: int, seconds: int) -> dict[str, Any]:
    field = {"sticky": False, "rtl": False, "font": "Arial", "size": 20, "media": []}
    template = {"name": "Card", "ord": 0, "qfmt": QUESTION, "afmt": ANSWER, "bqfmt": "", "bafmt": "", "did": None}
    return {
        "id": model,
        "name": NOTE_TYPE,
        "type": 0,
        "mod": seconds,
        "usn": -1,
        "sortf": 0,
        "did": 1,
        "tmpls": [template],
        "flds": [{"name": name, "ord": ord, **field} for ord, name in enumerate(FIELDS)],
        "css": STYLE,
        "latexPre": "",
        "latexPost": "",
        "tags": [],
        "vers": [],
        "req": [[0, "any", [0]]],
    }


def _deck(deck: int, name: str, seconds: int) -> dict[str, Any]:
    today = {f"{what}Today": [0, 0] for what in ("lrn", "rev", "new", "time")}
    rest = {"collapsed": False, "desc": "", "dyn": 0, "conf": 1, "extendNew": 0, "extendRev": 0}
    return {"id": deck, "name": name, "mod": seconds, "usn": -1, **today, **rest}


_OPTIONS = {
    "id": 1,
    "name": "Default",
    "mod": 0,
    "usn": 0,
    "maxTaken": 60,
    "autoplay": True,
    "timer": 0,
    "replayq": True,
    "new": {"bury": False, "delays": [1, 10], "initialFactor": 2500, "ints": [1, 4, 0], "order": 1, "perDay": 20},
    "rev": {"bury": False, "ease4": 1.3, "ivlFct": 1, "maxIvl": 36500, "perDay": 200, "hardFactor": 1.2},
    "lapse": {"delays": [10], "leechAction": 1, "leechFails": 8, "minInt": 1, "mult": 0},
    "dyn": False,
}
"""Anki asks for options of decks; these are its own defaults."""
