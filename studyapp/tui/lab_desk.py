"""The lab that runs now. It belongs to the app, so it goes on whatever screen is shown, and ends with the app."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Protocol

from studyapp.errors import StudyError
from studyapp.lab_runner import install, shelf
from studyapp.lab_runner.events import Failed, Finished, Progress
from studyapp.lab_runner.install import Installation
from studyapp.lab_runner.results import marked
from studyapp.lab_runner.run import Run
from studyapp.services import lab_log
from studyapp.services.recall import Recall


class Host(Protocol):
    """What the desk needs of the app."""

    def tell(self, text: str, *, error: bool = False) -> None: ...


class LabDesk:
    """Runs one lab at a time, or installs what they need.

    Args:
        watched: whether the learner is looking at this run; then no message is needed.
    """

    def __init__(self, host: Host, recall: Recall, watched: Callable[[Run], bool]) -> None:
        self._host, self._recall, self._watched = host, recall, watched
        self.run: Run | None = None
        """The latest run, ended or not."""
        self.unseen = False
        """Whether it ended since the learner looked at it last."""
        self.installation: Installation | None = None
        self.install_words = ""
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def busy(self) -> bool:
        return self.run is not None and self.run.ended is None

    def ready(self) -> None:
        """Whether a run could start now.

        Raises:
            StudyError: one is running, or the labs' libraries are missing or being installed.
        """
        if self.run is not None and self.run.ended is None:
            share = f"{100 * self.run.progress.share:.0f} %"
            raise StudyError(f"{self.run.lab.title} is still running ({share}); one lab runs at a time.")
        if self.installation is not None:
            raise StudyError("The libraries are still being installed; the lab can start when they are there.")
        if missing := shelf.missing_libraries():
            raise StudyError(f"{install.missing_words(missing)}.")

    def start(self, run: Run) -> None:
        """Starts a run in the background. Raises StudyError as `ready` does."""
        self.ready()
        self.run, self.unseen = run, False
        self._in_background(self._follow(run))

    async def cancel(self) -> None:
        """Ends the run, or the installation."""
        if self.installation is not None:
            await self.installation.cancel()
        elif self.run is not None and self.busy:
            await self.run.cancel()

    async def close(self) -> None:
        """Ends what is going on; no process is left when this returns."""
        await self.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _in_background(self, work: Coroutine[None, None, None]) -> None:
        # Not a Textual worker: those are cancelled when the app ends, and nobody waits until their process is gone.
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _follow(self, run: Run) -> None:
        try:
            async for _ in run.follow():
                pass
        except Exception as error:
            run.ended = Failed(f"The lab could not be followed: {type(error).__name__}.", "Run it again.")
        self._ended(run)

    def _ended(self, run: Run) -> None:
        self.unseen = True
        if isinstance(run.ended, Finished):
            try:
                lab_log.record_run(self._recall, run.lab.name, run.card_id, run.record())
            except StudyError as error:
                self._host.tell(str(error), error=True)
            if not self._watched(run):
                right = marked(run.lab, run.prediction, run.results)[0] if run.prediction else None
                mark = (
                    {True: " ✓ Your prediction holds.", False: " ✗ Your prediction does not hold."}.get(bool(right), "")
                    if right is not None
                    else ""
                )
                self._host.tell(f"{run.lab.title} is done; l on its card shows it.{mark}")
        elif isinstance(run.ended, Failed) and not run.cancelled and not self._watched(run):
            self._host.tell(f"{run.lab.title}: {run.ended.message} {run.ended.hint}", error=True)

    # -- the libraries

    def install(self, arguments: list[str] | None = None) -> None:
        """Starts to install what the labs need.

        Raises:
            StudyError: there is no installer.
        """
        if self.installation is None:
            self.installation = Installation(arguments or install.install_command())
            self.install_words = "starting pip"
            self._in_background(self._follow_installation(self.installation))

    async def _follow_installation(self, installation: Installation) -> None:
        try:
            async for event in installation.events():
                if isinstance(event, Progress):
                    self.install_words = event.text
                elif isinstance(event, Failed):
                    self._host.tell(f"{event.message} {event.hint}", error=True)
                else:
                    self._host.tell("The libraries are installed; labs run now.")
        finally:
            self.installation = None
