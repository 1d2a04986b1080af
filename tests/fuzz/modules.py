"""Module folders of every kind: a module that can be shown, or problems that say where and what."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Callable, Iterable
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import yaml

from studyapp.cli import main
from studyapp.core import prose
from studyapp.core.course import Card
from studyapp.core.text import spoken
from studyapp.curriculum.shelf import read_shelf
from studyapp.paths import lab_names
from studyapp.tui import views
from studyapp.tui.markdown import rendered
from tests.fuzz.module_values import (
    DOCUMENT,
    Files,
    dumped,
    explainer_for,
    files_of,
    made_module,
    small_module,
    with_other_values,
    written,
)
from tests.fuzz.texts import spoilt

PROBLEM = re.compile(r"\S.*\.yaml:[1-9]\d*: .*\S")
LONGEST_PROBLEM = 1_000


def check_problems(problems: Iterable[str]) -> None:
    for problem in problems:
        assert PROBLEM.fullmatch(problem), problem[:300]
        assert problem.isprintable(), problem[:300]
        assert len(problem) < LONGEST_PROBLEM, problem[:300]


def shows(card: Card) -> None:
    """The card as a pipe, a terminal and the store get it."""
    for text in (spoken(card.answer), prose.as_plain(card.answer)):
        assert text.replace("\n", "").replace("\t", "").isprintable()
    for width in (20,) if len(card.answer) % 2 else (78,):
        for content in (
            rendered(card.answer, width),
            views.background(card, width),
            views.key_points(card, [0], width),
        ):
            assert content.plain.replace("\n", "").isprintable()
    stored = json.dumps(card.to_dict()).encode()
    assert Card.from_dict(json.loads(stored)) == card


def tried(files: Files, room: Path, command: bool) -> str:
    """Reads a module of these files: what came of it.

    Args:
        command: whether the whole program shows a card of it too.
    """
    root = room / "content"
    shutil.rmtree(root, ignore_errors=True)
    folder = root / "module"
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    loaded = read_shelf([root], lab_names())
    check_problems(loaded.problems)
    if loaded.problems:
        if command:
            asked(["content", "check", str(root)], 1)
        return "told"
    for module in loaded.modules:
        for placed in module.cards:
            shows(placed.card)
    if command and loaded.modules[0].cards:
        shutil.rmtree(room / "home", ignore_errors=True)
        words = ["--content", str(root), "card", "show", loaded.modules[0].cards[0].card.id]
        assert words[-1] in asked(words, 0)
        json.loads(asked([*words, "--json"], 0))
    return "read"


def asked(words: list[str], code: int) -> str:
    """What a command prints; it ends with that code and prints nothing that could steer a terminal."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        assert main([*words, "--debug"]) == code, err.getvalue()
    for text in (out.getvalue(), err.getvalue()):
        assert text.replace("\n", "").replace("\t", "").isprintable()
    return out.getvalue()


def spoilt_bytes(rng: Random) -> Files:
    outline, cards = small_module(rng)
    files = files_of(dumped(outline), cards, explainer_for(cards))
    name = rng.choice(("module.yaml", "cards/one.yaml", "cards/one.yaml", "02_explainer.md"))
    return {**files, name: spoilt(files[name], rng)}


def other_values(rng: Random) -> Files:
    outline, cards = small_module(rng)
    text = explainer_for(cards)
    if rng.random() < 0.4:
        return files_of(written(*with_other_values(json.loads(json.dumps(outline)), rng)), cards, text)
    return files_of(dumped(outline), written(*with_other_values(yaml.load(cards, yaml.CSafeLoader), rng)), text)


def from_shapes(rng: Random) -> Files:
    outline, cards = made_module(rng)
    return files_of(written(outline, {}), written(cards, {}), DOCUMENT)


def target(make: Callable[[Random], Files], rng: Random, room: Path) -> str:
    return tried(make(rng), room, command=rng.random() < 0.003)


TARGETS: dict[str, Any] = {
    "yaml-bytes": partial(target, spoilt_bytes),
    "yaml-values": partial(target, other_values),
    "yaml-grammar": partial(target, from_shapes),
}
