"""The content as the program sees it: read from disk when its files changed, else from the store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from json import dumps, loads
from typing import TYPE_CHECKING, Any

from studyapp.errors import StudyError, UsageError
from studyapp.services.ports import BrokenModule, ModuleContent, ModuleListing, Store

if TYPE_CHECKING:
    from studyapp.core.chapter import Chapter


@dataclass(frozen=True, slots=True)
class Loaded:
    """What reading the content gave."""

    modules: tuple[ModuleContent, ...]
    """In the order in which they are studied."""
    broken: tuple[BrokenModule, ...] = ()
    """Folders with problems; their modules are not among `modules`."""

    @property
    def problems(self) -> tuple[str, ...]:
        """`file:line: key: what and how to mend`."""
        return tuple(problem for module in self.broken for problem in module.problems)


@dataclass(slots=True)
class Library:
    """Keeps the store's copy of the content equal to the files, and the last good copy when they are broken."""

    store: Store
    learner: str
    fingerprints: Callable[[], dict[str, str]]
    """Module folder to fingerprint of its files; cheap, nothing is parsed."""
    read: Callable[[], Loaded]
    read_chapters: Callable[[str, str, str], tuple[Chapter, ...]]
    """Module folder, file and title of a document to its chapters."""
    problems: list[str] = field(default_factory=list)
    elsewhere: dict[str, str] = field(default_factory=dict)
    """Modules whose files were read now and differ from the copy in use, and the learner who keeps that copy."""
    _chapters: dict[tuple[str, str], tuple[str, tuple[Chapter, ...]]] = field(default_factory=dict)
    """By module and document: the module's fingerprint when it was read, and its chapters."""

    def refresh(self, *, anew: bool = False) -> bool:
        """Reads the files if they changed since they were last read; True when they were read now.

        Args:
            anew: read them in any case, for the copy may be damaged.

        Of a module with problems only these are stored: what was read before stays in use, and its files
        are not read again until they change.
        """
        broken = self.store.broken_modules()
        seen = {module.folder: module.fingerprint for module in self.modules()}
        seen |= {module.folder: module.fingerprint for module in broken}
        if seen == self.fingerprints() and not anew:
            self.problems, self.elsewhere = [problem for module in broken for problem in module.problems], {}
            if not self.store.is_enrolled(self.learner):  # another learner changed what is studied on this server
                with self.store.transaction() as tx:
                    tx.enrol(self.learner)
            return False
        self._take_in(self.read())
        return True

    def altered(self) -> list[str]:
        """Modules of whose stored copy something is not what the files say; on a server another may keep them."""
        if self.store.shared:
            return []
        stored = {module.fingerprint: module.body for module in self.modules()}
        same = [module for module in self.read().modules if module.listing.fingerprint in stored]  # not edited since
        return [module.listing.id for module in same if not self._is_stored(module, stored[module.listing.fingerprint])]

    def _is_stored(self, module: ModuleContent, body: Mapping[str, Any]) -> bool:
        whole: bool = loads(dumps(dict(module.listing.body))) == body
        return whole and all(self.store.card(placed.card.id) == placed.card for placed in module.cards)

    def publish(self, module_ids: Collection[str]) -> list[str]:
        """Takes modules over: from now on these files are what everybody on the server studies. Returns their ids.

        Args:
            module_ids: empty for all.

        Raises:
            UsageError: no such module among the files.
            StudyError: one of them has problems; nothing was changed.
        """
        loaded = self.read()
        if loaded.problems:
            raise StudyError(f"Nothing was published: {loaded.problems[0]}")
        there = [module.listing.id for module in loaded.modules]
        for module_id in module_ids:
            if module_id not in there:
                raise UsageError(f"There is no module {module_id!r}; there are: {', '.join(there) or 'none'}.")
        chosen = [module_id for module_id in there if not module_ids or module_id in module_ids]
        self._take_in(loaded, chosen)
        return chosen

    def _take_in(self, loaded: Loaded, take_over: Collection[str] = ()) -> None:
        self.problems = list(loaded.problems)
        with self.store.transaction() as tx:
            self.elsewhere = tx.put_content(loaded.modules, loaded.broken, take_over)
            tx.enrol(self.learner)

    @property
    def notices(self) -> list[str]:
        """What the learner should know of files that were read now and are not what is studied."""
        return [
            f"{module}: your files differ from what is studied on this server, which {keeper} keeps;"
            f" studyapp content publish {module} takes it over."
            for module, keeper in self.elsewhere.items()
        ]

    def modules(self) -> Sequence[ModuleListing]:
        """The modules that there are, in the order in which their cards are met."""
        return [module for module in self.store.modules() if module.folder]

    def current_module(self) -> ModuleListing | None:
        """The module that the learner is in: new cards come from it, or it was the last. None without content."""
        return self.store.next_module(self.learner)

    def chapters(self, module_id: str, document: str) -> tuple[Chapter, ...]:
        """The chapters of a module's document, read again when the module's files changed.

        Raises:
            UsageError: no such module or document.
            StudyError: it cannot be read.
        """
        for module in self.modules():
            titles = {item["file"]: item["title"] for item in module.body.get("documents", ())}
            if module.id == module_id and document in titles:
                fingerprint, chapters = self._chapters.get((module_id, document), ("", ()))
                if fingerprint != module.fingerprint:
                    chapters = self.read_chapters(module.folder, document, titles[document])
                    self._chapters[module_id, document] = module.fingerprint, chapters
                return chapters
        raise UsageError(f"The module {module_id!r} has no document {document!r}; `studyapp read` lists them all.")
