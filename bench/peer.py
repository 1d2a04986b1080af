"""Anki's engine on an equal collection. Runs in the peer's own Python: one request a line in, one answer a line out.

`python -m bench.peer FOLDER CARDS`; requests are `{"job": NAME, "times": N, "file": PATH}`, answers are
`{"seconds": [...]}` or `{"value": X}`. All is done through the engine's public calls. Only the review log and the
cards' places in the schedule, for which it has no call, are written into the closed file.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from anki.collection import (  # type: ignore[import-not-found, unused-ignore]
    AddNoteRequest,
    Collection,
    ExportAnkiPackageOptions,
    ImportAnkiPackageOptions,
    ImportAnkiPackageRequest,
)

from bench.memory import resident_mb
from bench.texts import MODULES, RARE, samples

DAY = 86_400
BUTTONS = {1: 1, 2: 1, 3: 2, 4: 3, 5: 4}
"""Grade 1 to 5 as again, hard, good or easy."""
AT_ONCE = 5_000


def fill(file: Path, cards: int) -> None:
    collection = Collection(str(file))
    basic = collection.models.by_name("Basic")
    decks = [collection.decks.id(f"Bench::Module {number}") for number in range(MODULES)]
    requests = []
    for sample in samples(cards):
        note = collection.new_note(basic)
        points = "".join(f"<li>{point}</li>" for point in sample.key_points)
        note.fields = [sample.prompt, f"{sample.answer}<ul>{points}</ul>"]
        requests.append(AddNoteRequest(note, decks[sample.module]))
        if len(requests) == AT_ONCE:
            collection.add_notes(requests)
            requests.clear()
    collection.add_notes(requests)
    config = collection.decks.config_dict_for_deck_id(decks[0])
    config["rev"]["perDay"], config["new"]["perDay"] = 9999, 20
    collection.decks.update_config(config)
    today, day_cutoff = collection.sched.today, collection.sched.day_cutoff
    collection.close()
    _add_log(file, cards, today, day_cutoff)
    collection = Collection(str(file))
    collection.optimize()
    collection.close()


def _add_log(file: Path, cards: int, today: int, day_cutoff: int) -> None:
    with closing(sqlite3.connect(file)) as connection:
        ids = [row[0] for row in connection.execute("SELECT id FROM cards ORDER BY id")]
        log, states, moment = [], [], 0
        for card, sample in zip(ids, samples(cards), strict=True):
            before = 0
            for (back, grade, milliseconds), memory in zip(sample.reviews, sample.memories, strict=True):
                moment += 1  # ids are milliseconds, and no two may be the same
                at = (day_cutoff + (back - 1) * DAY) * 1000 + moment
                ease = round(memory.ease * 1000)
                log.append((at, card, -1, BUTTONS[grade], memory.interval_days, before, ease, milliseconds, 1))
                before = memory.interval_days
            if sample.reviews:
                lapses = sum(grade < 3 for _, grade, _ in sample.reviews)
                ease = round(sample.memories[-1].ease * 1000)
                states.append((today + sample.due, before, ease, len(sample.reviews), lapses, card))
        connection.executemany("INSERT INTO revlog VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", sorted(log))
        connection.executemany(
            "UPDATE cards SET type = 2, queue = 2, due = ?, ivl = ?, factor = ?, reps = ?, lapses = ? WHERE id = ?",
            states,
        )
        connection.commit()


class Jobs:
    """What is timed. Every job returns its seconds."""

    def __init__(self, file: Path) -> None:
        self.collection = Collection(str(file))
        self.collection.decks.set_current(self.collection.decks.id_for_name("Bench"))
        self.cards = list(self.collection.find_cards("is:due"))
        self.changed = 0
        self.package = ""
        """What is read or written."""

    def timed(self, job: Callable[[], object]) -> float:
        begun = time.perf_counter()
        job()
        return time.perf_counter() - begun

    def next(self) -> float:
        """The head of the queue with the counts, its question and answer, and the buttons' intervals."""

        def job() -> None:
            head = self.collection.sched.get_queued_cards(fetch_limit=1).cards[0]
            card = self.collection.get_card(head.card.id)
            card.question(), card.answer()
            self.collection.sched.describe_next_states(head.states)

        return self.timed(job)

    def answer(self) -> float:
        """Good, and durable; then taken back, that the queue stays as it is."""
        seconds = self._answer()
        self.collection.undo()
        return seconds

    def _answer(self) -> float:
        head = self.collection.sched.get_queued_cards(fetch_limit=1).cards[0]
        card = self.collection.get_card(head.card.id)
        card.start_timer()
        given = self.collection.sched.build_answer(card=card, states=head.states, rating=2)
        return self.timed(lambda: self.collection.sched.answer_card(given))

    def undo(self) -> float:
        self._answer()
        return self.timed(self.collection.undo)

    def queue(self) -> float:
        """The day's queue, built anew after a change of a card."""
        self.changed = (self.changed + 1) % len(self.cards)
        self.collection.sched.suspend_cards([self.cards[-self.changed]])
        seconds = self.timed(lambda: self.collection.sched.get_queued_cards(fetch_limit=1))
        self.collection.undo()
        return seconds

    def counts(self) -> float:
        """Due and new cards of every deck."""
        return self.timed(lambda: self.collection.sched.deck_due_tree())

    def search(self) -> float:
        return self.timed(lambda: self.collection.find_cards(RARE))

    def due(self) -> float:
        return self.timed(lambda: self.collection.find_cards("is:due"))

    def statistics(self) -> float:
        """The data of all graphs, over the whole history."""
        return self.timed(lambda: self.collection._backend.graphs(search="", days=0))

    def add(self) -> float:
        """A thousand notes in one call."""
        basic, deck = self.collection.models.by_name("Basic"), self.collection.decks.id("Bench::Added")
        requests = []
        for number in range(1_000):
            note = self.collection.new_note(basic)
            note.fields = [f"Question {self.changed} {number}?", "An answer of some words."]
            requests.append(AddNoteRequest(note, deck))
        self.changed += 1
        return self.timed(lambda: self.collection.add_notes(requests))

    def take_in(self) -> float:
        """The notes of a package."""
        request = ImportAnkiPackageRequest(package_path=self.package, options=ImportAnkiPackageOptions())
        return self.timed(lambda: self.collection.import_anki_package(request))

    def export(self) -> float:
        """All cards with their history, as a package."""
        options = ExportAnkiPackageOptions(with_scheduling=True, with_deck_configs=True, with_media=False, legacy=False)
        given = {"out_path": self.package, "options": options, "limit": None}
        return self.timed(lambda: self.collection.export_anki_package(**given))


def main() -> None:
    folder, cards = Path(sys.argv[1]), int(sys.argv[2])
    file = folder / "collection.anki2"
    if not file.exists():
        partial = folder / "partial"
        partial.mkdir(parents=True, exist_ok=True)
        for left in partial.glob("*"):
            left.unlink()
        fill(partial / file.name, cards)
        for part in partial.glob("*.anki2"):
            part.rename(folder / part.name)
    with TemporaryDirectory(prefix="studyapp-bench-") as copies:
        serve(Jobs(Path(shutil.copy(file, copies))), file.stat().st_size)


def serve(jobs: Jobs, size: int) -> None:
    """Does what is asked until nothing more comes."""
    print(json.dumps({"value": "ready"}), flush=True)
    for line in sys.stdin:
        request: dict[str, Any] = json.loads(line)
        match request["job"]:
            case "size":
                answer: dict[str, Any] = {"value": size / 1e6}
            case "memory":
                answer = {"value": resident_mb()}
            case name:
                job, jobs.package = getattr(jobs, name), request["file"]
                answer = {"seconds": [job() for _ in range(request["times"])]}
        print(json.dumps(answer), flush=True)
    jobs.collection.close()


if __name__ == "__main__":
    main()
