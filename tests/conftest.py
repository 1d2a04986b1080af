"""A learner on a temporary home, with a small module of three topics."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from studyapp.bootstrap import Program, open_program
from studyapp.core.course import Card

if TYPE_CHECKING:
    from tests.postgres import Postgres

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class FrozenClock:
    """A clock that moves only when it is told to."""

    def __init__(self, now: datetime = MONDAY) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **amount: float) -> None:
        self.now += timedelta(**amount)


def card_values(card_id: str, **changes: Any) -> dict[str, Any]:
    """A whole and valid card, as it stands in YAML."""
    topic, slug = card_id.split(".")[1:3]
    return {
        "id": card_id,
        "kind": "concept",
        "topic": topic,
        "difficulty": "yellow",
        "prompt": f"What is {slug} in {topic}?",
        "answer": f"**{slug}** is a part of *{topic}*, with `x[i]` and a list:\n\n- one\n- two\n",
        "key_points": [f"first point of {slug}", f"second point of {slug}", f"third point of {slug}"],
        "formulas": [{"text": "xₜ = √ᾱₜ · x₀ + √(1 − ᾱₜ) · ε", "tex": r"x_t = \sqrt{\bar\alpha_t}\,x_0"}],
        "explainer": "chapter-1-first-things",
        "sources": [{"title": "A paper", "arxiv": "2006.11239", "where": "eq. 4"}],
        **changes,
    }


def make_card(card_id: str = "t1.fog.one", **changes: Any) -> Card:
    return Card.from_dict(card_values(card_id, **changes))


DIFFICULTIES = ("green", "yellow", "red")


def small_module(cards_per_topic: int = 4) -> dict[str, list[dict[str, Any]]]:
    """Cards of three topics, easy to hard, by file name."""
    return {
        topic: [
            card_values(f"t1.{topic}.c{number}", difficulty=DIFFICULTIES[min(2, number * 3 // cards_per_topic)])
            for number in range(cards_per_topic)
        ]
        for topic in ("fog", "sketch", "rails")
    }


def write_module(folder: Path, cards: dict[str, list[dict[str, Any]]], module_id: str = "t1", **changes: Any) -> Path:
    """Writes a module folder with these cards and returns it."""
    (folder / "cards").mkdir(parents=True, exist_ok=True)
    topics = [{"id": topic, "title": topic.title()} for topic in cards]
    outline = {
        "id": module_id,
        "title": "Test module",
        "week": 1,
        "topics": topics,
        "documents": [{"file": "02_explainer.md", "title": "Explainer", "role": "explainer"}],
        **changes,
    }
    (folder / "module.yaml").write_text(yaml.safe_dump(outline, allow_unicode=True, sort_keys=False), encoding="utf-8")
    (folder / "02_explainer.md").write_text("# Test\n\n## Chapter 1 First things\n\nText.\n", encoding="utf-8")
    for topic, values in cards.items():
        text = yaml.safe_dump(values, allow_unicode=True, sort_keys=False)
        (folder / "cards" / f"{topic}.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has a home and a content folder of its own; the learner's are never touched."""
    home, content = tmp_path / "home", tmp_path / "content"
    content.mkdir()
    for name in list(os.environ):
        if name.startswith("STUDYAPP_") or name in ("NO_COLOR", "TEXTUAL_THEME", "COLORTERM"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("STUDYAPP_HOME", str(home))
    monkeypatch.setenv("STUDYAPP_CONTENT", str(content))
    monkeypatch.setenv("TZ", "UTC")
    return home


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server, one for all tests."""
    from tests import postgres as server

    if server.program("initdb") is None:
        pytest.skip("no PostgreSQL server is installed here (Debian: postgresql)")
    with server.started(*server.FAST) as running:
        yield running


@pytest.fixture
def server_url(postgres: Postgres, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty database on the server, which the program uses in this test under the name that a local file has."""
    url = postgres.emptied()
    monkeypatch.setenv("STUDYAPP_DB", url)
    monkeypatch.setenv("STUDYAPP_LEARNER", "me")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Runs a test twice: on a local file, and on a server unless it has the mark `local_file`."""
    kind = str(request.param)
    if kind == "postgresql":
        if request.node.get_closest_marker("local_file") is not None:
            pytest.skip("a local file's own matter")
        request.getfixturevalue("server_url")
    return kind


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """The content folder, empty."""
    return tmp_path / "content"


@pytest.fixture
def module(content: Path) -> Path:
    """The small module, written to the content folder."""
    return write_module(content / "module_1", small_module())


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def open_again(clock: FrozenClock) -> Iterator[Callable[[], Program]]:
    """Opens the program on the test's home, as a new start would; all are closed at the end."""
    opened: list[Program] = []

    def start() -> Program:
        program = open_program(say=lambda text: None)
        program.recall.clock = clock
        opened.append(program)
        return program

    yield start
    for program in opened:
        program.close()


@pytest.fixture
def program(module: Path, open_again: Callable[[], Program]) -> Program:
    """The program on the small module, at nine on a Monday."""
    return open_again()
