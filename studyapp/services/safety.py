"""What lies about the learner's data, and what can be done when they are damaged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from studyapp.core.text import plural
from studyapp.services.doctor import NAMED, REPAIR, Finding, Verdict, first, wrong_if

if TYPE_CHECKING:
    from studyapp.services.backups import Backup

OLD_BACKUP = timedelta(days=7)
LEAST_ROOM = 32 << 20
"""Bytes that should be free beside room for two copies."""


@dataclass(slots=True)
class Salvage:
    """What was saved of a damaged file, and from where."""

    from_file: Counter[str] = field(default_factory=Counter)
    """Rows by table."""
    from_backups: dict[str, Counter[str]] = field(default_factory=dict)
    """By the backup's name: rows that it alone had, by table."""
    torn: int = 0
    """Reviews without the end of their text, which lay on a damaged page, or without their key points."""
    lost: int = 0
    """Records that an index still names and no page holds."""
    lost_answers: list[tuple[str, datetime]] = field(default_factory=list)
    """Card and moment of answers among them, as far as an index tells."""
    unused: list[str] = field(default_factory=list)
    """Backups with more records, from before the learner went back to an earlier state: given up on purpose."""
    aside: str | None = None
    """Where the damaged file is kept."""

    def total(self, table: str) -> int:
        return self.from_file[table] + sum(saved[table] for saved in self.from_backups.values())


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The learner's file and what lies about it."""

    size: int
    free: int
    """Bytes left on its disk."""
    version: str
    """Of the tables."""
    exposed: Sequence[str]
    """Files and folders of the learner that others can read."""
    backups: Sequence[Backup]
    """Newest first."""
    unreadable: Sequence[str]
    """Files that are damaged backups."""


class DataFile(Protocol):
    """The learner's file, seen from outside: it may be damaged."""

    def damage(self) -> Sequence[str]:
        """What is wrong with it; empty when it is sound or not there yet.

        Raises:
            DataError: it is newer than this program, of another program, or no database.
        """

    def look(self) -> Salvage:
        """What `mend` would save; nothing is changed."""

    def mend(self, moment: datetime) -> Salvage:
        """Puts a sound file with all that can be saved in the place of this one, which is kept.

        Raises:
            StudyError: another program has it open, or the disk is full; nothing was changed.
        """

    def learners(self) -> Sequence[str]:
        """Everyone whose records the sound file holds."""

    def surroundings(self) -> Surroundings: ...

    def hide(self, exposed: Sequence[str]) -> None:
        """Makes these readable by their owner alone."""


# -- around them


def of_modules(problems: Sequence[str], altered: Sequence[str]) -> Finding:
    """Content that could not be read, of which what was read before is in use; and what is kept and not in the files.

    Args:
        altered: modules whose stored copy is not what the files say.
    """
    if altered:
        text = f"what is kept of {first(altered)} is not what its files say; {REPAIR}, which reads them anew"
        return Finding("modules", Verdict.WRONG, text)
    if not problems:
        return Finding("modules", Verdict.OK, "all were read")
    text = f"{plural(len(problems), 'problem')} in the content ({problems[0]}); studyapp content check tells all"
    return Finding("modules", Verdict.NOTE, text)


def of_surroundings(around: Surroundings, now: datetime, newest: datetime | None) -> list[Finding]:
    """Version of the tables, room on the disk, who can read the files, and backups.

    Args:
        newest: latest moment of an answer.
    """
    low = around.free < 2 * around.size + LEAST_ROOM
    room = f"{_megabytes(around.free)} free, your data take {_megabytes(around.size)}"
    room += "; free some space, or no backup can be made" if low else ""
    exposed = around.exposed
    count = "1 file or folder" if len(exposed) == 1 else f"{len(exposed)} files and folders"
    hidden = f"others can read {count} ({first(exposed)}); {REPAIR}" if exposed else "only you can read them"
    return [
        Finding("tables", Verdict.OK, f"version {around.version}, as this studyapp has them"),
        Finding("disk", wrong_if(low), room),
        Finding("files", wrong_if(exposed), hidden),
        _of_backups(around, now, newest),
    ]


def _of_backups(around: Surroundings, now: datetime, newest: datetime | None) -> Finding:
    if around.unreadable:
        files = plural(len(around.unreadable), "backup")
        them = "it" if len(around.unreadable) == 1 else "them; studyapp backup list names all"
        text = f"{files} cannot be read ({first(around.unreadable)}); delete {them}"
        return Finding("backups", Verdict.NOTE, text)
    if not around.backups:
        text = "there is none yet; studyapp backup now makes one" if newest else "none is needed yet"
        return Finding("backups", Verdict.NOTE if newest else Verdict.OK, text)
    last = around.backups[0].made_at
    text = f"{len(around.backups)}, the newest of {last.astimezone():%Y-%m-%d %H:%M}"
    if newest is not None and now - last > OLD_BACKUP and newest - last > OLD_BACKUP:
        return Finding("backups", Verdict.NOTE, f"{text}, a while before your last answers; run studyapp backup now")
    return Finding("backups", Verdict.OK, text)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size < 1e9 else f"{size / 1e9:.1f} GB"


# -- damage


def of_damage(damage: Sequence[str], salvage: Salvage) -> Finding:
    """What a damaged file comes to."""
    would = f"studyapp doctor --repair would save {_amounts(salvage)}; the damaged file would be kept"
    lost = f", and {plural(salvage.lost, 'record')} would be lost" if salvage.lost else ""
    return Finding("database", Verdict.WRONG, f"damaged ({damage[0].splitlines()[-1]}); {would}{lost}")


def saved_words(salvage: Salvage) -> Iterator[str]:
    """What was saved, one sentence a line."""
    yield f"saved: {_amounts(salvage)}"
    if salvage.torn:
        yield f"torn: of {plural(salvage.torn, 'answer')} text or key points are lost, the grade is kept"
    if salvage.lost:
        named = [f"{card} at {at.astimezone():%Y-%m-%d %H:%M}" for card, at in salvage.lost_answers[:NAMED]]
        more = f" ({', '.join(named)}{', …' * (len(salvage.lost_answers) > NAMED)})" if named else ""
        yield f"lost: {plural(salvage.lost, 'record')}{more}"
    if salvage.unused:
        yield (
            f"left out: {plural(len(salvage.unused), 'backup')} from before you went back to an earlier state"
            f" (the newest is {salvage.unused[0]}); studyapp merge adds what they hold"
        )
    if salvage.aside:
        yield f"kept: the damaged file is {salvage.aside} now"


def _amounts(salvage: Salvage) -> str:
    events = salvage.total("events")
    text = plural(salvage.total("reviews"), "answer") + (f" and {plural(events, 'other record')}" if events else "")
    parts = [
        f"{plural(saved['reviews'] + saved['events'], 'record')} from the backup {name}"
        for name, saved in salvage.from_backups.items()
        if saved["reviews"] + saved["events"]
    ]
    return text + (f", of these {' and '.join(parts)}" if parts else "")


def saved_values(salvage: Salvage) -> dict[str, Any]:
    """The same for a program to read."""
    return {
        "reviews": salvage.total("reviews"),
        "events": salvage.total("events"),
        "from_backups": {name: dict(saved) for name, saved in salvage.from_backups.items()},
        "torn": salvage.torn,
        "lost": salvage.lost,
        "lost_answers": [{"card": card, "at": at.isoformat()} for card, at in salvage.lost_answers],
        "left_out": salvage.unused,
        "aside": salvage.aside,
    }
