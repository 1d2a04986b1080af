"""Copies of the database, made with SQLite's online backup, so that a running program is no hindrance."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from db.faults import explained


def back_up(path: Path, folder: Path, moment: datetime, label: str) -> Path:
    """Writes a whole copy of `path` into `folder` and returns its place.

    The copy appears under its name only when it is complete.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / f"{moment:%Y-%m-%dT%H%M%S}-{label}.sqlite"
    partial = target.with_suffix(".partial")
    with explained(str(partial)):
        partial.touch(mode=0o600)
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(partial)) as copy:
            source.backup(copy)
    partial.replace(target)
    return target
