"""Modules changed at random: a module or a list of problems, never a traceback."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studyapp.curriculum.loader import read_module
from tests.conftest import card_values
from tests.curriculum.test_loader import FOLLOW_UP, FORMULA, LABS, NUMERIC, OUTLINE, POINTS, NoAliases, told

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6) | st.integers(), inner, max_size=3),
    max_leaves=6,
)


def spots(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) within a tree of mappings and lists."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    return [spot for key in keys for spot in [(value, key), *spots(value[key])]]


def dumped(value: Any) -> str:
    return yaml.dump(value, Dumper=NoAliases, allow_unicode=True, sort_keys=False)


def full_module() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A module file and cards in which every key is used."""
    every = {
        "sheet": ["a line"],
        "formulas": [FORMULA | {"gaps": ["a"]}],
        "wrong_answers": [{"answer": "a", "why": "b"}] * 2,
        "follow_ups": [FOLLOW_UP | {"when_missed": [1]}],
        "numeric": [NUMERIC | {"unit": "s"}],
        "steps": POINTS,
        "lab": "cfg_sweep",
        "lab_params": {"scale": 7.5},
        "needs": ["t1.fog.two"],
    }
    outline = {key: value for changes, key, _ in OUTLINE for key, value in changes.items()}
    outline |= {"id": "t1", "title": "T", "week": 1, "topics": [{"id": "fog", "title": "F"}], "summary": "S"}
    outline |= {
        "documents": [{"file": "02_explainer.md", "title": "E", "role": "explainer"}],
        "gate": [{"id": "g", "text": "b", "rule": "chapters_read", "document": "02_explainer.md"}],
        "audit": [{"id": "a", "text": "b", "cards": ["t1.fog.one"]}],
        "mental_models": [{"title": "a", "text": "b", "card": "t1.fog.one"}],
        "difficulty_marks": [{"mark": "red", "text": "a", "cards": ["t1.fog.one"]}],
        "prerequisites": [{"module": "t0", "text": "b"}],
        "bridge": {"module": "t2", "text": "b"},
    }
    del outline["author"]
    return deepcopy((outline, [card_values("t1.fog.one", **every), card_values("t1.fog.two")]))


def write_texts(folder: Path, outline: str, cards: str) -> Path:
    (folder / "cards").mkdir(parents=True, exist_ok=True)
    (folder / "02_explainer.md").write_text("## Chapter 1 First things\n")
    (folder / "module.yaml").write_bytes(outline.encode(errors="surrogatepass"))
    (folder / "cards" / "fog.yaml").write_bytes(cards.encode(errors="surrogatepass"))
    return folder


def shown(folder: Path) -> None:
    """Reads the folder; whatever is wrong is one printable line each."""
    reading = read_module(folder, LABS)
    assert (reading.module is None) == bool(reading.problems)
    for problem in reading.problems:
        assert problem.line >= 1
        assert "\n" not in problem.text


FUZZ = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_the_full_module_is_sound(content: Path) -> None:
    outline, cards = full_module()
    assert told(write_texts(content, dumped(outline), dumped(cards))) == []


@given(data=st.data())
@FUZZ
def test_any_value_in_any_place_is_read_or_told(content: Path, data: st.DataObject) -> None:
    outline, cards = full_module()
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from([*spots(outline), *spots(cards)]))
        if key in (range(len(container)) if isinstance(container, list) else container):
            container[key] = data.draw(VALUES)
    shown(write_texts(content, dumped(outline), dumped(cards)))


GOOD_TEXTS = tuple(map(dumped, full_module()))


@given(data=st.data())
@FUZZ
def test_any_slip_of_the_pen_is_read_or_told(content: Path, data: st.DataObject) -> None:
    """Letters, lines and signs that YAML knows, put in, taken out or swapped anywhere in a good file."""
    outline, cards = GOOD_TEXTS
    for _ in range(data.draw(st.integers(1, 4))):
        at, length = data.draw(st.integers(0, len(cards))), data.draw(st.sampled_from([0, 0, 1, 7, 80]))
        text = data.draw(st.sampled_from([*"\n\t:-[]{}&*!|>'\"%@`#,? ~", "- ", "\n- id: x", "<<: *a", "!!set "]))
        cards = cards[:at] + text + cards[at + length :]
    shown(write_texts(content, outline, cards))
