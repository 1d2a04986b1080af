"""Two machines of one learner: whatever was done on each, the merged log and schedule are one and the same."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from studyapp.core.ids import uuid7
from studyapp.core.log import Event, EventKind, Mode, Record, Review
from studyapp.core.log_check import problem
from studyapp.errors import DataError, UsageError
from studyapp.services.merge import Incoming, merge
from studyapp.services.preferences import change_setting
from studyapp.services.statistics import gather
from tests.conftest import small_module, write_module
from tests.services.logs import Machine

A, B = "t1.fog.c0", "t1.fog.c1"


@pytest.fixture
def machine(tmp_path: Path, module: Path) -> Iterator[Callable[[str], Machine]]:
    made: list[Machine] = []

    def make(name: str) -> Machine:
        made.append(Machine(tmp_path / name, module.parent, local=name != "laptop"))  # a server is the laptop's
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def laptop(machine: Callable[[str], Machine]) -> Machine:
    return machine("laptop")


@pytest.fixture
def desktop(machine: Callable[[str], Machine]) -> Machine:
    return machine("desktop")


def test_a_merge_brings_what_is_new_and_moves_only_its_cards(laptop: Machine, desktop: Machine) -> None:
    laptop.recall.grade(A, 5)
    laptop.recall.flag(A, 1)
    desktop.recall.grade(B, 4)
    merged = desktop.merge(laptop)
    assert (merged.reviews, merged.events, merged.already, merged.cards, merged.moved) == (1, 1, 0, 1, 1)
    assert merged.words == "1 review and 1 other record added, 0 there already; 1 card moved to another day"
    assert desktop.recall.state(A) == laptop.recall.state(A)
    assert desktop.recall.state(B).reviews == 1
    again = desktop.merge(laptop)
    assert (again.reviews, again.events, again.already, again.cards) == (0, 0, 2, 0)
    assert again.words == "nothing new: all 2 records were there already"


def test_of_two_first_grades_on_one_day_the_earlier_schedules_on_both_machines(
    laptop: Machine, desktop: Machine
) -> None:
    desktop.clock.forward(hours=2)
    desktop.recall.grade(A, 5)
    laptop.recall.grade(A, 1)  # two hours earlier, met later by the desktop
    desktop.merge(laptop)
    laptop.merge(desktop)
    assert desktop.states() == laptop.states()
    state = desktop.recall.state(A)
    assert (state.memory.repetitions, state.memory.ease, state.last_grade) == (1, 2.5, 5)
    assert desktop.follows_from_the_log()


def test_at_the_same_moment_the_smaller_id_comes_first(laptop: Machine, desktop: Machine) -> None:
    first = laptop.recall.grade(A, 1).review
    desktop.recall.grade(A, 5)
    for one, other in ((laptop, desktop), (desktop, laptop)):
        one.merge(other)
    assert laptop.states() == desktop.states()
    assert laptop.log()[0].id == first.id
    assert laptop.recall.state(A).lapses == 0
    assert laptop.recall.state(A).memory.ease == 2.5


def test_an_undo_takes_back_the_learners_last_action_wherever_it_was_done(laptop: Machine, desktop: Machine) -> None:
    desktop.recall.grade(B, 4)
    last = laptop.recall.grade(A, 3).review
    desktop.merge(laptop)
    undone = desktop.recall.undo()
    assert undone is not None
    assert undone.record_id == last.id
    laptop.merge(desktop)
    assert laptop.recall.state(A).due is None
    redone = laptop.recall.redo()
    assert redone is not None
    assert redone.record_id == last.id
    assert laptop.recall.state(A).due is not None


def test_what_both_machines_undid_comes_back_with_one_redo(laptop: Machine, desktop: Machine) -> None:
    laptop.recall.grade(A, 3)
    desktop.merge(laptop)
    laptop.recall.undo()
    desktop.recall.undo()
    desktop.merge(laptop)
    assert desktop.recall.state(A).due is None
    assert desktop.recall.redo() is not None
    assert desktop.recall.state(A).due is not None
    assert desktop.recall.redo() is None


def test_settings_are_taken_over_only_by_a_learner_without_a_log(laptop: Machine, desktop: Machine) -> None:
    change_setting(laptop.recall, "failure_ease", "update")
    change_setting(laptop.recall, "theme", "nord")
    change_setting(desktop.recall, "theme", "dracula")
    laptop.recall.save_draft(B, "half a thought")
    for grade in (4, 4, 1):
        laptop.recall.grade(A, grade)
        laptop.clock.forward(days=8)
    moved_in = desktop.merge(laptop)
    assert (moved_in.settings, moved_in.drafts, moved_in.settings_left, moved_in.drafts_left) == (1, 1, 1, 0)
    assert ", 1 setting and 1 draft taken over; " in moved_in.words
    assert moved_in.words.endswith("; 1 setting of the other not taken over, for yours stay as they are")
    assert (desktop.recall.settings.failure_ease, desktop.recall.settings.theme) == ("update", "dracula")
    assert desktop.states() == laptop.states()
    assert desktop.recall.draft(B) == "half a thought"
    change_setting(laptop.recall, "failure_ease", "keep")
    laptop.recall.save_draft(A, "another thought")
    laptop.recall.grade(B, 4)
    later = desktop.merge(laptop)
    assert (later.settings, later.drafts) == (0, 0)
    assert later.words.endswith("; 2 settings and 1 draft of the other not taken over, for yours stay as they are")
    assert desktop.merge(laptop).words.startswith("nothing new: ")
    assert "2 settings and 1 draft" in desktop.merge(laptop).words
    assert desktop.recall.settings.failure_ease == "update"


def test_figures_of_the_merged_log_are_the_same_on_both_machines(laptop: Machine, desktop: Machine) -> None:
    def figures(machine: Machine) -> object:
        return gather(machine.recall, machine.program.library.modules())

    for day in range(12):
        laptop.recall.grade(A, day % 6)
        desktop.recall.grade(B, 5 - day % 6, elapsed_ms=1000)
        if day % 5 == 4:
            laptop.recall.undo()
        for machine in (laptop, desktop):
            machine.clock.forward(days=1)
            assert figures(machine)  # whatever is kept of them is older than the merge
    desktop.merge(laptop)
    laptop.merge(desktop)
    assert figures(laptop) == figures(desktop)


def test_what_no_text_can_hold_is_refused_at_once_and_a_card_left_open_for_a_month_is_bounded(laptop: Machine) -> None:
    for text in ("\ud800", "a\udcffb"):
        with pytest.raises(UsageError, match="holds a character that cannot be stored"):
            laptop.recall.note(A, text)
    laptop.recall.grade(A, 4, elapsed_ms=40 * 86_400_000)
    assert [problem(record) for record in laptop.log()] == [None]


NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def review(number: int, **changes: object) -> Review:
    made = Review(
        id=uuid7(number * 10**9, number), learner="x", card_id=A, reviewed_at=NOW, study_day=NOW.date(), grade=4
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def void(number: int, subject: str, card: str | None = A) -> Event:
    return Event(
        id=uuid7(number * 10**9, number),
        learner="x",
        at=NOW,
        study_day=NOW.date(),
        kind=EventKind.VOID,
        card_id=card,
        subject=subject,
    )


@pytest.mark.parametrize(
    ("records", "words"),
    [
        (
            [review(1), review(2, grade=9)],
            r"f:2: grade should be a whole number from 0 to 5, not 9. Nothing was changed.",
        ),
        ([review(1), review(1, grade=3)], r"f:2: the record \S+ stands in your log with another content"),
        ([review(1), void(2, review(1).id, card=B)], r"f: \S+ undoes a record of another card; nothing was changed"),
        ([review(1), void(2, review(1).id, card=None)], r"f: \S+ undoes a record of another card; nothing was changed"),
        ([review(3), void(2, review(3).id)], r"f:2: subject should be the id of a record made before this one"),
    ],
)
def test_one_bad_record_stops_all(laptop: Machine, records: list[Record], words: str) -> None:
    laptop.recall.grade(B, 4)
    before = laptop.log(), laptop.states()
    with pytest.raises(DataError, match=words):
        merge(laptop.recall, Incoming(enumerate(records, start=1), "f"))
    assert (laptop.log(), laptop.states()) == before


def test_a_record_changed_meanwhile_is_refused_in_either_direction(laptop: Machine, desktop: Machine) -> None:
    merge(laptop.recall, Incoming([(0, review(1))], "f"))
    merge(desktop.recall, Incoming([(0, review(1, answer="other words"))], "f"))
    for one, other in ((laptop, desktop), (desktop, laptop)):
        with pytest.raises(DataError, match="with another content; one of the two was changed by another program"):
            one.merge(other)


def test_a_record_of_another_learner_is_refused(laptop: Machine) -> None:
    with laptop.program.store.transaction() as tx:
        tx.add_review(review(1, learner="anna"))
    with pytest.raises(DataError, match="belongs to the learner 'anna' already"):
        merge(laptop.recall, Incoming([(0, review(1))], "f"))


def test_a_stop_halfway_leaves_everything_as_it_was(laptop: Machine) -> None:
    def records() -> Iterator[tuple[int, Record]]:
        for number in range(1, 2000):
            yield number, review(number)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        merge(laptop.recall, Incoming(records(), "f"))
    assert laptop.log() == []
    laptop.recall.grade(A, 4)  # and the connection is of use still


def test_progress_is_told_for_records_and_cards(laptop: Machine) -> None:
    told: list[tuple[str, int, int]] = []
    records = [(0, review(n, card_id=f"t1.fog.x{n}")) for n in range(1, 1002)]
    merge(laptop.recall, Incoming(records, "f", 1001), lambda *step: told.append(step))
    assert [step for step in told if step[0] == "records"] == [("records", n, 1001) for n in (500, 1000, 1001)]
    assert told[-1] == ("cards", 1001, 1001)


# -- whatever was done on three machines

CARDS = [f"t1.{topic}.c{number}" for topic in ("fog", "rails") for number in range(2)]
ACTIONS = st.one_of(
    st.tuples(st.just("grade"), st.sampled_from(CARDS), st.integers(0, 5)),
    st.tuples(st.just("test"), st.sampled_from(CARDS), st.integers(0, 5)),
    st.tuples(st.just("undo"), st.none(), st.none()),
    st.tuples(st.just("redo"), st.none(), st.none()),
    st.tuples(st.sampled_from(["suspend", "resume", "bury"]), st.sampled_from(CARDS), st.none()),
    st.tuples(st.just("flag"), st.sampled_from(CARDS), st.integers(0, 1)),
    st.tuples(st.just("note"), st.sampled_from(CARDS), st.text(max_size=3)),
    st.tuples(st.just("wait"), st.none(), st.sampled_from([0.0, 3.0, 20.0, 24.0, 24.0 * 9, -26.0])),
    st.tuples(st.just("finish"), st.none(), st.none()),
)
Action = tuple[str, str | None, object]


def act(machine: Machine, action: Action) -> None:
    recall = machine.recall
    match action:
        case ("grade", str(card), int(grade)):
            recall.grade(card, grade, answer="typed")
        case ("test", str(card), int(grade)):
            recall.grade(card, grade, mode=Mode.QUIZ)
        case ("flag", str(card), int(flag)):
            recall.flag(card, flag)
        case ("note", str(card), str(text)):
            recall.note(card, text)
        case ("wait", None, float(hours)):
            machine.clock.forward(hours=hours)
        case ("finish", None, None):
            recall.finish_session({"complete": True})
        case (str(name), None, None):
            getattr(recall, name)()
        case (str(name), str(card), None):
            getattr(recall, name)(card)


@pytest.mark.local_file
@given(st.lists(st.lists(ACTIONS, max_size=8), min_size=3, max_size=3), st.lists(ACTIONS, max_size=4))
@hypothesis_settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_merging_is_commutative_associative_and_idempotent(done: list[list[Action]], more: list[Action]) -> None:
    folder = Path(tempfile.mkdtemp())
    cards = small_module(2)
    del cards["sketch"]
    write_module(folder / "content" / "m", cards)
    machines = [Machine(folder / f"m{number}", folder / "content", local=True) for number in range(3)]
    try:
        for machine, actions in zip(machines, done, strict=True):
            for action in actions:
                act(machine, action)
        a, b, c = machines
        copies = [Machine(folder / f"c{number}", folder / "content", local=True) for number in range(3)]
        machines += copies
        for copy, original in zip(copies, (a, b, c), strict=True):
            copy.merge(original)
            assert (copy.log(), copy.states()) == (original.log(), original.states())
        copy_a, copy_b, copy_c = copies
        a.merge(b)  # (a + b) + c
        a.merge(c)
        copy_b.merge(copy_c)  # a + (b + c)
        copy_a.merge(copy_b)
        copy_c.merge(b)  # c + b + a
        copy_c.merge(copy_a)
        for machine in (copy_a, copy_c):
            assert (machine.log(), machine.states()) == (a.log(), a.states())
        assert a.merge(copy_c).cards == 0
        for action in more:
            act(a, action)
        copy_a.merge(a)
        assert (copy_a.log(), copy_a.states()) == (a.log(), a.states())
        assert copy_a.follows_from_the_log()
    finally:
        for machine in machines:
            machine.close()
        shutil.rmtree(folder)
