"""The levers of the clinic, and the rows that a picture costs."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytestmark = pytest.mark.filterwarnings("ignore")

from labs import latency_clinic  # noqa: E402
from labs.common import reporting, samplers  # noqa: E402
from labs.kit.context import Context  # noqa: E402
from labs.kit.events import Events  # noqa: E402
from labs.kit.machine import quiet  # noqa: E402
from labs.latency_clinic import LEVERS, Clinic, Setting, pull, pulled, rows_of  # noqa: E402

TINY = samplers.Process("scaled_linear", 0.00085, 0.012, "v_prediction")


def context(**settings: str) -> Context:
    params = latency_clinic.LAB.parameters(settings)
    return Context(params, 0, "cpu", False, None, Path(), Events([]))


def test_each_lever_moves_one_thing() -> None:
    start, given = Setting(), context()
    assert pull(given, start, "sampler") == Setting(sampler="dpmpp")
    assert pull(given, start, "steps") == Setting(steps=8)
    assert pull(given, start, "guidance") == Setting(guidance="interval")
    assert pull(given, start, "batch") == Setting(batch=8)
    assert pull(given, start, "dtype") == Setting(dtype="bfloat16")
    assert pull(given, start, "student") == Setting("lcm", 2, "inside", True)


def test_levers_are_pulled_in_the_order_given() -> None:
    given = context(levers="batch,steps")
    assert given.chosen("levers") == ("batch", "steps")
    assert pulled(given, given.chosen("levers")) == [Setting(), Setting(batch=8), Setting(steps=8, batch=8)]


def test_a_student_keeps_its_own_sampler_steps_and_guidance() -> None:
    given = context(levers=",".join(("student", *(name for name in LEVERS if name != "student"))))
    last = pulled(given, given.chosen("levers"))[-1]
    assert last == Setting("lcm", 2, "inside", True, 8, "bfloat16")


@pytest.mark.parametrize(
    ("name", "steps", "guided", "rows"),
    [
        ("ddim", 8, (0.0, 1.0), 16),
        ("ddim", 8, None, 8),
        ("ddim", 10, (0.2, 0.8), 16),  # t = 999, 899, ..., 99, of which 799 to 299 lie within
        ("lcm", 2, None, 2),
    ],
)
def test_rows_of_a_picture(name: str, steps: int, guided: tuple[float, float] | None, rows: int) -> None:
    quiet()
    assert rows_of(samplers.make(name, TINY), steps, guided) == rows


def test_a_scale_of_one_is_no_guidance(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet()
    made: Any = SimpleNamespace(scheduler=samplers.make("ddim", TINY))
    monkeypatch.setattr(Clinic, "__init__", lambda self, given: setattr(self, "context", given))
    monkeypatch.setattr(Clinic, "pipe", lambda self, setting: made)
    assert Clinic(context(scale="1")).rows_of(Setting("ddim", 8)) == 8
    assert Clinic(context(scale="2")).rows_of(Setting("ddim", 8)) == 16


def test_the_grid_holds_every_combination_and_the_student_if_there_is_one() -> None:
    with_student = latency_clinic.grid_of(context(grid="2,4"), student=True)
    without = latency_clinic.grid_of(context(grid="2,4"), student=False)
    assert len(without) == 2 * 2 * 3
    assert len(set(with_student)) == len(with_student) == len(without) + 3
    assert {setting.batch for setting in with_student} == {1}, "a budget is for the wait, which a batch makes longer"


@pytest.mark.parametrize(
    ("bounds", "least", "most"),
    [
        ((0.8, 0.9), "too close to tell", "too close to tell"),
        ((0.85, 0.9), "kept", "too close to tell"),
        ((0.8, 0.85), "too close to tell", "kept"),
        ((0.6, 0.8), "missed", "kept"),
        ((0.9, 1.0), "kept", "missed"),
    ],
)
def test_a_limit_within_what_is_known_is_too_close_to_tell(bounds: tuple[float, float], least: str, most: str) -> None:
    assert (reporting.at_least(bounds, 0.85), reporting.at_most(bounds, 0.85)) == (least, most)
    assert {setting.batch for setting in latency_clinic.grid_of(context(levers="steps"), student=True)} == {1}
