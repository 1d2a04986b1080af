"""The audit on the screen: ticks beside the evidence, explaining aloud, cards for today."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from studyapp.bootstrap import Program
from studyapp.core.audit import Verdict
from studyapp.services.standing import take_back
from tests import standing as helper
from tests.conftest import FrozenClock
from tests.standing import now, study_day
from tests.tui.screens import Ticks, key_words, press, running, screen_name, settle, shown, toasts, welcomed, write

SMALL = (40, 10)


@pytest.fixture
def gated(content: Path, open_again: Callable[[], Program]) -> Program:
    helper.gated_module(content / "module_1")
    return welcomed(open_again())


async def test_statements_with_verdict_reason_and_tick(gated: Program) -> None:
    gated.recall.grade("t1.sketch.c0", 2, confidence=4)
    async with running(gated, "audit") as pilot:
        words = " ".join(shown(pilot).split())
        assert "[ ] □ untested I can explain fog." in words
        assert "[ ] ◧ shaky I can explain the sketch." in words
        assert "c0 (sure, but wrong on 23 Nov 2026)" in words
        assert "0 of 2 solid and ticked" in words
        assert key_words(pilot) == "enter cards   space tick   x explain   r read   d today   esc back   ? help"
        await press(pilot, "down", "space")
        assert "! ticked, but the evidence says shaky" in shown(pilot)
        assert toasts(pilot)[-1] == "Ticked, but the evidence says shaky."
        await press(pilot, "space")
        assert "! ticked" not in shown(pilot)
        await press(pilot, "u")
        assert "! ticked" in shown(pilot)


async def test_explaining_aloud(gated: Program) -> None:
    ticks = Ticks()
    async with running(gated, "audit", ticks=ticks) as pilot:
        await press(pilot, "x")
        assert screen_name(pilot) == "explain"
        assert "I can explain fog." in shown(pilot)
        assert "first point" not in shown(pilot), "the key points stay covered"
        ticks.now += 62
        await press(pilot, "space")
        words = shown(pilot)
        assert "What is c0 in fog?" in words
        assert "[ ] first point of c0" in words
        assert "0 of 6 said" in words
        assert key_words(pilot) == "f finish   space tick   esc back   ? help"
        await press(pilot, "space", "down", "space", "down", "enter")
        await press(pilot, "down", "space", "down", "space", "space", "space")
        assert "5 of 6 said" in shown(pilot)
        await press(pilot, "f")
        assert toasts(pilot)[-1] == "Recorded: 5 of 6 key points. u takes it back."
        assert "■ solid" in shown(pilot)
        assert "explained aloud on 23 Nov 2026: 5 of 6 key points" in shown(pilot)
    (event,) = gated.store.events_since("me", "")
    assert (event.data["seconds"], event.data["aloud"]) == (62, True)


async def test_leaving_an_explanation_records_nothing_and_keeps_what_was_typed(gated: Program) -> None:
    async with running(gated, "audit") as pilot:
        await press(pilot, "x", "t")
        await write(pilot, "fog is noise")
        await press(pilot, "escape", "space", "escape")
        assert screen_name(pilot) == "audit"
        assert toasts(pilot)[-1] == "Left without recording: nothing counts before f."
        assert take_back(gated.recall) is None
        await press(pilot, "x")
        assert "fog is noise" in shown(pilot)
        await press(pilot, "space")
        assert "You wrote" in shown(pilot), "to be compared with the key points"
        assert "fog is noise" in shown(pilot)
        await press(pilot, "space", "f", "x")
        assert "fog is noise" not in shown(pilot)


async def test_a_shaky_box_leads_to_its_chapter_and_its_cards(gated: Program, clock: FrozenClock) -> None:
    study_day(gated)
    study_day(gated)
    clock.forward(days=1)
    for card in ("t1.fog.c0", "t1.fog.c1"):
        gated.recall.grade(card, 2)
        gated.recall.grade(card, 4)  # repaired, so that it would not come again today
    assert now(gated).finding("fog-and-back").verdict is Verdict.SHAKY
    assert "t1.fog.c0" not in gated.recall.today().order
    async with running(gated, "audit") as pilot:
        await press(pilot, "r")
        await settle(pilot)
        assert "Chapter 2 Last things" in shown(pilot)
        words = "Read it again, and 2 cards of it come in today's recall. u in the audit takes that back."
        assert toasts(pilot)[-1] == words
        assert {"t1.fog.c0", "t1.fog.c1"} <= {*gated.recall.today().order}
        await press(pilot, "escape", "u")
        assert toasts(pilot)[-1] == "Took back the cards asked for today."
        assert "t1.fog.c0" not in gated.recall.today().order
        await press(pilot, "d")
        assert toasts(pilot)[-1] == "2 cards of it come in today's recall."
        await press(pilot, "enter")
        assert screen_name(pilot) == "statement"
        assert "What is c0 in fog?" in shown(pilot)
        assert "grade 2 on 24 Nov 2026, recall" in shown(pilot)
        await press(pilot, "enter")
        assert screen_name(pilot) == "card"
    async with running(gated) as pilot:
        assert "2 asked for" in shown(pilot)
    async with running(gated, "review") as pilot:
        total = len(gated.recall.today().order)
        seen = []
        for _ in range(total):
            seen.append(shown(pilot))
            await press(pilot, "space", "5")
        await settle(pilot)
        assert any("What is c0 in fog?" in words for words in seen)
        assert screen_name(pilot) == "summary"
    assert gated.recall.state("t1.fog.c0").memory.interval_days == 1, "an early answer moved no schedule"


async def test_a_statement_without_a_chapter_says_so(gated: Program) -> None:
    async with running(gated, "audit") as pilot:
        await press(pilot, "down", "r")
        assert toasts(pilot)[-1] == "This statement names no chapter to read again."
        assert now(gated).finding("sketch").verdict is Verdict.UNTESTED
        await press(pilot, "up", "r")
        await settle(pilot)
        assert "Chapter 2 Last things" in shown(pilot)
        assert take_back(gated.recall) is None, "what is not shaky asks for nothing"
    gated.recall.grade("t1.sketch.c0", 1)
    gated.recall.grade("t1.sketch.c0", 4)
    async with running(gated, "audit") as pilot:
        await press(pilot, "down", "r")
        words = "This statement names no chapter to read again, but 1 card of it comes in today's recall."
        assert toasts(pilot)[-1] == words


async def test_a_small_terminal(gated: Program) -> None:
    async with running(gated, "audit", SMALL) as pilot:
        assert "[ ] □ untested" in shown(pilot)
        await press(pilot, "space")
        assert now(gated).finding("fog-and-back").ticked
        await press(pilot, "x")
        assert "I can explain fog." in shown(pilot)
        await press(pilot, "space", "space")
        assert "[x] first point" in shown(pilot)
        assert "f finish" in key_words(pilot)
        await press(pilot, "f", "g")
        assert screen_name(pilot) == "gate"
