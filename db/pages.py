"""The rows that lie in a SQLite file, read page by page without SQLite, which gives up at the first damaged page.

After the description of the format: https://sqlite.org/fileformat2.html. Every page is looked at, whether
anything still points to it or not; a row is found when the page it lies on is whole.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

PAGE_SIZE = 4096
"""What SQLite gives to new files, and so the size of all of ours."""
SIZES = tuple(1 << power for power in range(9, 17))
TABLE_LEAF, INDEX_LEAF, INDEX_INTERIOR = 0x0D, 0x0A, 0x02
WAL_MAGIC = (0x377F0682, 0x377F0683)
ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
LONGEST_HEADER = 40
"""Bytes; a record of the log has twelve values."""
MOST_BYTES = 1 << 26
"""A record that claims to be longer is not one."""

Values = tuple[Any, ...]


class Unreadable(Exception):
    """These bytes are no record."""


class Pages:
    """The pages of a file as they are after its last committed transaction, which may wait in the log beside it."""

    def __init__(self, file: BinaryIO, log: bytes = b"") -> None:
        self._file = file
        head = file.read(18)
        size = int.from_bytes(head[16:18], "big") if len(head) == 18 else 0
        size = 65536 if size == 1 else size
        self.size = size if size in SIZES else PAGE_SIZE
        self._newer = committed(log, self.size)
        length = file.seek(0, 2)
        self.count = max([-(-length // self.size), *self._newer])

    def __getitem__(self, number: int) -> bytes:
        """A page by its number from 1; one that is cut off is filled with zeros."""
        if number in self._newer:
            return self._newer[number]
        self._file.seek((number - 1) * self.size)
        return self._file.read(self.size).ljust(self.size, b"\0")

    def rows(self) -> Iterator[tuple[int, Values, bool]]:
        """Row id and values of every record of a table, and whether it is whole; a torn one ends early."""
        for number in range(1, self.count + 1):
            page = self[number]
            start = 100 if number == 1 else 0
            if page[start] == TABLE_LEAF:
                for cell in cells(page, start):
                    try:
                        length, at = varint(page, cell)
                        rowid, at = varint(page, at)
                        yield rowid, *record(*self._payload(page, at, length, self.size - 35))
                    except Unreadable:
                        continue

    def entries(self) -> Iterator[Values]:
        """Values of every entry of an index; the last one is the row id."""
        for number in range(2, self.count + 1):
            page = self[number]
            if page[0] in (INDEX_LEAF, INDEX_INTERIOR):
                for cell in cells(page, 0):
                    try:
                        length, at = varint(page, cell + (4 if page[0] == INDEX_INTERIOR else 0))
                        values, whole = record(*self._payload(page, at, length, (self.size - 12) * 64 // 255 - 23))
                        if whole:
                            yield values
                    except Unreadable:
                        continue

    def fragments(self) -> Iterator[Values]:
        """Records that begin with an id, on pages that are neither whole nor of another kind; whole ones alone."""
        for number in range(1, self.count + 1):
            page = self[number]
            start = 100 if number == 1 else 0
            if page[start] in (TABLE_LEAF, INDEX_LEAF, INDEX_INTERIOR, 0x05) and all_sound(page, start):
                continue
            for match in ID.finditer(page):
                found = self._before(page, match.start())
                if found is not None:
                    yield found

    def _before(self, page: bytes, body: int) -> Values | None:
        """The record whose first value stands at `body`: its header lies right before it."""
        for length in range(2, min(LONGEST_HEADER, body) + 1):
            if page[body - length] == length:
                try:
                    size = sum(value_size(kind) for kind in kinds(page[body - length : body]))
                    values, whole = record(*self._payload(page, body - length, length + size, self.size - 35))
                    if whole:
                        return values
                except Unreadable:
                    continue
        return None

    def _payload(self, page: bytes, at: int, length: int, most: int) -> tuple[bytes, bool]:
        """The bytes of a record, from its page and those that it flows over to; False when they end early."""
        if not 2 <= length <= MOST_BYTES:
            raise Unreadable
        if length <= most:
            payload = page[at : at + length]
            return payload, len(payload) == length
        least = (self.size - 12) * 32 // 255 - 23
        local = least + (length - least) % (self.size - 4)
        local = local if local <= most else least
        parts, left = [page[at : at + local]], length - local
        following = int.from_bytes(page[at + local : at + local + 4], "big")
        while left > 0 and 2 <= following <= self.count:
            overflow = self[following]
            parts.append(overflow[4 : 4 + min(left, self.size - 4)])
            left -= len(parts[-1])
            following = int.from_bytes(overflow[:4], "big")
        return b"".join(parts), left <= 0


def read_log(path: Path) -> bytes:
    """The write-ahead log beside a file; empty when there is none."""
    log = path.with_name(path.name + "-wal")
    return log.read_bytes() if log.exists() else b""


def committed(log: bytes, size: int) -> dict[int, bytes]:
    """Pages by number that a write-ahead log holds for good: up to its last commit, and to the first wrong sum."""
    if len(log) < 32 or int.from_bytes(log[:4], "big") not in WAL_MAGIC or int.from_bytes(log[8:12], "big") != size:
        return {}
    order = "<" if log[3] & 1 == 0 else ">"
    total = checksum(log[:24], (0, 0), order)
    if struct.unpack(">II", log[24:32]) != total:
        return {}
    pages: dict[int, bytes] = {}
    pending: dict[int, bytes] = {}
    for at in range(32, len(log) - 24 - size + 1, 24 + size):
        head, page = log[at : at + 24], log[at + 24 : at + 24 + size]
        total = checksum(page, checksum(head[:8], total, order), order)
        if head[8:16] != log[16:24] or struct.unpack(">II", head[16:24]) != total:
            break
        number, committing = struct.unpack(">II", head[:8])
        pending[number] = page
        if committing:
            pages |= pending
            pending = {}
    return pages


def checksum(data: bytes, start: tuple[int, int], order: str) -> tuple[int, int]:
    first, second = start
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & 0xFFFFFFFF
        second = (second + odd + first) & 0xFFFFFFFF
    return first, second


def cells(page: bytes, start: int) -> list[int]:
    """Where the cells of a page begin; those that cannot be are left out."""
    count = int.from_bytes(page[start + 3 : start + 5], "big")
    first = start + (12 if page[start] in (INDEX_INTERIOR, 0x05) else 8)
    count = min(count, (len(page) - first) // 2)
    places = struct.unpack_from(f">{count}H", page, first)
    return [place for place in places if first + 2 * count <= place < len(page)]


def all_sound(page: bytes, start: int) -> bool:
    """Whether every cell of a page has a place on it."""
    return len(cells(page, start)) == int.from_bytes(page[start + 3 : start + 5], "big") > 0


def varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of one to nine bytes, and where the next thing begins."""
    value = 0
    for place in range(at, min(at + 8, len(data))):
        value = value << 7 | data[place] & 0x7F
        if data[place] < 0x80:
            return value, place + 1
    if at + 8 >= len(data):
        raise Unreadable
    return value << 8 | data[at + 8], at + 9


def kinds(header: bytes) -> list[int]:
    """The kinds of a record's values, from its header with the length before them."""
    length, at = varint(header, 0)
    if not at <= length <= len(header):
        raise Unreadable
    found = []
    while at < length:
        kind, at = varint(header, at)
        found.append(kind)
    if at != length or 10 in found or 11 in found:
        raise Unreadable
    return found


def value_size(kind: int) -> int:
    return (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)[kind] if kind < 12 else (kind - 12) // 2


def record(payload: bytes, whole: bool) -> tuple[Values, bool]:
    """The values of a record, and whether they are all; of a torn one those up to the first that is not there.

    Raises:
        Unreadable: the bytes are no record.
    """
    types = kinds(payload)
    at = varint(payload, 0)[0]
    if whole and at + sum(map(value_size, types)) != len(payload):
        raise Unreadable
    values: list[Any] = []
    for kind in types:
        data = payload[at : at + value_size(kind)]
        at += len(data)
        try:
            if len(data) < value_size(kind):
                raise Unreadable
            values.append(_value(kind, data))
        except (Unreadable, UnicodeDecodeError):
            return tuple(values), False
    return tuple(values), whole


def _value(kind: int, data: bytes) -> Any:
    if kind == 0:
        return None
    if kind < 7:
        return int.from_bytes(data, "big", signed=True)
    if kind == 7:
        return struct.unpack(">d", data)[0]
    if kind < 10:
        return kind - 8
    if kind % 2 == 0:
        return data
    return data.decode()
