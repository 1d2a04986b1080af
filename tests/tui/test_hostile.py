"""Text that would crash a careless program, in every field, through every screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from studyapp.bootstrap import Program
from studyapp.services.preferences import change_setting
from studyapp.tui import text
from studyapp.tui.app import StudyApp
from tests.conftest import card_values, write_module
from tests.tui.screens import NARROW, WIDE, press, running, screen_name, settle, shown, welcomed

HOSTILE = {
    "closing tag": "[/",
    "wrong tag": "x[/b]y [red]hid[/] list[int] a[i]",
    "action link": "[@click=app.quit]press[/]",
    "link": '[link="file:///etc/passwd"]x[/link] [a](javascript:alert) <b>html</b>',
    "control codes": "a\x1b[31mred\x1b]0;title\x07b\x00c\x9b2Jd\u202ee",
    "long": "word " * 2000 + "x" * 2000,
    "wide and right-to-left": "日本語 שלום مرحبا 👩‍👩‍👧 ｗｉｄｅ e\u0301",
    "markup of cards": "$foreground {x} %s \\[ **unclosed `code [[[",
}


ANSWER = "BAD\n\n- BAD\n\n| a | b |\n|---|---|\n| BAD | 2 |\n\n```\nBAD\n```\n\n> BAD\n"


def hostile_cards(bad: str) -> list[dict[str, Any]]:
    """One card with the text in every field that is shown. YAML cannot carry control codes."""
    safe = "".join(c for c in bad if c.isprintable() or c == "\u202e") or bad
    card = card_values(
        "t1.fog.c0",
        prompt=safe,
        answer=ANSWER.replace("BAD", safe),
        key_points=[safe, safe, safe],
        formulas=[{"text": safe, "tex": "x"}],
        wrong_answers=[{"answer": safe, "why": safe}],
        sources=[{"title": safe, "where": safe}],
    )
    return [card, card_values("t1.fog.c1")]


@pytest.fixture
def bad_program(request: pytest.FixtureRequest, content: Path, open_again: Any) -> Program:
    bad = HOSTILE[request.param]
    topics: dict[str, Any] = {
        "topics": [{"id": "fog", "title": bad if bad.isprintable() and len(bad) < 200 else "Fog"}]
    }
    write_module(content / "module_1", {"fog": hostile_cards(bad[:3000])}, **topics)
    program: Program = open_again()
    if program.library.problems:  # the loader refuses some of it: then the log and the store still hold it
        write_module(content / "module_1", {"fog": [card_values("t1.fog.c0"), card_values("t1.fog.c1")]})
        program = open_again()
    change_setting(program.recall, "new_per_day", "2")
    program.recall.note("t1.fog.c0", bad)
    program.recall.save_draft("t1.fog.c0", bad)
    return program


@pytest.mark.parametrize(
    ("bad_program", "size"),
    [(name, WIDE if number % 2 else NARROW) for number, name in enumerate(HOSTILE)],
    indirect=["bad_program"],
)
async def test_every_screen_shows_it_and_lives(bad_program: Program, size: tuple[int, int]) -> None:
    program = welcomed(bad_program)
    async with running(program, size=size) as pilot:
        await press(pilot, "enter", "n", "escape", "space", "a", "space", "2")
        assert screen_name(pilot) == "review"
        await press(pilot, "space", "4", "space", "4")
        await settle(pilot)
        assert screen_name(pilot) == "summary"
        await press(pilot, "b", "enter", "space", "space", "escape", "question_mark", "escape", "escape")
        await settle(pilot)
        assert pilot.app.is_running
        assert pilot.app.return_code is None
        assert "\x1b" not in shown(pilot)


@pytest.mark.parametrize("name", ["closing tag", "wrong tag", "action link", "markup of cards"])
async def test_what_looks_like_markup_is_shown_as_it_is(content: Path, open_again: Any, name: str) -> None:
    write_module(content / "module_1", {"fog": [card_values("t1.fog.c0", prompt=HOSTILE[name])]})
    async with running(open_again(), "review") as pilot:
        assert HOSTILE[name] in shown(pilot)


async def test_an_action_link_does_nothing_when_clicked(content: Path, open_again: Any) -> None:
    write_module(content / "module_1", {"fog": [card_values("t1.fog.c0", prompt=HOSTILE["action link"])]})
    async with running(open_again(), "review") as pilot:
        assert await pilot.click("#body", offset=(20, 1))
        await pilot.pause()
        assert pilot.app.is_running
        assert "Recall 1/1" in shown(pilot)


async def test_messages_and_problems_are_text_too(program: Program) -> None:
    program.library.problems = [f"/tmp/{HOSTILE['action link']}:1: {HOSTILE['closing tag']}"]
    async with running(welcomed(program)) as pilot:
        assert "[@click=app.quit]press[/]" in shown(pilot)
        app = pilot.app
        assert isinstance(app, StudyApp)
        app.tell(HOSTILE["wrong tag"], error=True)
        await pilot.pause()
        assert "x[/b]y [red]hid[/]" in shown(pilot)


async def test_hostile_words_in_the_filter(program: Program) -> None:
    async with running(program, "browse") as pilot:
        await press(pilot, "slash", *"[/red]", "left_square_bracket", "enter", "enter", "escape", "escape")
        assert pilot.app.is_running


@pytest.mark.parametrize("bad", HOSTILE.values(), ids=HOSTILE)
def test_the_one_door_lets_no_control_code_through(bad: str) -> None:
    for content in (text.plain(bad), text.short(bad, 20), text.plain(bad, "bold")):
        assert all(letter.isprintable() or letter == "\n" for letter in content.plain)
    assert text.short(bad, 20).cell_length <= 20
    assert text.short(bad, 20).plain.count("\n") == 0
