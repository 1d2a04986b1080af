"""The settings of a run as a form: what can be set, what it may be, what it is now. No screen in here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labs.kit.spec import Knob, KnobError, Lab, Sizes, said, sizes_for
from studyapp.errors import UsageError
from studyapp.lab_runner import shelf
from studyapp.lab_runner.process import Command

YES_NO = ("no", "yes")
OWN = ("quick", "seed", "device", "model")
"""What every lab takes besides its knobs; `model` only where the lab says so."""


@dataclass(frozen=True, slots=True)
class Field:
    """One row of the form."""

    name: str
    value: str
    words: str
    allowed: str
    choices: tuple[str, ...] = ()
    """All it can be; empty when it is written out."""


class Form:
    """The settings of the next run.

    Args:
        settings: knobs that a card sets already.
    """

    def __init__(self, lab: Lab, settings: Mapping[str, str] | None = None) -> None:
        self.lab = lab
        self._knobs: dict[str, str] = {}
        self._own = {"quick": "no", "seed": "0", "device": "auto", "model": ""}
        for name, value in (settings or {}).items():
            try:
                self._knobs[name] = self._checked(lab.knob(name), value)
            except KnobError:
                continue  # a card that sets what the lab no longer takes still opens the lab

    @property
    def quick(self) -> bool:
        return self._own["quick"] == "yes"

    @property
    def sizes(self) -> Sizes:
        """Whose sizes the next run has; what `auto` will find is not known here, so the usual ones."""
        return sizes_for(self.quick, self._own["device"], self._own["model"])

    @property
    def duration(self) -> str:
        """How long a run with the defaults takes, in words."""
        if self.sizes == "gpu":
            return "a GPU's sizes; how long depends on the GPU"
        return f"about {self.lab.seconds_quick if self.quick else self.lab.seconds_cpu:g} s on a processor"

    @property
    def unmarkable(self) -> str:
        """Why the next run cannot mark the prediction; nothing if it can."""
        fixed = [name for name in self.lab.prediction.fixes if name in self._knobs]
        return self.lab.unmarkable({name: self.lab.knob(name).parse(self._knobs[name]) for name in fixed})

    def fields(self) -> list[Field]:
        """Every row, knobs first."""
        names = [name for name in OWN if name != "model" or self.lab.takes_model]
        return [*(self._knob_field(knob) for knob in self.lab.knobs), *(self._own_field(name) for name in names)]

    def _knob_field(self, knob: Knob) -> Field:
        value = self._knobs.get(knob.name, said(knob.default_of(self.sizes)))
        allowed = "; ".join(part for part in (knob.allowed(), knob.other_sizes()) if part)
        return Field(knob.name, value, knob.help, allowed, knob.choices if knob.kind == "choice" else ())

    def _own_field(self, name: str) -> Field:
        larger = "; a GPU gets larger sizes" if any(knob.gpu is not None for knob in self.lab.knobs) else ""
        words = {
            "quick": f"a smaller run, about {self.lab.seconds_quick:g} s on a processor",
            "seed": "where all chance begins",
            "device": f"what computes; auto takes the fastest{larger}",
            "model": "another Stable Diffusion pipeline; empty: the small one that comes along",
        }
        allowed = {
            "seed": f"a whole number from 0 to {shelf.LARGEST_SEED}",
            "model": "a folder or a hub name, safetensors only",
        }
        choices = {"quick": YES_NO, "device": shelf.DEVICES}.get(name, ())
        return Field(name, self._own[name], words[name], allowed.get(name, ""), choices)

    def set(self, name: str, text: str) -> None:
        """Takes a value.

        Raises:
            UsageError: it is not possible; nothing was changed.
        """
        text = text.strip()
        try:
            if name not in self._own:
                self._knobs[name] = self._checked(self.lab.knob(name), text)
                return
        except KnobError as error:
            raise UsageError(str(error)) from None
        if name == "seed" and not (text.isdecimal() and int(text) <= shelf.LARGEST_SEED):
            raise UsageError(
                f"The seed {text[:40]} is not possible: it is a whole number from 0 to {shelf.LARGEST_SEED}."
            )
        self._own[name] = text

    def turn(self, field: Field, by: int) -> None:
        """The next or previous of a field's choices."""
        place = field.choices.index(field.value) if field.value in field.choices else -1
        self.set(field.name, field.choices[(place + by) % len(field.choices)])

    def _checked(self, knob: Knob, text: str) -> str:
        return said(knob.parse(text))

    def command(self, out: Path) -> Command:
        """What to run.

        Raises:
            UsageError: a picture that was there is gone.
        """
        own = self._own
        command = Command(
            self.lab.name, out, dict(self._knobs), int(own["seed"]), own["device"], own["model"], self.quick
        )
        shelf.check_settings(self.lab, command)
        return command
