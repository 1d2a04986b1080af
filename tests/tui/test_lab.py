"""The lab in the app: predict, set, look at the reference and at own runs, install what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from studyapp.bootstrap import Program
from studyapp.lab_runner import install, shelf
from studyapp.lab_runner.events import Finished
from tests.lab_runner.scripts import script
from tests.tui.labs import LAB, WHOLE, Does, app_of, ended, open_lab, until, until_shown
from tests.tui.screens import NARROW, WIDE, key_words, press, running, screen_name, shown, toasts, write


@pytest.fixture
def program(lab_program: Program) -> Program:
    return lab_program


# -- the form


@pytest.mark.parametrize("size", [NARROW, WIDE, (40, 12)])
async def test_the_question_the_prediction_and_the_knobs_are_there(program: Program, size: tuple[int, int]) -> None:
    async with running(program, size=size) as pilot:
        await open_lab(pilot)
        words = " ".join(shown(pilot).split())
        assert "How much of a picture is left" in words
        if size[0] >= 80:
            for part in (
                "Predict first",
                "about step 250",
                "schedule",
                "‹ linear ›",
                "walks",
                "‹ no ›",
                "▸ Run",
                "Cards of this lab",
            ):
                assert part in words
        await press(pilot, "end")
        assert "What is c0 in fog?" in shown(pilot)


@pytest.mark.parametrize("face", ["the form", "the reference"])
async def test_a_key_shows_the_labs_cards_and_opens_one(program: Program, face: str) -> None:
    async with running(program, size=NARROW) as pilot:
        await open_lab(pilot)
        if face == "the reference":
            await press(pilot, "v")
            assert "cards" in key_words(pilot)
        before = shown(pilot)
        await press(pilot, "w")
        assert "What is c0 in fog?" in shown(pilot)
        assert "1 card" in shown(pilot).splitlines()[0]
        await press(pilot, "enter")
        assert screen_name(pilot) == "card"
        await press(pilot, "escape")
        assert "enter opens a card" in shown(pilot)
        await press(pilot, "escape")
        assert shown(pilot) == before


async def test_a_prediction_is_marked_in_text_and_can_be_taken_back(program: Program) -> None:
    async with running(program) as pilot:
        screen = await open_lab(pilot)
        await press(pilot, "b")
        assert "[b about step 250]" in shown(pilot)
        await press(pilot, "c")
        assert "[c about step 500]" in shown(pilot)
        assert "[b about" not in shown(pilot)
        await press(pilot, "c")
        assert screen.prediction == ""


async def test_a_value_out_of_range_is_told_beside_it_and_changes_nothing(program: Program) -> None:
    async with running(program) as pilot:
        screen = await open_lab(pilot)
        await press(pilot, "down", "down", "enter", "end", "9", "9", "enter")
        assert "steps=100099 is not possible: steps takes a whole number from 10 to 4000." in shown(pilot)
        assert screen.form.command(Path()).settings == {}
        await press(pilot, "escape")
        assert "not possible" not in shown(pilot)
        await press(pilot, "enter", "end", "backspace", "enter")
        assert screen.form.command(Path()).settings == {"steps": "100"}


@pytest.mark.parametrize("size", [NARROW, (60, 20)])
async def test_what_a_knob_is_for_is_never_cut_off(program: Program, size: tuple[int, int]) -> None:
    async with running(program, size=size) as pilot:
        screen = await open_lab(pilot)
        for field in screen.form.fields():
            await press(pilot, "down")
            words = " ".join(shown(pilot).split())
            assert f"{field.name}: {field.words}" in words
            assert f"enter changes it: {field.allowed or ' or '.join(field.choices)}" in words


async def test_a_question_too_long_for_the_screen_scrolls_to_all_its_choices(program: Program) -> None:
    async with running(program, size=(60, 14)) as pilot:
        await open_lab(pilot)
        assert "space more" in key_words(pilot)
        seen = ""
        for _ in range(9):
            await press(pilot, "space")
            seen += shown(pilot)
        for choice in ("a about step 100", "d about step 750", "How much of a picture"):
            assert choice in seen
    async with running(program, size=NARROW) as pilot:
        await open_lab(pilot)
        assert "space" not in key_words(pilot)
        assert "a-d predict" in key_words(pilot)


async def test_choices_turn_and_quick_changes_what_is_usual(program: Program) -> None:
    async with running(program) as pilot:
        screen = await open_lab(pilot)
        await press(pilot, "down", "enter")
        assert "‹ scaled_linear ›" in shown(pilot)
        await press(pilot, "left", "left")
        assert "‹ zero_snr ›" in shown(pilot)
        assert "2000" in shown(pilot)
        await press(pilot, "q")
        assert screen.form.quick
        assert "2000" not in shown(pilot)
        assert f"Run   about {screen.lab.seconds_quick:g} s" in shown(pilot)


async def test_a_gpu_has_its_own_sizes_in_the_form(program: Program) -> None:
    async with running(program) as pilot:
        screen = await open_lab(pilot)
        await press(pilot, "down", *["down"] * [field.name for field in screen.form.fields()].index("device"))
        assert "a GPU gets larger sizes" in " ".join(shown(pilot).split())
        await press(pilot, "right", "right", "home")
        assert "Run   a GPU's sizes" in shown(pilot)
        assert "walks         200000" in shown(pilot)
        await press(pilot, "q")
        assert f"Run   about {screen.lab.seconds_quick:g} s" in shown(pilot)


async def test_settings_that_the_question_is_not_about_take_it_away(program: Program) -> None:
    async with running(program) as pilot:
        await open_lab(pilot)
        await press(pilot, "b", "down", "down", "enter", "end", "backspace", "enter")
        assert "No prediction  it asks about steps=1000, and this run has steps=100." in shown(pilot)
        assert "about step 250" not in shown(pilot)
        assert "predict" not in key_words(pilot)
        await press(pilot, "enter", "end", "0", "enter")
        assert "[b about step 250]" in shown(pilot)


async def test_a_card_sets_its_knobs(program: Program) -> None:
    async with running(program) as pilot:
        screen = await open_lab(pilot, program.recall.card("t1.fog.c0"))
        assert screen.form.command(Path()).settings == {"schedule": "cosine"}
        assert "‹ cosine ›" in shown(pilot)


async def test_running_without_a_prediction_takes_a_second_press(program: Program, lab_does: Does) -> None:
    lab_does(WHOLE)
    async with running(program) as pilot:
        await open_lab(pilot)
        await press(pilot, "r")
        assert "Say first what you expect" in shown(pilot)
        assert app_of(pilot).desk.run is None
        await press(pilot, "r")
        assert isinstance(await ended(pilot), Finished)


# -- reference, history, folder


async def test_the_reference_can_be_looked_at(program: Program) -> None:
    async with running(program) as pilot:
        await open_lab(pilot)
        await press(pilot, "v")
        if shelf.reference(LAB) is None:
            assert any("no reference yet" in words for words in toasts(pilot))
            return
        assert "reference" in shown(pilot).splitlines()[0]
        assert "▀" in shown(pilot)


async def test_the_own_runs_are_listed_and_shown_again(program: Program, lab_does: Does) -> None:
    lab_does(WHOLE)
    async with running(program, size=WIDE) as pilot:
        await open_lab(pilot)
        await press(pilot, "h")
        assert "No run yet" in shown(pilot)
        await press(pilot, "escape", "a", "r")
        await ended(pilot)
        await press(pilot, "h")
        assert "prediction wrong" in shown(pilot)
        await press(pilot, "enter")
        await until_shown(pilot, "✗ Not what was measured: you said about step 100")  # the script left no run.json
        assert any("only its numbers" in words for words in toasts(pilot))
        await press(pilot, "escape")
        assert screen_name(pilot) == "today"
        await press(pilot, "l")
        assert "1 run, last: not comparable, prediction wrong" in shown(pilot)
        assert "…" not in shown(pilot), "a row of the list is cut off"


async def test_the_folder_of_the_full_size_pictures_is_told(program: Program, lab_does: Does) -> None:
    lab_does(WHOLE)
    async with running(program) as pilot:
        await open_lab(pilot)
        await press(pilot, "b", "r")
        await ended(pilot)
        await press(pilot, "o")
        assert any(str(program.paths.home / "labs" / LAB) in words for words in toasts(pilot))
        assert pilot.app.clipboard.startswith(str(program.paths.home))


async def test_the_card_and_its_draft_are_where_they_were(program: Program) -> None:
    async with running(program, "review") as pilot:
        await press(pilot, "t")
        await write(pilot, "half an answer")
        await press(pilot, "escape", "l")
        assert screen_name(pilot) == "lab"
        await press(pilot, "escape")
        assert "half an answer" in shown(pilot)
        assert program.recall.draft("t1.fog.c0") == "half an answer"


async def test_the_reference_stands_under_the_answer(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(program, "review", size=(120, 60)) as pilot:
        assert "Lab: Fog dial" not in shown(pilot)
        await press(pilot, "space")
        await pilot.pause()
        assert "Lab: Fog dial" in shown(pilot)
        if shelf.reference(LAB) is not None:
            assert "▀" in shown(pilot)
        await press(pilot, "4")
        assert "Lab: Fog dial" not in shown(pilot)


# -- missing libraries


async def test_missing_libraries_are_offered_and_installed_by_one_key(
    program: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    there = tmp_path / "there"
    monkeypatch.setattr(shelf, "missing_libraries", lambda: [] if there.exists() else ["torch"])
    code = f"print('Collecting torch'); time.sleep(1); open({str(there)!r}, 'w').close()"
    monkeypatch.setattr(install, "install_command", lambda: script(code))
    async with running(program) as pilot:
        await open_lab(pilot)
        assert "Labs need torch, which is not installed: pip install 'studyapp[labs]'." in " ".join(
            shown(pilot).split()
        )
        await press(pilot, "b", "r")
        assert any("Labs need torch" in words for words in toasts(pilot))
        await press(pilot, "escape", "i")
        await until_shown(pilot, "Collecting torch")
        await until(pilot, lambda: any("are installed" in words for words in toasts(pilot)))
        await until(pilot, lambda: "not installed" not in shown(pilot))


async def test_an_installation_can_be_cancelled(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "missing_libraries", lambda: ["torch"])
    monkeypatch.setattr(
        install, "install_command", lambda: script("print('Collecting torch', flush=True); time.sleep(600)")
    )
    async with running(program) as pilot:
        await open_lab(pilot)
        await press(pilot, "i")
        await until_shown(pilot, "Collecting torch")
        await press(pilot, "c")
        await until(pilot, lambda: any("installation was cancelled" in words for words in toasts(pilot)))
        await until_shown(pilot, "not installed")


def test_the_names_of_the_labs_lead_to_descriptions() -> None:
    assert LAB in [lab.name for lab in shelf.lab_list()]
    values: dict[str, Any] = {"schedule": "cosine", "steps": [1, 2], "unknown": 3}
    assert shelf.settings_of(shelf.find_lab(LAB), values) == {"schedule": "cosine", "steps": "1,2"}


# -- what holds on every screen


@pytest.mark.parametrize("size", [NARROW, (40, 10)])
@pytest.mark.parametrize("keys", [("l",), ("l", "enter"), ("l", "enter", "h"), ("l", "enter", "v")])
async def test_the_keys_fit_and_small_terminals_are_told(
    program: Program, size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    async with running(program, size=size) as pilot:
        await press(pilot, *keys)
        words = key_words(pilot)
        assert len(words) <= size[0] - 2
        assert "help" in words
        assert "esc" in words
        assert "…" not in words
        await pilot.resize_terminal(30, 8)
        await pilot.pause()
        assert "need 40x10, this is 30x8" in " ".join(shown(pilot).split())
        assert "Predict" not in shown(pilot)
        await pilot.resize_terminal(*size)
        await pilot.pause()
        assert key_words(pilot) == words
