"""The terminal app on a PostgreSQL server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from studyapp.bootstrap import Program
from tests.postgres import Postgres
from tests.standing import gated_module
from tests.tui.screens import key_words, press, running, settle, shown, toasts


async def test_a_sitting_on_a_server(server_url: str, program: Program) -> None:
    async with running(program, "review") as pilot:
        await press(pilot, "space", "4")
        assert "Recall 2/2" in shown(pilot)
        await press(pilot, "u")
        assert "Recall 1/2" in shown(pilot)
        await press(pilot, "space", "4", "space", "5")
        await settle(pilot)
    assert [review.grade for review in program.store.latest_reviews("me", 9)] == [5, 4, 4]
    async with running(program, "statistics") as pilot:
        assert "Statistics" in shown(pilot)


async def test_a_gate_item_stays_while_the_server_is_away(
    postgres: Postgres, server_url: str, content: Path, open_again: Callable[[], Program]
) -> None:
    name = server_url.partition("?")[0].rpartition("/")[2]
    gated_module(content / "module_1")
    async with running(open_again(), "gate") as pilot:
        await press(pilot, "enter")
        postgres.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        try:
            postgres.cut(server_url)
            await press(pilot, "u")
            assert "cannot be reached" in toasts(pilot)[-1]
            assert "r read its document" in key_words(pilot)
        finally:
            postgres.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


async def test_a_server_that_is_cut_off_loses_no_answer(postgres: Postgres, server_url: str, program: Program) -> None:
    """The database may not be joined for a while; the answer stays on the screen until it is."""
    name = server_url.partition("?")[0].rpartition("/")[2]
    async with running(program, "review") as pilot:
        await press(pilot, "space")
        postgres.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        try:
            postgres.cut(server_url)
            await press(pilot, "4")
            assert "cannot be reached" in toasts(pilot)[-1]
            assert "Recall 1/2" in shown(pilot)
        finally:
            postgres.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await press(pilot, "4")
        assert "Recall 2/2" in shown(pilot)
    assert len(program.store.latest_reviews("me", 9)) == 1
