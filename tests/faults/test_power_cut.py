"""The power goes at any moment: whatever the disk kept of what was not synced, no acknowledged answer is lost."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from studyapp.paths import DATABASE
from tests.faults import counts, shim
from tests.faults.disk import Disk, restore
from tests.faults.scene import Scene, records, told_lines

SHARES = (0.0, 0.0, 1.0, 0.1, 0.5, 0.9)
"""Of what was not synced, how much gets through."""


@dataclass(frozen=True)
class Recording:
    """A session of the program, from the first operation on its files to the last."""

    start: Disk
    operations: list[shim.Operation]


def record(
    scene: Scene, library: Path, template: Path | None, *words: str, work: str = "", careless: bool = False
) -> Recording:
    journal = scene.folder / "journal"
    journal.unlink(missing_ok=True)
    scene.reset(template)
    start = Disk.of(scene.watched)
    added = {"LD_PRELOAD": str(library), "FAULT_FOLDER": str(scene.watched), "FAULT_TOLD": str(scene.told)}
    server = scene.forks(**added, FAULT_JOURNAL=str(journal), **({"FAULT_CARELESS": "yes"} if careless else {}))
    try:
        ended = server.run(*words, work=work)
        assert (ended.code, ended.err.count("Traceback")) == (0, 0), ended
    finally:
        server.close()
    return Recording(start, shim.read_journal(journal))


@dataclass(frozen=True)
class Cut:
    home: Path
    said: str
    """What the learner had been told by then."""

    @property
    def told(self) -> list[str]:
        """Its lines about answers."""
        return told_lines(self.said)


def cuts(scene: Scene, recording: Recording, count: int, rng: random.Random) -> Iterator[Cut]:
    """Homes after a cut at moments all over a session, each with other losses."""
    disk, total = recording.start, len(recording.operations)
    moments = sorted(rng.randrange(total + 1) for _ in range(count))
    done = 0
    for moment in moments:
        for operation in recording.operations[done:moment]:
            disk.do(operation)
        done = moment
        target = scene.folder / "cut"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        restore(disk.after_cut(rng, rng.choice(SHARES)), scene.watched, target)
        yield Cut(target / "home", disk.told.decode())


def test_while_grading(scene: Scene, library: Path) -> None:
    """Long enough that the WAL file is emptied into the database and begun anew several times."""
    recording = record(scene, library, scene.learner, str(counts.size(60, 700)), "cut", work="grade")
    for cut in cuts(scene, recording, counts.size(40, 1200), random.Random(5)):
        scene.prove(cut.told, before=scene.before, extra=1, home=cut.home)
        counts.count("power cut while grading").took("no answer lost, file sound")


def test_in_many_short_sittings(scene: Scene, library: Path) -> None:
    """Each ends with the WAL file emptied and removed."""
    recording = record(scene, library, scene.learner, str(counts.size(30, 200)), "cut", work="sittings")
    for cut in cuts(scene, recording, counts.size(40, 600), random.Random(6)):
        scene.prove(cut.told, before=scene.before, extra=1, home=cut.home)
        counts.count("power cut in short sittings").took("no answer lost, file sound")


def test_on_the_first_day(scene: Scene, library: Path) -> None:
    """The home, the file and its first answers are made: as soon as one is acknowledged, all of it stays."""
    recording = record(scene, library, None, "6", "cut", work="grade")
    for cut in cuts(scene, recording, counts.size(40, 500), random.Random(7)):
        scene.prove(cut.told, extra=1, home=cut.home)
        counts.count("power cut on the first day").took("no answer lost, file sound")


def test_during_a_migration(scene: Scene, library: Path) -> None:
    recording = record(scene, library, scene.old, "6", "cut", work="grade")
    for cut in cuts(scene, recording, counts.size(40, 500), random.Random(8)):
        for copy in (cut.home / "backups").glob("*.sqlite"):
            assert records(copy)[0] == scene.before
        scene.prove(cut.told, before=scene.before, extra=1, home=cut.home)
        counts.count("power cut during a migration").took("no answer lost, file sound")


def test_during_a_backup(scene: Scene, library: Path) -> None:
    """A copy that has its name is whole; one that the learner was told of is there."""
    recording = record(scene, library, scene.learner, work="back_up")
    for cut in cuts(scene, recording, counts.size(20, 200), random.Random(9)):
        scene.prove([], before=scene.before, extra=0, home=cut.home)
        copies = {copy.name: copy for copy in (cut.home / "backups").glob("*.sqlite")}
        assert {Path(line).name for line in cut.said.splitlines()} <= copies.keys()
        assert all(records(copy)[0] == scene.before for copy in copies.values())
        counts.count("power cut during a backup").took("no answer lost, file sound")


def test_the_simulation_finds_what_a_program_without_syncs_loses(scene: Scene, library: Path) -> None:
    """The same session, with `PRAGMA synchronous = OFF`: if this finds nothing, the tests above prove nothing."""
    recording = record(scene, library, scene.learner, "40", "cut", work="grade", careless=True)
    lost = 0
    for cut in cuts(scene, recording, 20, random.Random(10)):
        try:
            kept = records(cut.home / DATABASE)[0]
            lost += not {line[1:] for line in cut.told if line.startswith("+")} <= kept
        except Exception:
            lost += 1
    assert lost > 5


@pytest.fixture(autouse=True)
def _no_leftovers(scene: Scene) -> Iterator[None]:
    yield
    shutil.rmtree(scene.folder / "cut", ignore_errors=True)
