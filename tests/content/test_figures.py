"""Figures on cards and in the explainer: computed anew, or held against the run that the lab has committed."""

from __future__ import annotations

import json
import math
import re
from functools import cache

import pytest

from studyapp.core.course import Card, NumericQuestion
from tests.content.module import ROOT, card, cards, document

T = 1000


@cache
def signal(schedule: str) -> list[float]:
    """abar at each of the 1000 steps, counted from 0."""
    if schedule == "linear":
        betas = [1e-4 + (0.02 - 1e-4) * t / (T - 1) for t in range(T)]
    elif schedule == "scaled_linear":
        low, high = math.sqrt(0.00085), math.sqrt(0.012)
        betas = [(low + (high - low) * t / (T - 1)) ** 2 for t in range(T)]
    else:
        bar = [math.cos((t / T + 0.008) / 1.008 * math.pi / 2) ** 2 for t in range(T + 1)]
        betas = [min(1 - bar[t + 1] / bar[t], 0.999) for t in range(T)]
    left, found = 1.0, []
    for beta in betas:
        left *= 1 - beta
        found.append(left)
    return found


def crossing(schedule: str) -> int:
    """The first step, counted from 0, at which noise is as strong as signal."""
    return next(t for t, abar in enumerate(signal(schedule)) if abar <= 0.5)


@cache
def measured(lab: str) -> dict[str, float]:
    record = json.loads((ROOT / f"labs/reference/{lab}/run.json").read_text())
    return {metric["name"]: metric["value"] for metric in record["metrics"]}


COMPUTED: dict[str, list[float]] = {
    "m14.backbones.dit-versus-unet": [(64 / 2) ** 2],
    "m14.backbones.flow-matching": [(1 - 0.25) * 2 + 0.25 * -1],
    "m14.backbones.patch-size": [(32 / 4) ** 2],
    "m14.conditioning.attention-cost": [32 * 32 * 77, (2 * 2) ** 2],
    "m14.conditioning.joint-attention": [(1024 / 8 / 2) ** 2],
    "m14.control.how-exact": [100 * 0.35 / 0.58],
    "m14.distillation.progressive": [math.log2(1024 / 4)],
    "m14.distillation.lcm-lora": [64 / 6.5],
    "m14.forward.name-every-variable": [math.sqrt(1 - 0.36), math.sqrt(0.25)],
    "m14.forward.snr": [crossing("linear"), 0.8 / 0.2],
    "m14.forward.terminal-snr": [math.sqrt(signal("scaled_linear")[-1])],
    "m14.forward.cosine-schedule": [math.cos(math.pi / 4) ** 2],
    "m14.forward.three-paths": [math.sqrt((1 - 0.2) / 0.2)],
    "m14.forward.resolution-shift": [3 * 0.5 / (1 + 2 * 0.5)],
    "m14.forward.brightness-leak": [1 / math.sqrt(32 * 32 * 3)],
    "m14.forward.data-scale": [0.5**2],
    "m14.guidance.two-conventions": [7.5 - 1, 0.2 + 3 * (0.5 - 0.2)],
    "m14.guidance.interval": [25 + 10],
    "m14.guidance.dynamic-thresholding": [min(0.8, 1.6) / 1.6],
    "m14.guidance.rescale": [0.7 * 1 / 2 + 1 - 0.7],
    "m14.latency.stopwatch": [1.4 - 10 * (2.4 - 1.4) / 10],
    "m14.latency.fixed-share": [30 + 10 * 40 + 150, 980 / 180],
    "m14.latency.throughput": [16 / 3.2],
    "m14.latent.encoder": [512 * 512 * 3 / (64 * 64 * 4), (1024 / 8) ** 2],
    "m14.latent.dramatically-faster": [4**2],
    "m14.latent.scaling-factor": [1 / 4],
    "m14.latent.compression-factor": [(16 / 8) ** 2],
    "m14.latent.channels": [512 * 512 * 3 / (64 * 64 * 16)],
    "m14.objective.conversions": [(1.0 - math.sqrt(1 - 0.64) * 0.5) / math.sqrt(0.64)],
    "m14.objective.min-snr": [min(20, 5) / 20, min(2, 5) / 2],
    "m14.objective.tweedie": [(0.6 + (1 - 0.64) * 0.5) / math.sqrt(0.64)],
    "m14.reverse.variance-choice": [(1 - 0.5) / (1 - 0.4) * 0.2],
    "m14.samplers.nfe": [2 * 18 - 1],
    "m14.samplers.order": [0.08 / 2**2],
    "m14.samplers.karras-grid": [(80 + 0.002) / 2],
}
"""What the numeric questions of each card should answer, from their own words."""


@pytest.mark.parametrize("one", [pytest.param(card, id=card.id) for card in cards() if card.numeric])
def test_a_numeric_question_has_the_right_answer(one: Card) -> None:
    right = COMPUTED[one.id]
    assert len(right) == len(one.numeric)
    for question, value in zip(one.numeric, right, strict=True):
        assert abs(question.value - value) <= max(question.tolerance, 1e-9), question.prompt
        assert question.tolerance <= 0.05 * abs(question.value), "a guess must not pass"


EACH_NUMBER = [
    pytest.param(question, id=question.prompt) for card in cards() for question in card.numeric if question.why
]


@pytest.mark.parametrize("question", EACH_NUMBER)
def test_the_line_under_a_number_computes_it(question: NumericQuestion) -> None:
    """A line is `number = sum`, or with `≈`, and then words after a semicolon."""
    line, *_ = question.why.split(";")
    told, _, computed = line.partition(" = " if " = " in line else " ≈ ")
    slack = max(question.tolerance, 1e-9) if "≈" in line else 1e-9
    assert abs(result(told) - question.value) <= 1e-9
    assert abs(result(computed) - question.value) <= slack


def result(words: str) -> float:
    """What a sum on a card comes to."""
    for sign, code in (("·", "*"), ("−", "-"), ("²", "**2"), ("log₂", "log2"), ("π", "pi")):
        words = words.replace(sign, code)
    words = re.sub(r"(?<=\d),(?=\d{3})", "", words)
    words = re.sub(r"√([\d.]+)", r"sqrt(\1)", words).replace("√", "sqrt")
    return float(eval(words, {"__builtins__": {}, **vars(math), "min": min}))


def test_all_computed_answers_are_asked() -> None:
    assert COMPUTED.keys() == {card.id for card in cards() if card.numeric}


# -- the labs measure it


SCHEDULES = ("linear", "scaled_linear", "cosine")


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_lab_measures_the_step_that_the_card_names(schedule: str) -> None:
    """The card counts from 0, the lab from 1."""
    step = crossing(schedule)
    assert measured("forward_noising")[f"equal strength, {schedule}"] == step + 1
    assert str(step) in card("m14.forward.snr").answer
    assert str(step) in document("explainer")


def test_the_lab_measures_the_signal_that_the_cards_name() -> None:
    left = measured("forward_noising")["signal left at T, scaled_linear"]
    assert f"{left:.3f}" == "0.068"
    for card_id in ("m14.forward.fog", "m14.forward.terminal-snr", "m14.forward.brightness-leak"):
        one = card(card_id)
        assert "0.068" in one.prompt + one.answer
    assert f"{measured('forward_noising')['signal left at T, linear']:.3f}" == "0.006"
    assert "amplitude of 0.006" in card("m14.forward.cosine-schedule").wrong_answers[0].why


def test_the_lab_measures_the_brightness_that_the_card_names() -> None:
    found = measured("forward_noising")
    answer = card("m14.forward.brightness-leak").answer
    names = ("scaled_linear", "linear", "cosine")
    scaled, linear, cosine = (found[f"brightness by formula, {name}"] for name in names)
    assert [found[f"brightness at T, {name}"] for name in names] == pytest.approx([scaled, linear, cosine], abs=0.02)
    assert f"{scaled:.2f} with" in " ".join(answer.split())
    assert f"about {linear:.2f} with" in " ".join(answer.split())
    assert cosine < 0.01
    assert f"{100 * scaled:.0f} percent" in document("explainer")
    assert f"about {100 * linear:.0f} percent" in document("explainer")
    bar, spread, size = signal("scaled_linear")[-1], 0.5**2, 32 * 32 * 3
    assert abs(bar * spread / (bar * spread + (1 - bar) / size) - scaled) < 0.02  # the card's formula


def test_the_schedule_has_nothing_learned() -> None:
    assert measured("forward_noising")["learned parameters"] == 0


# -- the explainer's arithmetic


ROW = re.compile(r"(?m)^\| (\d+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$")


def test_the_table_of_the_linear_schedule_is_right() -> None:
    rows = ROW.findall(document("explainer"))
    assert [int(row[0]) for row in rows] == [100, 250, 500, 750]
    for step, *told in rows:
        abar = signal("linear")[int(step)]
        exact = (abar, math.sqrt(abar), math.sqrt(1 - abar), abar / (1 - abar))
        for text, value in zip(told, exact, strict=True):
            last_place = 10.0 ** -len(text.partition(".")[2])
            assert abs(float(text) - value) <= 0.51 * last_place, (step, text, value)


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("0.722 · 0.5 + 0.692 · (−1.2) = 0.361 − 0.830 = −0.469", 0.722 * 0.5 - 0.692 * 1.2),
        ("( −0.469 − 0.692 · (−1.0) ) / 0.722 = 0.223 / 0.722 = 0.309", (-0.469 + 0.692) / 0.722),
        ("0.946 · 0.309 + 0.324 · (−1.0) = 0.292 − 0.324 = −0.032", 0.946 * 0.309 - 0.324),
        ("a · t / (1 + (a − 1) · t) = 1.5 / 2 = 0.75", 3 * 0.5 / 2),
        ("(0.6 + 0.36 · 0.5) / 0.8 = 0.975", 0.78 / 0.8),
        ("0.7 · 1/2 + 0.3 = 0.65", 0.65),
        ("30 + 50 · 40 + 150 | 2180", 2180),
        ("30 + 20 · 40 + 150 | 980", 980),
        ("30 + 10 · 40 + 10 · 22 + 150 | 800", 800),
        ("30 + 4 · 22 + 150 | 268", 268),
        ("64×64×4 = 16,384", 16384),
        ("512 · 512 = 262,144", 262144),
        ("the weight 5/20 = 0.25", 0.25),
        ("it is 1.1. At s = 7.5 it\nis 2.45", 0.2 + 7.5 * 0.3),
        ("puts the middle one at 2.5", ((80 ** (1 / 7) + 0.002 ** (1 / 7)) / 2) ** 7),
        ("by √3072 = 55", math.sqrt(3072)),
    ],
)
def test_the_worked_numbers_are_right(words: str, value: float) -> None:
    assert words in document("explainer")
    told = re.findall(r"−?\d[\d,]*\.?\d*", words)[-1].replace("−", "-").replace(",", "")
    last_place = 10.0 ** -len(told.partition(".")[2])
    assert abs(float(told) - value) <= 0.51 * last_place + 1e-9
