"""Answering cards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from studyapp.bootstrap import Program
from studyapp.core.log import Mode, Review
from studyapp.errors import StudyError
from studyapp.services.preferences import change_setting
from studyapp.services.recall import Recall
from studyapp.tui.screens import review
from tests.conftest import FrozenClock, small_module, write_module
from tests.tui.screens import NARROW, WIDE, Ticks, press, running, screen_name, settle, shown, toasts, welcomed, write


def last(program: Program) -> Review:
    return program.recall.store.latest_reviews(program.recall.learner, 1)[0]


def card_on_screen(pilot: Pilot[None]) -> str:
    card = pilot.app.screen.card  # type: ignore[attr-defined]
    return str(card.id)


async def test_question_reveal_grade_summary(program: Program) -> None:
    async with running(program, "review") as pilot:
        assert "What is c0 in fog?" in shown(pilot)
        assert "first point" not in shown(pilot)
        await press(pilot, "space")
        words = shown(pilot)
        assert "[ ] a  first point of c0" in words
        assert "c0 is a part of fog, with x[i] and a list:" in words
        assert "xₜ = √ᾱₜ · x₀ + √(1 − ᾱₜ) · ε" in words
        await press(pilot, "4")
        assert "Recall 2/2" in shown(pilot)
        assert "Last: 4 good · next tomorrow · u takes it back" in shown(pilot)
        await press(pilot, "space", "5")
        await settle(pilot)
        assert screen_name(pilot) == "summary"
    assert [r.grade for r in program.recall.store.latest_reviews("me", 9)] == [5, 4]


async def test_the_date_stands_below_each_grade(program: Program, clock: FrozenClock) -> None:
    for card in program.recall.today().order:
        program.recall.grade(card, 4)
    clock.forward(days=1)
    async with running(program, "review") as pilot:
        await press(pilot, "space")
        grades, dates = shown(pilot).splitlines()[-3:-1]
        assert " ".join(grades.split()) == "0 blackout 1 wrong 2 almost 3 hard 4 good 5 perfect"
        assert dates.count("tomorrow") == 3
        assert dates.count("6 d, 30 Nov") == 3


@pytest.mark.parametrize(("ticks", "grade"), [("a", 2), ("ab", 3), ("abc", 4), ("aba", 2)])
async def test_ticks_propose_a_grade_and_enter_takes_it(program: Program, ticks: str, grade: int) -> None:
    async with running(program, "review") as pilot:
        await press(pilot, "space", *ticks)
        assert f"{grade} " in shown(pilot)
        assert "◂" in shown(pilot).splitlines()[-3]
        await press(pilot, "enter")
    assert last(program).grade == grade
    assert last(program).key_points == tuple(
        sorted({"a": 0, "b": 1, "c": 2}[t] for t in set(ticks) if ticks.count(t) % 2)
    )


async def test_nothing_is_proposed_before_the_first_tick(program: Program) -> None:
    async with running(program, "review") as pilot:
        await press(pilot, "space")
        assert "◂" not in shown(pilot)
        await press(pilot, "enter")
        assert "Recall 1/2" in shown(pilot)
        assert "press a grade from 0 to 5" in toasts(pilot)[-1]
        await press(pilot, "f")  # there is no sixth key point
        assert "◂" not in shown(pilot)


async def test_confidence_is_asked_before_the_answer_only(program: Program) -> None:
    async with running(program, "review") as pilot:
        await press(pilot, "0", "5")
        assert "Recall 1/2" in shown(pilot)
        await press(pilot, "3")
        assert "[3 fairly]" in shown(pilot)
        await press(pilot, "3")
        assert "[3 fairly]" not in shown(pilot)
        await press(pilot, "2", "space", "4")
        assert last(program).confidence == 2
        await press(pilot, "space", "4")
        assert last(program).confidence is None


async def test_confidence_can_be_switched_off(program: Program) -> None:
    change_setting(program.recall, "ask_confidence", "no")
    async with running(program, "review") as pilot:
        assert "How sure" not in shown(pilot)
        await press(pilot, "2", "space", "4")
    assert last(program).confidence is None


@pytest.mark.parametrize("key", ["t", "ctrl+t", "enter"])
async def test_ways_into_the_box_and_out(program: Program, key: str) -> None:
    async with running(program, "review") as pilot:
        await press(pilot, key)
        await write(pilot, "s u")
        assert "done typing" in shown(pilot)
        await press(pilot, "ctrl+r")
        assert "[ ] a" in shown(pilot)
        assert "s u" in shown(pilot)


async def test_time_is_measured_until_the_reveal(program: Program) -> None:
    ticks = Ticks()
    async with running(program, "review", ticks=ticks) as pilot:
        ticks.now += 34
        await press(pilot, "1")
        assert "0:34" in shown(pilot)
        await press(pilot, "space")
        ticks.now += 500
        await press(pilot, "4")
    assert last(program).elapsed_ms == 34_000


async def test_the_clock_stands_still_under_another_screen(program: Program) -> None:
    ticks = Ticks()
    async with running(program, "review", ticks=ticks) as pilot:
        ticks.now += 5
        await press(pilot, "question_mark")
        ticks.now += 60
        await press(pilot, "escape", "space", "4")
    assert last(program).elapsed_ms == 5_000


async def test_a_card_below_four_comes_again_at_the_end(program: Program) -> None:
    async with running(program, "review") as pilot:
        first = card_on_screen(pilot)
        await press(pilot, "space", "2")
        assert "once more at the end" in shown(pilot)
        await press(pilot, "space", "4")
        assert "Again 3/3" in shown(pilot)
        assert card_on_screen(pilot) == first
        await press(pilot, "space")
        assert "once more" in shown(pilot).splitlines()[-2]
        assert "repaired" in shown(pilot).splitlines()[-2]
        await press(pilot, "4")
        await settle(pilot)
        assert screen_name(pilot) == "summary"
    assert last(program).mode is Mode.DRILL


# -- drafts


async def test_a_draft_is_saved_while_typing_and_restored(
    program: Program, open_again: Callable[[], Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review, "SAVE_AFTER", 0.01)
    async with running(program, "review") as pilot:
        card = card_on_screen(pilot)
        await press(pilot, "t")
        await write(pilot, "half an ans")
        await pilot.pause(0.1)
        assert open_again().recall.draft(card) == "half an ans"
    async with running(open_again(), "review") as pilot:
        assert "half an ans" in shown(pilot)


@pytest.mark.parametrize("way_out", ["ctrl+q", "escape", "ctrl+r"])
async def test_a_draft_is_saved_on_every_way_out(program: Program, way_out: str) -> None:
    async with running(program, "review") as pilot:
        card = card_on_screen(pilot)
        await press(pilot, "t")
        await write(pilot, "half")
        await press(pilot, way_out)
        assert program.recall.draft(card) == "half"


async def test_resize_keeps_the_draft_and_the_ticks(program: Program) -> None:
    async with running(program, "review") as pilot:
        await press(pilot, "t")
        await write(pilot, "half")
        for size in (WIDE, (60, 15), NARROW):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert "half" in shown(pilot)
        await write(pilot, " more")
        await press(pilot, "escape", "space", "b")
        await pilot.resize_terminal(*WIDE)
        await pilot.pause()
        assert "half more" in shown(pilot)
        assert "[x] b" in shown(pilot)


async def test_a_skipped_card_keeps_its_draft(program: Program) -> None:
    async with running(program, "review") as pilot:
        first = card_on_screen(pilot)
        await press(pilot, "t")
        await write(pilot, "half")
        await press(pilot, "escape", "s")
        assert card_on_screen(pilot) != first
        assert "half" not in shown(pilot)
        await press(pilot, "s")
        assert card_on_screen(pilot) == first
        assert "half" in shown(pilot)


# -- taking back


async def test_undo_brings_back_the_card_and_its_answer(program: Program) -> None:
    async with running(program, "review") as pilot:
        first = card_on_screen(pilot)
        await press(pilot, "t")
        await write(pilot, "mine")
        await press(pilot, "escape", "space", "1", "u")
        assert card_on_screen(pilot) == first
        assert "Took back: grade 1 wrong." in shown(pilot)
        assert "mine" in shown(pilot)
        assert "Recall 1/2" in shown(pilot)
        await press(pilot, "U")
        assert card_on_screen(pilot) != first
        assert program.recall.state(first).last_grade == 1
        await press(pilot, "u", "ctrl+y")
        assert program.recall.state(first).last_grade == 1


async def test_undo_brings_back_how_sure_one_was_and_what_one_ticked(program: Program) -> None:
    async with running(program, "review") as pilot:
        await press(pilot, "4", "space", "b", "1", "u")
        assert "[4 certain]" in shown(pilot)
        await press(pilot, "space")
        assert "[x] b" in shown(pilot)
        assert "[ ] a" in shown(pilot)
        await press(pilot, "2")
        (review,) = program.store.latest_reviews(program.recall.learner, 1)
        assert (review.grade, review.confidence, review.key_points) == (2, 4, (1,))


async def test_nothing_to_undo(program: Program) -> None:
    async with running(program, "review") as pilot:
        await press(pilot, "u")
        assert toasts(pilot)[-1] == "There is nothing to take back."


@pytest.mark.parametrize("key", ["X", "B"])
async def test_suspend_and_bury_go_on_and_can_be_taken_back(program: Program, key: str) -> None:
    async with running(program, "review") as pilot:
        first = card_on_screen(pilot)
        await press(pilot, key)
        assert card_on_screen(pilot) != first
        assert program.recall.state(first).name(program.recall.day) == {"X": "suspended", "B": "buried"}[key]
        await press(pilot, "u")
        assert card_on_screen(pilot) == first
        assert program.recall.state(first).name(program.recall.day) == "new"


async def test_flag(program: Program) -> None:
    async with running(program, "review") as pilot:
        await press(pilot, "F")
        assert "⚑" in shown(pilot).splitlines()[0]
        await press(pilot, "F")
        assert "⚑" not in shown(pilot).splitlines()[0]


async def test_note(program: Program) -> None:
    async with running(program, "review") as pilot:
        await press(pilot, "n")
        await write(pilot, "ask about this")
        await press(pilot, "escape")
        assert program.recall.state(card_on_screen(pilot)).note == "ask about this"
        assert "ask about this" not in shown(pilot), "a note may give the answer away"
        await press(pilot, "space", "space", "space")
        assert "ask about this" in shown(pilot)


async def test_a_note_survives_the_end_of_the_program(program: Program) -> None:
    async with running(program, "review") as pilot:
        card = card_on_screen(pilot)
        await press(pilot, "n")
        await write(pilot, "half")
        pilot.app.leave()  # type: ignore[attr-defined]
        await pilot.pause()
    assert program.recall.state(card).note == "half"


# -- the editor


async def test_without_an_editor_it_says_where_the_card_is(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.delenv("VISUAL", raising=False)
    async with running(program, "review") as pilot:
        await press(pilot, "e")
        assert "Set EDITOR" in toasts(pilot)[-1]
        assert "fog.yaml:1" in toasts(pilot)[-1]


async def test_a_terminal_that_cannot_be_lent(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "true")
    async with running(program, "review") as pilot:
        await press(pilot, "E")
        assert "cannot be opened from here" in toasts(pilot)[-1]


async def test_e_is_the_fifth_key_point_after_the_reveal(program: Program, module: Path) -> None:
    cards = small_module()
    cards["fog"][0]["key_points"] = [f"point {n}" for n in range(5)]
    write_module(module, cards)
    program.library.refresh()
    async with running(program, "review") as pilot:
        await press(pilot, "space", "e")
        assert "[x] e" in shown(pilot)
        assert not toasts(pilot)


# -- when things go wrong


async def test_a_card_that_left_the_content_is_passed_over(program: Program, module: Path) -> None:
    async with running(program, "review") as pilot:
        await press(pilot, "space")
        gone = program.recall.today().order[1]
        cards = {topic: [c for c in values if c["id"] != gone] for topic, values in small_module().items()}
        write_module(module, cards)
        program.library.refresh()
        await press(pilot, "4")
        await settle(pilot)
        assert screen_name(pilot) in ("summary", "review")
    assert last(program).grade == 4


async def test_a_failed_write_is_one_sentence_and_the_card_stays(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StudyError("The disk is full; free some space and grade again.")

    async with running(program, "review") as pilot:
        card = card_on_screen(pilot)
        await press(pilot, "space")
        monkeypatch.setattr(Recall, "grade", full)
        await press(pilot, "4")
        assert toasts(pilot)[-1] == "The disk is full; free some space and grade again."
        assert card_on_screen(pilot) == card
        monkeypatch.undo()
        await press(pilot, "4")
        assert card_on_screen(pilot) != card


async def test_leaving_in_the_middle_keeps_the_answers(program: Program) -> None:
    async with running(program, "review") as pilot:
        await press(pilot, "space", "4", "escape")
        assert screen_name(pilot) == "today"
        assert "1 new" in shown(pilot)
        assert "the rest waits" in toasts(pilot)[-1]


async def test_nothing_due_goes_straight_to_the_summary(program: Program) -> None:
    for card in program.recall.today().order:
        program.recall.grade(card, 5)
    async with running(welcomed(program), "review") as pilot:
        await settle(pilot)
        assert "Nothing is due now." in shown(pilot)


async def test_wide_has_the_key_points_beside_the_card(program: Program) -> None:
    async with running(program, "review", size=WIDE) as pilot:
        assert "new" in shown(pilot)
        await press(pilot, "space")
        lines = shown(pilot).splitlines()
        assert any("What is c0 in fog?" in line and "│" in line for line in lines)
        column = next(line.index("[ ] a") for line in lines if "[ ] a" in line)
        assert column > 70
        await press(pilot, "down", "up", "space", "pageup")
        assert "Sources" in shown(pilot)
