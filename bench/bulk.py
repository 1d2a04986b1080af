"""Jobs over everything: the whole log replayed, ten thousand cards checked."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import yaml

from bench.collection import DATABASE, LEARNER, card_of, collection, copy_of
from bench.figures import Figure, compared, interleaved
from bench.texts import REVIEWS, samples
from studyapp.core.sm2 import Memory, next_memory
from studyapp.curriculum.shelf import read_shelf
from studyapp.services.recall import replay_all
from studyapp.settings import Settings

LOG = "SELECT card_id, study_day, grade FROM reviews WHERE learner = ? ORDER BY card_id, reviewed_at, id"
CARDS_A_FILE = 250


def replay(quick: bool) -> list[Figure]:
    """Every card's place in the schedule from the log, as after a change of scheduler. The floor reads the rows in
    the same order by sqlite3 alone and works out SM-2, and no more."""
    figures = []
    with tempfile.TemporaryDirectory(prefix="studyapp-bench-") as name:
        for cards in (100, 300) if quick else (1_000, 10_000, 100_000):
            with copy_of(cards, Path(name)) as store, closing(sqlite3.connect(collection(cards) / DATABASE)) as bare:

                def ours() -> float:
                    with store.transaction() as tx:
                        return _timed(lambda: replay_all(tx, LEARNER, Settings()))

                def floor() -> float:
                    return _timed(lambda: _bare_replay(bare))

                mine, least = interleaved(2 if quick or cards > 10_000 else 5, ours, floor)
            words = f"sqlite3 + SM-2, {cards * REVIEWS:,} reviews"
            figures.append(compared("replay of the whole log", mine, least, words, target=3, most=1_000, cards=cards))
    return figures


def _bare_replay(connection: sqlite3.Connection) -> None:
    card, memory = "", Memory()
    for card_id, _, grade in connection.execute(LOG, (LEARNER,)):
        if card_id != card:
            card, memory = card_id, Memory()
        memory = next_memory(memory, grade)


def content(quick: bool) -> list[Figure]:
    """`studyapp content check` of a module of 10,000 cards; the floor is the YAML parser alone."""
    cards = 100 if quick else 10_000
    with tempfile.TemporaryDirectory(prefix="studyapp-bench-") as name:
        folder = _write_module(Path(name) / "b00", cards)

        def check() -> None:
            problems = read_shelf((folder,), ()).problems
            assert not problems, problems[0]

        def parse() -> None:
            for file in (folder / "cards").iterdir():
                yaml.load(file.read_bytes(), yaml.CSafeLoader)

        mine, least = interleaved(2, lambda: _timed(check), lambda: _timed(parse))
    return [compared("content check", mine, least, "YAML's C parser alone", target=4, cards=cards)]


def _write_module(folder: Path, cards: int) -> Path:
    (folder / "cards").mkdir(parents=True)
    topics = [{"id": f"t{number:02}", "title": f"Topic {number}"} for number in range(12)]
    document = {"file": "02_explainer.md", "title": "Explainer", "role": "explainer"}
    outline = {"id": "b00", "title": "Bench", "week": 1, "topics": topics, "documents": [document]}
    (folder / "module.yaml").write_text(yaml.safe_dump(outline, sort_keys=False), encoding="utf-8")
    (folder / "02_explainer.md").write_text("# Bench\n\n## Chapter 1\n\nText.\n", encoding="utf-8")
    values = []
    for sample in samples(cards):
        card = card_of(sample)
        values.append(
            {
                "id": f"b00.{card.topic}.c{sample.number:06}",
                "kind": card.kind.value,
                "topic": card.topic,
                "difficulty": card.difficulty.value,
                "prompt": card.prompt,
                "answer": card.answer,
                "key_points": list(card.key_points),
                "explainer": "chapter-1",
                "sources": [{"title": "A paper", "arxiv": "2006.11239", "where": "eq. 4"}],
            }
        )
    for start in range(0, cards, CARDS_A_FILE):
        text = yaml.dump(values[start : start + CARDS_A_FILE], Dumper=yaml.CSafeDumper, sort_keys=False)
        (folder / "cards" / f"{start:06}.yaml").write_text(text, encoding="utf-8")
    return folder


def _timed(job: Callable[[], object]) -> float:
    begun = time.perf_counter()
    job()
    return time.perf_counter() - begun
