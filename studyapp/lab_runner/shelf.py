"""The labs that are installed: descriptions, references, whether they can run here, where runs go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import labs
from labs.kit.spec import KnobError, Lab
from studyapp.errors import StudyError, UsageError
from studyapp.lab_runner.process import Command
from studyapp.lab_runner.results import Results, read_results

NEEDED = ("torch", "diffusers", "transformers", "safetensors", "matplotlib", "numpy")
DEVICES = ("auto", "cpu", "cuda", "mps")
LARGEST_SEED = 1_000_000


def lab_list() -> list[Lab]:
    """Every lab's description, in the order of study."""
    return labs.all_labs()


def find_lab(name: str) -> Lab:
    """The description of one lab.

    Raises:
        UsageError: no such lab.
    """
    try:
        return labs.load(name)
    except KeyError:
        raise UsageError(f"There is no lab {name!r}; there are: {', '.join(labs.NAMES)}.") from None


def missing_libraries() -> list[str]:
    """Libraries that labs need and that are not installed; nothing is imported to find out."""
    return [name for name in NEEDED if find_spec(name) is None]


@cache
def reference(name: str, quick: bool = False) -> Results | None:
    """The reference run of a lab, with its defaults or in its quick form; None when there is none."""
    return read_results(labs.REFERENCE / name / ("quick.json" if quick else "run.json"))


def check_settings(lab: Lab, command: Command) -> None:
    """Refuses what the lab would refuse, before a process is started.

    Raises:
        UsageError: an unknown knob, a value out of range, a model for a lab that takes none.
    """
    try:
        lab.parameters(command.settings)
    except KnobError as error:
        raise UsageError(str(error)) from None
    if not 0 <= command.seed <= LARGEST_SEED:
        raise UsageError(f"The seed {command.seed} is not possible: it is a whole number from 0 to {LARGEST_SEED}.")
    if command.device not in DEVICES:
        raise UsageError(f"There is no device {command.device[:40]!r}: it is one of {', '.join(DEVICES)}.")
    if command.model and not lab.takes_model:
        raise UsageError(f"{lab.name} takes no model: it measures without one.")


def check_prediction(lab: Lab, answer: str) -> None:
    """Raises UsageError for an answer that is none."""
    try:
        lab.prediction.right(answer, 0.0)
    except KnobError as error:
        raise UsageError(str(error)) from None


def new_folder(home: Path, name: str, now: datetime) -> Path:
    """A fresh folder for a run under the learner's home.

    Raises:
        StudyError: it cannot be made.
    """
    top = home / "labs" / name
    try:
        top.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        top.mkdir(exist_ok=True, mode=0o700)
        for number in range(1000):
            folder = top / (f"{now:%Y%m%d-%H%M%S}" + f"-{number}" * bool(number))
            try:
                folder.mkdir(mode=0o700)
            except FileExistsError:
                continue
            return folder
    except OSError as error:
        raise StudyError(
            f"The folder {top} cannot be made ({error.strerror}); free space or set STUDYAPP_HOME."
        ) from None
    raise StudyError(f"The folder {top} holds too many runs of this second; try again.")


def settings_of(lab: Lab, values: Mapping[str, object]) -> dict[str, str]:
    """A card's `lab_params` as the lab reads them; values that it does not know are left out."""
    known = {knob.name for knob in lab.knobs}
    return {name: _setting(value) for name, value in values.items() if name in known}


def _setting(value: object) -> str:
    return ",".join(str(part) for part in value) if isinstance(value, list | tuple) else str(value)
