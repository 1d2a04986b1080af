"""The composition root: builds the program from its parts. The only place that knows them all."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from studyapp import settings
from studyapp.clock import make_clock, new_id
from studyapp.curriculum.folders import fingerprints
from studyapp.errors import StudyError
from studyapp.paths import Paths, find_paths, lab_names, learner_name
from studyapp.services.library import Library, Loaded
from studyapp.services.recall import Recall

if TYPE_CHECKING:
    from datetime import date

    from db.store import SqlStore
    from studyapp.core.chapter import Chapter
    from studyapp.services.backups import Backups
    from studyapp.services.ports import Clock, LogStream
    from studyapp.services.safety import DataFile


@dataclass(slots=True)
class Program:
    """Everything that a command or a screen works with."""

    paths: Paths
    store: SqlStore
    recall: Recall
    library: Library

    def backup_after(self, *, session: bool) -> str | None:
        """Makes the automatic backup that is due now, if any; a sentence when it failed, which loses nothing.

        Args:
            session: after a sitting; else after a command, which makes fewer and none when nothing was written.
        """
        if self.paths.server or not (session or self.store.has_written):
            return None
        backups = find_backups(self.paths, self.recall.clock)
        try:
            backups.after_session() if session else backups.after_command()
        except (StudyError, OSError) as error:
            return f"No backup was made. {error}"
        return None

    def back_up(self) -> str:
        """Makes a backup that stays; returns its name.

        Raises:
            StudyError: it could not be made, or the data are on a server.
        """
        return find_backups(self.paths, self.recall.clock).make().name

    def close(self) -> None:
        self.store.close()


def open_program(content: str | None = None, say: Callable[[str], None] | None = None) -> Program:
    """Opens the learner's data and brings the stored content up to date.

    Args:
        content: a content folder to use, as `--content`.
        say: receives sentences about work that takes a moment; standard error by default.

    Raises:
        DataError: the data is damaged, foreign or newer; nothing was touched.
        StudyError: it cannot be opened.
    """
    from db.store import open_local, open_url

    say = say or partial(print, file=sys.stderr)
    paths, clock = find_paths(content), make_clock()
    learner = learner_name(shared=bool(paths.server))
    if paths.server:
        store = open_url(paths.server, learner, paths.home)
    else:
        store = open_local(paths.database, paths.backups, clock, say, learner)
    try:
        recall = Recall(store, clock, new_id, settings.load(store.settings(learner)), learner)
        files, content_of = partial(fingerprints, paths.content), partial(_read_content, paths)
        library = Library(store, learner, files, content_of, _read_chapters)
        _brought_up_to_date(library, recall)
    except BaseException:
        store.close()
        raise
    return Program(paths, store, recall, library)


def _brought_up_to_date(library: Library, recall: Recall) -> None:
    try:
        library.refresh()
    except Exception as error:
        from studyapp.services.blame import blame  # slow to import, and seldom needed

        blame(error, recall, library)
        raise


def open_group() -> tuple[SqlStore, date]:
    """The database for a look at all its learners, and the study day now; nobody is added to them by looking.

    Raises:
        DataError: the data are damaged, foreign or newer; nothing was touched.
        StudyError: they cannot be opened.
    """
    from db.store import open_local, open_url

    paths, clock = find_paths(), make_clock()
    if paths.server:
        store = open_url(paths.server, "", paths.home)
    else:
        store = open_local(paths.database, paths.backups, clock, partial(print, file=sys.stderr))
    return store, settings.load({}).calendar.day_of(clock())


def open_other(program: Program, place: str, learner: str | None) -> AbstractContextManager[LogStream]:
    """Another database's log, read and never changed; see `db.other`."""
    from db import other

    return other.open_other(place, program.paths.home, program.recall.learner, learner)


def keep_copy(program: Program) -> str | None:
    """The name of a backup of the data as they are; None on a server, whose backups are its own, and of no data.

    Raises:
        StudyError: it could not be made.
    """
    if program.paths.server:
        return None
    backups = find_backups(program.paths, program.recall.clock)
    made = backups.after_session()
    return next((backup.name for backup in ([made] if made else backups.all())), None)


def find_backups(paths: Paths, clock: Clock) -> Backups:
    """The learner's backups; the data themselves may be damaged.

    Raises:
        StudyError: the data are on a server.
    """
    from db.backup import BackupFolder
    from studyapp.services.backups import Backups

    if paths.server:
        raise StudyError("Your data are on a server, which has backups of its own (pg_dump); there are none here.")
    return Backups(BackupFolder(paths.database, paths.backups), clock)


def find_file(paths: Paths) -> DataFile | None:
    """The learner's file, which may be damaged; None on a server."""
    from db.care import LearnerFile

    return None if paths.server else LearnerFile(paths.database, paths.backups)


def _read_content(paths: Paths) -> Loaded:
    from studyapp.curriculum.shelf import read_shelf  # brings YAML, which a normal start does not need

    return read_shelf(paths.content, lab_names())


def _read_chapters(folder: str, document: str, title: str) -> tuple[Chapter, ...]:
    from studyapp.curriculum.markdown import read_chapters

    return read_chapters(Path(folder), document, title)
