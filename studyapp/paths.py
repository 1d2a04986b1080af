"""Where everything lies."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import import_module
from itertools import count
from pathlib import Path

from studyapp.core.text import one_line
from studyapp.errors import UsageError

DATABASE = "studyapp.sqlite"
SQLITE = "sqlite:///"
LEARNER = "me"
"""In a file of one's own there is nobody to tell apart."""
LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Paths:
    home: Path
    """All of the learner's data."""
    content: tuple[Path, ...]
    """Folders that hold module folders, or are one."""
    database: Path
    """The learner's file; not used with a server."""
    server: str = ""
    """SQLAlchemy URL of a database server."""

    @property
    def backups(self) -> Path:
        """Of this database alone: a repair would mix the answers of another one into it."""
        if self.database == self.home / DATABASE:
            return self.home / "backups"
        return self.database.with_name(f"{self.database.stem}-backups")


def find_paths(content: str | None = None) -> Paths:
    """Reads `STUDYAPP_HOME`, `STUDYAPP_DB` and `STUDYAPP_CONTENT` (or `content`, the command line's).

    A content folder that is named stands in place of the modules that come with the program; the
    learner's own under the home folder are always there.

    Raises:
        UsageError: the content folder that was named does not exist.
    """
    home = os.environ.get("STUDYAPP_HOME")
    if not home:
        from platformdirs import user_data_dir  # 2 ms that a named home saves

        home = user_data_dir("studyapp", appauthor=False)
    chosen = content or os.environ.get("STUDYAPP_CONTENT")
    first = at_home(chosen) if chosen else _package("content")
    if not _is_folder(first):
        name = one_line(str(first), 200)
        raise UsageError(f"There is no folder {name}; name one with a module in it, or leave STUDYAPP_CONTENT empty.")
    root = at_home(home)
    database, server = root / DATABASE, os.environ.get("STUDYAPP_DB", "")
    if server.startswith(SQLITE) and not server.endswith(":memory:"):
        database, server = Path(server.removeprefix(SQLITE)), ""
        if not database.name:
            raise UsageError(f"STUDYAPP_DB names no file; write {SQLITE}/folder/file.sqlite.")
    return Paths(root, (first.absolute(), root.absolute() / "content"), database, server)


def unused(file: Path) -> Path:
    """The file's path, with a number where there is one already: `card.md`, `card-1.md`."""
    names = (file.with_stem(f"{file.stem}-{n}" if n else file.stem) for n in count())
    return next(name for name in names if not name.exists())


def at_home(name: str) -> Path:
    """The path, with `~` as the learner's home folder.

    Raises:
        UsageError: it begins with `~` and a name that no user of this machine has.
    """
    try:
        return Path(name).expanduser()
    except RuntimeError:
        raise UsageError(
            f"{one_line(name, 80)} names the home of a user who is not here; write the whole path."
        ) from None


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # a name that no folder can have, or one that may not be looked at
        return False


def learner_name(*, shared: bool) -> str:
    """Whose log is read and written: `STUDYAPP_LEARNER`, in a local file `me` when it is not set.

    On a server there is no default: accounts of many machines are called alike (pi, ubuntu, user), and two people
    under one name would grade each other's cards.

    Raises:
        UsageError: no name on a server, or one that is no name.
    """
    name = os.environ.get("STUDYAPP_LEARNER", "")
    if not name and not shared:
        return LEARNER
    if not name:
        raise UsageError("A server has several learners; say who you are: STUDYAPP_LEARNER=name.")
    if len(name) > LONGEST_NAME or not name.isprintable() or name != name.strip():
        raise UsageError(
            f"STUDYAPP_LEARNER is no name: write 1 to {LONGEST_NAME} letters without control codes,"
            " and no space at either end."
        )
    return name


def lab_names() -> frozenset[str]:
    """Names of the labs that are installed, without importing any of them."""
    return frozenset(path.stem for path in _package("labs").glob("*.py") if not path.stem.startswith("_"))


def _package(name: str) -> Path:
    """The folder of an installed package; `importlib.resources` would say the same, 10 ms later."""
    return Path(import_module(name).__path__[0])
