"""Every test of the services runs twice: on a local file, and on a PostgreSQL server."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def on_both(database: str) -> None:
    pass
