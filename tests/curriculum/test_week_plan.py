"""A week's plan from any module: empty, small, with labs, with cards that wait for later topics."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from studyapp.core.course import Module, Topic
from studyapp.curriculum.loader import read_module
from studyapp.curriculum.week_plan import main, week_plan, week_plan_document
from tests.conftest import card_values, make_card, write_module


def module_of(*cards: dict[str, Any]) -> Module:
    made = tuple(make_card(str(card.pop("id")), **card) for card in cards)
    topics = tuple(Topic(name, name.title()) for name in dict.fromkeys(card.topic for card in made))
    return Module(id="t1", title="Test", week=1, topics=topics, cards=made)


def test_an_empty_module_has_seven_idle_days() -> None:
    days = week_plan(Module(id="t1", title="Test", week=1, topics=(), cards=()))
    assert [(day.cards, day.labs, day.chapters) for day in days] == [((), (), ())] * 7


def test_topic_after_topic_but_never_before_what_a_card_needs() -> None:
    module = module_of(
        {"id": "t1.fog.late", "needs": ["t1.rails.base"]},
        {"id": "t1.fog.easy", "difficulty": "green"},
        {"id": "t1.fog.draft", "draft": True},
        {"id": "t1.rails.base"},
        {"id": "t1.rails.more"},
    )
    met = [card.id for day in week_plan(module) for card in day.cards]
    assert met == ["t1.fog.easy", "t1.rails.base", "t1.fog.late", "t1.rails.more"]


def test_a_lab_stands_on_the_day_that_meets_most_of_its_cards() -> None:
    cards: list[dict[str, Any]] = [{"id": f"t1.fog.c{n}", "lab": "race" if n in (0, 10, 11) else ""} for n in range(14)]
    assert [day.labs for day in week_plan(module_of(*cards))] == [(), (), (), (), (), ("race",), ()]


def test_the_last_day_reads_no_new_chapter() -> None:
    cards: list[dict[str, Any]] = [{"id": f"t1.fog.c{n}", "explainer": f"chapter-{n}"} for n in range(1, 9)]
    read = [day.chapters for day in week_plan(module_of(*cards))]
    assert [len(chapters) for chapters in read] == [2, 2, 2, 2, 0, 0, 0]
    assert sum(read, ()) == tuple(f"chapter-{n}" for n in range(1, 9))


def test_brackets_in_a_prompt_do_not_end_the_link() -> None:
    module = module_of({"id": "t1.fog.one", "prompt": "Why [0, 1]?"})
    assert "- [Why \\[0, 1\\]?](card:t1.fog.one)" in week_plan_document(module)


def test_the_plan_is_written_and_questions_take_the_cards_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    documents = [
        {"file": "02_explainer.md", "title": "Explainer", "role": "explainer"},
        {"file": "04_daily_recall.md", "title": "Daily recall", "role": "daily_recall"},
    ]
    folder = write_module(tmp_path / "m", {"fog": [card_values("t1.fog.one")]}, documents=documents)
    (folder / "04_daily_recall.md").write_text("# Old\n")
    explainer = folder / "02_explainer.md"
    explainer.write_text(explainer.read_text() + "\n- [old words](card:t1.fog.one)\n")
    assert main([str(folder)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told == [str(explainer), str(folder / "04_daily_recall.md")]
    reading = read_module(folder, frozenset())
    assert reading.module is not None
    assert (folder / "04_daily_recall.md").read_text() == week_plan_document(reading.module)
    assert "- [What is one in fog?](card:t1.fog.one)" in explainer.read_text()
    assert main([str(folder)]) == 0
    assert capsys.readouterr().out == ""


def test_a_module_with_problems_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_module(tmp_path / "m", {"fog": [card_values("t1.fog.one", kind="riddle")]})
    assert main([str(folder)]) == 1
    assert "'riddle' is not allowed" in capsys.readouterr().err
