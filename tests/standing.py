"""A small module with an audit and a gate, and ways to bring it on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from studyapp.bootstrap import Program
from studyapp.core.log import EventKind
from studyapp.services import reading, standing
from studyapp.services.session import Session
from studyapp.services.standing import Standing
from tests.conftest import FrozenClock, card_values, write_module

EXPLAINER = "# Test\n\n## Chapter 1 First things\n\nFog and noise.\n\n## Chapter 2 Last things\n\nAnd back again.\n"
LAB_SHEET = "# Lab\n\nRun the [fog dial](lab:forward_noising).\n\n## Checklist\n\n- Predicted first\n- All kept\n"
SHEET = "# Sheet\n\n## All\n\nWords.\n"
STATEMENTS: list[dict[str, Any]] = [
    {
        "id": "fog-and-back",
        "text": "I can explain fog.",
        "cards": ["t1.fog.c0", "t1.fog.c1"],
        "revisit": {"document": "02_explainer.md", "chapter": "chapter-2-last-things"},
    },
    {"id": "sketch", "text": "I can explain the sketch.", "cards": ["t1.sketch.c0"]},
]
ITEMS: list[dict[str, Any]] = [
    {"id": "explainer", "text": "Explainer read", "rule": "chapters_read", "document": "02_explainer.md"},
    {"id": "recall", "text": "Recall aloud", "rule": "recall_days", "document": "04_daily_recall.md", "days": 5},
    {"id": "lab", "text": "Lab shipped", "rule": "lab_shipped", "document": "05_hands_on_lab.md"},
    {"id": "audit", "text": "Audit complete", "rule": "audit_complete"},
    {"id": "revision", "text": "Revision done", "rule": "revision_done", "document": "06_revision.md"},
]
DOCUMENTS = [
    {"file": "02_explainer.md", "title": "Explainer", "role": "explainer"},
    {"file": "04_daily_recall.md", "title": "Recall", "role": "daily_recall"},
    {"file": "05_hands_on_lab.md", "title": "Lab", "role": "hands_on_lab"},
    {"file": "06_revision.md", "title": "Revision", "role": "revision"},
]
BRIDGE = {"module": "33_capstone_project", "text": "Next comes the capstone."}


def gated_module(folder: Path, module_id: str = "t1") -> Path:
    """Six cards (a self-check and a trap among them), two statements, five items, four documents."""

    def card(topic: str, number: int, **changes: Any) -> dict[str, Any]:
        values = card_values(f"{module_id}.{topic}.c{number}", difficulty="green", **changes)
        return values | {"explainer": "chapter-1-first-things"}

    cards = {
        "fog": [card("fog", 0, kind="self_check"), card("fog", 1, kind="trap", **_SLIPS), card("fog", 2)],
        "sketch": [card("sketch", 0), card("sketch", 1), card("sketch", 2)],
    }
    statements = [
        s | {"cards": [card_id.replace("t1.", f"{module_id}.") for card_id in s["cards"]]} for s in STATEMENTS
    ]
    write_module(folder, cards, module_id, documents=DOCUMENTS, audit=statements, gate=ITEMS, bridge=BRIDGE)
    for name, text in (
        ("02_explainer.md", EXPLAINER),
        ("04_daily_recall.md", SHEET),
        ("05_hands_on_lab.md", LAB_SHEET),
        ("06_revision.md", SHEET),
    ):
        (folder / name).write_text(text, encoding="utf-8")
    return folder


_SLIPS = {"wrong_answers": [{"answer": "a slip", "why": "it slips"}, {"answer": "a trip", "why": "it trips"}]}


def now(program: Program, module: str = "") -> Standing:
    found = standing.standing(program.recall, program.library, module)
    assert found is not None
    return found


def read_all(program: Program) -> None:
    for chapter in program.library.chapters("t1", "02_explainer.md"):
        reading.record_chapter(program.recall, "t1", "02_explainer.md", chapter, 60)


def study_day(program: Program, grade: int = 5, *, aloud: bool = True) -> None:
    """One whole sitting over the day's plan."""
    session = Session.start(program.recall)
    while session.current is not None:
        session.answer(max(grade, 4) if session.drilling else grade, aloud=aloud)
    session.finish()


def run_lab(program: Program, quick: bool = False) -> None:
    data = {"verdicts": {"snr": "reproduced"}, "quick": quick}
    program.recall.log_event(EventKind.LAB_RUN, "forward_noising", data)


def revise(program: Program, **changes: Any) -> None:
    data = {"questions": 2, "passed": 2, "brier": 0.1, "closed_book": True, "signed": "Ada"}
    program.recall.log_event(EventKind.REVISION, "t1", data | changes)


def pass_module(program: Program, clock: FrozenClock) -> None:
    """Everything that the gate asks for, over five days; the gate is open afterwards."""
    recall, library = program.recall, program.library
    read_all(program)
    run_lab(program)
    for _ in range(5):
        study_day(program)
        clock.forward(days=1)
    revise(program)
    standing.check_lines(recall, library, now(program), "lab", [1, 2], True)
    for statement in STATEMENTS:
        standing.tick(recall, now(program), str(statement["id"]), True)
    for item in ("explainer", "recall", "audit"):
        standing.sign(recall, library, now(program), item, "")
    standing.sign(recall, library, now(program), "lab", "report at https://example.org/report")
