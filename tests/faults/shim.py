"""The test's side of `shim.c`: builds it, says what is to happen to a program's files, reads what happened."""

from __future__ import annotations

import mmap
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_name("shim.c")
FIELDS = struct.Struct("<6q")
WRITES, SYNCS, READS, OPENS = 1, 2, 4, 8
KILL_BEFORE, KILL_AMID = -1, -2
TOLD = "told"
"""The file beside the home in which a program notes what it told the learner; no fault meets it."""


def why_not() -> str:
    """Why the shim cannot be used here; empty when it can."""
    if sys.platform != "linux" or sys.maxsize < 2**32:
        return "the shim below the program is for 64-bit Linux"
    return "" if compiler() else "there is no C compiler"


def compiler() -> str | None:
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


def build(folder: Path) -> Path:
    """Compiles the shim into a folder and returns the library."""
    library, found = folder / "shim.so", compiler()
    assert found is not None
    command = [found, "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", str(library), str(SOURCE)]
    subprocess.run(command, check=True, capture_output=True)
    return library


class Control:
    """The page of memory that is shared with the programs under the shim."""

    def __init__(self, path: Path) -> None:
        path.write_bytes(bytes(4096))
        with path.open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), 4096)

    def _set(self, kinds: int, at: int, lasting: bool, action: int) -> None:
        self._page[: FIELDS.size] = FIELDS.pack(kinds, at, lasting, action, 0, 0)

    @contextmanager
    def fault(self, action: int, kinds: int, at: int, *, lasting: bool = False) -> Iterator[None]:
        """Meets the operation number `at` (from 1), and with `lasting` all after it, with an errno or a kill."""
        self._set(kinds, at, lasting, action)
        try:
            yield
        finally:
            self._page[: FIELDS.size] = FIELDS.pack(0, 0, 0, 0, self.seen, self.met)

    @property
    def seen(self) -> int:
        """Operations counted since the fault was set."""
        return int(FIELDS.unpack_from(self._page)[4])

    @property
    def met(self) -> int:
        """How many of them were failed."""
        return int(FIELDS.unpack_from(self._page)[5])


def spread(total: int, most: int) -> list[int]:
    """Numbers from 1 to `total`: all of them, or `most` that lie evenly from the first to the last."""
    if total <= most:
        return list(range(1, total + 1))
    return sorted({1 + round(place * (total - 1) / (most - 1)) for place in range(most)})


@dataclass(frozen=True, slots=True)
class Operation:
    """One entry of the journal."""

    kind: str
    """C create, W write, T truncate to `offset`, S sync, R rename to `data`, U unlink, M make folder."""
    file: int
    """Inode; that of a new file may have been another one's before."""
    path: str
    offset: int = 0
    data: bytes = b""


_HEAD = struct.Struct("<cQqIH")


def read_journal(path: Path) -> list[Operation]:
    """All operations in the order in which they were done."""
    content, at, found = path.read_bytes(), 0, []
    while at < len(content):
        kind, file, offset, length, path_length = _HEAD.unpack_from(content, at)
        at += _HEAD.size
        name = content[at : at + path_length].decode()
        data = content[at + path_length : at + path_length + length]
        at += path_length + length
        found.append(Operation(kind.decode(), file, name, offset, data))
    return found
