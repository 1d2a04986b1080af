"""The lab in the app: predict, set, run, follow, cancel, compare; and whatever a lab does, the app goes on."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from studyapp.bootstrap import Program
from studyapp.core.course import Card
from studyapp.lab_runner import install, shelf
from studyapp.lab_runner.events import Failed, Finished
from studyapp.lab_runner.process import Command
from studyapp.services import lab_log
from studyapp.services.preferences import change_setting
from studyapp.tui.app import StudyApp
from studyapp.tui.screens import make_screen
from studyapp.tui.screens.lab import LabScreen
from tests.conftest import card_values, write_module
from tests.lab_runner.scripts import gone, script
from tests.tui.screens import NARROW, WIDE, key_words, press, running, screen_name, shown, toasts, welcomed, write

LAB = "forward_noising"
SLEEP_ON = "time.sleep(600)"
WHOLE = """
start()
say("progress", done=1, total=2, text="half of it")
say("series", id="s", title="A curve", x={"label": "step t", "values": [1, 2, 3], "log": False},
    y={"label": "factor", "log": False}, lines=[{"label": "signal", "values": [1, 0.5, 0]}])
say("metric", name="equal strength, linear", value=260, unit="step")
say("metric", name="time", value=1.5, unit="s")
say("check", name="a known value", expected=1, measured=1, tolerance=0.1, ok=True)
say("note", text="What it means.")
say("finished", seconds=1.5)
"""

Does = Callable[[str], None]


@pytest.fixture(autouse=True)
def colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")


@pytest.fixture
def lab_does(monkeypatch: pytest.MonkeyPatch) -> Does:
    """Puts a small real program in the place of the lab."""

    def does(code: str) -> None:
        monkeypatch.setattr(Command, "arguments", lambda self: script(code))

    return does


@pytest.fixture
def program(content: Path, open_again: Callable[[], Program]) -> Program:
    """A module whose first card has a lab."""
    cards = [card_values("t1.fog.c0", lab=LAB, lab_params={"schedule": "cosine"}), card_values("t1.fog.c1")]
    write_module(content / "module_1", {"fog": cards})
    opened = welcomed(open_again())
    change_setting(opened.recall, "new_per_day", "5")
    return opened


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Waits, while the app goes on, until it is so."""
    for _ in range(400):
        if condition():
            await pilot.pause()
            return
        await asyncio.sleep(0.05)
    raise AssertionError(shown(pilot))


async def until_shown(pilot: Pilot[None], words: str) -> None:
    await until(pilot, lambda: words in shown(pilot))


def app_of(pilot: Pilot[None]) -> StudyApp:
    assert isinstance(pilot.app, StudyApp)
    return pilot.app


async def open_lab(pilot: Pilot[None], card: Card | None = None) -> LabScreen:
    screen = make_screen("lab", LAB, card)
    assert isinstance(screen, LabScreen)
    await pilot.app.push_screen(screen)
    await pilot.pause()
    return screen


async def ended(pilot: Pilot[None]) -> Failed | Finished:
    """Waits for the end of the run."""
    desk = app_of(pilot).desk
    await until(pilot, lambda: desk.run is not None and desk.run.ended is not None)
    await pilot.pause(0.3)
    assert desk.run is not None
    assert desk.run.ended is not None
    return desk.run.ended


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
        assert "about 6 s" in shown(pilot)


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


# -- a run


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_run_is_followed_marked_compared_and_logged(
    program: Program, lab_does: Does, size: tuple[int, int]
) -> None:
    lab_does(WHOLE)
    async with running(program, size=size) as pilot:
        screen = await open_lab(pilot, program.recall.card("t1.fog.c0"))
        await press(pilot, "b", "r")
        assert isinstance(await ended(pilot), Finished)
        await until_shown(pilot, "✓ Your prediction holds: you said about step 250")
        assert "● signal" in shown(pilot)
        assert "step t" in shown(pilot)
        screen.page.scroll_end(animate=False)
        await pilot.pause()
        seen = shown(pilot)
        screen.page.scroll_relative(y=-12, animate=False)
        await pilot.pause()
        seen += shown(pilot)
        for words in ("measured", "reference", "260", "Checks against known values: 1 of 1 hold", "What it means."):
            assert words in seen
        assert any(word in seen for word in ("reproduced", "other settings", "no reference"))
    (run,) = lab_log.history(program.recall, LAB)
    assert (run.card_id, run.prediction, run.data["seed"]) == ("t1.fog.c0", "right", 0)
    assert run.data["device"] == "cpu"
    assert run.data["versions"] == {"torch": "0"}
    assert Path(run.data["folder"]).is_dir()


async def test_results_come_while_it_runs_and_it_can_be_cancelled(program: Program, lab_does: Does) -> None:
    lab_does(WHOLE.replace('say("finished", seconds=1.5)', SLEEP_ON))
    async with running(program) as pilot:
        await open_lab(pilot)
        await press(pilot, "b", "r")
        await until_shown(pilot, "● signal")
        assert "50 %" in shown(pilot)
        assert "half of it" in shown(pilot)
        assert " left" in shown(pilot) or "almost done" in shown(pilot)
        assert "c cancel" in key_words(pilot)
        desk = app_of(pilot).desk
        assert desk.run is not None
        assert desk.run.process is not None
        pid = desk.run.process.pid
        await press(pilot, "c")
        assert isinstance(await ended(pilot), Failed)
        assert "The run was cancelled." in shown(pilot)
        assert "n new run" in key_words(pilot)
        assert pid is not None
        assert gone(pid)
    assert lab_log.history(program.recall) == []


async def test_a_run_goes_on_on_other_screens_and_says_when_it_is_done(
    program: Program, lab_does: Does, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    lab_does(f"start()\nwhile not os.path.exists({str(go)!r}): time.sleep(0.05)\n" + WHOLE.replace("start()", ""))
    async with running(program, "review") as pilot:
        await press(pilot, "l", "b", "r")
        await until_shown(pilot, "running")
        await press(pilot, "escape")
        assert screen_name(pilot) == "review"
        await press(pilot, "space", "4")
        assert "c1" in shown(pilot)
        assert app_of(pilot).desk.busy
        go.touch()
        await ended(pilot)
        assert any("Fog dial is done" in words and "✓" in words for words in toasts(pilot))
        assert screen_name(pilot) == "review"
        assert len(lab_log.history(program.recall)) == 1
        await press(pilot, "escape")
        await open_lab(pilot)
        await until_shown(pilot, "Your prediction holds")


async def test_only_one_lab_runs_at_a_time(program: Program, lab_does: Does) -> None:
    lab_does(f"start(); say('progress', done=1, total=4, text='t'); {SLEEP_ON}")
    async with running(program, size=WIDE) as pilot:
        await open_lab(pilot)
        await press(pilot, "b", "r")
        await until_shown(pilot, "25 %")
        await pilot.app.push_screen(make_screen("lab", "sampler_timing"))
        await pilot.pause()
        await press(pilot, "r", "r")
        assert any("Fog dial is still running (25 %)" in words for words in toasts(pilot))
        assert not list((program.paths.home / "labs").glob("sampler_timing/*"))


async def test_leaving_the_app_ends_the_lab_and_its_children(program: Program, lab_does: Does, tmp_path: Path) -> None:
    file = tmp_path / "pid"
    child = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])"
    lab_does(f"child = {child}; open({str(file)!r}, 'w').write(str(child.pid)); start(); {SLEEP_ON}")
    async with running(program) as pilot:
        await open_lab(pilot)
        await press(pilot, "b", "r")
        desk = app_of(pilot).desk
        await until(pilot, lambda: file.exists() and bool(file.read_text()))
        assert desk.run is not None
        assert desk.run.process is not None
        pid = desk.run.process.pid
    assert pid is not None
    assert gone(pid)
    assert gone(int(file.read_text()))


FAULTS = {
    "killed": ("start(); os.kill(os.getpid(), signal.SIGKILL)", "killed from outside"),
    "flood": ("start()\nwhile True: print('spam ' * 2000)", "far more than a run can need"),
    "long line": ("start(); sys.stdout.write('x' * 10_000_000); sys.stdout.flush(); time.sleep(600)", "line too long"),
    "no result": ("start()", "without a result"),
    "garbage": ("sys.stdout.buffer.write(bytes(range(256)) * 40); sys.exit(1)", "."),
    "own words": ("say('failed', message='[red]x[/b] is no pipeline.', hint='Name [/] another.')", "is no pipeline"),
    "usage": ("sys.exit('steps=5 is not possible.')", "steps=5 is not possible"),
}


@pytest.mark.parametrize(("code", "words"), FAULTS.values(), ids=FAULTS)
async def test_every_fault_is_one_sentence_and_the_app_goes_on(
    program: Program, lab_does: Does, code: str, words: str
) -> None:
    lab_does(code)
    async with running(program, size=WIDE) as pilot:
        await open_lab(pilot)
        await press(pilot, "b", "r")
        assert isinstance(await ended(pilot), Failed)
        await until_shown(pilot, "✗")
        assert words in shown(pilot)
        await press(pilot, "n")
        assert "Predict first" in shown(pilot)
    assert lab_log.history(program.recall) == []


async def test_a_lab_killed_from_outside_is_told_on_another_screen(program: Program, lab_does: Does) -> None:
    lab_does(f"start(); {SLEEP_ON}")
    async with running(program) as pilot:
        await open_lab(pilot)
        await press(pilot, "b", "r")
        desk = app_of(pilot).desk
        await until(pilot, lambda: desk.run is not None and desk.run.results.started is not None)
        await press(pilot, "escape")
        assert desk.run is not None
        assert desk.run.process is not None
        assert desk.run.process.pid is not None
        os.kill(desk.run.process.pid, signal.SIGKILL)
        await ended(pilot)
        assert any("killed from outside" in words for words in toasts(pilot))


HOSTILE = "x[/b]y [red]hid[/] [@click=app.quit]z[/] [/ \x1b[31m \x9b2J $t {a} 日本語 \u202e" + "long " * 500


async def test_hostile_words_of_a_lab_are_shown_as_they_are(program: Program, lab_does: Does) -> None:
    lab_does(
        f"bad = {HOSTILE!r}\n"
        + WHOLE.replace('"a known value"', "bad")
        .replace('"What it means."', "bad")
        .replace('"time"', "bad")
        .replace('"A curve"', "bad")
        .replace('"signal"', "bad")
        .replace('"factor"', "bad")
        .replace('"half of it"', "bad")
        + "say('pictures', id='p', title=bad, columns=2, tiles=[{'caption': bad, 'file': 'p/none.png'}])"
    )
    async with running(program) as pilot:
        screen = await open_lab(pilot)
        await press(pilot, "b", "r")
        assert isinstance(await ended(pilot), Finished)
        seen = ""
        for _ in range(12):
            seen += shown(pilot)
            await press(pilot, "space")
        assert "x[/b]y [red]hid[/]" in seen
        assert "[31m" in seen
        assert "\x1b" not in seen
        assert screen.is_current


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
        await press(pilot, "i")
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
