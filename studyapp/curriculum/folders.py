"""Module folders: which there are, and whether they changed. Nothing is parsed here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from studyapp import __version__
from studyapp.errors import StudyError

MODULE_FILE = "module.yaml"
CARDS_FOLDER = "cards"


def module_folders(roots: Sequence[Path]) -> list[Path]:
    """Folders with a module file, in order of name within each root.

    Raises:
        StudyError: a root cannot be looked into.
    """
    found: list[Path] = []
    for root in roots:
        try:
            if (root / MODULE_FILE).is_file():
                found.append(root)
            elif root.is_dir():
                found += sorted(folder for folder in root.iterdir() if (folder / MODULE_FILE).is_file())
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise StudyError(f"The content in {root} cannot be read ({reason}). Check who may read it.") from error
    return found


def as_text(path: Path | str) -> str:
    """The path as text that can be stored: bytes of a name that are no UTF-8 are written as escapes."""
    return str(path).encode(errors="backslashreplace").decode()


def fingerprint(folder: Path) -> str:
    """Changes when a file of the module (or the program) does; looks at names, sizes and times only."""
    lines = [__version__]
    for file in [*_files(folder, "*.yaml"), *_files(folder, "*.md"), *card_files(folder)]:
        try:
            status = file.stat()
        except OSError:  # a link that leads nowhere, or a file just gone: reading it will tell
            lines.append(f"{as_text(file.relative_to(folder))} cannot be read")
        else:
            lines.append(f"{as_text(file.relative_to(folder))} {status.st_size} {status.st_mtime_ns}")
    return "\n".join(lines)


def fingerprints(roots: Sequence[Path]) -> dict[str, str]:
    return {as_text(folder): fingerprint(folder) for folder in module_folders(roots)}


def card_files(folder: Path) -> list[Path]:
    """The files with cards, in order of name."""
    return _files(folder / CARDS_FOLDER, "*.yaml")


def _files(folder: Path, pattern: str) -> list[Path]:
    """Hidden files are left out: editors keep locks and copies there while a file is open."""
    return sorted(file for file in folder.glob(pattern) if not file.name.startswith("."))
