"""The engine of a local file, set up so that a committed answer survives a power cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

from db.local import BUSY_SECONDS


def make_engine(database: Path | str) -> Engine:
    """An engine for a file or a server's URL. SQLite: WAL, synchronous=FULL, the write lock is taken at once.

    Raises:
        UsageError: no URL of a server that is known, or its driver is not installed.
    """
    if isinstance(database, str):
        from db.server import server_engine, server_url

        return server_engine(server_url(database), autocommit=False)
    url = URL.create("sqlite", database=str(database))  # a path is no URL: it may hold ? or %
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions of its own: BEGIN IMMEDIATE below is the only one.
        connection.isolation_level = None
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        driver = connection.connection.cursor()  # exec_driver_sql takes three times as long
        if not driver.connection.in_transaction:  # else the writer began one
            driver.execute("BEGIN IMMEDIATE")

    return engine
