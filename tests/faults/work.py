"""What the programs do that are broken: they grade through the program's own front door and tell what was saved.

Each line that is told names a record: `+ID` a review that was saved, `-ID` one that was taken back. `~` is a refusal
for another program's sake, after which it was tried again.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TypeVar

from studyapp.bootstrap import Program, open_program
from studyapp.errors import StudyError

T = TypeVar("T")
WAITED = "~"
ANSWER = "noise schedule, forward process, the closed form; "


def _tell(line: str) -> None:
    """To the file that the test named, else to standard output, at once and whole."""
    told = os.environ.get("FAULT_TOLD")
    data = f"{line}\n".encode()
    if told is None:
        os.write(1, data)
        return
    file = os.open(told, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(file, data)
    os.close(file)


def _open() -> Program:
    program = open_program()
    if os.environ.get("FAULT_CARELESS"):  # how the guards are seen to fail
        with program.store.transaction():
            pass
        writer = program.store._writer
        assert writer is not None
        writer._connection.connection.cursor().execute("PRAGMA synchronous = OFF")
        writer._connection.rollback()
    return program


def grade(words: Sequence[str]) -> int:
    """`COUNT SEED`: grades cards, takes back some, types a draft now and then."""
    count, rng = int(words[0]), random.Random(words[1])
    with closing(_open()) as program:
        _grade(program, count, rng)
    return 0


def sittings(words: Sequence[str]) -> int:
    """`COUNT SEED`: as `grade`, and the program is closed and opened again after every few cards."""
    rng, left = random.Random(words[1]), int(words[0])
    while left > 0:
        part = min(left, rng.randint(1, 6))
        with closing(_open()) as program:
            _grade(program, part, rng)
        left -= part
    return 0


def _grade(program: Program, count: int, rng: random.Random) -> None:
    recall = program.recall
    cards = sorted(recall.store.card_ids(recall.learner))
    for _ in range(count):
        card_id = rng.choice(cards)
        if rng.random() < 0.1:
            _patiently(partial(recall.save_draft, card_id, ANSWER))
        if rng.random() < 0.1:
            _patiently(partial(recall.flag, card_id, rng.randint(0, 1)))
        answer = ANSWER * rng.randint(0, 9)
        _tell(f"+{_patiently(partial(recall.grade, card_id, rng.randint(0, 5), answer=answer)).review.id}")
        if rng.random() < 0.15:
            undone = _patiently(partial(recall.undo, reviews_only=True))
            assert undone is not None
            _tell(f"-{undone.record_id}")


def _patiently(action: Callable[[], T]) -> T:
    """Does as a learner does who reads that another program holds the file: tries again."""
    while True:
        try:
            return action()
        except StudyError as error:
            if "Another program holds" not in str(error):
                raise
            _tell(WAITED)


def back_up(words: Sequence[str]) -> int:
    """A backup as the program makes one."""
    from db.backup import back_up as copy

    with closing(_open()) as program:
        _tell(str(copy(program.paths.database, program.paths.backups, program.recall.clock(), "by-hand")))
    return 0


def certificate(words: Sequence[str]) -> int:
    """`FILE`: the report of an open gate, of which this scene has none."""
    from studyapp.services.certificate import write_certificate

    try:
        write_certificate(ANSWER * 200, Path(words[0]))
    except StudyError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def hold(words: Sequence[str]) -> int:
    """`FILE BEGIN`: holds the database until the file `FILE.free` appears, or a minute long."""
    import sqlite3
    import time

    path = Path(words[0])
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(words[1])
        print("held", flush=True)
        begun = time.monotonic()
        while not path.with_suffix(".free").exists() and time.monotonic() < begun + 60:
            time.sleep(0.005)
        connection.execute("ROLLBACK")
    return 0


if __name__ == "__main__":
    sys.exit(globals()[sys.argv[1]](sys.argv[2:]))
