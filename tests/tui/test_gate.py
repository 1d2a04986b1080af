"""The gate on the screen: items, signatures, the checklist, the certificate."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from studyapp.bootstrap import Program
from studyapp.services import standing
from studyapp.services.module_text import content_hash
from studyapp.services.revision import open_revision
from tests import standing as helper
from tests.conftest import FrozenClock
from tests.standing import now, pass_module, read_all, run_lab
from tests.tui.screens import key_words, press, running, screen_name, settle, shown, toasts, welcomed, write

SMALL = (40, 10)


@pytest.fixture
def gated(content: Path, open_again: Callable[[], Program]) -> Program:
    helper.gated_module(content / "module_1")
    return welcomed(open_again())


async def test_every_item_with_its_reason(gated: Program) -> None:
    read_all(gated)
    async with running(gated, "gate") as pilot:
        words = shown(pilot)
        assert "Completion gate" in words
        assert "0 of 5 done" in words
        assert "[ ] Explainer read" in words
        assert "true because all 2 chapters were read" in words
        assert "ready to sign: s" in words
        assert "not yet, because 0 of 5 study days within the last 7" in words
        assert key_words(pilot) == "enter details   s sign   a audit   esc back   ? help"


async def test_signing_on_evidence_and_taking_it_back(gated: Program) -> None:
    read_all(gated)
    async with running(gated, "gate") as pilot:
        await press(pilot, "s")
        assert "in your words, if you like" in shown(pilot)
        await write(pilot, "[b]twice")
        await press(pilot, "enter")
        assert screen_name(pilot) == "gate"
        assert "[x] Explainer read" in shown(pilot)
        assert "signed on 23 Nov 2026: [b]twice" in shown(pilot)
        assert "1 of 5 done" in shown(pilot)
        await press(pilot, "u")
        assert "0 of 5 done" in shown(pilot)
        assert toasts(pilot)[-1] == "Took back the sign-off of explainer."
        await press(pilot, "u")
        assert toasts(pilot)[-1] == "There is nothing to take back."


async def test_signing_without_evidence_needs_a_reason(gated: Program) -> None:
    async with running(gated, "gate") as pilot:
        await press(pilot, "s", "enter")
        assert "✗ A signature without the evidence needs a reason." in shown(pilot)
        await press(pilot, "escape")
        assert (screen_name(pilot), now(gated).done) == ("gate", 0)
        await press(pilot, "s")
        await write(pilot, "read on paper")
        await press(pilot, "enter")
        words = shown(pilot)
        assert "[o] Explainer read" in words
        assert "overridden on 23 Nov 2026: read on paper" in words
        assert "! overridden, but the evidence is not there" in words


async def test_the_checklist_and_the_place_of_the_lab(gated: Program) -> None:
    run_lab(gated)
    async with running(gated, "gate") as pilot:
        await press(pilot, "down", "down", "enter")
        assert screen_name(pilot) == "gate item"
        assert "forward_noising: last run on 23 Nov 2026, reproduced" in shown(pilot)
        assert "[ ]  1 Predicted first" in shown(pilot)
        await press(pilot, "enter", "down", "enter")
        assert "[x]  2 All kept" in shown(pilot)
        assert "1/1 labs, list 2/2" in shown(pilot)
        await press(pilot, "u")
        assert "1/1 labs, list 1/2" in shown(pilot)
        await press(pilot, "enter", "s")
        await write(pilot, "it is done")
        await press(pilot, "enter")
        assert "✗ lab needs a path or a link" in shown(pilot)
        await write(pilot, " at report.md")
        await press(pilot, "enter")
        assert "signed on 23 Nov 2026: it is done at report.md" in shown(pilot)
        assert now(gated).item("lab").done


async def test_a_changed_module_is_said_with_its_hash(
    gated: Program, content: Path, open_again: Callable[[], Program]
) -> None:
    read_all(gated)
    standing.sign(gated.recall, gated.library, now(gated), "explainer", "")
    signed = content_hash(gated.recall, gated.library, "t1")
    file = content / "module_1" / "02_explainer.md"
    file.write_text(helper.EXPLAINER + "\n## Chapter 3 More\n\nMore.\n", encoding="utf-8")
    async with running(open_again(), "gate") as pilot:
        words = " ".join(shown(pilot).split())
        assert "signed on its evidence on 23 Nov 2026; since then: 2 of 3 chapters are read" in words
        assert f"· content {signed}, changed since" in words
        assert "!" not in words
        await press(pilot, "enter")
        assert f"content {signed}, changed since" in shown(pilot)
    async with running(open_again()) as pilot:
        assert "Gate      1 of 5" in shown(pilot)
        assert "!" not in shown(pilot), "an honest signature is no reproach on Today"


async def test_undo_on_the_page_of_an_item_is_about_that_item(gated: Program) -> None:
    standing.sign(gated.recall, gated.library, now(gated), "explainer", "", "read on paper")
    revision = open_revision(gated.recall, gated.library)
    for _ in revision.cards:
        revision.answer(4, confidence=3)
    revision.sign("Ada")
    async with running(gated, "gate") as pilot:
        await press(pilot, "down", "enter")
        assert "u undo" not in key_words(pilot), "nothing was done with the recall days"
        await press(pilot, "escape", "up", "enter", "u")
        assert toasts(pilot)[-1] == "Took back the sign-off of explainer."
        assert now(gated).item("revision").done
        await press(pilot, "escape", "down", "down", "down", "down", "enter", "u")
        assert toasts(pilot)[-1] == "Took back the signature of the revision."
        assert not now(gated).item("revision").done
        await press(pilot, "u")
        assert toasts(pilot)[-1] == "There is nothing to take back."


async def test_a_document_that_is_gone(gated: Program, content: Path, open_again: Callable[[], Program]) -> None:
    (content / "module_1" / "05_hands_on_lab.md").unlink()
    async with running(open_again(), "gate") as pilot:
        await press(pilot, "down", "down")
        assert "05_hands_on_lab.md is not in the module any more" in " ".join(shown(pilot).split())
        await press(pilot, "enter")
        assert "document gone" in shown(pilot)


async def test_the_open_gate_leads_on(gated: Program, clock: FrozenClock) -> None:
    pass_module(gated, clock)
    async with running(gated, "gate") as pilot:
        words = shown(pilot)
        assert "✓ The gate is open." in words
        assert "Next comes the capstone." in words
        assert "c certificate" in key_words(pilot)
        await press(pilot, "c")
        assert "Test module: completed" in shown(pilot)
        await press(pilot, "w")
        (file,) = gated.paths.home.glob("t1-completed-*.md")
        assert "Next comes the capstone." in file.read_text(encoding="utf-8")
        assert str(file) in toasts(pilot)[-1]
        await press(pilot, "w")
        assert str(file.with_stem(f"{file.stem}-1")) in toasts(pilot)[-1], "what was written stays"
        await press(pilot, "escape")
        assert screen_name(pilot) == "gate"


async def test_a_closed_gate_has_no_certificate(gated: Program) -> None:
    async with running(gated, "gate") as pilot:
        await press(pilot, "c")
        assert screen_name(pilot) == "gate"


@pytest.mark.parametrize(
    ("number", "place"), [(0, "reader"), (1, "summary"), (2, "labs"), (3, "audit"), (4, "revision")]
)
async def test_work_goes_where_the_item_is_worked_at(gated: Program, number: int, place: str) -> None:
    helper.study_day(gated)
    async with running(gated, "gate") as pilot:
        await press(pilot, *["down"] * number, "enter", "w")
        await settle(pilot)
        assert screen_name(pilot) == place


async def test_its_document_is_read(gated: Program) -> None:
    async with running(gated, "gate") as pilot:
        await press(pilot, "enter", "r")
        await settle(pilot)
        assert screen_name(pilot) == "reader"
        await press(pilot, "escape", "escape")
        assert screen_name(pilot) == "gate"


async def test_a_module_without_a_gate(program: Program) -> None:
    for screen, words in (("gate", "No module has a gate."), ("audit", "no module has an audit")):
        async with running(program, screen) as pilot:
            assert words in shown(pilot)
            await press(pilot, "s", "space", "enter", "x", "d", "r", "u")
            assert screen_name(pilot) == screen


async def test_several_modules(gated: Program, content: Path, open_again: Callable[[], Program]) -> None:
    async with running(gated, "gate") as pilot:
        await press(pilot, "m")
        assert toasts(pilot)[-1] == "There is no other module with a gate or an audit."
    helper.gated_module(content / "module_2", "t2")
    program = open_again()
    for one in now(program, "t1").items:
        standing.sign(program.recall, program.library, now(program, "t1"), one.item.id, "", "known already")
    async with running(program) as pilot:
        assert "Module    Test module" in shown(pilot), "the title names the module of the new cards"
    for screen in ("gate", "audit"):
        async with running(program, screen) as pilot:
            assert "· Test module" in shown(pilot)
            first = pilot.app.screen.now.module  # type: ignore[attr-defined]
            await press(pilot, "m")
            assert (first, pilot.app.screen.now.module) == ("t2", "t1")  # type: ignore[attr-defined]
            await press(pilot, "m")
            assert pilot.app.screen.now.module == "t2"  # type: ignore[attr-defined]


async def test_a_small_terminal(gated: Program, clock: FrozenClock) -> None:
    pass_module(gated, clock)
    standing.unsign(gated.recall, now(gated), "explainer")
    async with running(gated, "gate", SMALL) as pilot:
        assert "4 of 5 done" in shown(pilot)
        assert "[ ] Explainer read" in shown(pilot)
        await press(pilot, "s")
        assert "enter signs" in shown(pilot)
        await press(pilot, "enter", "down", "down", "enter")
        assert "[x] Lab shipped" in shown(pilot)
        await press(pilot, "escape", "c", "space")
        assert screen_name(pilot) == "certificate"
        await pilot.resize_terminal(30, 6)
        await pilot.pause()
        assert "Too small" in shown(pilot)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "Certificate" in shown(pilot)
