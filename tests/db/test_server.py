"""A PostgreSQL server: several learners on one database, and two programs of one learner."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Thread

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import db.server
from db.engine import make_engine
from db.models import Base
from studyapp.bootstrap import Program
from studyapp.cli import main
from studyapp.core.log import Mode
from studyapp.errors import StudyError, UsageError
from studyapp.services.browse import shown
from studyapp.services.doctor import examine
from tests.conftest import FrozenClock, card_values, small_module, write_module
from tests.db.conftest import OpenAs
from tests.postgres import OWNER, TEMPLATE, Postgres

Open = Callable[[], Program]
A, B = "t1.fog.c0", "t1.rails.c0"
TWO_HUNDRED = """
import sys
from studyapp.bootstrap import open_program
recall = open_program().recall
cards = sorted(recall.store.card_ids("me"))
for number in range(200):
    if number % 20 == 0:
        sys.stdin.readline()
    print(recall.grade(cards[number % len(cards)], (number * 7 + int(sys.argv[1])) % 6).review.id, flush=True)
    if number % 10 == 9:
        recall.flag(cards[0], number % 2)
"""


def started(script: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


# -- tables


def test_the_models_are_what_the_migrations_make_on_a_server(server_url: str) -> None:
    engine = make_engine(server_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_ids_are_ordered_by_their_bytes_whatever_the_database_s_language(postgres: Postgres) -> None:
    found = postgres.sql(
        "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND column_name IN ('id', 'card_id', 'subject', 'module') AND collation_name IS DISTINCT FROM 'C'",
        postgres.url(TEMPLATE),
    )
    assert found == []


def test_programs_that_start_at_once_on_an_empty_server_make_one_set_of_tables(
    postgres: Postgres, module: Path, monkeypatch: pytest.MonkeyPatch, open_again: Open
) -> None:
    monkeypatch.setenv("STUDYAPP_DB", postgres.empty_database())
    script = (
        "import os, sys; os.environ['STUDYAPP_LEARNER'] = sys.argv[1]\n"
        "from studyapp.bootstrap import open_program\n"
        "print(open_program().recall.grade('t1.fog.c0', 4).review.learner)"
    )
    names = ["ada", "bob", "cyd", "cyd"]
    processes = [started(script, name) for name in names]
    assert sorted(process.communicate()[0].strip() for process in processes) == names
    assert [process.returncode for process in processes] == [0] * 4
    monkeypatch.setenv("STUDYAPP_LEARNER", "cyd")
    assert len(open_again().store.reviews_of("cyd", A)) == 2


# -- several learners


def test_learners_see_their_own(module: Path, open_as: OpenAs, clock: FrozenClock) -> None:
    ada, bob = open_as("ada"), open_as("bob")
    ada.recall.grade(A, 5)
    bob.recall.grade(A, 1, answer="mine alone")
    bob.recall.note(A, "a note")
    ada.recall.save_draft(B, "a draft")
    assert (ada.recall.state(A).last_grade, bob.recall.state(A).last_grade) == (5, 1)
    assert [review.answer for review in ada.store.reviews_of("ada", A)] == [""]
    assert (ada.recall.state(A).note, bob.recall.draft(B)) == ("", "")
    assert ada.recall.undo() is not None
    assert ada.recall.undo() is None, "what bob did is not hers to undo"
    assert bob.recall.state(A).reviews == 1
    for program in (ada, bob, open_as("cyd")):
        assert all(finding.ok for finding in examine(program.recall))
    assert open_as("cyd").recall.today().new == 2


def test_a_clock_that_is_years_ahead_troubles_nobody_else(module: Path, open_as: OpenAs) -> None:
    ada, bob = open_as("ada"), open_as("bob")
    bob.recall._new_id = lambda: "fffffffe-0000-7000-8000-000000000000"
    assert bob.recall.grade(A, 4).review.id > "f"
    assert ada.recall.grade(A, 4).review.id < "f"


# -- whose files are studied


def reworded(folder: Path, prompt: str, *, drop: str = "") -> None:
    cards = small_module()
    cards["fog"][0]["prompt"] = prompt
    if drop:
        cards = {topic: [card for card in values if card["id"] != drop] for topic, values in cards.items()}
    write_module(folder, cards)


def test_the_keeper_s_files_are_what_everybody_studies(tmp_path: Path, module: Path, open_as: OpenAs) -> None:
    """Bob's files are older and lie elsewhere: his program starts last and again, and takes nothing back."""
    other = tmp_path / "other"
    reworded(other / "m", "Older?", drop=B)
    assert open_as("ada").recall.card(A).prompt == "What is c0 in fog?"
    bob = open_as("bob", other)
    assert bob.recall.card(A).prompt == "What is c0 in fog?"
    assert bob.library.notices == [
        "t1: your files differ from what is studied on this server, which ada keeps;"
        " studyapp content publish t1 takes it over."
    ]
    assert bob.recall.grade(B, 4).scheduled, "a card that his files lack"
    assert str(shown(A, bob.recall)["place"]).startswith(f"{other}/m/cards/fog.yaml:")
    assert [chapter.title for chapter in bob.library.chapters("t1", "02_explainer.md")]
    assert open_as("bob", other).library.notices == []
    reworded(module, "Newer?")
    assert open_as("ada").recall.card(A).prompt == "Newer?"
    assert open_as("ada").library.refresh() is False
    assert open_as("bob", other).recall.card(A).prompt == "Newer?"


def test_a_card_that_the_keeper_adds_or_drops_comes_to_all(tmp_path: Path, module: Path, open_as: OpenAs) -> None:
    other = write_module(tmp_path / "other" / "m", small_module()).parent
    open_as("ada")
    open_as("bob", other).recall.grade(B, 4)
    cards = small_module()
    cards["rails"][0] = card_values("t1.rails.fresh", difficulty="green")
    write_module(module, cards)
    open_as("ada")
    bob = open_as("bob", other)
    listings = {card.id: card for card in bob.store.listing("bob")}
    assert (listings[B].retired, listings["t1.rails.fresh"].retired) == (True, False)
    assert B not in bob.recall.today().order
    assert bob.recall.grade("t1.rails.fresh", 4).scheduled
    assert bob.recall.state(B).reviews == 1, "kept with its history"
    assert all(finding.ok for finding in examine(bob.recall))


def test_a_module_of_one_s_own_stays_one_s_own(tmp_path: Path, module: Path, open_as: OpenAs) -> None:
    both = tmp_path / "both"
    write_module(both / "m", small_module())
    write_module(both / "own", {"sea": [card_values("t2.sea.wave")]}, "t2")
    ada, bob = open_as("ada"), open_as("bob", both)
    assert "t2.sea.wave" not in [card.id for card in ada.store.listing("ada")]
    assert [one.id for one in ada.library.modules()] == ["t1"]
    assert [one.id for one in bob.library.modules()] == ["t1", "t2"]
    assert bob.recall.grade("t2.sea.wave", 4).scheduled
    with pytest.raises(UsageError, match="no card"):
        ada.recall.grade("t2.sea.wave", 4)
    moved = tmp_path / "laptop"
    write_module(moved / "m", small_module())
    laptop = open_as("bob", moved, home="laptop")
    assert laptop.recall.state("t2.sea.wave").reviews == 1
    assert not {card.id: card for card in laptop.store.listing("bob")}["t2.sea.wave"].retired, "his desktop has it"
    assert [one.id for one in laptop.library.modules()] == ["t1"]


def test_a_module_can_be_taken_over(
    tmp_path: Path, module: Path, open_as: OpenAs, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    reworded(other / "m", "Bob's?", drop=B)
    open_as("ada")
    bob = open_as("bob", other)
    with pytest.raises(UsageError, match="There is no module 't9'; there are: t1"):
        bob.library.publish(["t9"])
    assert main(["content", "publish", "t1"]) == 0
    assert capsys.readouterr().out.startswith("t1: your files are what everybody on the server studies")
    ada = open_as("ada", module.parent)
    assert ada.recall.card(A).prompt == "Bob's?"
    assert {card.id: card.retired for card in ada.store.listing("ada")}[B]
    reworded(module, "Ada's again?")
    assert list(open_as("ada").library.elsewhere.values()) == ["bob"]


# -- two programs of one learner


def test_two_programs_of_one_learner_lose_nothing_and_schedule_once(module: Path, open_as: OpenAs) -> None:
    program = open_as("me")
    processes = [started(TWO_HUNDRED, str(number)) for number in range(2)]
    written: list[str] = []
    for _ in range(10):  # in step, so that neither is done before the other begins
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in processes:
            assert process.stdout is not None
            written += [process.stdout.readline().strip() for _ in range(20)]
    for process in processes:
        process.communicate()
    assert [process.returncode for process in processes] == [0, 0]
    log = program.store.latest_reviews("me", 10**6)
    assert sorted(written) == sorted(review.id for review in log)
    assert len(written) == 400
    recalls = [review.card_id for review in log if review.mode is Mode.RECALL]
    assert len(recalls) == len(set(recalls)), "one recall of a card in a day"
    assert all(finding.ok for finding in examine(program.recall))


def test_a_learner_who_is_busy_elsewhere_is_waited_for_and_others_are_not(
    module: Path, open_as: OpenAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db.server, "LOCK_SECONDS", 1)
    first, second, other = open_as("ada"), open_as("ada"), open_as("bob")
    with first.store.transaction():
        assert second.recall.today().new == 2, "looking waits for nobody"
        assert other.recall.grade(A, 4).scheduled
        with pytest.raises(StudyError, match=r"Another studyapp of yours is at work on .*; nothing was changed"):
            second.recall.grade(A, 4)
    assert second.recall.grade(A, 4).scheduled


def test_nothing_is_open_while_the_learner_thinks(postgres: Postgres, module: Path, open_as: OpenAs) -> None:
    program = open_as("ada")
    program.recall.today()
    program.recall.grade(A, 4)
    with pytest.raises(UsageError):
        program.recall.grade("t9.no.card", 4)
    states = "SELECT state FROM pg_stat_activity WHERE application_name = 'studyapp' AND datname = current_database()"
    assert postgres.sql(states, os.environ["STUDYAPP_DB"]) == [("idle",)]


# -- many learners


def test_many_learners_grade_at_once(module: Path, open_as: OpenAs) -> None:
    """`python -m bench.learners` does this with a thousand."""
    programs = [open_as(f"learner {number}") for number in range(25)]
    start, failed = Barrier(len(programs)), list[BaseException]()

    def study(program: Program) -> None:
        start.wait()
        try:
            for number, card_id in enumerate(sorted(program.store.card_ids(program.recall.learner))):
                program.recall.grade(card_id, number % 6)
        except BaseException as error:
            failed.append(error)

    threads = [Thread(target=study, args=(program,)) for program in programs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    for program in programs:
        assert [review.grade for review in program.store.latest_reviews(program.recall.learner, 99)] == [
            *range(6)[::-1],
            *range(6)[::-1],
        ]
        assert all(finding.ok for finding in examine(program.recall))


def test_a_tutor_may_look_without_a_right_to_write(
    postgres: Postgres,
    server_url: str,
    module: Path,
    open_as: OpenAs,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    open_as("ada").recall.grade(A, 1)
    postgres.sql("DROP ROLE IF EXISTS tutor; CREATE ROLE tutor LOGIN; GRANT pg_read_all_data TO tutor")
    monkeypatch.setenv("STUDYAPP_DB", server_url.replace(f"{OWNER}@", "tutor@"))
    monkeypatch.delenv("STUDYAPP_LEARNER")
    assert main(["cohort"]) == 0
    assert "ada" in capsys.readouterr().out
    monkeypatch.setenv("STUDYAPP_LEARNER", "ada")
    assert main(["grade", A, "5"]) == 1
    assert "does not allow this (permission denied for table reviews); ask who runs it." in capsys.readouterr().err
