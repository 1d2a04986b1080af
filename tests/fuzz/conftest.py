"""After a full run, what was tried is told."""

from __future__ import annotations

from typing import Any

from tests.faults import counts


def pytest_terminal_summary(terminalreporter: Any) -> None:
    counts.tell(terminalreporter)
