"""When a backup is made, which ones are kept, and going back to one."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from studyapp.core.backups import kept
from studyapp.errors import UsageError

if TYPE_CHECKING:
    from studyapp.services.ports import Clock

AUTO, BY_HAND, BEFORE_RESTORE = "auto", "by-hand", "before-restore"
"""Labels. Only automatic backups are ever thinned out; one with any other label stays until the learner deletes it."""
COMMAND_INTERVAL = timedelta(minutes=30)
"""Commands of the shell, which are many and small, make at most one backup in this time."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy of the learner's data."""

    name: str
    made_at: datetime
    """UTC, to the second."""
    label: str
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What going back came to."""

    name: str
    reviews: int
    before: str | None
    """The backup that was made of the data as they stood before; it undoes this."""
    aside: str | None
    """The file that could not be read, under the name by which it is kept."""


class Vault(Protocol):
    """Where backups lie, and the learner's file."""

    def all(self) -> list[Backup]:
        """Newest first."""

    def make(self, moment: datetime, label: str) -> Backup:
        """Copies the data. The copy has its name only once it is whole and was checked.

        Raises:
            StudyError: it failed; nothing has that name.
        """

    def changed_since(self, backup: Backup | None) -> bool:
        """Whether the log, settings or drafts differ from this backup; from an empty start when there is none."""

    def reviews_in(self, backup: Backup) -> int | None:
        """How many reviews it holds; None when it cannot be read."""

    def drop(self, backup: Backup) -> None: ...

    def restore(self, name: str, moment: datetime) -> Restored:
        """Makes the data what they are in a backup, or in the file of this path, and keeps them as they were.

        Raises:
            DataError: it is damaged, foreign or newer; nothing was changed.
            StudyError: another program holds the data, or the disk is full; nothing was changed.
        """


class Backups:
    """The learner's backups."""

    _busy = threading.Lock()
    """A session's backup may still be under way when the app ends."""

    def __init__(self, vault: Vault, clock: Clock) -> None:
        self._vault = vault
        self._clock = clock

    def all(self) -> list[Backup]:
        """Newest first."""
        return self._vault.all()

    def reviews_in(self, backup: Backup) -> int | None:
        return self._vault.reviews_in(backup)

    def make(self, label: str = BY_HAND) -> Backup:
        """A backup of this moment.

        Raises:
            StudyError: it failed; the data are as they were.
        """
        return self._vault.make(self._clock(), label)

    def after_session(self) -> Backup | None:
        """An automatic backup, unless nothing changed since the newest one. Thread-safe.

        Raises:
            StudyError: it failed; the data are as they were.
        """
        with self._busy:
            existing = self._vault.all()
            if not self._vault.changed_since(existing[0] if existing else None):
                return None
            made = self.make(AUTO)
            self._thin([made, *existing])
            return made

    def after_command(self) -> Backup | None:
        """As after a session, unless an automatic backup is not older than half an hour."""
        now = self._clock()
        if any(abs(now - item.made_at) < COMMAND_INTERVAL for item in self._vault.all() if item.label == AUTO):
            return None
        return self.after_session()

    def _thin(self, backups: Iterable[Backup]) -> None:
        automatic = [backup for backup in backups if backup.label == AUTO]
        stay = kept((backup.made_at for backup in automatic), self._clock())
        for backup in automatic:
            if backup.made_at not in stay:
                self._vault.drop(backup)

    def restore(self, name: str | None = None) -> Restored:
        """Goes back to a backup, by its name or the beginning of it, to the file of a path, or to the newest backup.

        Raises:
            UsageError: there is none of that name, or several.
            DataError: it is damaged, foreign or newer; nothing was changed.
            StudyError: another program holds the data, or the disk is full; nothing was changed.
        """
        names = [backup.name for backup in self.all()]
        if name is None:
            if not names:
                raise UsageError("There is no backup yet; name the file to restore from.")
            return self._vault.restore(names[0], self._clock())
        wanted = name.removesuffix(".sqlite")
        found = [known for known in names if known == wanted] or [known for known in names if known.startswith(wanted)]
        if len(found) > 1:
            raise UsageError(f"Several backups begin with {name!r}; write more of one: {', '.join(found)}.")
        return self._vault.restore(found[0] if found else name, self._clock())
