"""A learner whose every text is hostile: the module, the documents, what labs said, what was typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pytest
import yaml

from studyapp.bootstrap import Program
from studyapp.core.log import Mode
from studyapp.curriculum import spec
from studyapp.lab_runner.events import read_values
from studyapp.lab_runner.results import Results
from studyapp.services import lab_log, standing
from studyapp.services.explain import Explanation
from studyapp.services.interview import start_interview
from studyapp.services.preferences import change_setting
from studyapp.services.quiz import start_quiz
from studyapp.services.session import Session
from tests.fuzz.texts import HOSTILE
from tests.standing import ITEMS

TEXTS = {name: text for name, text in HOSTILE.items() if text.strip()}
LAB = "forward_noising"
TOPICS = ("fog", "sketch", "rails")
Next = Callable[[int], str]
"""The next hostile text, of at most so many letters."""


def rotating(shift: int, single: str = "") -> Next:
    """Texts by turns, beginning elsewhere for every shift; or one text alone. No file holds half a surrogate pair."""
    texts = cycle([single] if single else [*islice(cycle(TEXTS.values()), shift, shift + len(TEXTS))])

    def following(most: int) -> str:
        text = next(texts)[:most].encode(errors="ignore").decode()
        return (text.strip() and text) or "x"

    return following


def card(card_id: str, bad: Next, number: int) -> dict[str, Any]:
    """A card with such a text in every field that takes one."""
    topic = card_id.split(".")[1]
    return {
        "id": card_id,
        "kind": ("concept", "mental_model", "trap", "interview", "self_check")[number % 5],
        "topic": topic,
        "difficulty": ("green", "yellow", "red")[number % 3],
        "prompt": bad(400),
        "answer": document(bad, 1500),
        "key_points": [bad(200) for _ in range(3 + number % 4)],
        "sheet": [bad(300)],
        "formulas": [{"text": (text := bad(600)), "tex": "x", "gaps": [text[:1]]}],
        "wrong_answers": [{"answer": bad(600), "why": bad(600)} for _ in range(3)],
        "follow_ups": [{"prompt": bad(300), "answer": bad(2000), "when_missed": [1]} for _ in range(2)],
        "numeric": [{"prompt": bad(300), "value": 1e15, "tolerance": 0.0, "unit": bad(40), "why": bad(300)}],
        "steps": [bad(290) + str(step) for step in range(3)],
        "lab": LAB,
        "lab_params": {"steps": bad(50), bad(30): bad(50)},
        "explainer": "chapter-1",
        "sources": [{"title": bad(300), "where": bad(300), "url": "https://x.y/[/b]<i>"}],
    }


def document(bad: Next, most: int) -> str:
    """Markdown with such a text in every kind of block."""
    one, two, three, four = (bad(most // 6) for _ in range(4))
    row = two.replace("\n", " ").replace("|", " ")
    return (
        f"{one}\n\n- {two}\n- {three}\n\n1. {four}\n\n| a | {row[:80]} |\n|---|---|\n| {row[:80]} | 2 |\n\n"
        f"```\n{three}\n```\n\n> {four}\n\n[{two[:60]}]({row[:60]}) ![{one[:60]}](../../{row[:40]}.png) `{two[:60]}`"
        f" **{three[:60]}** $x_{{{row[:20]}}}$ [c](card:{row[:30]}) [l](lab:{row[:30]}) [m]({row[:9]}.md#{row[:9]})\n"
    )


def write_module(folder: Path, bad: Next) -> list[str]:
    """A module that can be read but for its texts. Returns the ids of its cards."""
    (folder / "cards").mkdir(parents=True)
    ids = [f"t1.{topic}.c{number}" for topic in TOPICS for number in range(5)]
    files = ("02_explainer.md", "04_daily_recall.md", "05_hands_on_lab.md", "06_revision.md")
    roles = ("explainer", "daily_recall", "hands_on_lab", "revision")
    outline = {
        "id": "t1",
        "title": bad(300),
        "week": 1,
        "summary": bad(1000),
        "topics": [{"id": topic, "title": bad(300)} for topic in TOPICS],
        "mental_models": [{"title": bad(300), "text": bad(300), "card": card_id} for card_id in ids[:4]],
        "prerequisites": [{"module": "t0", "text": bad(1000), "title": bad(300)}],
        "feeds_into": [{"module": "t2", "text": bad(1000), "title": bad(300)}],
        "documents": [{"file": f, "title": bad(300), "role": r} for f, r in zip(files, roles, strict=True)],
        "audit": [
            {
                "id": f"s{n}",
                "text": bad(300),
                "cards": [ids[n]],
                "revisit": {"document": files[0], "chapter": "chapter-1"},
            }
            for n in range(3)
        ],
        "gate": [item | {"text": bad(300)} for item in ITEMS],
        "difficulty_marks": [{"mark": "red", "text": bad(300), "cards": ids[:2]}],
        "bridge": {"module": "t2", "text": bad(1000), "title": bad(300)},
    }
    head = "# {}\n\n## Chapter 1\n\n{}\n\n## {}\n\n### {}\n\n{}\n"

    def line() -> str:
        return " ".join(bad(80).split())

    for file in files:
        text = head.format(
            line(), document(bad, 3000), line(), line(), "\n".join(document(bad, 60_000) for _ in range(6))
        )
        (folder / file).write_bytes(text.encode(errors="replace"))
    _write_yaml(folder / "module.yaml", outline)
    for topic in TOPICS:
        of_topic = [card(card_id, bad, n) for n, card_id in enumerate(ids) if card_id.split(".")[1] == topic]
        _write_yaml(folder / "cards" / f"{topic}.yaml", of_topic)
    return ids


def _write_yaml(file: Path, value: Any) -> None:
    file.write_text(yaml.safe_dump(value, sort_keys=False), encoding="utf-8")


def lab_results(folder: Path, bad: Next) -> Results:
    """What a lab might have said; control codes are taken out where a line is read, so they come that way too."""
    values = [float(n) for n in range(5)]
    tiles = [{"caption": bad(900), "file": "none.png"} for _ in range(3)]
    axis = {"label": bad(900), "log": False}
    said: list[tuple[str, dict[str, Any]]] = [
        ("metric", {"name": bad(900), "value": 1.0, "unit": bad(900), "low": 0.0, "high": 2.0}),
        ("metric", {"name": bad(900), "value": None, "unit": ""}),
        ("check", {"name": bad(900), "expected": 1, "measured": 2, "tolerance": 0, "ok": False}),
        ("series", {"id": "s", "title": bad(900), "x": axis | {"values": values}, "y": axis,
                    "lines": [{"label": bad(900), "values": values} for _ in range(3)]}),
        ("pictures", {"id": bad(90), "title": bad(900), "columns": 2, "tiles": tiles}),
        ("note", {"text": bad(5000)}),
    ]  # fmt: skip
    started = {"lab": LAB, "params": {bad(90): bad(90), "steps": [1, bad(90)]}, "seed": 1, "device": bad(90)}
    results = Results(folder, model=bad(90), seconds=1.5, date=bad(30))
    results.take(read_values("started", started | {"versions": {"torch": bad(90), bad(90): bad(90)}}))
    for kind, fields in said:
        results.take(read_values(kind, json.loads(json.dumps(fields))))
    return results


def typed(program: Program, ids: list[str], bad: Next, statement: str = "s0") -> None:
    """The learner's own words, wherever words can be left; the last four cards stay new."""
    recall, library = program.recall, program.library
    for number, card_id in enumerate(ids[:-4]):
        recall.note(card_id, bad(5000))
        recall.save_draft(card_id, bad(5000))
        recall.grade(card_id, number % 6, answer=bad(5000), mode=Mode.RECALL, confidence=1 + number % 4)
    now = standing.standing(recall, library)
    assert now is not None
    standing.tick(recall, now, statement, True)
    Explanation.begin(recall, now, statement).record(3.0, bad(5000))
    standing.sign(recall, library, now, "recall", bad(2000), f"a reason {bad(500)}")
    standing.sign(recall, library, now, "lab", f"https://x.y/ {bad(2000)}", f"a reason {bad(500)}")
    interview = start_interview(recall, library, seed=1)
    interview.mark([0], typed=bad(5000))
    quiz = start_quiz(recall, library, seed=1)
    assert quiz.current is not None


def hostile_program(
    content: Path, open_again: Callable[[], Program], monkeypatch: pytest.MonkeyPatch, bad: Next
) -> tuple[Program, list[str]]:
    """The program on such a home. The check for control codes is off: an old store may still hold some."""
    monkeypatch.setattr(spec, "_control_character", lambda text: None)
    ids = write_module(content / "module_1", bad)
    program = open_again()
    assert program.library.problems == [], program.library.problems[:3]
    typed(program, ids, bad)
    folder = program.paths.home / "labs" / LAB / "run"
    results = lab_results(folder, bad)
    lab_log.record_run(program.recall, LAB, ids[0], results.record() | {"prediction": bad(200), "verdicts": {}})
    program.library.problems = [f"/tmp/{bad(200)}.yaml:1: {bad(300)}"]
    change_setting(program.recall, "welcomed", "yes")
    return program, ids


def begun_session(program: Program, ids: list[str]) -> Session:
    return Session.start(program.recall, ids)
