"""New cards: a thousand into the store, and ten thousand out of an Anki package."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from bench import anki
from bench.collection import LEARNER, MORNING, TOPICS, card_of
from bench.figures import NO_PEER, Figure, compared
from bench.home import PROGRAM, learner_home
from bench.texts import MODULES, NEW, samples
from db.store import open_local
from studyapp.core.course import Card
from studyapp.exchange.apkg_writer import write_package
from studyapp.services.decks import Deck
from studyapp.services.ports import ModuleContent, ModuleListing, PlacedCard

ADDED, PACKED, QUICK_PACKED = 1_000, 10_000, 100
PEER_CARDS, QUICK_PEER_CARDS = 1_000, 100
"""The collection that the engine adds them to; ours go into an empty home."""


def measure(quick: bool) -> list[Figure]:
    packed = QUICK_PACKED if quick else PACKED
    with (
        tempfile.TemporaryDirectory(prefix="studyapp-bench-") as name,
        anki.peer(QUICK_PEER_CARDS if quick else PEER_CARDS) as peer,
    ):
        added = [_added(Path(name) / str(number)) for number in range(2 if quick else 5)]
        package = Path(name) / "cards.apkg"
        with package.open("wb") as file:
            write_package(file, [Deck("Bench::All", list(_cards(packed)))], MORNING)
        imported = _imported(package)
        their_added = peer.times("add", len(added)) if peer else []
        their_imported = peer.times("take_in", 1, package) if peer else []
    against = anki.NAME if peer else NO_PEER
    return [
        compared("1,000 new cards, stored", added, their_added, against, target=1, most=20, cards=ADDED),
        compared("import of an .apkg", [imported], their_imported, against, target=1, most=290, cards=packed),
    ]


def _cards(count: int) -> Iterator[Card]:
    return map(card_of, samples(count - NEW))


def _added(home: Path) -> float:
    """Seconds from cards that were read to cards that can be searched and asked, on disk."""
    modules: dict[str, list[PlacedCard]] = {}
    for number, card in enumerate(_cards(ADDED)):
        modules.setdefault(card.module, []).append(PlacedCard(card, number, "cards/bench.yaml:1"))
    content = []
    for number, (module, placed) in enumerate(modules.items()):
        topics = [{"id": f"t{n:02}", "title": f"Topic {n}"} for n in range(TOPICS)]
        body = {"id": module, "title": module, "week": number, "topics": topics}
        content.append(ModuleContent(ModuleListing(module, module, module, len(placed), body), number, tuple(placed)))
    assert len(content) == MODULES
    home.mkdir()
    with closing(open_local(home / "studyapp.sqlite", home, lambda: MORNING, lambda text: None)) as store:
        store.warm_up()
        begun = time.perf_counter()
        with store.transaction() as tx:
            tx.put_content(content, [])
            tx.enrol(LEARNER)
        return time.perf_counter() - begun


def _imported(package: Path) -> float:
    """Seconds of the whole command: the package read, the module written, checked and stored."""
    with learner_home() as env:
        begun = time.perf_counter()
        subprocess.run([PROGRAM, "import", "apkg", str(package)], env=env, check=True, capture_output=True)
        return time.perf_counter() - begun
