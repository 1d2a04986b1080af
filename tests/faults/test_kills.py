"""kill -9 at any moment: what was told to be saved is there, the file is sound, the schedule follows from the log."""

from __future__ import annotations

import random
import subprocess
import time

import pytest

from tests.e2e.program import PROGRAM
from tests.e2e.terminal import Terminal
from tests.faults import counts, shim
from tests.faults.forks import Forks
from tests.faults.scene import AFTER_BACKUP, NOW, Scene, records, told_lines

OUTCOME = "no answer lost, file sound"
LONGEST = 2.0
"""Seconds within which the first kill falls; then within what a run took that ended by itself, and a little more."""
GROWS = 1.02


def test_at_random_while_grading(scene: Scene, forks: Forks) -> None:
    """Start, grading, taking back, typing, the end of a sitting: wherever the kill falls."""
    kills, rng, met, longest = counts.size(25, 900), random.Random(1), 0, LONGEST
    told: list[str] = []
    while met < kills:
        if met % 50 == 0:
            scene.reset(scene.learner)
            told, extra = [], 0
        run = forks.start("12", str(met), work="sittings" if met % 2 else "grade")
        took = run.kill(after=rng.uniform(0.0, longest))
        ended = run.end()
        told += told_lines(ended.out)
        if ended.code == 0:
            longest = took  # it was faster
            continue
        assert ended.code == -9, ended
        met, extra, longest = met + 1, extra + 1, longest * GROWS
        scene.prove(told, before=scene.before, extra=extra)
        counts.count("killed while grading").took(OUTCOME)


@pytest.mark.parametrize("what", ["a fresh start", "a migration from 0001", "reading new content", "a backup"])
def test_at_random_during(scene: Scene, forks: Forks, what: str) -> None:
    kills, rng, met = counts.size(8, 100), random.Random(what), 0
    template = {"a fresh start": None, "a migration from 0001": scene.old}.get(what, scene.learner)
    before = scene.before if template else frozenset[str]()
    words, work = (("due",), "") if what != "a backup" else ((), "back_up")
    longest = LONGEST
    while met < kills:
        scene.reset(template)
        if what == "reading new content":
            scene.touch_content()
        run = forks.start(*words, work=work)
        took = run.kill(after=rng.uniform(0.0, longest))
        if run.end().code == 0:
            longest = took
            continue
        met, longest = met + 1, longest * GROWS
        scene.prove([], before=before, extra=0)
        for copy in (scene.home / "backups").glob("*.sqlite"):
            assert records(copy)[0] == before
        counts.count(f"killed during {what}").took(OUTCOME)


# -- at every single operation on a file

FATAL = [
    ("grading", "learner", ("grade", "t1.fog.c0", "4")),
    ("undoing", "learner", ("undo",)),
    ("a fresh start", "", ("due",)),
    ("a migration from 0001", "old", ("due",)),
    ("going back to a backup", "kept", ("backup", "restore")),
]


@pytest.mark.parametrize(("what", "template", "words"), FATAL, ids=[case[0] for case in FATAL])
def test_at_every_operation_of(
    scene: Scene,
    under_shim: Forks,
    control: shim.Control,
    what: str,
    template: str,
    words: tuple[str, ...],
) -> None:
    """Before and amid each write, cut and sync, one after the other."""
    source = getattr(scene, template) if template else None
    before = scene.before if template else frozenset[str]()
    scene.reset(source)
    with control.fault(0, shim.WRITES | shim.SYNCS, 0):
        assert under_shim.run(*words).code == 0
    places = shim.spread(control.seen, counts.size(5, 10_000))
    kills = 0
    for action in (shim.KILL_BEFORE, shim.KILL_AMID):
        for at in places:
            scene.reset(source)
            with control.fault(action, shim.WRITES | shim.SYNCS, at):
                ended = under_shim.run(*words)
            if ended.code == 0:  # the number of writes differs a little from run to run
                continue
            assert ended.code == -9, ended
            kills += 1
            scene.prove([], before=before, extra=AFTER_BACKUP if template == "kept" else 1)
            counts.count(f"killed at each operation of {what}").took(OUTCOME)
    assert kills > len(places), "the shim sees nothing"


# -- real commands, with the whole of their start


def test_the_grade_command(scene: Scene) -> None:
    kills, rng, met = counts.size(4, 60), random.Random(2), 0
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
        counts.count("killed: studyapp grade").took(OUTCOME)


def test_the_line_mode(scene: Scene) -> None:
    """Each answer typed is acknowledged by `Saved.` before the next card is asked."""
    kills, rng = counts.size(4, 60), random.Random(3)
    for _ in range(kills):
        scene.reset(scene.learner)
        out = _typed_and_killed(scene, rng)
        scene.prove([], before=scene.before, extra=10_000)
        saved = out.count("Saved.")
        assert saved <= len(records(scene.file)[0] - scene.before) <= saved + 1
        counts.count("killed: studyapp review --plain").took(OUTCOME)


def _typed_and_killed(scene: Scene, rng: random.Random) -> str:
    command = [PROGRAM, "review", "--plain"]
    env = scene.shell(PYTHONUNBUFFERED="1", STUDYAPP_NOW=NOW)
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


def test_the_terminal_app(scene: Scene) -> None:
    """Killed while keys are pressed; the number of the card on the screen tells how many were acknowledged."""
    kills, rng = counts.size(2, 30), random.Random(4)
    for _ in range(kills):
        scene.reset(scene.learner)
        acknowledged = _graded_and_killed(scene, rng)
        scene.prove([], before=scene.before, extra=10_000)
        count = len(records(scene.file)[0] - scene.before)
        assert acknowledged <= count <= acknowledged + 1
        counts.count("killed: the terminal app").took(OUTCOME)


def _graded_and_killed(scene: Scene, rng: random.Random) -> int:
    env = scene.shell(STUDYAPP_NOW=NOW)
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
