"""The tables: made from the migrations, equal to the models, kept safe when they change."""

from __future__ import annotations

import re
import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import db.local
import db.migrate
from db.engine import make_engine
from db.models import Base
from db.schema import HEAD
from studyapp.bootstrap import Program, open_program
from studyapp.errors import DataError, StudyError

Open = Callable[[], Program]
ON_A_SERVER = ("ix_reviews_learner_id", "ix_events_learner_id")
VERSIONS = Path(db.migrate.__file__).with_name("migrations")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def run(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(sql).fetchall()


@pytest.fixture
def file(program: Program) -> Path:
    """A learner's file with one answer, closed."""
    program.recall.grade("t1.fog.c0", 4)
    program.close()
    return program.paths.database


def test_the_program_knows_alembic_s_newest_version() -> None:
    config = Config()
    config.set_main_option("script_location", str(VERSIONS))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [HEAD]
    versions = [script.revision for script in scripts.walk_revisions()]
    assert versions == sorted(versions, reverse=True), "versions are compared as text"


def test_the_models_are_what_the_migrations_make(file: Path) -> None:
    engine = make_engine(file)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": of_a_file})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def of_a_file(item: object, name: str | None, *_: object) -> bool:
    return name not in ON_A_SERVER


def downgrade(file: Path, version: str) -> None:
    from alembic import command

    config = Config()
    config.set_main_option("script_location", str(VERSIONS))
    config.set_main_option("path_separator", "os")
    engine = make_engine(file)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, version)
    engine.dispose()


def test_the_tables_can_be_taken_away_again(file: Path) -> None:
    downgrade(file, "base")
    assert run(file, "SELECT name FROM sqlite_master WHERE type = 'table'") == [("alembic_version",)]


def test_a_fresh_home_is_the_learner_s_alone(program: Program) -> None:
    home = program.paths.home
    program.recall.grade("t1.fog.c0", 4)
    assert mode(home) == 0o700
    assert {path.name: mode(path) for path in home.iterdir()} == {
        "studyapp.sqlite": 0o600,
        "studyapp.sqlite-shm": 0o600,
        "studyapp.sqlite-wal": 0o600,
    }
    program.close()
    assert [path.name for path in home.iterdir()] == ["studyapp.sqlite"]


def test_answers_are_written_with_care(program: Program) -> None:
    with program.store.transaction() as tx:
        found = {name: tx._run(f"PRAGMA {name}", {})[0][0] for name in ("journal_mode", "synchronous", "foreign_keys")}
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes the program one version newer, with a migration that runs these statements."""

    def make(body: str) -> None:
        folder = tmp_path / "newer"
        shutil.copytree(VERSIONS, folder / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
        text = f'from alembic import op\nrevision = "9000"\ndown_revision = "{HEAD}"\ndef upgrade():\n    {body}\n'
        (folder / "migrations" / "versions" / "v9000_next.py").write_text(text)
        monkeypatch.setattr(db.migrate, "__file__", str(folder / "migrate.py"))
        monkeypatch.setattr(db.local, "HEAD", "9000")

    return make


def test_an_older_file_is_copied_then_brought_up_to_date(
    file: Path, own_home: Path, next_version: Callable[[str], None]
) -> None:
    next_version('op.execute("ALTER TABLE drafts ADD COLUMN colour TEXT")')
    said: list[str] = []
    program = open_program(say=said.append)
    assert program.recall.state("t1.fog.c0").reviews == 1
    program.close()
    assert run(file, "SELECT version_num FROM alembic_version") == [("9000",)]
    assert run(file, "SELECT colour FROM drafts") == []
    (backup,) = (own_home / "backups").iterdir()
    assert re.fullmatch(rf"\d{{4}}-\d\d-\d\dT\d{{6}}-before-{HEAD}\.sqlite", backup.name)
    assert said == [f"Updating your data to a new version; a copy of the old one is in {own_home / 'backups'}."]
    assert (mode(own_home / "backups"), mode(backup)) == (0o700, 0o600)
    assert run(backup, "SELECT version_num FROM alembic_version") == [(HEAD,)]
    assert run(backup, "SELECT card_id, grade FROM reviews") == [("t1.fog.c0", 4)]
    said.clear()
    open_program(say=said.append).close()
    assert (said, len(list((own_home / "backups").iterdir()))) == ([], 1)


def test_a_file_of_the_first_version_is_brought_up_to_date(file: Path) -> None:
    downgrade(file, "0001")
    assert run(file, "SELECT version_num FROM alembic_version") == [("0001",)]
    program = open_program(say=lambda text: None)
    assert program.recall.state("t1.fog.c0").reviews == 1
    program.close()
    assert run(file, "SELECT module, problems FROM shelves") == [("t1", "[]")]


def test_a_migration_that_fails_leaves_everything_as_it_was(file: Path, next_version: Callable[[str], None]) -> None:
    next_version('op.execute("DROP TABLE drafts"); op.execute("SELECT no_such_column FROM reviews")')
    with pytest.raises(StudyError, match="no such column"):
        open_program(say=lambda text: None)
    assert run(file, "SELECT version_num FROM alembic_version") == [(HEAD,)]
    assert run(file, "SELECT count(*) FROM drafts") == [(0,)]


def test_a_newer_file_is_refused_and_not_touched(file: Path) -> None:
    run(file, "UPDATE alembic_version SET version_num = '9000'")
    before, names = file.read_bytes(), sorted(path.name for path in file.parent.iterdir())
    with pytest.raises(DataError) as refused:
        open_program()
    assert str(refused.value) == (
        f"{file} was written by a newer studyapp (version 9000 of the tables, this one knows {HEAD});"
        " it was left untouched. Update studyapp."
    )
    assert (file.read_bytes(), sorted(path.name for path in file.parent.iterdir())) == (before, names)


def test_an_empty_file_is_a_fresh_start(own_home: Path, module: Path, open_again: Open) -> None:
    """As a start leaves it that was cut off before the tables were made."""
    own_home.mkdir()
    (own_home / "studyapp.sqlite").touch()
    assert open_again().recall.today().new == 2


@pytest.mark.parametrize("name", ["a?b", "100%20sure", "x#y", "mit Leerzeichen", "größe", "quote'\"s", ":memory:"])
def test_any_folder_will_do(tmp_path: Path, module: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("STUDYAPP_HOME", str(tmp_path / name))
    program = open_program()
    program.recall.grade("t1.fog.c0", 4)
    assert program.recall.state("t1.fog.c0").reviews == 1
    program.close()
    assert [path.name for path in (tmp_path / name).iterdir()] == ["studyapp.sqlite"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["content", name])
