"""kill -9 at any moment: what was told to be saved is there, the file is sound, the schedule follows from the log."""

from __future__ import annotations

import random
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.program import PROGRAM
from tests.e2e.terminal import Terminal
from tests.faults import shim
from tests.faults.conftest import Tally
from tests.faults.forks import Forks
from tests.faults.scene import Scene, amount, records, told_lines

OUTCOME = "no answer lost, file sound"


def test_at_random_while_grading(scene: Scene, forks: Forks, tally: Tally) -> None:
    """Start, grading, taking back, typing, the end of a sitting: wherever the kill falls."""
    kills, rng, met = amount(25, 900), random.Random(1), 0
    told: list[str] = []
    while met < kills:
        if met % 50 == 0:
            scene.reset(scene.learner)
            told, extra = [], 0
        run = forks.start("12", str(met), work="sittings" if met % 2 else "grade")
        run.kill(after=rng.uniform(0.0, 0.12))
        ended = run.end()
        if ended.code == 0:
            continue  # it was faster
        assert ended.code == -9, ended
        met, extra = met + 1, extra + 1
        told += told_lines(ended.out)
        scene.prove(told, before=scene.before, extra=extra)
        tally.progress("killed while grading", met, kills)
    tally.add("killed while grading", kills, OUTCOME)


@pytest.mark.parametrize("what", ["a fresh start", "a migration from 0001", "reading new content", "a backup"])
def test_at_random_during(scene: Scene, forks: Forks, tally: Tally, what: str) -> None:
    kills, rng, met = amount(8, 100), random.Random(what), 0
    template = {"a fresh start": None, "a migration from 0001": scene.old}.get(what, scene.learner)
    before = scene.before if template else frozenset[str]()
    words, work = (("due",), "") if what != "a backup" else ((), "back_up")
    longest = 0.0
    while met < kills:
        scene.reset(template)
        if what == "reading new content":
            scene.touch_content()
        run = forks.start(*words, work=work)
        if longest == 0.0:
            assert run.end().code == 0
            longest = time.perf_counter() - run.begun
            continue
        run.kill(after=rng.uniform(0.0, longest))
        if run.end().code == 0:
            continue
        met += 1
        scene.prove([], before=before, extra=0)
        for copy in (scene.home / "backups").glob("*.sqlite"):
            assert records(copy)[0] == before
        tally.progress(f"killed during {what}", met, kills)
    tally.add(f"killed during {what}", kills, OUTCOME)


# -- at every single operation on a file

FATAL = [
    ("grading", "learner", ("grade", "t1.fog.c0", "4")),
    ("undoing", "learner", ("undo",)),
    ("a fresh start", "", ("due",)),
    ("a migration from 0001", "old", ("due",)),
]


@pytest.mark.parametrize(("what", "template", "words"), FATAL, ids=[case[0] for case in FATAL])
def test_at_every_operation_of(
    scene: Scene,
    under_shim: Forks,
    control: shim.Control,
    tally: Tally,
    what: str,
    template: str,
    words: tuple[str, ...],
) -> None:
    """Before, amid and after each write, cut and sync, one after the other until the run ends first."""
    kills = 0
    before = scene.before if template else frozenset[str]()
    for action in (shim.KILL_BEFORE, shim.KILL_AMID, shim.KILL_AFTER):
        step, at = amount(29, 1), amount(3, 1)
        while True:
            scene.reset(getattr(scene, template) if template else None)
            with control.fault(action, shim.WRITES | shim.SYNCS, at):
                ended = under_shim.run(*words)
            if ended.code == 0:
                break
            assert ended.code == -9, ended
            kills += 1
            scene.prove([], before=before)
            at += step
            tally.progress(f"killed at each operation of {what}", kills, 3 * control.seen)
    assert kills >= amount(2, 15), "the shim sees nothing"
    tally.add(f"killed at each operation of {what}", kills, OUTCOME)


# -- real commands, with the whole of their start


def test_the_grade_command(scene: Scene, tally: Tally) -> None:
    kills, rng, met = amount(4, 60), random.Random(2), 0
    told: list[str] = []
    scene.reset(scene.learner)
    longest = 0.4
    while met < kills:
        begun = time.perf_counter()
        command = [PROGRAM, "grade", f"t1.fog.c{met % 4}", "4"]
        with subprocess.Popen(command, env=scene.shell(), stdout=subprocess.PIPE, text=True) as process:
            time.sleep(rng.uniform(0.0, longest))
            process.kill()
            out = process.communicate()[0]
        if process.returncode == 0:
            longest = time.perf_counter() - begun
            told.append(out)
            continue
        met += 1
        told += [out] * ("grade 4" in out)
        scene.prove([], before=scene.before, extra=10_000)
        count = len(records(scene.file)[0] - scene.before)
        assert len(told) <= count <= len(told) + met
        tally.progress("killed: studyapp grade", met, kills)
    tally.add("killed: studyapp grade", kills, OUTCOME)


def test_the_line_mode(scene: Scene, tally: Tally) -> None:
    """Each answer typed is acknowledged by `Saved.` before the next card is asked."""
    kills, rng = amount(4, 60), random.Random(3)
    for met in range(kills):
        scene.reset(scene.learner)
        out = _typed_and_killed(scene, rng)
        scene.prove([], before=scene.before, extra=10_000)
        saved = out.count("Saved.")
        assert saved <= len(records(scene.file)[0] - scene.before) <= saved + 1
        tally.progress("killed: studyapp review --plain", met + 1, kills)
    tally.add("killed: studyapp review --plain", kills, OUTCOME)


def _typed_and_killed(scene: Scene, rng: random.Random) -> str:
    command = [PROGRAM, "review", "--plain"]
    env = scene.shell(PYTHONUNBUFFERED="1", STUDYAPP_NOW="2031-01-01T12:00")
    with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        process.stdin.write("a typed answer\n3\nab\n4\n" * 30)
        process.stdin.flush()
        time.sleep(rng.uniform(0.15, 0.6))
        process.kill()
        assert process.stdout is not None
        out = process.stdout.read()
    assert process.returncode in (0, -9)
    return out


def test_the_terminal_app(scene: Scene, tally: Tally) -> None:
    """Killed while keys are pressed; the number of the card on the screen tells how many were acknowledged."""
    kills, rng = amount(2, 30), random.Random(4)
    for met in range(kills):
        scene.reset(scene.learner)
        acknowledged = _graded_and_killed(scene, rng)
        scene.prove([], before=scene.before, extra=10_000)
        count = len(records(scene.file)[0] - scene.before)
        assert acknowledged <= count <= acknowledged + 1
        tally.progress("killed: the terminal app", met + 1, kills)
    tally.add("killed: the terminal app", kills, OUTCOME)


def _graded_and_killed(scene: Scene, rng: random.Random) -> int:
    env = scene.shell(STUDYAPP_NOW="2031-01-01T12:00")
    with Terminal([PROGRAM, "review"], env=env) as terminal:
        terminal.wait("1/")
        answers = rng.randint(0, 4)
        for number in range(answers):
            terminal.press("space")
            terminal.wait("key points|Key points|Grade|grade")
            terminal.press("4")
            terminal.wait(f"{number + 2}/")
        terminal.press("space", "4")
        time.sleep(rng.uniform(0.0, 0.05))
        terminal.process.kill()
    return answers


def test_the_shim_sees_what_the_program_writes(
    scene: Scene, library: Path, under_shim: Forks, control: shim.Control
) -> None:
    scene.reset(scene.learner)
    with control.fault(0, shim.WRITES | shim.SYNCS, 0):
        assert under_shim.run("grade", "t1.fog.c0", "4").code == 0
    assert control.seen > 4
