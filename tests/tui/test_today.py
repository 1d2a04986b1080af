"""The first screen of every day."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from studyapp.bootstrap import Program
from studyapp.core.log import EventKind
from studyapp.services import standing
from studyapp.services.preferences import change_setting
from tests import standing as helper
from tests.conftest import FrozenClock, write_module
from tests.tui.labs import LAB
from tests.tui.screens import NARROW, WIDE, key_words, press, running, screen_name, settle, shown, toasts, welcomed


async def test_figures_and_one_key_to_the_first_card(program: Program) -> None:
    async with running(welcomed(program)) as pilot:
        words = shown(pilot)
        assert "Test module · week 1" in words
        assert "Mon 23 Nov" in words
        assert "0 due   2 new   about 3 min" in words
        assert "Start today's recall" in words
        await press(pilot, "enter")
        assert "Recall 1/2" in shown(pilot)


async def test_after_answers_it_counts_them_and_goes_on(program: Program) -> None:
    first, _ = program.recall.today().order
    program.recall.grade(first, 2)
    async with running(welcomed(program)) as pilot:
        words = shown(pilot)
        assert "1 new   1 to repair" in words
        assert "1 done today   1 day in a row" in words
        assert "Go on with today's recall" in words
        assert "Coming up: 1 card tomorrow, 1 in seven days" in words
        assert "Tue    Wed    Thu" in words


async def test_done_for_today(program: Program) -> None:
    for card in program.recall.today().order:
        program.recall.grade(card, 5)
    async with running(welcomed(program)) as pilot:
        assert "Done for today" in shown(pilot)
        assert "Tomorrow: 2 cards." in shown(pilot)
        assert key_words(pilot).startswith("q quiz"), "enter does nothing here"
        await press(pilot, "enter")
        assert screen_name(pilot) == "today"
        assert any("Nothing is due now" in toast for toast in toasts(pilot))


async def test_a_break_is_met_kindly(program: Program, clock: FrozenClock) -> None:
    change_setting(program.recall, "new_per_day", "12")
    for card in program.recall.today().order:
        program.recall.grade(card, 4)
    change_setting(program.recall, "due_per_day", "5")
    clock.forward(days=40)
    async with running(welcomed(program)) as pilot:
        assert "5 today, 7 wait until you have room; nothing is lost." in shown(pilot)


async def test_shaky_cards_stand_first(program: Program, clock: FrozenClock) -> None:
    card = program.recall.today().order[0]
    program.recall.grade(card, 1)
    clock.forward(days=1)
    async with running(welcomed(program)) as pilot:
        assert "Shaky last time:" in shown(pilot)
        assert program.recall.card(card).prompt in shown(pilot)


async def test_broken_content_is_said_and_the_last_good_copy_stays(program: Program, module: Path) -> None:
    (module / "cards" / "fog.yaml").write_text("- id: [/\n", encoding="utf-8")
    program.library.refresh()
    async with running(welcomed(program)) as pilot:
        assert "the last good copy is in use" in shown(pilot)
        assert "studyapp content check" in shown(pilot)
        await press(pilot, "enter")
        assert "Recall 1/2" in shown(pilot)


async def test_no_content_at_all(content: Path, open_again: Callable[[], Program]) -> None:
    program = open_again()
    async with running(welcomed(program)) as pilot:
        assert "There are no cards yet" in shown(pilot)
        await press(pilot, "b")
        assert "0 cards" in shown(pilot)


async def test_escape_on_the_first_screen_says_how_to_leave(program: Program) -> None:
    async with running(welcomed(program)) as pilot:
        await press(pilot, "escape")
        assert screen_name(pilot) == "today"
        assert any("ctrl+q" in toast for toast in toasts(pilot))


async def test_undo_and_redo_from_here(program: Program) -> None:
    program.recall.grade(program.recall.today().order[0], 4)
    async with running(welcomed(program)) as pilot:
        assert "1 done today" in shown(pilot)
        await press(pilot, "u")
        assert "done today" not in shown(pilot)
        await press(pilot, "U")
        assert "1 done today" in shown(pilot)
        await press(pilot, "U")
        assert toasts(pilot)[-1] == "There is nothing to do again."


async def test_every_screen_comes_back_here(program: Program) -> None:
    for start in ("review", "browse", "settings"):
        async with running(welcomed(program), start) as pilot:
            assert screen_name(pilot) == start
            await press(pilot, "escape")
            assert screen_name(pilot) == "today"
            assert "Start today's recall" in shown(pilot)


async def test_the_picture_follows_the_size(program: Program) -> None:
    async with running(welcomed(program), size=WIDE) as pilot:
        await pilot.resize_terminal(*NARROW)
        await pilot.pause()
        assert "Mon 23 Nov" in shown(pilot).splitlines()[0]
        assert len(shown(pilot).splitlines()) == 24


async def test_modules_of_the_learners_own_are_asked_too(
    content: Path, module: Path, open_again: Callable[[], Program]
) -> None:
    write_module(content / "module_2", {"more": []}, module_id="t2")
    program = open_again()
    async with running(welcomed(program)) as pilot:
        assert "2 new" in shown(pilot)


@pytest.fixture
def gated(content: Path, open_again: Callable[[], Program]) -> Program:
    helper.gated_module(content / "module_1")
    return welcomed(open_again())


async def test_audit_gate_and_next_lab_stand_below(gated: Program) -> None:
    helper.study_day(gated)
    standing.tick(gated.recall, helper.now(gated), "sketch", True)
    async with running(gated) as pilot:
        words = shown(pilot)
        assert "aloud 1 of 5 days" in words
        assert "Audit     □ fog and back   □ sketch ✓ !" in words
        assert "! sketch: ticked, but the evidence says untested" in words
        assert "Gate      0 of 5 · explainer 0 of 2 chapters · recall 1 of 5 days" in words
        assert key_words(pilot) == "enter go on   q quiz   i interview   r read   l labs   g gate   ? help"


async def test_enter_goes_on_when_nothing_is_due(gated: Program) -> None:
    helper.study_day(gated)
    async with running(gated) as pilot:
        assert "▸ Read the next chapter of the explainer   enter" in shown(pilot)
        assert key_words(pilot).startswith("enter go on")
        await press(pilot, "enter")
        assert screen_name(pilot) == "reader"
    helper.read_all(gated)
    async with running(gated) as pilot:
        assert "▸ Sign what is ready: Explainer read   enter" in shown(pilot)
        await press(pilot, "enter")
        assert screen_name(pilot) == "gate"


async def test_the_open_gate_is_told(gated: Program, clock: FrozenClock) -> None:
    helper.pass_module(gated, clock)
    async with running(gated) as pilot:
        assert "Gate      open" in shown(pilot)
        assert "Audit     ■ fog and back ✓   ■ sketch ✓" in shown(pilot)
        assert "aloud" not in shown(pilot)


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("q", "quiz"),
        ("i", "interview"),
        ("r", "reader"),
        ("l", "labs"),
        ("g", "gate"),
        ("a", "audit"),
        ("v", "revision"),
        ("b", "browse"),
        ("o", "settings"),
        ("s", "statistics"),
        ("c", "calibration"),
    ],
)
async def test_one_key_to_every_place(gated: Program, key: str, place: str) -> None:
    async with running(gated) as pilot:
        await press(pilot, key)
        await settle(pilot)
        assert screen_name(pilot) == place
        await press(pilot, "escape")
        await settle(pilot)
        assert screen_name(pilot) == "today"


async def test_the_target_and_its_plan(gated: Program) -> None:
    change_setting(gated.recall, "target_date", "2026-12-03")
    async with running(gated) as pilot:
        assert "Target    3 Dec 2026 is in 10 days: 1 card left today, about " in shown(pilot)
        assert "0 % if you stop today." in " ".join(shown(pilot).split())


async def test_the_next_lab_is_one_that_was_not_run(lab_program: Program) -> None:
    async with running(lab_program) as pilot:
        assert "Next lab  " in shown(pilot)
        assert "(1 card)   l" in shown(pilot)
    lab_program.recall.grade("t1.fog.c0", 2)
    lab_program.recall.log_event(EventKind.LAB_RUN, LAB, {})
    async with running(lab_program) as pilot:
        assert "(1 card, 1 shaky, run before)   l" in shown(pilot)


async def test_a_figure_is_never_cut_in_two(gated: Program) -> None:
    helper.study_day(gated)
    async with running(gated, size=(60, 24)) as pilot:
        assert any(line.strip().startswith("aloud 1 of 5 days") for line in shown(pilot).splitlines())


async def test_a_small_terminal_scrolls_to_the_rest(gated: Program) -> None:
    async with running(gated, size=(40, 10)) as pilot:
        assert "Start today's recall" in shown(pilot)
        await press(pilot, *["down"] * 30)
        assert "Nothing is planned for the next seven" in shown(pilot)


async def test_what_esc_says_here_stays_true_on_the_next_screen(program: Program) -> None:
    async with running(welcomed(program)) as pilot:
        await press(pilot, "escape", "g")
        assert screen_name(pilot) == "gate"
        told = " ".join(toasts(pilot))
        assert "ctrl+q ends the program" in told
        assert "this is" not in told.lower()
