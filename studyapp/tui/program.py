"""What the app needs of the program around it."""

from __future__ import annotations

from typing import Protocol

from studyapp.paths import Paths
from studyapp.services.library import Library
from studyapp.services.ports import Store
from studyapp.services.recall import Recall


class SlowToWake(Store, Protocol):
    """A store whose first write would have to wait for slow imports."""

    def warm_up(self) -> None: ...


class Program(Protocol):
    """What the app is started with; `studyapp.bootstrap` makes it."""

    @property
    def recall(self) -> Recall: ...
    @property
    def library(self) -> Library: ...
    @property
    def paths(self) -> Paths: ...
    @property
    def store(self) -> SlowToWake: ...
    def backup_after(self, *, session: bool) -> str | None: ...
    def back_up(self) -> str: ...
    def close(self) -> None: ...
