"""A disk that is full, that fails or that may not be written, met at every single operation: one sentence, exit 1,
nothing that was there is lost, and all goes on once the disk is well again."""

from __future__ import annotations

import errno
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from studyapp.lab_runner.results import read_results
from studyapp.paths import DATABASE
from studyapp.tui.widgets.picture import decoded, file_of
from tests.e2e.program import PROGRAM
from tests.e2e.terminal import Terminal
from tests.faults import counts, shim
from tests.faults.forks import Ended, Forks
from tests.faults.scene import AFTER_BACKUP, NOW, Scene, records

CARD = "t1.fog.c0"
MADE = "HOME/made"


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
    work: str = ""
    """The function of `tests.faults.work` that does it; else the program."""
    brings: int = 0
    """Reviews that come from elsewhere, all or none of them."""
    needs: str = ""
    """A library that may be missing."""


LAB = Job("a lab", ("lab", "run", "forward_noising", "--quick", "--predict", "1"), needs="torch")
"""It takes seconds, most of them before it writes anything."""
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
    Job("an export", ("export", "jsonl", MADE)),
    Job("an export of cards", ("export", "apkg", MADE)),
    Job("an export of a table", ("export", "csv", MADE)),
    Job("a report", ("report", "--html", MADE), needs="matplotlib"),
    Job("a picture of the figures", ("stats", "--png", MADE), needs="matplotlib"),
    Job(
        "a scorecard", ("interview", "--plain", "--count", "1", "--seed", "1", "--export", MADE), typed="fog\n\n1\n" * 9
    ),
    Job("a certificate", (MADE,), work="certificate"),
    Job("a new module", ("content", "new", MADE)),
    Job("a merge", ("merge", "OTHER"), brings=AFTER_BACKUP),
    Job("an import", ("import", "jsonl", "LOG"), brings=AFTER_BACKUP),
    LAB,
]


@dataclass(frozen=True)
class Fault:
    what: str
    action: int
    kinds: int
    lasting: bool
    every: bool = False
    """At every operation, but for a lab; else at twelve that lie evenly."""


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


@pytest.fixture(scope="session")
def others(scene: Scene, forks: Forks) -> dict[str, str]:
    """Places that words of the jobs stand for."""
    scene.reset(scene.kept)
    log = scene.folder / "log.jsonl"
    assert forks.run("export", "jsonl", str(log)).code == 0
    return {"HOME": str(scene.home), "OTHER": str(scene.kept / DATABASE), "LOG": str(log)}


@pytest.mark.parametrize(("job", "fault"), PAIRS, ids=lambda part: part.what)
def test_at_every_operation(
    scene: Scene, under_shim: Forks, control: shim.Control, others: dict[str, str], job: Job, fault: Fault
) -> None:
    if job.needs and find_spec(job.needs) is None:
        pytest.skip(f"{job.needs} is not installed")
    template: Path | None = getattr(scene, job.template) if job.template else None
    before = records(template / DATABASE)[0] if template else set[str]()

    def run() -> Ended:
        scene.reset(template)
        if job.new_content:
            scene.touch_content()
        words = [re.sub("[A-Z]+", lambda name: others.get(name[0], name[0]), word) for word in job.words]
        return under_shim.run(*words, typed=job.typed, work=job.work, env={"STUDYAPP_NOW": NOW})

    with control.fault(0, fault.kinds, 0):
        well = run()
    assert well.code == 0, well
    _outputs_are_whole(scene, job, well)
    if not control.seen and fault.kinds in (shim.SYNCS, shim.READS):
        pytest.skip("it does nothing of that kind")
    tried = counts.count(f"{fault.what}: {job.what}")
    most = counts.size(3, 12) if job is LAB else counts.size(4, 10_000 if fault.every else 12)
    for at in shim.spread(control.seen, most):
        with control.fault(fault.action, fault.kinds, at, lasting=fault.lasting):
            ended = run()
        if not control.met:  # the number of operations differs a little from run to run
            continue
        where = f"{job.what}, {fault.what} number {at}: {ended}"
        _told_well(ended, where, damaged=fault.kinds == shim.READS)
        restored = job.template == "kept" and len(records(scene.file)[0]) < len(before)
        scene.prove([], before=scene.before if restored else before, extra=max(1, job.brings))
        _outputs_are_whole(scene, job, ended, fault)
        new = len(records(scene.file)[0] - before)
        if job.adds:
            said = ended.out.count(job.adds)
            assert new == said or (new > said and fault.action == errno.EIO), where  # a commit whose sync failed
        if job.brings:
            assert new == (job.brings if ended.code == 0 else 0) or (new == job.brings and fault.action == errno.EIO)
        tried.took("no answer lost, one sentence")
    assert tried.outcomes, "the shim sees nothing"


def _outputs_are_whole(scene: Scene, job: Job, ended: Ended, fault: Fault | None = None) -> None:
    """Of a file that was asked for all is there or nothing; the log has a lab's run when it ended well, and then all
    of its files can be read."""
    made = [path.name for path in scene.home.glob("*made*")]
    assert made == (["made"] if ended.code == 0 and job.words[-1] == MADE else []), ended
    with closing(sqlite3.connect(scene.file)) as connection:
        found = connection.execute("SELECT json_extract(data, '$.folder') FROM events WHERE kind = 'lab_run'")
        logged = [Path(folder) / "run.json" for (folder,) in found]
    assert len(logged) == (job is LAB and ended.code == 0) or (fault and fault.action == errno.EIO), ended
    runs = list(scene.home.rglob("run.json"))
    assert set(logged) <= set(runs), ended
    for file in runs:
        results = read_results(file)
        assert results is not None, ended
        for tile in (tile for pictures in results.pictures for tile in pictures.tiles):
            assert decoded(file_of(tile, file.parent)), ended


BESIDES = ("Updating your data", "The answer is saved", "No backup was made")
"""Beginnings of what is said besides."""
PROGRESS = re.compile(r" *\d+ %  ")


def _told_well(ended: Ended, where: str, damaged: bool) -> None:
    """Exit 0, or exit 1 and a sentence that tells what to do; a file that cannot be read is damaged (exit 3)."""
    assert ended.code in ((0, 1, 3) if damaged else (0, 1)), where
    assert "Traceback" not in ended.err, where
    assert "error of its own" not in ended.err, where
    if ended.code:
        lines = [line for line in ended.err.splitlines() if not line.startswith(BESIDES) and not PROGRESS.match(line)]
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
