"""The learner's file seen from outside, for who looks after it: it may be damaged."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from db import salvage
from db.backup import BackupFolder, looking, os_errors, size_of
from db.faults import explained
from db.health import Condition, diagnose, refuse_others
from db.schema import HEAD
from db.stream import learners
from studyapp.services.safety import Salvage, Surroundings

FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class LearnerFile:
    """A local file with its backups; what `services.safety` calls `DataFile`."""

    def __init__(self, database: Path, backups: Path) -> None:
        self._vault = BackupFolder(database, backups)

    def damage(self) -> Sequence[str]:
        """What is wrong with it; empty when it is sound or not there yet.

        Raises:
            DataError: it is newer than this program, of another program, or no database.
        """
        diagnosis = diagnose(self._vault.database)
        refuse_others(diagnosis, self._vault.database)
        return diagnosis.problems if diagnosis.condition is Condition.DAMAGED else ()

    def look(self) -> Salvage:
        """What `mend` would save; nothing is changed."""
        return salvage.look(self._vault)

    def mend(self, moment: datetime) -> Salvage:
        """Puts a sound file with all that can be saved in the place of this one, which is kept.

        Raises:
            StudyError: another program has it open, or the disk is full; nothing was changed.
        """
        return salvage.mend(self._vault, moment)

    def learners(self) -> Sequence[str]:
        """Everyone whose records the sound file holds."""
        with explained(str(self._vault.database)), closing(looking(self._vault.database)) as connection:
            return learners(lambda sql, parameters: connection.execute(sql, parameters).fetchall())

    def surroundings(self) -> Surroundings:
        backups = self._vault.all()
        return Surroundings(
            size=size_of(self._vault.database),
            free=shutil.disk_usage(self._vault.database.parent).free,
            version=HEAD,
            exposed=[str(path) for path in self._private() if stat.S_IMODE(path.stat().st_mode) & FOR_OTHERS],
            backups=backups,
            unreadable=[str(self._vault.path(b.name)) for b in backups if self._vault.reviews_in(b) is None],
        )

    def _private(self) -> Iterator[Path]:
        """Everything with the learner's answers in it; the home itself may be a folder that the learner shares."""
        database, folder = self._vault.database, self._vault.folder
        files = [database, *database.parent.glob(f"{database.name}-*"), *database.parent.glob("*-damaged-*.sqlite*")]
        if folder.is_dir():
            files += [folder, *folder.glob("*.sqlite")]
        with suppress(FileNotFoundError):
            yield from (path for path in files if path.exists())

    def hide(self, exposed: Sequence[str]) -> None:
        """Makes these readable by their owner alone."""
        for path in map(Path, exposed):
            with os_errors(path):
                path.chmod(path.stat().st_mode & ~FOR_OTHERS)
