"""Text files of a module folder, which anyone may have written."""

from __future__ import annotations

import stat
from pathlib import Path

LARGEST_FILE = 4_000_000
"""Bytes; far above any course module."""
LARGEST_DOCUMENT = 1_000_000
"""Bytes; a thick book, whose page still appears within seconds."""


class NotRead(Exception):
    """The file as a whole cannot be read: line and sentence."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line
        self.problem = problem


def read_text(folder: Path, name: str, largest: int = LARGEST_FILE) -> str:
    """The text of a UTF-8 file in a module folder.

    Args:
        largest: bytes that it may have.

    Raises:
        NotRead: missing, unreadable, outside the folder, too large or not UTF-8.
    """
    path = folder / name
    try:
        status = path.stat()
        if not path.resolve().is_relative_to(folder.resolve()):
            raise NotRead(1, "the file is a link that leads out of the module; put the file itself here")
        if not stat.S_ISREG(status.st_mode):
            raise NotRead(1, "this is not a file with text; move it away")
        if status.st_size > largest:
            raise NotRead(1, f"the file is larger than {largest // 1_000_000} MB; split it into several")
        data = path.read_bytes()
    except OSError as error:
        raise NotRead(1, f"the file cannot be read ({(error.strerror or str(error)).lower()})") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise NotRead(line, "the text is not UTF-8; save the file with that encoding") from error
