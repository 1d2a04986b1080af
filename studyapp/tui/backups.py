"""Backups made beside what is on the screen: no key waits for them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from studyapp.errors import StudyError

if TYPE_CHECKING:
    from studyapp.tui.app import StudyApp


def after_sitting(app: StudyApp) -> None:
    """Makes the automatic backup, which the learner hears of only when it fails."""
    app.run_worker(partial(_automatic, app), thread=True, exit_on_error=False, group="backup", description="backup")


def by_hand(app: StudyApp) -> None:
    """Makes a backup that stays, and tells its name."""
    app.run_worker(partial(_by_hand, app), thread=True, exit_on_error=False, group="backup", description="backup")


def _automatic(app: StudyApp) -> None:
    failure = app.program.backup_after(session=True)
    if failure:
        app.call_from_thread(app.tell, failure, error=True)


def _by_hand(app: StudyApp) -> None:
    try:
        name = app.program.back_up()
    except StudyError as error:
        app.call_from_thread(app.tell, str(error), error=True)
    else:
        app.call_from_thread(app.tell, f"Kept as {name}; studyapp backup restore goes back to it.")
