"""The whole log out of one home and into others: what it takes, and how much memory at most."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from bench import anki
from bench.collection import DATABASE, collection
from bench.figures import NO_PEER, Figure, compared
from bench.home import PROGRAM
from bench.large import home_of
from bench.memory import highest_mb
from bench.texts import REVIEWS
from db import rows
from db.rows import REVIEW
from studyapp.core.schedule import CardState

SIZES, QUICK_SIZES = (1_000, 10_000, 100_000), (100, 300)
MEMORY_MB = 90
"""As while studying: however long the log is, little of it is in memory."""
EXPORT_MS = 3_000
COLUMNS = REVIEW.split(", ")


def measure(quick: bool) -> list[Figure]:
    return [figure for cards in (QUICK_SIZES if quick else SIZES) for figure in _at(cards)]


def _at(cards: int) -> list[Figure]:
    with home_of(cards) as env, tempfile.TemporaryDirectory(prefix="studyapp-bench-") as name:
        folder = Path(name)
        file, bare = folder / "log.jsonl", folder / "bare.jsonl"
        out, out_peak = _run(env, "export", "jsonl", str(file))
        least_out = _bare_export(collection(cards) / DATABASE, bare)
        least_in = _bare_import(bare, collection(cards) / DATABASE, folder / "bare.sqlite")
        with anki.peer(cards) as peer:
            theirs = peer.times("export", 1, folder / "all.apkg") if peer else []
        jobs = [("export of the log", out, out_peak, least_out, "sqlite3 + json")]
        for job, source in (("import of the log", ("import", "jsonl", str(file))), ("merge", ("merge", _file(env)))):
            taken, peak = _run(env | {"STUDYAPP_HOME": _new_learner(folder / job, cards)}, *source)
            jobs.append((job, taken, peak, least_in, "json + sqlite3"))
    against = anki.NAME if theirs else NO_PEER
    figures = [compared("export of the log", [out], theirs, against, target=1, most=EXPORT_MS, cards=cards)]
    for job, taken, peak, least, words in jobs:
        against = f"{words}, {cards * REVIEWS:,} reviews"
        figures.append(compared(job, [taken], [least], against, target=5 if cards == SIZES[-1] else None, cards=cards))
        figures.append(Figure(f"memory, {job}", "MB", peak, most=MEMORY_MB, samples=1, cards=cards))
    return figures


def _new_learner(home: Path, cards: int) -> str:
    """A home with the same cards, none of them answered."""
    home.mkdir()
    shutil.copy(collection(cards) / DATABASE, home / DATABASE)
    unseen = {name: value for name, value in rows.state_values(CardState("")).items() if name != "card_id"}
    with closing(sqlite3.connect(home / DATABASE)) as connection, connection:
        connection.execute("DELETE FROM reviews")
        connection.execute(f"UPDATE schedule SET {', '.join(f'{name} = :{name}' for name in unseen)}", unseen)
    return str(home)


def _file(env: Mapping[str, str]) -> str:
    return str(Path(env["STUDYAPP_HOME"]) / DATABASE)


def _run(env: Mapping[str, str], *command: str) -> tuple[float, float]:
    """Seconds of the program, and the most memory that it held."""
    begun, most = time.perf_counter(), 0.0
    with tempfile.TemporaryFile("w+") as said:
        with subprocess.Popen([PROGRAM, *command], env=env, stdout=said, stderr=said) as process:
            while process.poll() is None:
                most = max(most, highest_mb(process.pid))
                time.sleep(0.005)
        seconds = time.perf_counter() - begun
        said.seek(0)
        if process.returncode:
            raise RuntimeError(f"studyapp {command[0]} ended with {process.returncode}: {said.read()}")
    return seconds, most


def _bare_export(database: Path, file: Path) -> float:
    begun = time.perf_counter()
    with closing(sqlite3.connect(database)) as connection, file.open("w") as out:
        for row in connection.execute(f"SELECT {REVIEW} FROM reviews ORDER BY id"):
            out.write(json.dumps(dict(zip(COLUMNS, row, strict=True))) + "\n")
    return time.perf_counter() - begun


def _bare_import(file: Path, like: Path, database: Path) -> float:
    """The rows into an empty table with the same indexes, in one durable transaction."""
    with closing(sqlite3.connect(like)) as connection:
        made = connection.execute("SELECT sql FROM sqlite_master WHERE tbl_name = 'reviews' AND sql IS NOT NULL")
        statements = [row[0] for row in made]
    begun = time.perf_counter()
    with closing(sqlite3.connect(database)) as connection, connection, file.open() as lines:
        connection.execute("PRAGMA journal_mode = WAL")
        for statement in statements:
            connection.execute(statement)
        put = f"INSERT INTO reviews ({REVIEW}) VALUES ({', '.join('?' * len(COLUMNS))})"
        connection.executemany(put, (tuple(json.loads(line).values()) for line in lines))
    return time.perf_counter() - begun
