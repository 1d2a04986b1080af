"""A disk that is full, that fails or that may not be written, met at every single operation: one sentence, exit 1,
nothing that was there is lost, and all goes on once the disk is well again."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path

import pytest

from studyapp.paths import DATABASE
from tests.e2e.program import PROGRAM
from tests.e2e.terminal import Terminal
from tests.faults import counts, shim
from tests.faults.forks import Ended, Forks
from tests.faults.scene import NOW, Scene, records

CARD = "t1.fog.c0"
EXPORT = "HOME/log.jsonl"


@dataclass(frozen=True)
class Job:
    """Something that a learner does."""

    what: str
    words: tuple[str, ...]
    template: str = "learner"
    typed: str = ""
    adds: str = ""
    """What it says when a review is saved."""
    new_content: bool = False


JOBS = [
    Job("a first start", ("due",), template=""),
    Job("a migration from 0001", ("due",), template="old"),
    Job("reading new content", ("due",), new_content=True),
    Job("grade", ("grade", CARD, "4"), adds="next on"),
    Job("grade of the day's last card", ("grade", CARD, "4"), template="last", adds="next on"),
    Job("undo", ("undo",)),
    Job("a setting", ("settings", "rounding", "nearest")),
    Job("line mode", ("review", "--plain"), typed="typed\n3\na\n4\nq\n", adds="Saved."),
    Job("suspending", ("card", "suspend", CARD)),
    Job("repairing", ("doctor", "--repair")),
    Job("a backup", ("backup", "now")),
    Job("going back to a backup", ("backup", "restore"), template="kept"),
    Job("an export", ("export", "jsonl", EXPORT)),
]


@dataclass(frozen=True)
class Fault:
    what: str
    action: int
    kinds: int
    lasting: bool
    every: bool = False
    """At every operation; else at twelve that lie evenly."""


FAULTS = [
    Fault("disk full from a write on", errno.ENOSPC, shim.WRITES, lasting=True, every=True),
    Fault("disk full at one write", errno.ENOSPC, shim.WRITES, lasting=False),
    Fault("quota met at a write", errno.EDQUOT, shim.WRITES, lasting=True),
    Fault("error of the disk at a write", errno.EIO, shim.WRITES, lasting=True),
    Fault("error of the disk at a sync", errno.EIO, shim.SYNCS, lasting=True),
    Fault("error of the disk at a read", errno.EIO, shim.READS, lasting=True),
    Fault("read-only file system", errno.EROFS, shim.OPENS | shim.WRITES, lasting=True),
    Fault("no permission to write", errno.EACCES, shim.OPENS | shim.WRITES, lasting=True),
]


PAIRS = [(job, fault) for job in JOBS for fault in FAULTS if counts.FULL or job is JOBS[3] or fault is FAULTS[0]]


@pytest.mark.parametrize(("job", "fault"), PAIRS, ids=lambda part: part.what)
def test_at_every_operation(scene: Scene, under_shim: Forks, control: shim.Control, job: Job, fault: Fault) -> None:
    template: Path | None = getattr(scene, job.template) if job.template else None
    before = records(template / DATABASE)[0] if template else set[str]()

    def run() -> Ended:
        scene.reset(template)
        if job.new_content:
            scene.touch_content()
        words = (word.replace("HOME", str(scene.home)) for word in job.words)
        return under_shim.run(*words, typed=job.typed, env={"STUDYAPP_NOW": NOW})

    with control.fault(0, fault.kinds, 0):
        assert run().code == 0
    tried = counts.count(f"{fault.what}: {job.what}")
    for at in shim.spread(control.seen, counts.size(4, 10_000 if fault.every else 12)):
        with control.fault(fault.action, fault.kinds, at, lasting=fault.lasting):
            ended = run()
        if not control.met:  # the number of operations differs a little from run to run
            continue
        where = f"{job.what}, {fault.what} number {at}: {ended}"
        _told_well(ended, where, damaged=fault.kinds == shim.READS)
        if ended.code:
            assert list(scene.home.glob("*.jsonl")) == [], where
        restored = job.template == "kept" and len(records(scene.file)[0]) < len(before)
        scene.prove([], before=scene.before if restored else before, extra=1)
        if job.adds:
            new, said = len(records(scene.file)[0] - before), ended.out.count(job.adds)
            assert new == said or (new > said and fault.action == errno.EIO), where  # a commit whose sync failed
        tried.took("no answer lost, one sentence")
    assert tried.outcomes, "the shim sees nothing"


BESIDES = ("Updating your data", "The answer is saved", "No backup was made")
"""Beginnings of what is said besides."""


def _told_well(ended: Ended, where: str, damaged: bool) -> None:
    """Exit 0, or exit 1 and a sentence that tells what to do; a file that cannot be read is damaged (exit 3)."""
    assert ended.code in ((0, 1, 3) if damaged else (0, 1)), where
    assert "Traceback" not in ended.err, where
    assert "error of its own" not in ended.err, where
    if ended.code:
        lines = [line for line in ended.err.splitlines() if not line.startswith(BESIDES)]
        assert len(lines) == 1, where
        assert lines[0].endswith("."), where


def test_in_the_terminal_app(scene: Scene, library: Path, control: shim.Control) -> None:
    """The grade is not taken while the disk is full; the card stays, and so does the app. Then it is taken."""
    scene.reset(scene.learner)
    env = scene.shell(STUDYAPP_NOW=NOW) | scene.shim_env(library)
    with Terminal([PROGRAM, "review"], env=env) as terminal:
        terminal.wait("1/")
        terminal.press("space")
        terminal.wait("4 good")
        with control.fault(errno.ENOSPC, shim.WRITES, 1, lasting=True):
            terminal.press("4")
            terminal.wait("The disk with")
            assert "1/" in terminal.text
        terminal.press("4")
        terminal.wait("2/")
        terminal.press("ctrl+q")
        assert terminal.wait_for_end() == 0
    scene.prove([], before=scene.before)
    assert len(records(scene.file)[0] - scene.before) == 1
    counts.count("disk full: the terminal app").took("told on the screen, card kept")
