"""A server that is away, cut off, locked, foreign, newer: one sentence, the right exit code, nothing changed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from traceback import format_exception

import pytest
from sqlalchemy import Connection

from db.schema import HEAD
from studyapp.bootstrap import Program, open_program
from studyapp.cli import main
from studyapp.errors import DataError, StudyError
from tests import postgres as postgres_server
from tests.conftest import FrozenClock
from tests.db.conftest import OpenAs, Told
from tests.postgres import OWNER, Postgres

Open = Callable[[], Program]
A = "t1.fog.c0"


def test_a_newer_server_is_refused_and_not_touched(
    postgres: Postgres, module: Path, monkeypatch: pytest.MonkeyPatch, sentence_of: Told
) -> None:
    url = postgres.database()
    postgres.sql("UPDATE alembic_version SET version_num = '9000'", url)
    monkeypatch.setenv("STUDYAPP_DB", url)
    monkeypatch.setenv("STUDYAPP_LEARNER", "ada")
    code, text = sentence_of("due")
    assert code == 3
    assert f"was written by a newer studyapp (version 9000 of the tables, this one knows {HEAD})" in text
    assert postgres.sql("SELECT count(*) FROM modules", url) == [(0,)]


def test_a_database_of_another_program_is_left_alone(
    postgres: Postgres, module: Path, monkeypatch: pytest.MonkeyPatch, sentence_of: Told
) -> None:
    url = postgres.empty_database()
    postgres.sql("CREATE TABLE bookmarks (url TEXT)", url)
    monkeypatch.setenv("STUDYAPP_DB", url)
    monkeypatch.setenv("STUDYAPP_LEARNER", "ada")
    code, text = sentence_of("due")
    assert (code, "belongs to another program; it was left untouched. Name another database." in text) == (3, True)
    assert postgres.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", url) == [("bookmarks",)]


def test_a_program_that_is_older_than_the_tables_says_so(
    module: Path, open_as: OpenAs, postgres: Postgres, server_url: str
) -> None:
    program = open_as("ada")
    postgres.sql("ALTER TABLE reviews RENAME COLUMN aloud TO spoken", server_url)
    try:
        with pytest.raises(DataError, match="has other tables than this studyapp knows"):
            program.recall.grade(A, 4)
    finally:
        postgres.sql("ALTER TABLE reviews RENAME COLUMN spoken TO aloud", server_url)
    assert program.recall.grade(A, 4).after.reviews == 1


def test_a_connection_that_was_cut_is_made_again(
    postgres: Postgres, server_url: str, module: Path, open_as: OpenAs
) -> None:
    recall = open_as("ada").recall
    postgres.cut(server_url)
    assert recall.today().new == 2
    postgres.cut(server_url)
    assert recall.grade(A, 4).after.reviews == 1


def test_in_the_middle_of_a_change_nothing_is_done_twice(
    postgres: Postgres, server_url: str, module: Path, open_as: OpenAs
) -> None:
    recall = open_as("ada").recall

    def change() -> None:
        with recall.store.transaction() as tx:
            tx.put_setting("ada", "new_per_day", "5")
            postgres.cut(server_url)
            tx.put_setting("ada", "new_per_day", "6")

    with pytest.raises(StudyError, match="broke; the last change was not saved"):
        change()
    assert recall.store.settings("ada") == {}
    assert recall.grade(A, 4).after.reviews == 1


@pytest.mark.parametrize("kept", [True, False])
def test_an_answer_whose_acknowledgement_was_lost_is_looked_for(
    postgres: Postgres, server_url: str, module: Path, open_as: OpenAs, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    """The connection breaks at the commit: before the server did it, or after."""
    program = open_as("ada")
    commit = Connection.commit

    def cut_off(connection: Connection) -> None:
        monkeypatch.undo()
        if kept:
            connection.exec_driver_sql("COMMIT")
        postgres.cut(server_url)
        connection.exec_driver_sql("SELECT 1") if kept else commit(connection)

    monkeypatch.setattr(Connection, "commit", cut_off)
    if kept:
        assert program.recall.grade(A, 4).after.reviews == 1
    else:
        with pytest.raises(StudyError, match="broke; the last change was not saved"):
            program.recall.grade(A, 4)
    assert len(program.store.reviews_of("ada", A)) == kept


def test_a_server_that_stops_and_comes_back(module: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> None:
    with postgres_server.started() as server:  # without the settings that make it fast and forgetful
        monkeypatch.setenv("STUDYAPP_DB", server.database())
        monkeypatch.setenv("STUDYAPP_LEARNER", "ada")
        program = open_program()
        ids = [program.recall.grade(A, grade).review.id for grade in (4, 2, 5)]
        server.stop()
        for attempt in (lambda: program.recall.grade(A, 4), program.recall.today):
            with pytest.raises(StudyError, match=r"cannot be reached \(.*\); nothing was changed"):
                attempt()
        server.start()
        assert [review.id for review in program.store.reviews_of("ada", A)] == ids
        assert program.recall.grade(A, 4).after.reviews == 4
        program.close()


REFUSED = [
    ("locked:wrong@", "did not accept the name or password; nothing was changed. Correct STUDYAPP_DB."),
    ("locked@", "asks for a password; nothing was changed. Add it to STUDYAPP_DB."),
    ("stranger@", 'knows nobody of that name (role "stranger" does not exist); nothing was changed.'),
    ("reader@", "does not allow this (permission denied for table"),
]


@pytest.mark.parametrize(("who", "sentence"), REFUSED, ids=[who for who, _ in REFUSED])
def test_who_is_not_let_in_is_told_why(
    server_url: str, module: Path, postgres: Postgres, roles: None, sentence_of: Told, who: str, sentence: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    url = server_url.replace(f"{OWNER}@", who)
    monkeypatch.setenv("STUDYAPP_DB", url)
    code, text = sentence_of("grade", A, "4")
    assert (code, sentence in text) == (1, True), text
    assert "wrong" not in text
    with pytest.raises(StudyError) as raised:
        main(["--debug", "grade", A, "4"])
    assert "wrong" not in "".join(format_exception(raised.value))
    assert postgres.sql("SELECT count(*) FROM modules", server_url) == [(0,)]


@pytest.fixture(scope="session")
def roles(postgres: Postgres) -> None:
    """One with a password, and one who may look at the tables of the template."""
    postgres.sql("CREATE ROLE locked LOGIN PASSWORD 'right'")
    postgres.sql("CREATE ROLE reader LOGIN")


def test_who_may_not_make_tables_is_told_so(
    postgres: Postgres, module: Path, roles: None, sentence_of: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.empty_database()
    monkeypatch.setenv("STUDYAPP_DB", url.replace(f"{OWNER}@", "reader@"))
    monkeypatch.setenv("STUDYAPP_LEARNER", "ada")
    code, text = sentence_of("due")
    assert (code, "does not allow this (permission denied for schema public); ask who runs it." in text) == (1, True)
    assert postgres.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", url) == []


@pytest.mark.parametrize("place", ["127.0.0.1:1", "nowhere.invalid"])
def test_a_server_that_is_not_there(
    module: Path, sentence_of: Told, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setenv("STUDYAPP_DB", f"postgres://ada:secret@{place}/study")
    monkeypatch.setenv("STUDYAPP_LEARNER", "ada")
    code, text = sentence_of("due")
    assert (code, text.startswith(f"{place}/study cannot be reached (")) == (1, True), text
    assert "secret" not in text


def test_a_database_in_another_encoding_is_refused(
    postgres: Postgres, module: Path, sentence_of: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.sql("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    monkeypatch.setenv("STUDYAPP_DB", postgres.url("latin"))
    monkeypatch.setenv("STUDYAPP_LEARNER", "ada")
    code, text = sentence_of("due")
    assert (code, "keeps its texts as LATIN1; studyapp needs a database made with UTF8." in text) == (3, True)


def test_without_the_driver_a_sentence_says_what_to_install(
    module: Path, sentence_of: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.setenv("STUDYAPP_DB", "postgresql://ada@host/study")
    monkeypatch.setenv("STUDYAPP_LEARNER", "ada")
    code, text = sentence_of("due")
    assert (code, text) == (
        2,
        "A PostgreSQL server needs the driver psycopg, which is not installed; pip install 'studyapp[server]'.",
    )


@pytest.mark.parametrize("name", ["", "x" * 65, "two\nlines", " ada", "a\x1b[31m"])
def test_a_learner_on_a_server_has_a_name(
    module: Path, sentence_of: Told, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("STUDYAPP_DB", "postgresql://ada@host/study")
    monkeypatch.setenv("STUDYAPP_LEARNER", name)
    code, text = sentence_of("due")
    assert (code, "STUDYAPP_LEARNER" in text) == (2, True)


def test_a_local_file_has_learners_too(module: Path, open_again: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    open_again().recall.grade(A, 5)
    monkeypatch.setenv("STUDYAPP_LEARNER", "Ada Lovelace")
    ada = open_again()
    assert (ada.recall.today().new, ada.recall.state(A).reviews) == (2, 0)
    assert ada.recall.grade(A, 1).scheduled
    monkeypatch.delenv("STUDYAPP_LEARNER")
    assert open_again().recall.state(A).last_grade == 5
