from __future__ import annotations

import os
from pathlib import Path

import pytest

# Threads of torch that wait without spinning: the tests share the machine with each other's subprocesses.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Warnings that diffusers and transformers cause in themselves are not ours to raise."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"))
