"""The content as the program sees it: read from disk when its files changed, else from the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from studyapp.services.ports import ModuleContent, ModuleListing, Store


@dataclass(frozen=True, slots=True)
class Loaded:
    """What reading the content gave."""

    modules: tuple[ModuleContent, ...]
    problems: tuple[str, ...] = ()
    """`file:line: key: what and how to mend`."""
    broken_folders: tuple[str, ...] = ()
    """Folders with problems; their modules are not among `modules`."""


@dataclass(slots=True)
class Library:
    """Keeps the store's copy of the content equal to the files, and the last good copy when they are broken."""

    store: Store
    learner: str
    fingerprints: Callable[[], dict[str, str]]
    """Module folder to fingerprint of its files; cheap, nothing is parsed."""
    read: Callable[[], Loaded]
    problems: list[str] = field(default_factory=list)

    def refresh(self) -> bool:
        """Reads the files if they changed since they were last stored; True when they were read.

        A module with problems is not stored: what was read last stays in use.
        """
        stored = {module.folder: module.fingerprint for module in self.store.modules() if module.folder}
        if stored == self.fingerprints():
            return False
        loaded = self.read()
        self.problems = list(loaded.problems)
        with self.store.transaction() as tx:
            tx.put_content(loaded.modules, loaded.broken_folders)
            tx.enrol(self.learner)
        return True

    def modules(self) -> Sequence[ModuleListing]:
        return self.store.modules()
