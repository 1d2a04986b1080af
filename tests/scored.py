"""A module whose cards allow every kind of question, and what a test looks at afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from studyapp.bootstrap import Program
from studyapp.core.log import EventKind, Review
from studyapp.services.doctor import examine
from tests.conftest import card_values, write_module

WRONG = [
    {"answer": "It is a wall.", "why": "Walls stand still."},
    {"answer": "It is a door.", "why": "Doors open."},
    {"answer": "It is a roof.", "why": "Roofs are above."},
]
STEPS = ["draw noise", "predict the noise", "take a step", "decode"]
NUMERIC = [
    {
        "prompt": "How much is left?",
        "value": 0.068,
        "tolerance": 0.002,
        "unit": "of the signal",
        "why": "0.068 = 0.34 · 0.2",
    }
]
FORMULAS = [{"text": "x = a · b + c", "tex": "x = ab + c", "gaps": ["a", "b", "c"]}]
FOLLOW_UPS = [
    {"prompt": "Why the first?", "answer": "Because of one.", "when_missed": [1]},
    {"prompt": "Why the second?", "answer": "Because of two.", "when_missed": [2]},
    {"prompt": "And what else?", "answer": "Nothing else."},
]
MODELS = [
    {"title": "Fog", "text": "thicker at each step", "card": "t1.fog.choice"},
    {"title": "Rails", "text": "a train that cannot turn", "card": "t1.rails.trap"},
    {"title": "Sketch", "text": "small, and soon redrawn", "card": "t1.sketch.order"},
]


def rich_cards() -> dict[str, list[dict[str, Any]]]:
    return {
        "fog": [
            card_values("t1.fog.choice", wrong_answers=WRONG),
            card_values("t1.fog.number", numeric=NUMERIC),
            card_values("t1.fog.gap", formulas=FORMULAS),
        ],
        "rails": [
            card_values("t1.rails.trap", kind="trap", wrong_answers=WRONG),
            card_values("t1.rails.talk", kind="interview", follow_ups=FOLLOW_UPS),
        ],
        "sketch": [
            card_values("t1.sketch.order", steps=STEPS),
            card_values("t1.sketch.check", kind="self_check"),
            card_values("t1.sketch.other", kind="self_check", wrong_answers=WRONG),
        ],
    }


def write_rich(folder: Path, **changes: Any) -> Path:
    return write_module(folder, rich_cards(), mental_models=MODELS, **changes)


def log(program: Program) -> list[Review]:
    """Every review, oldest first."""
    return program.store.latest_reviews("me", 10**6)[::-1]


def events(program: Program, kind: EventKind) -> list[dict[str, Any]]:
    return [dict(event.data) for event in program.store.events_of_kind("me", kind)]


def sound(program: Program) -> bool:
    return all(finding.ok for finding in examine(program.recall))
