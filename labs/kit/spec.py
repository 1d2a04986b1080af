"""The description of a lab: question, knobs, prediction. Importable without torch, numpy or matplotlib."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal, get_args

Value = int | float | str | tuple[str, ...] | tuple[float, ...]
Kind = Literal["int", "float", "choice", "choices", "numbers", "text", "picture"]
Sizes = Literal["usual", "quick", "gpu"]
"""Which of its defaults every knob has in a run."""


def sizes_for(quick: bool, device: str, model: str | None) -> Sizes:
    """The sizes of a run. `device` is a torch device, or the words for one in `started`; `model` another pipeline.

    A GPU's sizes are for the labs' own networks, which hardly fill it; another pipeline may with the usual ones.
    """
    if quick:
        return "quick"
    return "gpu" if device.startswith("cuda") and not model else "usual"


def said(value: object) -> str:
    """A knob's value, also from JSON, as `Knob.parse` reads it."""
    if isinstance(value, tuple | list):
        return ",".join(map(said, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


class KnobError(ValueError):
    """A knob that does not exist or a value that it does not take; the text is one sentence naming what is allowed."""


@dataclass(frozen=True, slots=True)
class Knob:
    """One setting of a lab.

    `kind`: int and float within [low, high]; choice is one of `choices`, choices a comma-separated subset of them;
    numbers is a comma-separated list within [low, high]; text is free; picture is the path of an image file, or empty.
    """

    name: str
    kind: Kind
    default: Value
    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    quick: Value | None = None
    """The default under `--quick`, when it is another one."""
    gpu: Value | None = None
    """The default on a CUDA device, when it is another one."""

    def default_of(self, sizes: Sizes) -> Value:
        """The value where nothing is set."""
        own = {"usual": None, "quick": self.quick, "gpu": self.gpu}[sizes]
        return self.default if own is None else own

    def parse(self, text: str) -> Value:
        """The value that `text` stands for. Raises KnobError, naming what is allowed."""
        text = text.strip()
        match self.kind:
            case "int" | "float":
                return self._number(text)
            case "numbers":
                return tuple(float(self._number(part)) for part in self._parts(text))
            case "choice":
                return self._choice(text)
            case "choices":
                return tuple(self._choice(part) for part in self._parts(text))
            case "picture":
                if text and not Path(text).expanduser().is_file():
                    raise self._refusal(text)
                return text
            case "text":
                return text

    def allowed(self) -> str:
        """The values it takes, in words: 'a whole number from 2 to 200'."""
        within = (
            f"from {self.low:g} to {self.high:g}" if self.low is not None and self.high is not None else "that fits"
        )
        match self.kind:
            case "int":
                return f"a whole number {within}"
            case "float":
                return f"a number {within}"
            case "numbers":
                return f"up to 16 numbers {within}, separated by commas"
            case "choice":
                return "one of " + ", ".join(self.choices)
            case "choices":
                return "some of " + ", ".join(self.choices) + ", separated by commas"
            case "picture":
                return "the path of a PNG or JPEG file"
            case "text":
                return "a text"

    def other_sizes(self) -> str:
        """Its other defaults in words: '8 when quick, 200 on a GPU', or nothing."""
        others = ((self.quick, "when quick"), (self.gpu, "on a GPU"))
        return ", ".join(f"{said(value)} {words}" for value, words in others if value is not None)

    def line(self) -> str:
        """'steps=10  what it is (a whole number from 2 to 200; 8 when quick)'."""
        limits = "; ".join(part for part in (self.allowed(), self.other_sizes()) if part)
        return f"{self.name}={said(self.default)}  {self.help} ({limits})"

    def _refusal(self, text: str) -> KnobError:
        shown = text if len(text) <= 40 else text[:40] + "..."
        return KnobError(f"{self.name}={shown} is not possible: {self.name} takes {self.allowed()}.")

    def _parts(self, text: str) -> list[str]:
        parts = [part.strip() for part in text.split(",") if part.strip()]
        if not 1 <= len(parts) <= 16:
            raise self._refusal(text)
        return parts

    def _number(self, text: str) -> int | float:
        try:
            number = int(text) if self.kind == "int" else float(text)
        except ValueError:
            raise self._refusal(text) from None
        below = self.low is not None and number < self.low
        above = self.high is not None and number > self.high
        if below or above or not math.isfinite(number):
            raise self._refusal(text)
        return number

    def _choice(self, text: str) -> str:
        if text not in self.choices:
            raise self._refusal(text)
        return text


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a prediction; right when low <= measured metric < high."""

    label: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the learner says before the run. `metric` names the measured value that marks it.

    With `choices` one of them is picked; without, a number is given, right within `tolerance` of the measured value.
    """

    prompt: str
    metric: str
    choices: tuple[Choice, ...] = ()
    tolerance: float = 0.0
    fixes: tuple[str, ...] = ()
    """Knobs that the question fixes: with another value than the lab's own a run measures another thing."""

    def right(self, answer: str, measured: float) -> bool:
        """Whether `answer` (a choice's label or number from 1, or a number) agrees with the measured value.

        Raises KnobError for an answer that is none.
        """
        if not self.choices:
            try:
                return abs(float(answer) - measured) <= self.tolerance
            except ValueError:
                raise KnobError(f"The prediction {answer[:40]} is not a number.") from None
        for number, choice in enumerate(self.choices, start=1):
            if answer.strip() in (choice.label, str(number)):
                return choice.low <= measured < choice.high
        raise KnobError(f"The prediction {answer[:40]} is not possible: give a number from 1 to {len(self.choices)}.")


@dataclass(frozen=True, slots=True)
class Lab:
    """A lab's description. `name` is its module name: `python -m labs.NAME` runs it."""

    name: str
    title: str
    question: str
    knobs: tuple[Knob, ...]
    prediction: Prediction
    seconds_cpu: float
    """How long the defaults take on a processor."""
    seconds_quick: float
    tolerances: Mapping[str, float] = field(default_factory=dict)
    """Metric name (with * for any text) to how far a re-run may lie from the reference; the first that fits counts.
    A metric that fits none, such as a time, depends on the machine and is not compared."""
    takes_model: bool = False
    """Whether `--model` may put another Stable Diffusion pipeline in the place of the tiny one."""

    def knob(self, name: str) -> Knob:
        """The knob called `name`. Raises KnobError, naming those there are."""
        for knob in self.knobs:
            if knob.name == name:
                return knob
        known = ", ".join(knob.name for knob in self.knobs)
        raise KnobError(f"{self.name} has no knob called {name[:40]}: it has {known}.")

    def parameters(self, settings: Mapping[str, str], sizes: Sizes = "usual") -> dict[str, Value]:
        """Every knob's value: the text in `settings` where there is one, else the default. Raises KnobError."""
        chosen = {name: self.knob(name).parse(text) for name, text in settings.items()}
        return {knob.name: knob.default_of(sizes) for knob in self.knobs} | chosen

    def sizes_note(self, settings: Mapping[str, str]) -> str:
        """What a run with a GPU's sizes has to say of them; nothing if all are set or the lab has none."""
        own = [knob for knob in self.knobs if knob.gpu is not None and knob.name not in settings]
        larger, usual = (
            ", ".join(f"{knob.name}={said(knob.default_of(sizes))}" for knob in own) for sizes in ("gpu", "usual")
        )
        return f"A GPU's sizes: {larger}. To compare a run with the reference, set {usual}." if own else ""

    def unmarkable(self, params: Mapping[str, object]) -> str:
        """Why a run with these parameters, as in `started`, cannot mark the prediction; nothing if it can."""
        for knob in (self.knob(name) for name in self.prediction.fixes):
            value = params.get(knob.name, knob.default)
            value = tuple(value) if isinstance(value, list) else value
            if value not in [knob.default_of(sizes) for sizes in get_args(Sizes)]:
                return f"it asks about {knob.name}={said(knob.default)}, and this run has {knob.name}={said(value)}"
        return ""

    def tolerance(self, metric: str) -> float | None:
        """How far a re-run's metric may lie from the reference; None if it depends on the machine."""
        return next((allowed for name, allowed in self.tolerances.items() if fnmatchcase(metric, name)), None)
