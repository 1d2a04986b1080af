"""The tutor's table says of each learner what the learner's own screens say."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from studyapp.bootstrap import Program
from studyapp.cli import main
from studyapp.core.audit import Verdict
from studyapp.core.log import Mode
from studyapp.errors import UsageError
from studyapp.services import standing
from studyapp.services.cohort import Cohort, gather
from studyapp.services.statistics import gather as figures_of
from tests.conftest import FrozenClock, small_module, write_module
from tests.standing import ITEMS, gated_module, now, pass_module, revise, study_day

OpenAs = Callable[[str], Program]
A, B = "t1.fog.c0", "t1.sketch.c0"


@pytest.fixture
def open_as(content: Path, open_again: Callable[[], Program], monkeypatch: pytest.MonkeyPatch) -> OpenAs:
    """Programs of several learners on one database, which is a local file too when there is no server."""

    def start(learner: str) -> Program:
        monkeypatch.setenv("STUDYAPP_LEARNER", learner)
        return open_again()

    return start


def seen(program: Program, module: str = "") -> Cohort:
    with program.store.group() as group:
        return gather(group, program.recall.day, module)


def agrees(found: Cohort, program: Program) -> None:
    """Each figure of the table against the learner's own."""
    recall = program.recall
    (member,) = [one for one in found.members if one.learner == recall.learner]
    own, figures = now(program, found.module), figures_of(recall, program.library.modules())
    done, touched = sum(t.done for t in figures.topics), sum(t.done + t.shaky for t in figures.topics)
    assert (member.standing.known, member.standing.seen) == (done, touched)
    assert member.standing.due == recall.store.due_total(recall.learner, recall.day)
    assert member.streak == recall.streak() == figures.streak.current
    assert member.last_day == max((total.day for total in figures.days if total.day <= recall.day), default=None)
    assert member.recall == figures.retention[None].all
    assert member.solid == sum(one.verdict is Verdict.SOLID for one in own.findings)
    assert member.ticked == sum(one.ticked for one in own.findings)
    assert (member.signed, member.items, member.open) == (own.done, len(own.items), own.open)


def test_whatever_learners_do_the_table_agrees_with_their_screens(
    content: Path, clock: FrozenClock, open_as: OpenAs
) -> None:
    gated_module(content / "m")
    programs, dice = [open_as(name) for name in ("ada", "Bob", "cyd")], random.Random(7)
    for _ in range(12):
        for program in programs[:2]:
            recall = program.recall
            for card_id in recall.today().order:
                recall.grade(card_id, dice.randrange(6), confidence=dice.choice((None, 1, 2, 3, 4)))
            for card_id in dice.sample((A, B), dice.randrange(3)):
                recall.grade(card_id, dice.randrange(6), mode=dice.choice((None, Mode.QUIZ, Mode.REVISION)))
            for _ in range(dice.randrange(4)):  # undo, and undo of the undo
                dice.choice((recall.undo, recall.undo, recall.redo))()
            if dice.random() < 0.3:
                recall.suspend(dice.choice((A, B)))
            own = now(program)
            standing.tick(recall, own, dice.choice(own.findings).statement.id, dice.random() < 0.7)
        clock.forward(days=dice.choice((1, 1, 1, 2)))
    standing.sign(programs[0].recall, programs[0].library, now(programs[0]), "explainer", "", "read on paper")
    revise(programs[1])
    found = seen(programs[0])
    assert [member.learner for member in found.members] == ["Bob", "ada", "cyd"]
    for program in programs:
        agrees(found, program)
    assert sum(card.answers for card in found.cards) == sum(
        sum(sum(grades) for grades in figures_of(p.recall, p.library.modules()).answers.values()) for p in programs
    )


def test_a_learner_who_passed_has_an_open_gate(content: Path, clock: FrozenClock, open_as: OpenAs) -> None:
    gated_module(content / "m")
    ada, bob = open_as("ada"), open_as("bob")
    pass_module(ada, clock)
    study_day(bob)
    found = seen(bob)
    assert [(member.learner, member.open) for member in found.members] == [("ada", True), ("bob", False)]
    assert found.members[0].signed == len(ITEMS)
    agrees(found, ada)
    agrees(found, bob)


def test_cards_are_counted_once_a_day_over_all_learners(content: Path, clock: FrozenClock, open_as: OpenAs) -> None:
    gated_module(content / "m")
    for name, confidence in (("ada", 4), ("bob", 1), ("cyd", None)):
        recall = open_as(name).recall
        recall.grade(A, 1, confidence=confidence)
        recall.grade(A, 2)  # a drill
        recall.grade(B, 1)
        recall.undo()
    (card,) = seen(open_as("dan")).cards
    assert (card.card_id, card.answers, card.wrong, card.sure, card.learners) == (A, 3, 3, 1, 3)
    assert [member.learner for member in seen(open_as("dan")).members] == ["ada", "bob", "cyd", "dan"]


def test_a_module_is_named_or_the_first_with_a_gate(content: Path, open_as: OpenAs) -> None:
    write_module(content / "a", small_module())
    gated_module(content / "b", "t2")
    program = open_as("ada")
    assert (seen(program).module, seen(program, "t1").module) == ("t2", "t1")
    assert seen(program, "t1").members[0].items == 0
    with pytest.raises(UsageError, match="There is no module 't9'; there are: t1, t2"):
        seen(program, "t9")


def test_the_command_s_table_fits_a_terminal_and_shows_no_answers(
    content: Path, open_as: OpenAs, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    gated_module(content / "m")
    for name in ("ada", "x" * 64, "木" * 30):
        open_as(name).recall.grade(A, 1, answer="a secret", confidence=4)
    monkeypatch.delenv("STUDYAPP_LEARNER")
    monkeypatch.setenv("STUDYAPP_NOW", "2026-11-23T09:00:00Z")
    assert main(["cohort", "--least", "3"]) == 0
    text = capsys.readouterr().out
    assert "100% (44%-100%) of 3, 3 sure     t1.fog.c0: What is c0 in fog?" in text
    assert "secret" not in text
    assert max(map(len, text.splitlines())) <= 79
    assert main(["cohort", "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert [one["learner"] for one in values["learners"]] == ["ada", "x" * 64, "木" * 30]
    assert values["learners"][0]["cards"] == {"all": 6, "seen": 1, "known": 0, "due": 0}
    assert values["cards"] == [], "ranked from ten answers"
    assert main(["cohort", "--least", "0"]) == 2


def test_looking_adds_nobody(content: Path, open_as: OpenAs, monkeypatch: pytest.MonkeyPatch) -> None:
    gated_module(content / "m")
    ada = open_as("ada")
    monkeypatch.setenv("STUDYAPP_LEARNER", "tutor")
    assert main(["cohort"]) == 0
    assert [member.learner for member in seen(ada).members] == ["ada"]
