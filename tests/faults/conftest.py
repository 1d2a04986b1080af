"""The scene and the programs of the fault tests; after a full run, what was tried is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults import counts, shim
from tests.faults.forks import Forks
from tests.faults.scene import Scene


def pytest_terminal_summary(terminalreporter: Any) -> None:
    counts.tell(terminalreporter)


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene(tmp_path_factory.mktemp("faults"))


@pytest.fixture(scope="session")
def forks(scene: Scene) -> Iterator[Forks]:
    """Runs of the program as it is."""
    server = scene.forks()
    yield server
    server.close()


@pytest.fixture(scope="session")
def control(scene: Scene) -> shim.Control:
    return shim.Control(scene.folder / "control")


@pytest.fixture(scope="session")
def library(scene: Scene) -> Path:
    """The shim, built."""
    if reason := shim.why_not():
        pytest.skip(reason)
    return shim.build(scene.folder)


@pytest.fixture(scope="session")
def under_shim(scene: Scene, library: Path, control: shim.Control) -> Iterator[Forks]:
    """Runs of the program whose files the shim looks at."""
    server = scene.forks(**scene.shim_env(library))
    yield server
    server.close()
