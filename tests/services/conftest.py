"""Every test of the services runs twice: on a local file, and on a PostgreSQL server."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True, params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Which database the program is on; a test with the mark `local_file` has no use for a server."""
    kind = str(request.param)
    if kind == "postgresql":
        if request.node.get_closest_marker("local_file") is not None:
            pytest.skip("a local file's own matter")
        request.getfixturevalue("server_url")
    return kind
