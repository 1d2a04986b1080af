"""Both schedulers side by side: what a change moves, and which one has expected a history better."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from studyapp.bootstrap import Program
from studyapp.charts.bars import drawn
from studyapp.charts.schedulers import comparison_section, simulation_section
from studyapp.charts.terminal import as_text
from studyapp.core import fsrs
from studyapp.core.sm2 import Memory
from studyapp.errors import UsageError
from studyapp.services.doctor import examine
from studyapp.services.preferences import change_setting
from studyapp.services.schedulers import compare, comparison_values, preview
from studyapp.services.simulation import described, run_simulation
from tests.conftest import FrozenClock, small_module, write_module


def study(program: Program, clock: FrozenClock, days: int) -> None:
    """A learner whose memory is exactly as FSRS says; cards come late, as in life."""
    rng, recall = Random(7), program.recall
    memories: dict[str, tuple[Memory, int]] = {}
    for day in range(days):
        for card_id in recall.today().order:
            if rng.random() < 0.5:
                continue
            memory, last = memories.get(card_id, (Memory(), day))
            chance = fsrs.recall_probability(memory, day - last) if memory.stability else 0.6
            grade = 4 if rng.random() < chance else 1
            if not recall.state(card_id).needs_drill(recall.day):
                memories[card_id] = (fsrs.next_memory(memory, grade, day - last), day)
            recall.grade(card_id, grade)
        clock.forward(days=1)


def test_a_preview_tells_what_the_change_then_does(program: Program, clock: FrozenClock) -> None:
    study(program, clock, 40)
    recall = program.recall
    before = {card.id: card.state.due for card in recall.store.listing("me")}
    found = preview(recall, "scheduler", "fsrs")
    assert {card.id: card.state.due for card in recall.store.listing("me")} == before
    assert change_setting(recall, "scheduler", "fsrs") == found.moved > 0
    after = {card.id: card.state.due for card in recall.store.listing("me")}
    assert found.earlier == sum(after[c] < due for c, due in before.items() if due)  # type: ignore[operator]
    assert found.due_now[1] == sum(due <= recall.day for due in after.values() if due)
    assert all(finding.ok for finding in examine(recall))
    back = preview(recall, "scheduler", "sm2")
    assert (back.earlier, back.later, back.due_now) == (found.later, found.earlier, found.due_now[::-1])
    change_setting(recall, "scheduler", "sm2")
    assert {card.id: card.state.due for card in recall.store.listing("me")} == before


def test_studying_under_fsrs_keeps_to_what_the_log_says(program: Program, clock: FrozenClock) -> None:
    change_setting(program.recall, "scheduler", "fsrs")
    study(program, clock, 60)
    recall = program.recall
    assert all(finding.ok for finding in examine(recall))
    card_id = recall.today().order[0]
    expected = recall.preview(card_id)
    assert expected[4] == recall.grade(card_id, 4).after.due
    assert recall.undo() is not None
    assert all(finding.ok for finding in examine(recall))


def test_a_preview_of_nothing(program: Program) -> None:
    assert preview(program.recall, "scheduler", "fsrs").words == "no card was met yet, so none moves"
    program.recall.grade("t1.fog.c0", 4)
    assert preview(program.recall, "rounding", "nearest").words == "none of 1 card moves"
    with pytest.raises(UsageError):
        preview(program.recall, "scheduler", "sm3")


def test_a_short_history_says_how_much_is_needed(program: Program) -> None:
    for section in (comparison_section(compare(program.recall), "sm2"),):
        assert section.pictures == []
        assert "Go on answering what is due: from 100 recalls of cards met before on, at least 10" in section.words[0]
        assert section.words[0].endswith("So far there are 0 recalls, 0 forgotten.")
    values = comparison_values(compare(program.recall))
    assert (values["scores"], values["constant_log_loss"]) == ({}, None)


def test_the_scheduler_that_is_right_wins(content: Path, open_again: Callable[[], Program], clock: FrozenClock) -> None:
    write_module(content / "module_1", small_module(30))
    program = open_again()
    study(program, clock, 250)
    found = compare(program.recall)
    assert found.enough
    assert found.verdict == "FSRS-6 has expected your recalls better than SM-2."
    assert found.scores["fsrs"].log_loss < found.scores["sm2"].log_loss
    for part in found.scores["fsrs"].bins:
        low, high = part.recalled.interval
        assert low - 0.05 <= part.expected <= high + 0.05
    recall = program.recall
    undone = recall.undo()
    assert undone is not None
    assert compare(recall).recalls in (found.recalls, found.recalls - 1)
    section = comparison_section(found, "sm2")
    assert len(section.pictures) == 2
    assert all("expected" in as_text(drawn(picture, 80)) for picture in section.pictures)


def test_a_simulation_repeats_and_uses_the_learner_s_own_limits(program: Program) -> None:
    change_setting(program.recall, "new_per_day", "3")
    one, again = (described(run_simulation(program.recall, 60, 4)) for _ in range(2))
    assert one == again
    assert (one["cards"], one["new_a_day"], one["runs"], one["days"]) == (12, 3, 10, 60)
    for figures in one["schedulers"].values():
        assert figures["answers"]["low"] <= figures["answers"]["mean"] <= figures["answers"]["high"]
        assert len(figures["answers_a_week"]) == 8
    mean = one["schedulers"]["fsrs"]["minutes"]["mean"] - one["schedulers"]["sm2"]["minutes"]["mean"]
    assert one["fsrs_minus_sm2"]["minutes"]["mean"] == pytest.approx(mean, abs=1e-3)
    section = simulation_section(run_simulation(program.recall, 3, 0))
    assert "● SM-2   ■ FSRS-6" in as_text(drawn(section.pictures[0], 60))
