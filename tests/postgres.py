"""A real PostgreSQL server for tests: in a folder of its own, on a socket of its own, gone at the end."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from db.models import Base
from db.server import prepare, server_url

PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name), reverse=True)
ACCOUNTS = ("postgres", "nobody")
"""The server does not run as root; one of these runs it then."""
OWNER = "owner"
TEMPLATE = "studyapp_template"
FAST = ("fsync=off", "full_page_writes=off", "autovacuum=off", "shared_buffers=32MB")


def program(name: str) -> str | None:
    """The server's program of that name; Debian keeps them off the path."""
    near = (str(folder / name) for folder in PLACES if (folder / name).is_file())
    return shutil.which(name) or next(near, None)


EMPTY = f"TRUNCATE {', '.join(table.name for table in Base.metadata.sorted_tables)}"


class Postgres:
    """The server, and fresh databases on it with the tables made."""

    def __init__(self, folder: Path, *settings: str) -> None:
        self.folder = folder
        self._settings = ("listen_addresses=", f"unix_socket_directories={folder}", *settings)
        self._numbers = count(1)
        self._emptied: str | None = None
        self._account = next(filter(_exists, ACCOUNTS), None) if os.geteuid() == 0 else None
        if self._account is not None:
            shutil.chown(folder, self._account)
        self._run("initdb", "--pgdata", str(self.data), "--username", OWNER, "--auth", "trust", "--encoding", "UTF8",
                  "--locale", "C.UTF-8", "--no-sync")  # fmt: skip
        access = self.data / "pg_hba.conf"
        access.write_text("local all locked scram-sha-256\n" + access.read_text())
        self.start()
        self.sql(f"CREATE DATABASE {TEMPLATE}")
        prepare(server_url(self.url(TEMPLATE)), "the server")

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def _run(self, name: str, *arguments: str) -> None:
        tool = program(name)
        assert tool is not None
        who: dict[str, Any] = {"user": self._account, "group": None, "extra_groups": []} if self._account else {}
        done = subprocess.run([tool, *arguments], cwd=self.folder, capture_output=True, text=True, check=False, **who)
        assert done.returncode == 0, f"{name}: {done.stderr or done.stdout}"

    def start(self) -> None:
        options = " ".join(f"-c {setting}" for setting in self._settings)
        log = str(self.folder / "log")
        self._run("pg_ctl", "start", "--wait", "--silent", "--pgdata", str(self.data), "--log", log, "-o", options)

    def stop(self) -> None:
        """At once, as a power cut would; what was acknowledged is read back from its log at the next start."""
        self._run("pg_ctl", "stop", "--wait", "--silent", "--pgdata", str(self.data), "--mode", "immediate")

    def url(self, database: str, user: str = OWNER) -> str:
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def database(self) -> str:
        """The URL of a fresh database."""
        name = f"t{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        return self.url(name)

    def emptied(self) -> str:
        """The URL of a database without rows, the same each time: much faster than a fresh one."""
        if self._emptied is None:
            self._emptied = self.database()
        self.cut(self._emptied)
        self.sql(EMPTY, self._emptied)
        return self._emptied

    def empty_database(self) -> str:
        """The URL of a database without tables."""
        name = f"t{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name}")
        return self.url(name)

    def sql(self, statement: str, url: str = "") -> list[tuple[Any, ...]]:
        """Runs a statement and returns its rows, if it gives any."""
        with psycopg.connect(url or self.url("postgres"), autocommit=True) as connection:
            done = connection.execute(statement.encode())
            return done.fetchall() if done.description else []

    def cut(self, database: str) -> None:
        """Breaks every connection to a database."""
        self.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name_of(database)}'")


def name_of(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


def _exists(account: str) -> bool:
    import pwd

    return any(entry.pw_name == account for entry in pwd.getpwall())


@contextmanager
def started(*settings: str) -> Iterator[Postgres]:
    """A server that lives as long as the block."""
    folder = Path(tempfile.mkdtemp(prefix="studyapp-pg-"))  # a socket's path is short, a test's folder is not
    try:
        server = Postgres(folder, *settings)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
