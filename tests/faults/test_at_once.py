"""Several programs on one file: all answers are there, every schedule follows from them, and who must wait says so."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.program import PROGRAM
from tests.e2e.terminal import Terminal
from tests.faults import counts
from tests.faults.forks import Forks
from tests.faults.scene import NOW, Scene, records, told_lines
from tests.faults.work import WAITED


def started(scene: Scene, work: str, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.faults.work", work, *words]
    env = scene.shell(PYTHONPATH=":".join(path for path in sys.path if path))
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("programs", [2, 4])
def test_grading_at_once(scene: Scene, programs: int) -> None:
    scene.reset(scene.learner)
    each = counts.size(100, 10_000) // programs
    begun = time.perf_counter()
    running = [started(scene, "grade", str(each), str(number)) for number in range(programs)]
    told: list[str] = []
    waited = 0
    for process in running:
        out, err = process.communicate()
        assert (process.returncode, err) == (0, "")
        told += told_lines(out)
        waited += out.count(WAITED)
    assert sum(line.startswith("+") for line in told) == each * programs
    scene.prove(told, before=scene.before, extra=0)
    tried = counts.count(f"answers by {programs} programs at once")
    tried.outcomes["all there, schedule follows"] += each * programs
    if waited:
        tried.outcomes["told to try again, then saved"] += waited
    tried.slowest, tried.which = time.perf_counter() - begun, "all of them"


def test_grading_in_two_terminal_apps(scene: Scene) -> None:
    """The same cards stand in both; each answer of either is kept."""
    scene.reset(scene.learner)
    answers = counts.size(3, 40)
    env = scene.shell(STUDYAPP_NOW=NOW)
    with Terminal([PROGRAM, "review"], env=env) as one, Terminal([PROGRAM, "review"], env=env) as other:
        for terminal in (one, other):
            terminal.wait("1/")
        for number in range(answers):
            for terminal in (one, other):
                terminal.press("space", "2")
                terminal.wait(rf"\b{number + 2}/")
                counts.count("answers in two terminal apps at once").took("all there")
    scene.prove([], before=scene.before, extra=2 * answers)
    assert len(records(scene.file)[0] - scene.before) == 2 * answers


@contextmanager
def held(scene: Scene, begin: str) -> Iterator[None]:
    """Another program in the middle of a transaction, until the block ends."""
    free = scene.file.with_suffix(".free")
    with started(scene, "hold", str(scene.file), begin) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        try:
            yield
        finally:
            free.touch()
            other.wait()
            free.unlink()


@pytest.mark.parametrize("begin", ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])
def test_held_for_longer_than_anybody_waits(scene: Scene, forks: Forks, begin: str) -> None:
    writers = [
        ("grade", "t1.fog.c0", "4"),
        ("undo",),
        ("settings", "rounding", "nearest"),
        ("card", "suspend", "t1.fog.c0"),
    ]
    scene.reset(scene.learner)
    with held(scene, begin):
        assert forks.run("due").code == 0, "reading need not wait"
        for words in writers if counts.FULL else writers[:1]:
            ended = forks.run(*words)
            assert (ended.code, ended.out, ended.err) == (
                1,
                "",
                f"Another program holds {scene.file}; nothing was changed. Close it, then try again.\n",
            )
            counts.count("held by another program for longer than it waits").took("exit 1, one sentence")
    scene.prove([], before=scene.before, extra=0)
    assert forks.run("grade", "t1.fog.c0", "4").code == 0


def test_held_during_a_migration_or_by_one(scene: Scene, forks: Forks) -> None:
    """An older file that another program writes to is not migrated now; it can be later."""
    scene.reset(scene.old)
    with held(scene, "BEGIN IMMEDIATE"):
        ended = forks.run("due")
        assert (ended.code, ended.err.splitlines()[-1].startswith("Another program holds")) == (1, True), ended
        counts.count("held by another program for longer than it waits").took("exit 1, one sentence")
    assert forks.run("due").code == 0
    scene.prove([], before=scene.before, extra=0)


def test_held_for_a_moment(scene: Scene, forks: Forks) -> None:
    """Shorter than anybody waits: the answer comes later, and is right."""
    for _ in range(counts.size(2, 20)):
        scene.reset(scene.learner)
        with held(scene, "BEGIN IMMEDIATE"):
            run = forks.start("grade", "t1.fog.c0", "4")
            time.sleep(0.3)
            assert run.said() == ""
        assert run.end().code == 0
        scene.prove([], before=scene.before, extra=1)
        counts.count("held by another program for a moment").took("waited, then saved")


@pytest.mark.parametrize("what", ["a first start", "a migration"])
def test_four_programs_at_once_make(scene: Scene, what: str) -> None:
    """On a slow machine one may wait longer than it has patience for: then it says so, and nothing else."""
    before = scene.before if what == "a migration" else frozenset[str]()
    tried = counts.count(f"{what} by four programs at once")
    for _ in range(counts.size(1, 15)):
        scene.reset(scene.old if before else None)
        running = [started(scene, "grade", "1", str(number)) for number in range(4)]
        told: list[str] = []
        for process in running:
            out, err = process.communicate()
            told += told_lines(out)
            if process.returncode:
                assert "studyapp.errors.StudyError: Another program holds" in err, err
            tried.took("waited too long, and said so" if process.returncode else "done")
        assert told
        scene.prove(told, before=before, extra=0)
