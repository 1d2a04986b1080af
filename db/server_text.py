"""Texts on a PostgreSQL server, which keeps every character but the one with the number 0.

A learner's answer may hold it (it was pasted, or comes with a log from elsewhere), and no answer is lost for that:
it is written as two characters for private use, and read back as it was.
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.types.string import StrDumper, TextLoader

MARK = "\ue000"
NUL, MARK_ITSELF = f"{MARK}\ue001", f"{MARK}\ue002"


def written(text: str) -> str:
    return text.replace(MARK, MARK_ITSELF).replace("\0", NUL) if "\0" in text or MARK in text else text


def read(text: str) -> str:
    return text.replace(NUL, "\0").replace(MARK_ITSELF, MARK) if MARK in text else text


class _Dumper(StrDumper):
    def dump(self, obj: str) -> Any:
        return super().dump(written(obj))


class _Loader(TextLoader):
    def load(self, data: Any) -> str:
        return read(str(super().load(data)))


def register(connection: Connection[Any]) -> None:
    """Makes the connection write and read its texts so."""
    connection.adapters.register_dumper(str, _Dumper)
    for name in ("text", "varchar"):
        connection.adapters.register_loader(name, _Loader)
