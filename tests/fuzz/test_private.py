"""Nobody else reads the learner's files, and the program speaks to nobody."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from studyapp.bootstrap import Program
from studyapp.lab_runner.events import Pictures, Tile
from studyapp.lab_runner.results import Results
from studyapp.lab_runner.shelf import new_folder
from studyapp.tui.full_size import draw_sheets
from tests.conftest import MONDAY
from tests.faults.counts import FULL

ROOT = Path(__file__).parents[2]
CARD = "t1.fog.c0"
SESSION = (
    ["due"],
    ["grade", CARD, "4"],
    ["review", "--plain"],
    ["settings", "new_per_day", "3"],
    ["card", "list"],
    ["card", "show", CARD],
    ["read", "02_explainer.md", "--plain"],
    ["quiz", "--plain", "--seed", "1"],
    ["interview", "--last"],
    ["lab", "list"],
    ["lab", "show", "forward_noising"],
    ["backup", "now"],
    ["stats", "--png", "home/stats.png"],
    ["report", "--html", "home/report.html"],
    ["export", "jsonl", "home/log.jsonl"],
    ["export", "apkg", "home/cards.apkg"],
    ["content", "check"],
    ["doctor", "--repair"],
    ["undo"],
    ["backup", "list"],
)
APP = """
import asyncio
from studyapp.bootstrap import open_program
from studyapp.tui.app import StudyApp

async def walk():
    async with StudyApp(open_program()).run_test(size=(80, 24)) as pilot:
        for key in "enter space space 4 escape b enter escape escape s escape question_mark".split():
            await pilot.press(key)
            await pilot.pause()
        for name in ("reader", "labs", "statistics", "audit", "gate", "quiz", "calibration"):
            pilot.app.go_to(name)
            await pilot.pause()

asyncio.run(walk())
"""
LISTENER = """
import os, sys

def heard(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind"):
        if isinstance(arguments[1], (str, bytes)):
            return  # a file of this machine
        if event == "socket.bind" and arguments[1][:2] == ("::1", 0):
            return  # urllib3, which diffusers imports, looks whether there is IPv6; it does not listen
    elif event not in ("socket.getaddrinfo", "socket.gethostbyname", "urllib.Request", "http.client.connect"):
        return
    with open(os.environ["HEARD"], "a") as file:
        file.write(f"{event} {arguments[1:]}\\n")

sys.addaudithook(heard)
"""
"""As `sitecustomize` every Python that is started has it, a lab's too."""


@pytest.fixture
def open_to_all() -> Iterator[None]:
    """Files would be everybody's if nothing were done about it."""
    before = os.umask(0)
    yield
    os.umask(before)


def run(words: list[str], folder: Path, **environment: str) -> None:
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{environment.pop('first', '')}{os.pathsep}{ROOT}", **environment},
        input="3\n\n4\n" * 60,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), f"{words}: {done.stderr}"
    assert "Traceback" not in done.stderr, done.stderr


def open_to_others(folder: Path) -> list[str]:
    """What anybody but the owner may read, write or enter."""
    found = [folder, *folder.rglob("*")]
    return [
        f"{path.relative_to(folder.parent)} {stat.S_IMODE(path.lstat().st_mode):o}"
        for path in found
        if not path.is_symlink() and path.lstat().st_mode & 0o077
    ]


@pytest.mark.usefixtures("open_to_all")
def test_whatever_is_made_at_home_is_the_learners_alone(module: Path, own_home: Path, tmp_path: Path) -> None:
    for words in SESSION:
        run(["-m", "studyapp.cli", *words], tmp_path)
        assert open_to_others(own_home) == [], words
    run(["-c", APP], tmp_path)
    assert open_to_others(own_home) == []
    names = {path.suffix for path in own_home.rglob("*")}
    assert names >= {".sqlite", ".png", ".html", ".jsonl", ".apkg"}


@pytest.mark.usefixtures("open_to_all")
def test_while_it_runs_the_write_ahead_log_is_too(program: Program) -> None:
    program.recall.grade(CARD, 4)
    names = sorted(path.name for path in program.paths.home.iterdir())
    assert names >= ["studyapp.sqlite", "studyapp.sqlite-shm", "studyapp.sqlite-wal"]
    assert open_to_others(program.paths.home) == []


@pytest.mark.usefixtures("open_to_all")
def test_the_folders_of_lab_runs_are_too(own_home: Path) -> None:
    folder = new_folder(own_home, "forward_noising", MONDAY)
    draw_sheets(
        Results(folder, pictures=[Pictures("p", "t", 1, (Tile("a", "a.png"),))]),
        own_home / "labs" / "forward_noising" / "reference",
    )
    entered = [path for path in own_home.rglob("*") if path.is_dir() and path.stat().st_mode & 0o077]
    assert entered == []


def test_the_watch_over_files_sees_an_open_one(tmp_path: Path) -> None:
    (tmp_path / "a").touch(0o644)
    (tmp_path / "a").chmod(0o644)
    assert any("a 644" in line for line in open_to_others(tmp_path))


def test_a_home_behind_a_link_is_served_and_links_in_it_are_not_followed_out(
    module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup that a link stands for is not written through it."""
    real, elsewhere = tmp_path / "real", tmp_path / "elsewhere"
    real.mkdir(0o700)
    elsewhere.write_text("precious")
    (tmp_path / "link").symlink_to(real)
    monkeypatch.setenv("STUDYAPP_HOME", str(tmp_path / "link"))
    run(["-m", "studyapp.cli", "grade", CARD, "4"], tmp_path)
    assert (real / "studyapp.sqlite").is_file()
    (tmp_path / "out.html").symlink_to(elsewhere)
    run(["-m", "studyapp.cli", "report", "--html", "out.html"], tmp_path)
    assert elsewhere.read_text() == "precious"


@pytest.fixture
def listener(tmp_path: Path) -> Path:
    folder = tmp_path / "listener"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(LISTENER)
    return folder


def test_it_speaks_to_nobody(module: Path, tmp_path: Path, listener: Path) -> None:
    """Neither the commands nor the app connect, look up a name, or listen."""
    heard = tmp_path / "heard"
    (tmp_path / "home").mkdir()
    for words in SESSION:
        run(["-m", "studyapp.cli", *words], tmp_path, first=str(listener), HEARD=str(heard))
        assert not heard.exists(), (words, heard.read_text())
    run(["-c", APP], tmp_path, first=str(listener), HEARD=str(heard))
    assert not heard.exists(), heard.read_text()


@pytest.mark.skipif(not FULL, reason="a lab loads torch; in a full run")
def test_a_lab_speaks_to_nobody(module: Path, tmp_path: Path, listener: Path) -> None:
    heard = tmp_path / "heard"
    for name in ("forward_noising", "cfg_sweep"):
        words = ["-m", "studyapp.cli", "lab", "run", name, "--quick"]
        run(words, tmp_path, first=str(listener), HEARD=str(heard))
        assert not heard.exists(), heard.read_text()


def test_the_listener_hears_a_connection(tmp_path: Path, listener: Path) -> None:
    heard = tmp_path / "heard"
    code = "import socket\ntry: socket.create_connection(('127.0.0.1', 1), 1)\nexcept OSError: pass"
    run(["-c", code], tmp_path, first=str(listener), HEARD=str(heard))
    assert "socket.connect" in heard.read_text()
