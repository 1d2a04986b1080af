"""The disk after a power cut, put together from the journal of what a program did to it.

What was synced is there. Everything later may be there or not, in any order, and may be torn at a sector: POSIX
promises nothing else. The same holds for names: a file that was made, renamed or removed is so after a cut once its
folder was synced; before that, only as far as the file system got with its own journal, which keeps the order of such
changes (ext4, XFS, APFS and NTFS do).
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path, PurePosixPath

from tests.faults.shim import TOLD, Operation

SECTOR = 512


@dataclass(slots=True)
class File:
    """One file: what is certain of it, and what was done since."""

    certain: bytearray = field(default_factory=bytearray)
    later: list[Operation] = field(default_factory=list)

    def sync(self) -> None:
        for operation in self.later:
            _do(self.certain, operation)
        self.later.clear()

    def after_cut(self, rng: random.Random, share: float) -> bytes:
        """The bytes after a cut; `share` of what was not synced got through."""
        content = bytearray(self.certain)
        for operation in self.later:
            if operation.kind == "T":
                if rng.random() < share:
                    _do(content, operation)
                continue
            for offset, sector in _sectors(operation):
                if rng.random() < share:
                    _write(content, offset, sector)
                elif rng.random() < share / 4:  # the file grew, and what should stand there never came
                    _write(content, offset, b"", at_least=offset + len(sector))
        return bytes(content)


@dataclass(slots=True)
class Disk:
    """Takes the operations one after the other; at any moment it tells what a power cut would leave.

    Args:
        top: the folder that holds all files.
    """

    top: Path
    told: bytearray = field(default_factory=bytearray)
    """What the learner was told up to now: no cut takes it back."""
    files: dict[int, File] = field(default_factory=dict)
    names: dict[str, int | None] = field(default_factory=dict)
    """Certain names, and their files; None is a folder."""
    renamings: list[Operation] = field(default_factory=list)
    """Changes of names that are not certain yet."""

    @classmethod
    def of(cls, top: Path) -> Disk:
        """The disk as it stands, all of it certain."""
        disk = cls(top)
        for path in sorted(top.rglob("*")):
            if path.is_dir():
                disk.names[str(path)] = None
            elif path.name != TOLD:
                number = path.stat().st_ino
                disk.names[str(path)] = number
                disk.files[number] = File(bytearray(path.read_bytes()))
        return disk

    def do(self, operation: Operation) -> None:
        if operation.path == str(self.top / TOLD):
            if operation.kind == "W":
                self.told += operation.data
            return
        match operation.kind:
            case "W" | "T":
                self.files[operation.file].later.append(operation)
            case "S" if operation.file in self.files:
                self.files[operation.file].sync()
            case "S":
                self._sync_folder(operation.path)
            case _:
                if operation.kind == "C":
                    self.files[operation.file] = File()
                self.renamings.append(operation)

    def _sync_folder(self, folder: str) -> None:
        rest = []
        for operation in self.renamings:
            if str(PurePosixPath(operation.path).parent) == folder:
                _name(self.names, operation)
            else:
                rest.append(operation)
        self.renamings = rest

    def after_cut(self, rng: random.Random, share: float) -> dict[str, bytes | None]:
        """Paths and contents after a cut; None is a folder.

        Args:
            share: of what was not synced and got through: 0 nothing, 1 all.
        """
        names = dict(self.names)
        through = len(self.renamings) if share == 1 else 0 if share == 0 else rng.randint(0, len(self.renamings))
        for operation in self.renamings[:through]:
            _name(names, operation)
        there = {path: number for path, number in names.items() if _reachable(path, names, str(self.top))}
        return {
            path: None if number is None else self.files[number].after_cut(rng, share)
            for path, number in there.items()
            if not path.endswith("-shm")  # memory that is shared between programs; not meant to outlive them
        }


def restore(contents: Mapping[str, bytes | None], top: Path, target: Path) -> None:
    """Writes what a cut left to another folder."""
    for path, content in sorted(contents.items()):
        place = target / PurePosixPath(path).relative_to(top)
        if content is None:
            place.mkdir(parents=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)


def _reachable(path: str, names: Mapping[str, int | None], top: str) -> bool:
    parent = str(PurePosixPath(path).parent)
    return parent == top or (parent in names and _reachable(parent, names, top))


def _name(names: dict[str, int | None], operation: Operation) -> None:
    match operation.kind:
        case "C":
            names[operation.path] = operation.file
        case "M":
            names[operation.path] = None
        case "U":
            names.pop(operation.path, None)
        case "R":
            if operation.path in names:
                names[operation.data.decode()] = names.pop(operation.path)


def _do(content: bytearray, operation: Operation) -> None:
    if operation.kind == "W":
        _write(content, operation.offset, operation.data)
    elif operation.offset < len(content):
        del content[operation.offset :]
    else:
        _write(content, operation.offset, b"")


def _write(content: bytearray, offset: int, data: bytes, at_least: int = 0) -> None:
    end = max(offset + len(data), at_least)
    if end > len(content):
        content.extend(bytes(end - len(content)))
    content[offset : offset + len(data)] = data


def _sectors(operation: Operation) -> list[tuple[int, bytes]]:
    """A write in parts that a disk writes whole."""
    start, end = operation.offset, operation.offset + len(operation.data)
    edges = [start, *range((start // SECTOR + 1) * SECTOR, end, SECTOR), end]
    return [(low, operation.data[low - start : high - start]) for low, high in pairwise(edges) if low < high]
