"""Programs of several learners on one server, and what a command says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from studyapp.bootstrap import Program
from studyapp.cli import main

OpenAs = Callable[..., Program]
Told = Callable[..., tuple[int, str]]


@pytest.fixture
def open_as(
    server_url: str,
    own_home: Path,
    content: Path,
    open_again: Callable[[], Program],
    monkeypatch: pytest.MonkeyPatch,
) -> OpenAs:
    """Opens the program of a learner, by default with the files of the test's content folder."""

    def start(learner: str, folder: Path = content, home: str = "home") -> Program:
        monkeypatch.setenv("STUDYAPP_LEARNER", learner)
        monkeypatch.setenv("STUDYAPP_CONTENT", str(folder))
        monkeypatch.setenv("STUDYAPP_HOME", str(own_home.parent / home))
        return open_again()

    return start


@pytest.fixture
def sentence_of(capsys: pytest.CaptureFixture[str]) -> Told:
    """Runs a command in this process: exit code, and the one sentence that it said."""

    def run(*arguments: str) -> tuple[int, str]:
        code = main(arguments)
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1), err
        return code, err.strip()

    return run
