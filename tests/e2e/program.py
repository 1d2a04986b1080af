"""The installed program, run as a learner's shell runs it."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PROGRAM = str(Path(sys.executable).with_name("studyapp"))


def run(
    *arguments: str,
    code: int = 0,
    typed: str = "",
    env: dict[str, str] | None = None,
    program: Sequence[str] = (PROGRAM,),
    cwd: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Runs one command and holds it to what every command promises.

    Args:
        code: the exit code that is expected.
        typed: what stands on its standard input.
        env: added to the environment.
    """
    done = subprocess.run(
        [*program, *arguments],
        input=typed,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONWARNINGS": "error"} | (env or {}),
        cwd=cwd,
        check=False,
        timeout=120,
    )
    assert done.returncode == code, f"{arguments}: exit {done.returncode}, not {code}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    if code:
        assert done.stderr.strip() or done.stdout.strip(), f"{arguments} failed without a word"
    return done


def run_json(*arguments: str, code: int = 0, env: dict[str, str] | None = None) -> Any:
    """What a command prints with `--json`."""
    done = run(*arguments, "--json", code=code, env=env)
    assert done.stderr == "", "results go to standard output, and nothing had to be said"
    return json.loads(done.stdout)


def refusal(*arguments: str, code: int, env: dict[str, str] | None = None) -> str:
    """What a command says when it refuses: on standard error alone."""
    done = run(*arguments, code=code, env=env)
    assert done.stdout == ""
    return done.stderr


def logged(home: Path) -> list[dict[str, Any]]:
    """The reviews of a home, or of the server that is in use, in the order of their making, read past the program."""
    server = os.environ.get("STUDYAPP_DB")
    if server:
        from psycopg import connect
        from psycopg.rows import dict_row

        with connect(server, row_factory=dict_row) as connection:
            return connection.execute("SELECT * FROM reviews ORDER BY id").fetchall()
    database = sqlite3.connect(home / "studyapp.sqlite")
    database.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in database.execute("SELECT * FROM reviews ORDER BY id")]
    finally:
        database.close()
