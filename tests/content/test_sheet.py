"""Every line of the course's sheet is served by the module, and the module claims no line that is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.content.module import cards, document, module

SHEET = [line.strip() for line in (Path(__file__).parent / "sheet.txt").read_text(encoding="utf-8").splitlines()]
HEADINGS = {
    "Key concepts to master",
    "🧠 Mental models",
    "⚠️ Common traps",
    "🔗 Prerequisites & connections",
    "💬 Interview phrasing",
    "⏱️ Difficulty markers",
    "Foundation-gap audit",
    "Self-check questions",
    "Completion gate",
    "Bridge forward",
}
MARKS = {"🟢": "green", "🟡": "yellow", "🔴": "red"}
CHAPTER_6 = "chapter-6-the-whole-picture"


def bare(line: str) -> str:
    return line.removeprefix("- ").removeprefix("[ ] ")


def section(heading: str) -> list[str]:
    """The lines below a heading."""
    start = SHEET.index(heading) + 1
    end = next((n for n in range(start, len(SHEET)) if SHEET[n] in HEADINGS), len(SHEET))
    return [bare(line) for line in SHEET[start:end] if line]


SERVED_BY_CARDS = [
    line
    for heading in (
        "Key concepts to master",
        "🧠 Mental models",
        "⚠️ Common traps",
        "💬 Interview phrasing",
        "Self-check questions",
    )
    for line in section(heading)
]


def test_the_fixture_is_the_whole_sheet() -> None:
    assert SHEET[0] == "01. Week 14 — Diffusion Models"
    assert [line for line in SHEET if line in HEADINGS] == list(
        dict.fromkeys(line for line in SHEET if line in HEADINGS)
    )
    assert len(SERVED_BY_CARDS) == 20 + 6 + 6 + 5 + 7


@pytest.mark.parametrize("line", SERVED_BY_CARDS)
def test_a_card_serves_the_line(line: str) -> None:
    assert [card.id for card in cards() if line in card.sheet]


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("🧠 Mental models", "mental_model"),
        ("⚠️ Common traps", "trap"),
        ("💬 Interview phrasing", "interview"),
        ("Self-check questions", "self_check"),
    ],
)
def test_the_line_is_served_by_a_card_of_its_kind(heading: str, kind: str) -> None:
    for line in section(heading):
        assert [card.kind for card in cards() if line in card.sheet] == [kind]


def test_questions_of_the_sheet_are_asked_in_its_words() -> None:
    for line in section("💬 Interview phrasing") + section("Self-check questions"):
        assert [card.prompt for card in cards() if line in card.sheet] == [line]


def test_cards_claim_only_lines_of_the_sheet() -> None:
    assert [line for card in cards() for line in card.sheet if line not in SERVED_BY_CARDS] == []


def test_mental_models_stand_in_the_module_in_their_words() -> None:
    told = [f'{model.title}: "{model.text}"' for model in module().mental_models]
    assert told == section("🧠 Mental models")


def test_difficulty_marks_are_the_sheets() -> None:
    told = [(mark.mark.value, mark.text) for mark in module().difficulty_marks]
    assert told == [(MARKS[line[0]], line[1:].strip()) for line in section("⏱️ Difficulty markers")]
    assert all(mark.cards for mark in module().difficulty_marks)


def test_the_audit_is_the_sheets_and_sends_back_to_chapter_6() -> None:
    opening, *statements, closing = section("Foundation-gap audit")
    assert opening == "Before moving to Module 15, make sure all four are true:"
    assert [statement.text for statement in module().audit] == statements
    assert len(statements) == 4
    assert closing == "If any box is shaky, revisit 02_explainer.md Chapter 6 before moving on."
    revisits = [statement.revisit for statement in module().audit]
    assert all(r and (r.document, r.chapter) == ("02_explainer.md", CHAPTER_6) for r in revisits)


def test_the_gate_is_the_sheets() -> None:
    assert [item.text for item in module().gate] == section("Completion gate")


def test_connections_and_bridge_are_the_sheets_and_stand_in_the_explainer() -> None:
    builds_on, feeds_into = section("🔗 Prerequisites & connections")
    assert f"Builds on: {module().prerequisites[0].text}" == builds_on
    assert f"Feeds into: {module().feeds_into[0].text}" == feeds_into
    bridge = module().bridge
    assert bridge is not None
    assert [bridge.text] == section("Bridge forward")
    explainer = " ".join(document("explainer").split())
    for connection in (*module().prerequisites, *module().feeds_into, bridge):
        assert connection.text in explainer


def test_title_and_week() -> None:
    assert SHEET[0] == f"01. Week {module().week} — {module().title.title()}"
