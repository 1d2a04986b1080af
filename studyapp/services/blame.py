"""Whose fault an unexpected error is: the program's, or that of data which no studyapp can have written.

A bit that flipped on the disk may make a grade of 4 a grade of 132, or a mode unknown. To look at every value whenever
it is read would cost time on every screen; so they are looked at when something went wrong.
"""

from __future__ import annotations

from datetime import date

from studyapp.errors import DataError, StudyError
from studyapp.services.doctor import examine
from studyapp.services.library import Library
from studyapp.services.recall import Recall


def blame(error: BaseException, recall: Recall, library: Library) -> None:
    """Returns when the program is at fault, or nobody is.

    Raises:
        DataError: the learner's data are.
    """
    if isinstance(error, Exception) and not isinstance(error, StudyError | OSError) and not _sound(recall, library):
        raise DataError(
            "Your data hold something that studyapp did not write, so they are damaged."
            " Run studyapp doctor, which says what and how to mend it."
        ) from error


def _sound(recall: Recall, library: Library) -> bool:
    store, learner = recall.store, recall.learner
    try:
        if store.integrity_errors() or store.audit_log(learner).unsound:
            return False
        for _ in store.histories(learner):
            pass
        for listing in store.listing(learner):
            store.card(listing.id)
        store.modules()
        store.broken_modules()
        for queue in (store.due, store.new):
            queue(learner, date.max, store.card_total(learner))
    except Exception:  # it cannot even be read
        return False
    try:
        return all(finding.ok for finding in examine(recall)) and not library.altered()
    except Exception:  # of data that are sound: the program's own
        return True
