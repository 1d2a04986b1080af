"""Files that are written whole or not at all, and streams that are read with care."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from studyapp.errors import StudyError, UsageError, file_trouble

STANDARD = "-"
"""As a file name: standard input or output."""


@contextmanager
def written(name: str, *, replace: bool = False) -> Iterator[BinaryIO]:
    """A file that takes its name, readable for its owner alone, when the block ends well; `-` is standard output.

    Args:
        replace: whether a file of that name may be replaced.

    Raises:
        StudyError: there is one already, or the place cannot be written; nothing was changed.
    """
    if name == STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with whole(_named(name), replace=replace) as target:
        yield target


@contextmanager
def whole(path: Path, *, replace: bool = False) -> Iterator[BinaryIO]:
    """As `written`, whatever its name is. A device keeps its place, which root could put a file in."""
    with _errors(path, "written"):
        if not replace and os.path.lexists(path):
            raise StudyError(f"{path} exists already; name another file, or add --force to replace it.")
        if path.is_dir():
            raise StudyError(f"{path} is a folder; name a file.")
        if path.exists() and not path.is_file():
            raise StudyError(f"{path} is a device, not a file; name a file.")
        partial = NamedTemporaryFile(prefix=f".{path.name[:100]}.", dir=path.parent, delete=False)  # noqa: SIM115
        try:
            with partial:
                yield partial  # type: ignore[misc]
                partial.flush()
                os.fsync(partial.fileno())
            _name(Path(partial.name), path, replace)
        except BaseException:
            with suppress(OSError):
                Path(partial.name).unlink()
            raise


def _name(partial: Path, path: Path, replace: bool) -> None:
    if replace:
        partial.replace(path)
        return
    try:
        os.link(partial, path)  # unlike a rename it never replaces what came there meanwhile
    except FileExistsError:
        raise StudyError(f"{path} exists already; name another file, or add --force to replace it.") from None
    except OSError:  # a file system without links
        partial.replace(path)
    else:
        partial.unlink()


@contextmanager
def read(name: str) -> Iterator[BinaryIO]:
    """A file, or standard input for `-`.

    Raises:
        StudyError: it cannot be read.
    """
    if name == STANDARD:
        yield sys.stdin.buffer
        return
    path = _named(name)
    with _errors(path, "read"):
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for without end
            raise StudyError(f"{path} is not a file; name one, or - for standard input.")
        with path.open("rb") as stream:
            yield stream


def _named(name: str) -> Path:
    if not name:
        raise UsageError(f"The name of the file is empty; name one, or {STANDARD} for a stream.")
    return Path(name)


@contextmanager
def _errors(path: Path, done: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise file_trouble(path, done, error) from error
