"""Several machines of one learner, each with a home of its own, and their logs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

from studyapp.bootstrap import Program, open_other, open_program
from studyapp.core.log import Record
from studyapp.core.schedule import CardState, replay
from studyapp.services.merge import Incoming, Merged, merge
from tests.conftest import FrozenClock


def open_home(home: Path, content: Path, clock: Callable[[], object], *, local: bool = False) -> Program:
    own = {"STUDYAPP_HOME": str(home), "STUDYAPP_CONTENT": str(content)}
    with patch.dict(os.environ, own | ({"STUDYAPP_DB": ""} if local else {})):
        program = open_program(say=lambda text: None)
    program.recall.clock = clock  # type: ignore[assignment]
    return program


class Machine:
    """A program on a home of its own, under a clock of its own.

    Args:
        local: whatever the test is run on, this machine has a file.
    """

    def __init__(self, home: Path, content: Path, *, local: bool = False) -> None:
        self.clock = FrozenClock()
        self.program = open_home(home, content, self.clock, local=local)
        self.recall = self.program.recall

    def merge(self, other: Machine) -> Merged:
        paths = other.program.paths
        with open_other(self.program, paths.server or str(paths.database), None) as log:
            records = ((0, record) for record in log.records())
            return merge(self.recall, Incoming(records, log.place, 0, log.settings, log.drafts))

    def log(self) -> list[Record]:
        with self.program.store.whole_log("me") as log:
            return list(log.records())

    def states(self) -> dict[str, CardState]:
        return {card.id: card.state for card in self.program.store.listing("me")}

    def follows_from_the_log(self) -> bool:
        """Whether every card stands where a replay of its log puts it."""
        store, schedule = self.program.store, self.recall.settings.schedule
        return all(
            state == replay(card, store.reviews_of("me", card), store.events_of("me", card), schedule)
            for card, state in self.states().items()
        )

    def close(self) -> None:
        self.program.close()
