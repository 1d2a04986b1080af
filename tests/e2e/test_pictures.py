"""Sharp pictures on a terminal that says it shows them; on every other not one byte of them."""

from __future__ import annotations

import os
import sys
from base64 import standard_b64decode
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

import labs
from studyapp.tui.widgets.kitty import MULTIPLEXERS, OTHERS, PLACEHOLDER
from tests.conftest import card_values, write_module
from tests.e2e.program import PROGRAM, run
from tests.e2e.terminal import Terminal

KITTY = {"TERM": "xterm-kitty", "COLORTERM": "truecolor"}
LAB = "forward_noising"
ALTERNATE_ON, ALTERNATE_OFF = b"[?1049h", b"[?1049l"


@pytest.fixture(autouse=True)
def lab_card(content: Path, own_home: Path) -> None:
    """One card, whose lab has a reference."""
    assert (labs.REFERENCE / LAB / "run.json").exists()
    write_module(content / "module_1", {"fog": [card_values("t1.fog.c0", lab=LAB)]})


def opened(env: Mapping[str, str], rows: int = 60) -> Terminal:
    """The program on a terminal that says of itself what `env` says, and nothing else."""
    names = ("KITTY_WINDOW_ID", "TERM_PROGRAM", "NO_COLOR", *MULTIPLEXERS, *OTHERS)
    inherited = {name: value for name, value in os.environ.items() if name not in names}
    now = {"STUDYAPP_NOW": "2026-11-23T09:00:00+00:00"}
    return Terminal([PROGRAM, "review"], env=inherited | now | dict(env), columns=120, rows=rows)


def reveal(terminal: Terminal) -> None:
    """The answer, with the reference of its lab below it."""
    terminal.wait(r"What is c0 in fog\?")
    terminal.press("space")
    terminal.wait_until(shows_the_reference, "the answer to its end")


def shows_the_reference(text: str) -> bool:
    """The chart's axis, `step t` as in the question, stands below the pictures; the grades below everything."""
    return text.count("step t") == 2 and "0 blackout" in text


def leave(terminal: Terminal) -> None:
    terminal.press("ctrl+q")
    assert terminal.wait_for_end() == 0


def graphics(terminal: Terminal) -> list[bytes]:
    return [sequence for sequence in terminal.sequences if sequence.startswith(b"_G")]


def keys(sequence: bytes) -> dict[str, str]:
    return dict(pair.split("=") for pair in sequence[2:].partition(b";")[0].decode().split(","))


def pictures(sequences: Sequence[bytes]) -> dict[int, Image.Image]:
    """What a terminal would have after these sequences, by number."""
    found: dict[int, Image.Image] = {}
    number, data = 0, b""
    for sequence in sequences:
        what, (_, _, text) = keys(sequence), sequence.partition(b";")
        if what.get("a") == "d":
            assert what["d"] == "I"
            del found[int(what["i"])]
            continue
        number = int(what.get("i", number))
        data += text
        if what["m"] == "0":
            found[number] = Image.open(BytesIO(standard_b64decode(data)), formats=("PNG",))
            data = b""
    return found


def test_the_pictures_are_sent_once_and_taken_away_at_the_end() -> None:
    with opened(KITTY) as terminal:
        reveal(terminal)
        assert PLACEHOLDER in terminal.text
        assert "▀" not in terminal.text
        sent = graphics(terminal)
        starts = [keys(sequence) for sequence in sent if b"a=T" in sequence]
        assert len(starts) == len({start["i"] for start in starts}) == 7, "one row of the reference"
        assert len(pictures(sent)) == 7
        assert all(keys(sequence)["q"] == "2" for sequence in sent), "the terminal is asked nothing"
        for number, (_, sharp) in enumerate(sorted(pictures(sent).items())):
            with Image.open(labs.REFERENCE / LAB / "schedules" / f"{number:02d}.png") as picture:
                small = sharp.resize(picture.size, Image.Resampling.NEAREST)
                assert small.tobytes() == picture.convert("RGB").tobytes()
        terminal.press("?")
        terminal.wait("Keys: review")
        terminal.press("escape", "pagedown", "pageup", "u")
        leave(terminal)
        told = graphics(terminal)
        assert told[: len(sent)] == sent
        assert [keys(sequence)["a"] for sequence in told[len(sent) :]] == ["d"] * 7, "sent once, taken away once"
        assert pictures(told) == {}
        assert terminal.sequences.index(ALTERNATE_OFF) > terminal.sequences.index(told[-1])


@pytest.mark.parametrize(
    "env",
    [
        {"TERM": "xterm-256color", "COLORTERM": "truecolor"},
        KITTY | {"TMUX": "/tmp/tmux-1000/default,1,0"},
        KITTY | {"NO_COLOR": "1"},
        KITTY | {"COLORTERM": ""},
    ],
    ids=["another-terminal", "tmux", "no-colour", "few-colours"],
)
def test_elsewhere_nothing_of_them_is_sent(env: dict[str, str]) -> None:
    with opened(env) as terminal:
        reveal(terminal)
        assert ("▀" in terminal.text) == ("NO_COLOR" not in env)
        assert PLACEHOLDER not in terminal.text
        leave(terminal)
        assert graphics(terminal) == []


def test_the_learner_has_the_last_word() -> None:
    run("settings", "pictures", "blocks")
    with opened(KITTY) as terminal:
        reveal(terminal)
        assert "▀" in terminal.text
        leave(terminal)
        assert graphics(terminal) == []


def test_after_another_program_had_the_terminal_they_are_sent_again(tmp_path: Path) -> None:
    editor = tmp_path / "editor.py"
    editor.write_text("print('the editor')", encoding="utf-8")
    with opened(KITTY | {"EDITOR": f"{sys.executable} {editor}"}) as terminal:
        reveal(terminal)
        sent = graphics(terminal)
        terminal.press("E")
        terminal.wait_until(lambda _: len(graphics(terminal)) == 2 * len(sent), "sent again")
        assert graphics(terminal) == [*sent, *sent]
        back = terminal.sequences.index(ALTERNATE_ON, terminal.sequences.index(ALTERNATE_OFF))
        assert [one for one in terminal.sequences[back:] if one.startswith(b"_G")] == sent
        leave(terminal)
        assert pictures(graphics(terminal)) == {}


def test_they_scroll_and_are_covered_as_text_is() -> None:
    with opened(KITTY, rows=14) as terminal:
        terminal.wait(r"What is c0 in fog\?")
        terminal.press("space")
        terminal.wait("Lab: Fog dial")
        assert PLACEHOLDER not in terminal.text, "below the lower edge"
        terminal.press("pagedown")
        terminal.wait(f"( *{PLACEHOLDER}.+\\n){{2}} *0 blackout")
        seen, sent = terminal.text.count(PLACEHOLDER), graphics(terminal)
        assert seen == 2 * 7 * 9, "the upper rows of each"
        terminal.press("?")
        terminal.wait_until(
            lambda text: "esc closes" in text and text.count(PLACEHOLDER) < seen, "the help before the pictures"
        )
        terminal.press("escape")
        terminal.wait_until(lambda text: text.count(PLACEHOLDER) == seen, "the pictures again")
        leave(terminal)
        assert graphics(terminal)[: -len(pictures(sent))] == sent, "the cells moved, the pictures did not"


def test_another_width_is_another_picture() -> None:
    with opened(KITTY) as terminal:
        reveal(terminal)
        terminal.resize(60, 60)
        terminal.wait_until(lambda _: len(pictures(graphics(terminal))) == 14, "narrower pictures")
        sizes = {(keys(sequence)["c"], keys(sequence)["r"]) for sequence in graphics(terminal) if b"a=T" in sequence}
        assert len(sizes) == 2
        leave(terminal)
        assert pictures(graphics(terminal)) == {}
