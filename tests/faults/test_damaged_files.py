"""Something else in the place of the database, or what a bad disk made of it: refused with exit 3 and left as it is, or
read right. Never a traceback, never an end without a word, never a program that hangs."""

from __future__ import annotations

import os
import random
import shutil
import socket
import sqlite3
import time
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from studyapp.paths import DATABASE
from tests.faults import counts
from tests.faults.forks import Ended, Forks
from tests.faults.scene import Scene, review_ids

CARD = "t1.fog.c0"
COMMANDS = [("due",), ("grade", CARD, "4"), ("card", "list"), ("doctor",)]


def told_well(command: tuple[str, ...], ended: Ended, where: str) -> None:
    """A result, or one sentence; only the doctor says more of what is damaged."""
    where = f"{where}: {command[0]}: {ended}"
    assert ended.code in (0, 1, 3), where
    assert "Traceback" not in ended.err, where
    assert "error of its own" not in ended.err, where
    assert ended.out or ended.err, where
    if ended.code == 3 and command[0] != "doctor":
        assert ended.out == "", where
        assert ended.err.count("\n") == 1, where


def contents(home: Path) -> dict[str, bytes | str]:
    """Everything in a home: bytes of files, targets of links, kinds of the rest; not the memory that is shared
    between programs, which whoever reads a WAL file makes anew."""
    return {path.name: _content(path) for path in home.iterdir() if not path.name.endswith("-shm")}


def _content(path: Path) -> bytes | str:
    if path.is_symlink():
        return f"link to {path.readlink()}"
    return path.read_bytes() if path.is_file() else "folder" if path.is_dir() else "device"


# -- something else


def _database(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "x" * 5000)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        here = Path.cwd()
        os.chdir(path.parent)  # the name of a socket may have 100 characters
        try:
            made.bind(path.name)
        finally:
            os.chdir(here)


NEWER = "UPDATE alembic_version SET version_num = '9999'"
FOREIGN: dict[str, Callable[[Path], object]] = {
    "notes": lambda path: path.write_text("These are my notes.\n" * 300),
    "one byte": lambda path: path.write_bytes(b"S"),
    "zeros": lambda path: path.write_bytes(bytes(8192)),
    "a JPEG": lambda path: path.write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF" + random.Random(1).randbytes(9000)),
    "a zip": _zip,
    "gzip": lambda path: path.write_bytes(b"\x1f\x8b\x08" + random.Random(2).randbytes(9000)),
    "only SQLite's header": lambda path: path.write_bytes(b"SQLite format 3\x00"),
    "a header and noise": lambda path: path.write_bytes(b"SQLite format 3\x00" + random.Random(3).randbytes(9000)),
    "another program's database": lambda path: _database(path, "CREATE TABLE bookmarks (url TEXT)"),
    "another program's with reviews": lambda path: _database(path, "CREATE TABLE reviews (stars INTEGER)"),
    "Alembic's, but not ours": lambda path: _database(
        path, "CREATE TABLE alembic_version (version_num TEXT)", "INSERT INTO alembic_version VALUES ('0001')"
    ),
    "ours by name alone": lambda path: _database(
        path,
        "CREATE TABLE alembic_version (version_num TEXT)",
        "INSERT INTO alembic_version VALUES ('0001')",
        "CREATE TABLE reviews (id TEXT)",
    ),
    "ours without a version": lambda path: _database(path, "DELETE FROM alembic_version"),
    "ours, from a later program": lambda path: _database(path, NEWER),
    "ours without its log": lambda path: _database(path, "DROP TABLE events"),
    "a pipe": os.mkfifo,
    "a socket": _socket,
}


@pytest.mark.parametrize("what", FOREIGN)
def test_something_else_in_its_place(scene: Scene, forks: Forks, what: str) -> None:
    for command in COMMANDS:
        scene.reset(scene.learner)
        if not what.startswith("ours, ") and not what.startswith("ours without"):
            scene.file.unlink()
        FOREIGN[what](scene.file)
        before = contents(scene.home)
        ended = forks.run(*command)
        told_well(command, ended, what)
        assert ended.code == 3, ended
        assert contents(scene.home) == before, what
        counts.count("something else in its place").took("refused with exit 3, untouched")


@pytest.mark.parametrize("what", ["a folder", "a link to nowhere", "a link to itself"])
def test_a_place_that_is_no_file(scene: Scene, forks: Forks, what: str) -> None:
    """There is nothing to damage: exit 1, and it stays."""
    for command in COMMANDS:
        scene.reset(scene.learner)
        scene.file.unlink()
        if what == "a folder":
            scene.file.mkdir()
        else:
            scene.file.symlink_to("/nowhere/at/all" if what == "a link to nowhere" else DATABASE)
        before = contents(scene.home)
        ended = forks.run(*command)
        told_well(command, ended, what)
        assert ended.code == 1, ended
        assert contents(scene.home) == before, what
        counts.count("something else in its place").took("refused with exit 1, untouched")


# -- damage


NOT_OURS = ("belongs to another program", "is not a studyapp database", "was written by a newer studyapp")
"""What the doctor says of files that it does not mend."""
READERS = [("due",), ("grade", CARD, "4"), ("doctor",)]


def broken(scene: Scene, forks: Forks, content: bytes, what: str, where: str) -> str:
    """Runs the commands on such a file and tells what came of it; then the doctor mends it.

    SQLite keeps no checksums: what falls into free space or changes the letters of a text is not noticed.
    """
    codes, said = {}, ""
    for command in READERS:
        scene.reset(scene.learner)
        scene.file.write_bytes(content)
        before = contents(scene.home)
        ended = forks.run(*command)
        told_well(command, ended, where)
        if ended.code == 3 and "did not write" not in ended.err:  # seen in what was read after the answer was saved
            assert contents(scene.home) == before, f"{where}: {command[0]} changed it: {ended}"
        codes[command[0]], said = ended.code, ended.err
    assert codes["doctor"] or not any(codes.values()), f"{where}: {codes}"
    if not any(sign in said for sign in NOT_OURS):
        scene.reset(scene.learner)
        scene.file.write_bytes(content)
        for command in (("doctor", "--repair"), ("due",), ("doctor",)):
            ended = forks.run(*command)
            told_well(command, ended, where)
            assert ended.code == 0, f"{where}: after {codes}: {command}: {ended}"
    outcomes = {0: "not noticed", 1: "found by doctor, mended", 3: "refused with exit 3, untouched, mended by doctor"}
    outcome = outcomes[max(codes.values())]
    counts.count(what).took(outcome)
    return outcome


def test_cut_off_anywhere(scene: Scene, forks: Forks) -> None:
    """At every sector; an empty file is a fresh start."""
    whole = (scene.learner / DATABASE).read_bytes()
    places = range(512, len(whole), 512)
    for at in places if counts.FULL else places[::41]:
        assert broken(scene, forks, whole[:at], "cut off", f"cut off at {at}").startswith(
            "refused with exit 3, untouched"
        )


def test_a_bit_that_flipped(scene: Scene, forks: Forks) -> None:
    whole, rng = bytearray((scene.learner / DATABASE).read_bytes()), random.Random(11)
    for _ in range(counts.size(25, 2000)):
        at, bit = rng.randrange(len(whole)), rng.randrange(8)
        whole[at] ^= 1 << bit
        broken(scene, forks, bytes(whole), "a bit flipped", f"bit {bit} of byte {at}")
        whole[at] ^= 1 << bit


def test_a_page_of_noise_or_zeros(scene: Scene, forks: Forks) -> None:
    whole, rng = (scene.learner / DATABASE).read_bytes(), random.Random(12)
    pages = range(1, len(whole) // 4096)
    for page in pages if counts.FULL else pages[::9]:
        for name, noise in (("noise", rng.randbytes(4096)), ("zeros", bytes(4096))):
            content = whole[: page * 4096] + noise + whole[(page + 1) * 4096 :]
            broken(scene, forks, content, f"a page of {name}", f"page {page} of {name}")


# -- files beside it


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_a_whole_wal_file_of_another_database(
    scene: Scene, forks: Forks, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """SQLite would play it into the file."""
    scene.reset(scene.learner)
    wal = scene.file.with_name(DATABASE + "-wal")
    wal.write_bytes(_wal_of_another(tmp_path))
    before = contents(scene.home)
    ended = forks.run(*command)
    told_well(command, ended, "alien")
    assert ended.code == 3
    assert contents(scene.home) == before
    wal.unlink()
    scene.prove([], before=scene.before, extra=0)
    counts.count("a WAL file of another database").took("refused with exit 3, untouched")


def test_a_wal_or_journal_file_that_is_none(scene: Scene, forks: Forks, tmp_path: Path) -> None:
    """SQLite knows its own by checksums; what is not is not played."""
    rng, alien = random.Random(13), _wal_of_another(tmp_path)
    for number in range(counts.size(6, 100)):
        size = rng.randrange(1, 40_000)
        noise = (alien[: rng.randrange(32, 4096)], rng.randbytes(size), bytes(size), b"notes\n" * 99)[number % 4]
        for command in COMMANDS:
            scene.reset(scene.learner)
            scene.file.with_name(DATABASE + ("-wal", "-journal")[number // 4 % 2]).write_bytes(noise)
            scene.file.with_name(DATABASE + "-shm").write_bytes(rng.randbytes(32768))
            ended = forks.run(*command)
            told_well(command, ended, f"noise {number}")
            assert scene.before <= review_ids(scene.file)
        counts.count("noise as a WAL file or journal").took("no answer lost")


def _wal_of_another(folder: Path) -> bytes:
    path = folder / "alien.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE notes (text TEXT)")
        connection.execute("INSERT INTO notes VALUES (hex(randomblob(20000)))")
        return path.with_name(path.name + "-wal").read_bytes()


def test_its_own_wal_file_damaged(scene: Scene, forks: Forks) -> None:
    """After a kill the last answers stand in the WAL file alone. Where a bit of it flipped, SQLite takes what comes
    before; whatever that is, the schedule follows from it."""
    scene.reset(scene.learner)
    run = forks.start("30", "wal", work="grade")
    while run.said().count("\n") < 20:
        time.sleep(0.001)
    run.kill()
    run.end()
    kept = scene.folder / "with-wal"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(scene.home, kept)
    wal = bytearray((kept / f"{DATABASE}-wal").read_bytes())
    rng = random.Random(14)
    for _ in range(counts.size(6, 200)):
        at, bit = rng.randrange(len(wal)), rng.randrange(8)
        scene.reset(kept)
        wal[at] ^= 1 << bit
        scene.file.with_name(f"{DATABASE}-wal").write_bytes(wal)
        wal[at] ^= 1 << bit
        ended = forks.run("due")
        told_well(("due",), ended, f"bit {bit} of byte {at} of the WAL file")
        scene.prove([], before=scene.before, extra=10_000)
        counts.count("a bit of the WAL file flipped").took("earlier answers kept, file sound")
