"""A learner's home that is broken again and again, and the proof that nothing was lost in it."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from unittest.mock import patch

from studyapp.bootstrap import Program, open_program
from studyapp.paths import DATABASE
from studyapp.services.doctor import examine
from tests.conftest import small_module, write_module
from tests.faults import shim, work
from tests.faults.forks import Forks

NOW = "2031-01-01T12:00"
"""A day on which every card of the templates is due."""
AFTER_BACKUP = 5


@dataclass(frozen=True)
class Scene:
    """Folders of one session of tests, and the templates that a home is made from."""

    folder: Path

    def __post_init__(self) -> None:
        self.watched.mkdir(parents=True)
        write_module(self.content / "module_1", small_module())
        with self.opened(self.learner) as program:
            assert program.recall.store.listing("me")
        with patch.dict(os.environ, self.env(self.learner)), patch.object(work, "_tell"):
            work.grade(["60", "template"])
        shutil.copytree(self.learner, self.old)
        _downgrade(self.old / DATABASE, "0001")
        shutil.copytree(self.learner, self.kept)
        with self.opened(self.kept) as program:
            program.back_up()
        with patch.dict(os.environ, self.env(self.kept)), patch.object(work, "_tell"):
            work.grade([str(AFTER_BACKUP), "kept"])
        shutil.copytree(self.learner, self.last)
        with self.opened(self.last) as program:
            for card_id in sorted(program.store.card_ids("me"))[1:]:
                program.recall.grade(card_id, 5, at=datetime.fromisoformat(NOW).replace(tzinfo=UTC))

    @property
    def watched(self) -> Path:
        """What the shim looks at."""
        return self.folder / "watched"

    @property
    def home(self) -> Path:
        return self.watched / "home"

    @property
    def file(self) -> Path:
        return self.home / DATABASE

    @property
    def told(self) -> Path:
        return self.watched / shim.TOLD

    @property
    def content(self) -> Path:
        return self.folder / "content"

    @property
    def learner(self) -> Path:
        """A home with sixty answers, some of them taken back."""
        return self.folder / "learner"

    @property
    def old(self) -> Path:
        """The same, in the first version of the tables."""
        return self.folder / "old"

    @property
    def kept(self) -> Path:
        """The same with a backup of it, and `AFTER_BACKUP` answers that came later."""
        return self.folder / "kept"

    @property
    def last(self) -> Path:
        """The same, and at `NOW` one card is left for the day: the first."""
        return self.folder / "last"

    @cached_property
    def before(self) -> frozenset[str]:
        """Ids of the answers in the templates."""
        return frozenset(review_ids(self.learner / DATABASE))

    def reset(self, template: Path | None) -> None:
        """Makes the home anew from a template; None: there is none yet."""
        shutil.rmtree(self.home, ignore_errors=True)
        self.told.unlink(missing_ok=True)
        if template is not None:
            shutil.copytree(template, self.home)

    def touch_content(self) -> None:
        """Changes the content, so that the next start reads it again."""
        card = self.content / "module_1" / "cards" / "fog.yaml"
        card.write_text(card.read_text(encoding="utf-8") + "\n", encoding="utf-8")

    def env(self, home: Path | None = None) -> dict[str, str]:
        home = home or self.home
        return {"STUDYAPP_HOME": str(home), "STUDYAPP_CONTENT": str(self.content), "TZ": "UTC"}

    def shell(self, **added: str) -> dict[str, str]:
        """The whole environment of a program of its own."""
        kept = {
            name: os.environ[name]
            for name in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "PYTHONPATH")
            if name in os.environ
        }
        return kept | self.env() | {"PYTHONWARNINGS": "error"} | added

    def shim_env(self, library: Path) -> dict[str, str]:
        """What a program needs besides to run under the shim."""
        return {
            "LD_PRELOAD": str(library),
            "FAULT_FOLDER": str(self.watched),
            "FAULT_CONTROL": str(self.folder / "control"),
        }

    def forks(self, **added: str) -> Forks:
        return Forks(self.folder / "runs", self.shell(**added))

    @contextmanager
    def opened(self, home: Path | None = None) -> Iterator[Program]:
        """The program on a home, in this process."""
        with patch.dict(os.environ, self.env(home)), closing(open_program(say=lambda text: None)) as program:
            yield program

    def prove(
        self, told: Iterable[str], *, before: Iterable[str] = (), extra: int = 1, home: Path | None = None
    ) -> None:
        """Opens the home and holds it to what was told to the learner.

        Args:
            told: lines of `work`: `+ID` for a review that was saved, `-ID` for one that was taken back.
            before: ids of reviews that were there.
            extra: how many reviews may be there that nobody was told of: on disk, and then the end came.
        """
        with patch.dict(os.environ, {"STUDYAPP_NOW": NOW}), self.opened(home) as program:
            wrong = [f"{finding.check}: {finding.text}" for finding in examine(program.recall) if not finding.ok]
            assert not wrong, wrong
        kept, undone = records((home or self.home) / DATABASE)
        saved = {line[1:] for line in told if line.startswith("+")} | set(before)
        assert saved <= kept, f"{len(saved - kept)} of {len(saved)} answers are lost"
        back = {line[1:] for line in told if line.startswith("-")}
        assert back <= undone, f"{len(back - undone)} of {len(back)} undos are lost"
        assert len(kept - saved) <= extra, f"{len(kept - saved)} answers that nobody gave"


def review_ids(file: Path) -> set[str]:
    return records(file)[0]


def records(file: Path) -> tuple[set[str], set[str]]:
    """Ids of the reviews in a file, and of what was taken back; read past the program."""
    with closing(sqlite3.connect(file)) as connection:
        found = [row[0] for row in connection.execute("PRAGMA integrity_check")]
        assert found == ["ok"], found
        reviews = {row[0] for row in connection.execute("SELECT id FROM reviews")}
        return reviews, {row[0] for row in connection.execute("SELECT subject FROM events WHERE kind = 'void'")}


def told_lines(text: str) -> list[str]:
    """Whole lines about records; the last one may have been cut off."""
    return [line for line in text.split("\n")[:-1] if line[:1] in ("+", "-") and len(line) == 37]


def _downgrade(file: Path, version: str) -> None:
    from alembic import command
    from alembic.config import Config

    import db.migrate
    from db.engine import make_engine

    config = Config()
    config.set_main_option("script_location", str(Path(db.migrate.__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    engine = make_engine(file)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, version)
    engine.dispose()
