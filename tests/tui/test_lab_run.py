"""A run in the app: followed, marked, compared, cancelled; whatever a lab does, the app goes on."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from studyapp.bootstrap import Program
from studyapp.lab_runner.events import Failed, Finished
from studyapp.services import lab_log
from studyapp.tui.screens import make_screen
from tests.lab_runner.scripts import gone
from tests.tui.labs import LAB, SLEEP_ON, WHOLE, Does, app_of, ended, open_lab, until, until_shown
from tests.tui.screens import NARROW, WIDE, key_words, press, running, screen_name, shown, toasts


@pytest.fixture
def program(lab_program: Program) -> Program:
    return lab_program


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
