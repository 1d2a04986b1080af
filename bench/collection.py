"""Collections of 1,000 to 100,000 cards with ten reviews each, in the program's own tables."""

from __future__ import annotations

import hashlib
import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from bench import texts
from bench.texts import Sample, samples
from db import rows
from db.schema import HEAD
from db.store import SqlStore, open_local
from studyapp.core.course import Card, CardKind, Difficulty
from studyapp.core.ids import uuid7
from studyapp.core.schedule import CardState
from studyapp.core.sm2 import PASSING_GRADE, Memory
from studyapp.curriculum.folders import fingerprint
from studyapp.services.ports import ModuleContent, ModuleListing, PlacedCard

LEARNER = "me"
MORNING = datetime(2026, 11, 23, 9, tzinfo=UTC)
TODAY = MORNING.date()
TOPICS = 12
CACHE = Path(__file__).parent / "results" / "collections"
DATABASE = "studyapp.sqlite"
SETTINGS = {"new_per_day": "20", "due_per_day": "9999", "welcomed": "yes"}


def card_id(number: int) -> str:
    return f"b{number % texts.MODULES:02}.t{number % TOPICS:02}.c{number:06}"


def card_of(sample: Sample) -> Card:
    number = sample.number
    return Card(
        id=card_id(number),
        kind=list(CardKind)[number % len(CardKind)],
        topic=f"t{number % TOPICS:02}",
        difficulty=list(Difficulty)[number % len(Difficulty)],
        prompt=sample.prompt,
        answer=sample.answer,
        key_points=sample.key_points,
    )


def _reviews(sample: Sample, dice: random.Random) -> Iterator[dict[str, object]]:
    """The sample's reviews as rows of the log."""
    for back, grade, milliseconds in sample.reviews:
        second = int(MORNING.timestamp()) + back * 86_400 + dice.randrange(30_000)
        yield {
            "id": uuid7(second * 10**9, dice.getrandbits(62)),
            "learner": LEARNER,
            "card_id": card_id(sample.number),
            "reviewed_at": second * 10**6,
            "study_day": TODAY.toordinal() + back,
            "grade": grade,
            "mode": "recall",
            "elapsed_ms": milliseconds,
            "confidence": 1 + (sample.number + grade) % 4,
            "aloud": grade > 3,
            "answer": "",
            "key_points": str(list(range(min(grade, 3)))),
        }


def _state(sample: Sample) -> CardState:
    """Where the card stands after its reviews, as a replay of them gives it."""
    days = [TODAY + timedelta(days=back) for back, _, _ in sample.reviews]
    graded = zip(sample.reviews, (Memory(), *sample.memories), strict=False)
    return CardState(
        card_id(sample.number),
        memory=sample.memories[-1],
        due=TODAY + timedelta(days=sample.due),
        introduced=days[0],
        scheduled_on=days[-1],
        seen_on=days[-1],
        last_grade=sample.reviews[-1][1],
        reviews=len(days),
        lapses=sum(grade < PASSING_GRADE and before.repetitions > 0 for (_, grade, _), before in graded),
    )


@cache
def collection(cards: int) -> Path:
    """The home of a learner with that many cards, made when it is not there yet. Nobody may change it.

    The cards stand in the database as if read from `content/`, whose files are only named there.
    """
    source = Path(texts.__file__).read_text(encoding="utf-8") + Path(__file__).read_text(encoding="utf-8")
    key = hashlib.sha256((source + HEAD + fingerprint(CACHE)).encode()).hexdigest()[:10]  # an update reads content anew
    home = CACHE / f"{cards}-{key}"
    if not home.exists():
        for old in CACHE.glob(f"{cards}-*"):
            shutil.rmtree(old)
        partial = CACHE / f"partial-{cards}"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        _fill(partial, home, cards)
        partial.rename(home)
    return home


def _fill(folder: Path, home: Path, cards: int) -> None:
    """Writes the collection into `folder`, which will be `home`."""
    listings = []
    for number in range(texts.MODULES):
        place = folder / "content" / f"b{number:02}"
        place.mkdir(parents=True)
        (place / "module.yaml").touch()
        body = {
            "id": place.name,
            "title": f"Module {number}",
            "week": number,
            "topics": [{"id": f"t{n:02}", "title": f"Topic {n}"} for n in range(TOPICS)],
        }
        where = str(home / "content" / place.name)
        listings.append(ModuleListing(place.name, where, fingerprint(place), cards // texts.MODULES, body))
    with closing(open_local(folder / DATABASE, folder, lambda: MORNING, lambda text: None)) as store:
        placed: list[list[PlacedCard]] = [[] for _ in listings]
        for sample in samples(cards):
            placed[sample.module].append(PlacedCard(card_of(sample), sample.number, "cards/bench.yaml:1"))
        with store.transaction() as tx:
            content = zip(listings, placed, strict=True)
            tx.put_content([ModuleContent(one, n, tuple(of)) for n, (one, of) in enumerate(content)], [])
            tx.enrol(LEARNER)
            for name, value in SETTINGS.items():
                tx.put_setting(LEARNER, name, value)
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        _add_log(connection, cards)


def _add_log(connection: sqlite3.Connection, cards: int) -> None:
    """The reviews in the order of their making, as a log has them, and the schedule that follows from them."""
    dice = random.Random(cards)
    log, states = [], []
    for sample in samples(cards):
        log += [tuple(row.values()) for row in _reviews(sample, dice)]
        if sample.reviews:
            state = _state(sample)
            states.append({**rows.state_values(state), "l": LEARNER, "c": state.card_id})
    log.sort()
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = 'reviews'"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    connection.executemany(f"INSERT INTO reviews ({rows.REVIEW}) VALUES ({', '.join('?' * 12)})", log)
    for _, sql in indexes:
        connection.execute(sql)
    names = list(rows.state_values(CardState("")))
    put = f"UPDATE schedule SET {', '.join(f'{name} = :{name}' for name in names)} WHERE learner = :l AND card_id = :c"
    connection.executemany(put, states)
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def copy_of(cards: int, folder: Path) -> Iterator[SqlStore]:
    """A store on a copy of the collection, to be changed at will."""
    home = folder / str(cards)
    home.mkdir(parents=True, exist_ok=True)
    shutil.copy(collection(cards) / DATABASE, home / DATABASE)
    with closing(open_local(home / DATABASE, home, lambda: MORNING, lambda text: None)) as store:
        yield store
