"""What holds on every screen: the line of keys fits, small terminals are told, no colour is needed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from studyapp.bootstrap import Program
from studyapp.settings import OWN_THEMES, TEXTUAL_THEMES
from studyapp.tui.themes import THEMES
from studyapp.tui.widgets.bars import MOST_KEYS, KeyBar
from tests.tui.screens import key_words, press, running, screen_name, settle, shown, toasts, welcomed

WAYS: dict[str, tuple[str, ...]] = {
    "welcome": ("welcome",),
    "today": ("today",),
    "review, question": ("review",),
    "review, typing": ("review", "t"),
    "review, answer": ("review", "space", "a"),
    "summary": ("review", "space", "4", "space", "4"),
    "browse": ("browse",),
    "browse, filter": ("browse", "slash"),
    "card": ("browse", "enter"),
    "settings": ("settings",),
    "settings, value": ("settings", "enter"),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("size", [(80, 24), (60, 20), (40, 10)])
async def test_the_keys_fit(program: Program, way: tuple[str, ...], size: tuple[int, int]) -> None:
    async with running(welcomed(program), way[0], size=size) as pilot:
        await press(pilot, *way[1:])
        await settle(pilot)
        bar = pilot.app.screen.query_one(KeyBar)
        assert bar.max_scroll_x == 0
        words = key_words(pilot)
        assert len(words) <= size[0] - 2
        assert len(words.split("   ")) <= MOST_KEYS
        assert "…" not in words
        assert "help" in words
        assert "esc" in words or screen_name(pilot) == "today"


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_a_terminal_that_is_too_small_is_told(program: Program, way: tuple[str, ...]) -> None:
    async with running(welcomed(program), way[0]) as pilot:
        await press(pilot, *way[1:])
        await settle(pilot)
        before = shown(pilot)
        for size in ((30, 24), (80, 9), (12, 4)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            words = " ".join(shown(pilot).split())
            assert "small" in words
            if size[0] > 20:
                assert words == f"Too small: need 40x10, this is {size[0]}x{size[1]}. Nothing is lost."
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "Too small" not in shown(pilot)
        assert shown(pilot).splitlines()[0] == before.splitlines()[0]


async def test_no_key_acts_on_what_a_terminal_too_small_does_not_show(program: Program) -> None:
    async with running(welcomed(program), "review") as pilot:
        await press(pilot, "space")
        await pilot.resize_terminal(30, 8)
        await press(pilot, "5", "s", "X", "escape")
        assert not program.store.latest_reviews("me", 9)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "5 perfect" in shown(pilot)
        assert "Recall 1/2" in shown(pilot)
        await pilot.resize_terminal(30, 8)
        await press(pilot, "ctrl+q")
        assert not pilot.app.is_running


async def test_forty_by_ten_is_usable(program: Program) -> None:
    async with running(welcomed(program), "review", size=(40, 10)) as pilot:
        assert "Recall 1/2" in shown(pilot)
        assert "What is c0 in fog?" in shown(pilot)
        await press(pilot, "space", "a", "b")
        assert "3◂" in shown(pilot)
        seen = shown(pilot)
        for _ in range(12):
            await press(pilot, "space")
            seen += shown(pilot)
        for words in ("[x] a", "[x] b", "[ ] c", "• two", "A paper"):
            assert words in seen
        await press(pilot, "enter")
        assert "Recall 2/3" in shown(pilot)


@pytest.mark.parametrize("size", [(80, 24), (40, 10)])
async def test_a_message_covers_neither_grades_nor_keys(program: Program, size: tuple[int, int]) -> None:
    async with running(welcomed(program), "review", size=size) as pilot:
        await press(pilot, "space")
        foot = shown(pilot).splitlines()[-3:]
        await press(pilot, "enter")  # nothing is ticked, so no grade is proposed
        await pilot.pause()
        assert "Tick what you" in shown(pilot)
        assert shown(pilot).splitlines()[-3:] == foot


async def test_everything_can_be_scrolled_to(program: Program) -> None:
    async with running(welcomed(program), "review") as pilot:
        await press(pilot, "space")
        seen = shown(pilot)
        for _ in range(20):
            await press(pilot, "j")
            seen += shown(pilot)
        assert "A paper, arXiv 2006.11239, eq. 4" in seen


async def test_while_typing_no_letter_is_called_a_key(program: Program) -> None:
    async with running(welcomed(program), "review") as pilot:
        assert "t type" in key_words(pilot)
        await press(pilot, "t")
        await settle(pilot)
        assert key_words(pilot) == "esc done typing   ctrl+r reveal   f1 help"
        await press(pilot, "f1")
        assert screen_name(pilot) == "HelpScreen"
        await press(pilot, "escape")
        await press(pilot, "t", "escape")
        assert "t type" in key_words(pilot)


async def test_letters_and_undo_are_named_where_they_do_something(program: Program) -> None:
    async with running(welcomed(program), "review") as pilot:
        assert "undo" not in key_words(pilot)
        await press(pilot, "space")
        assert "a-c tick   0-5 grade" in key_words(pilot), "the card has three key points"
        await press(pilot, "5")
        await settle(pilot)
        assert "u undo" in key_words(pilot)
        await press(pilot, "u")
        await settle(pilot)
        assert "undo" not in key_words(pilot)
        await press(pilot, "u")
        assert toasts(pilot)[-1] == "There is nothing to take back."
    async with running(program, "browse") as pilot:
        assert key_words(pilot) == "enter open   / filter   esc back   ? help"
        await press(pilot, "F")
        await settle(pilot)
        assert "u undo" in key_words(pilot)


async def test_without_colour_nothing_is_lost(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with running(welcomed(program), "review") as pilot:
        assert pilot.app.no_color
        await press(pilot, "3")
        assert "[3 fairly]" in shown(pilot)
        await press(pilot, "space", "a", "c")
        words = shown(pilot)
        assert "○ easy" in words
        assert "[x] a" in words
        assert "[ ] b" in words
        assert "3 hard◂" in words


async def test_an_unknown_theme_falls_back(program: Program) -> None:
    """As one that a newer version stored, or that Textual no longer has."""
    program.recall.settings = replace(program.recall.settings, theme="gone")
    async with running(welcomed(program)) as pilot:
        assert pilot.app.theme == "studyapp-dark"


async def test_the_themes_that_a_setting_may_name_are_those_there_are(program: Program) -> None:
    async with running(welcomed(program)) as pilot:
        assert set(pilot.app.available_themes) == {*OWN_THEMES, *TEXTUAL_THEMES}
    assert tuple(theme.name for theme in THEMES) == OWN_THEMES


async def test_keys_at_the_foot_can_be_clicked(program: Program) -> None:
    async with running(welcomed(program), "review") as pilot:
        assert await pilot.click("#keys", offset=(3, 0))
        await pilot.pause()
        assert "[ ] a" in shown(pilot)
