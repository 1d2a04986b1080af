"""A week over the whole module that comes with the program, up to the open gate; its reading and labs from a laptop."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from studyapp.bootstrap import open_program
from studyapp.clock import new_id
from studyapp.services.module_text import document_text, lab_links
from studyapp.services.reading import subject
from tests.e2e.program import logged, refusal, run, run_json

MONDAY = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
SAID = "\n3\nabc\n5\n"
"""One card in line mode: said, fairly sure, three key points, grade 5."""
PLENTY = 150
"""More cards than any day has."""
MODULE, EXPLAINER, LAB_SHEET = "m14", "02_explainer.md", "05_hands_on_lab.md"


@pytest.fixture(autouse=True)
def whole_module(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STUDYAPP_CONTENT")


def at(day: int) -> dict[str, str]:
    """The environment of a study day, from 0."""
    return {"STUDYAPP_NOW": (MONDAY + timedelta(days=day)).isoformat()}


def items(day: int) -> dict[str, Any]:
    return {item["id"]: item for item in run_json("gate", env=at(day))["items"]}


def from_the_laptop(file: Path) -> int:
    """A log with what takes hours by the clock: every chapter read, every lab of the sheet run; how many these are."""
    program = open_program()
    try:
        chapters = program.library.chapters(MODULE, EXPLAINER)
        labs = lab_links(document_text(program.library, MODULE, LAB_SHEET) or "")
    finally:
        program.close()
    facts: list[tuple[str, str, dict[str, Any]]] = [
        ("chapter", subject(MODULE, EXPLAINER, one.anchor), {"hash": one.version, "words": one.words, "seconds": 400})
        for one in chapters
    ]
    facts += [("lab_run", lab, {"verdicts": {"a": "reproduced"}, "seconds": 50.0}) for lab in labs]
    lines: list[dict[str, Any]] = [{"format": "studyapp-log", "version": 1, "reviews": 0, "events": len(facts)}]
    for kind, about, data in facts:
        moment = {"at": f"{MONDAY:%Y-%m-%dT%H:%M:%SZ}", "study_day": f"{MONDAY:%Y-%m-%d}"}
        lines.append({"record": "event", "id": new_id(), "kind": kind, "subject": about, "data": data, **moment})
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return len(labs)


def test_a_week_over_the_whole_module(own_home: Path, tmp_path: Path) -> None:
    cards = run_json("card", "list", env=at(0))
    revised = sum(card["kind"] in ("self_check", "trap") for card in cards)
    log = tmp_path / "laptop.jsonl"
    labs = from_the_laptop(log)
    run("import", "jsonl", str(log), env=at(0))
    for day in range(7):
        assert items(day)["daily-recall"]["met"] is (day >= 5)
        done = run("review", "--plain", env=at(day), typed=SAID * PLENTY)
        assert "left for today" not in done.stdout
    sunday = at(6)
    assert {review["card_id"] for review in logged(own_home)} == {card["id"] for card in cards}

    statements = run_json("audit", env=sunday)
    assert [one["verdict"] for one in statements] == ["solid"] * 4
    for statement in statements:
        run("audit", "tick", statement["id"], env=sunday)
    done = run("revise", "--plain", env=sunday, typed=SAID * revised + "Ada\n")
    assert "Signed. The revision is complete." in done.stdout
    lines = [line for line in items(6)["hands-on-lab"]["details"] if line.startswith("[")]
    run("gate", "check", "hands-on-lab", *(str(n + 1) for n in range(len(lines))), env=sunday)
    assert [(name, item["met"]) for name, item in items(6).items()] == [
        (name, True) for name in ("explainer", "daily-recall", "hands-on-lab", "audit", "revision")
    ]
    assert "needs a path or a link" in refusal("gate", "sign", "hands-on-lab", "--evidence", "n/a", code=2, env=sunday)
    for item in ("explainer", "daily-recall", "audit"):
        run("gate", "sign", item, env=sunday)
    last = run("gate", "sign", "hands-on-lab", "--evidence", "https://example.org/report", env=sunday)
    assert "The gate is open." in last.stdout
    assert "33_capstone_project" in last.stdout

    gate = run_json("gate", env=sunday)
    assert (gate["open"], gate["done"], gate["disagreements"]) == (True, 5, [])
    assert {(item["signed"]["content"], item["signed"]["changed"]) for item in gate["items"]} == {
        (gate["content"], False)
    }
    file = tmp_path / "completed.md"
    run("gate", "certificate", str(file), env=sunday)
    report = file.read_text(encoding="utf-8")
    recalled = sum(review["mode"] == "recall" for review in logged(own_home))
    for words in (
        f"- {len(cards)} of {len(cards)} cards met",
        "- 7 study days from 23 Nov 2026 to 29 Nov 2026",
        f"- {recalled} recall answers, 100 % right, {recalled} aloud",
        f"- {labs} lab runs, {labs} reproduced",
        "- 4 of 4 audit statements solid",
    ):
        assert words in report
    assert len(re.findall("content [0-9a-f]+, as it is now", report)) == 5
    assert run_json("doctor", env=sunday)["ok"]
