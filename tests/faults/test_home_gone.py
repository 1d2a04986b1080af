"""The home is moved, removed or replaced while the program has it open: nothing is taken for saved that nobody finds
again, and when it is put back all goes on."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from studyapp.bootstrap import Program
from studyapp.errors import StudyError
from studyapp.paths import DATABASE
from studyapp.services.preferences import change_setting
from tests.e2e.program import PROGRAM
from tests.e2e.terminal import Terminal
from tests.faults import counts
from tests.faults.scene import NOW, Scene, records

CARD = "t1.fog.c0"
CHANGES: dict[str, Callable[[Program], object]] = {
    "grade": lambda program: program.recall.grade(CARD, 4),
    "undo": lambda program: program.recall.undo(),
    "draft": lambda program: program.recall.save_draft(CARD, "typed"),
    "flag": lambda program: program.recall.flag(CARD, 1),
    "suspend": lambda program: program.recall.suspend(CARD),
    "setting": lambda program: change_setting(program.recall, "theme", "nord"),
}


def _replaced(home: Path, away: Path) -> None:
    """As a program does that keeps folders of two machines alike."""
    home.rename(away)
    shutil.copytree(away, home)


def _file_alone(home: Path, away: Path) -> None:
    away.mkdir()
    (home / DATABASE).rename(away / DATABASE)


LOSSES: dict[str, Callable[[Path, Path], object]] = {
    "moved": lambda home, away: home.rename(away),
    "removed": lambda home, away: shutil.rmtree(home),
    "replaced": _replaced,
    "without its file": _file_alone,
}


def _put_back(home: Path, away: Path) -> None:
    if (home / DATABASE).exists():
        shutil.rmtree(home)
    if home.exists():
        (away / DATABASE).rename(home / DATABASE)
    else:
        away.rename(home)


@pytest.mark.parametrize("loss", LOSSES)
def test_no_change_is_taken_for_saved(scene: Scene, loss: str) -> None:
    rng = random.Random(loss)
    away = scene.folder / "away"
    for _ in range(counts.size(4, 200)):
        scene.reset(scene.learner)
        shutil.rmtree(away, ignore_errors=True)
        with scene.opened(scene.home) as program:
            recall = program.recall
            told = [f"+{recall.grade(CARD, rng.randint(0, 5)).review.id}" for _ in range(rng.randint(0, 3))]
            LOSSES[loss](scene.home, away)
            left = sorted(scene.home.rglob("*"))
            for name in rng.sample(list(CHANGES), 3):
                with pytest.raises(StudyError, match="removed or replaced"):
                    CHANGES[name](program)
            assert recall.today().order, "reading goes on"
            assert [path for path in sorted(scene.home.rglob("*")) if path not in left] == []
            if loss != "removed":
                _put_back(scene.home, away)
                told.append(f"+{recall.grade(CARD, 4).review.id}")
        if loss != "removed":
            scene.prove(told, before=scene.before, extra=0)
        counts.count(f"the home {loss} while it is open").took("told, and nothing else lost")


@pytest.mark.parametrize("loss", ["moved", "removed"])
def test_in_the_terminal_app(scene: Scene, loss: str) -> None:
    """The card stays until its grade can be kept; who leaves is not kept from leaving."""
    scene.reset(scene.learner)
    away = scene.folder / "away"
    shutil.rmtree(away, ignore_errors=True)
    with Terminal([PROGRAM, "review"], env=scene.shell(STUDYAPP_NOW=NOW)) as terminal:
        terminal.wait("1/")
        terminal.press("space")
        terminal.wait("4 good")
        LOSSES[loss](scene.home, away)
        terminal.press("4")
        terminal.wait("removed or")
        assert "1/" in terminal.text
        if loss == "moved":
            away.rename(scene.home)
            terminal.press("4")
            terminal.wait("2/")
        terminal.press("ctrl+q")
        assert terminal.wait_for_end() == 0
        assert "Traceback" not in terminal.text
    if loss == "moved":
        scene.prove([], before=scene.before)
        assert len(records(scene.file)[0] - scene.before) == 1
    counts.count(f"the home {loss} while it is open").took("told on the screen, card kept")
