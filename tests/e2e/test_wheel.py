"""The wheel: built from this checkout, installed into an empty environment, used from another folder."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.e2e.program import run, run_json

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    built = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that holds the wheel and nothing else."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    done = subprocess.run([*install, str(wheel)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return python


def test_the_wheel_holds_all_four_rooms_and_their_data(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {
        "studyapp",
        "db",
        "labs",
        "content",
    }
    here = [
        file
        for room in ("content", "db/migrations", "studyapp/tui", "studyapp/exchange")
        for file in (ROOT / room).rglob("*.*")
    ]
    data = {str(file.relative_to(ROOT)) for file in here if file.is_file() and "__pycache__" not in file.parts}
    assert data <= names


def test_the_installed_wheel_works_from_any_folder(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STUDYAPP_CONTENT")
    monkeypatch.setenv("PYTHONPATH", sysconfig.get_paths()["purelib"])  # for the dependencies; studyapp is not in there
    where = subprocess.run(
        [installed, "-c", "import studyapp, db, labs, content; print(studyapp.__file__)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert Path(where.stdout.strip()).is_relative_to(installed.parents[1])
    program = (str(installed.with_name("studyapp")),)
    assert " new · about " in run("due", program=program, cwd=tmp_path).stdout
    checked = run("content", "check", program=program, cwd=tmp_path).stdout
    assert "m14: " in checked
    assert "nothing wrong" in checked
    run("content", "new", "module_15", program=program, cwd=tmp_path)
    assert "m15: 1 card, nothing wrong" in run("content", "check", "module_15", program=program, cwd=tmp_path).stdout


def test_the_checkout_and_the_wheel_hold_the_same_cards(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STUDYAPP_CONTENT")
    here = run_json("card", "list")
    monkeypatch.setenv("PYTHONPATH", sysconfig.get_paths()["purelib"])
    program = (str(installed.with_name("studyapp")),)
    there = run("card", "list", "--json", program=program, cwd=tmp_path, env={"STUDYAPP_HOME": str(tmp_path / "other")})
    assert json.loads(there.stdout) == here
