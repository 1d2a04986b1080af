"""Hostile text through every command: what is printed steers no terminal, what is written opens nothing."""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from studyapp.bootstrap import Program
from studyapp.cli import build_parser, main
from tests.fuzz.hostile_home import hostile_program, rotating
from tests.fuzz.texts import HOSTILE

A = "t1.fog.c0"
LINES: dict[str, list[str]] = {
    "review": ["--plain"],
    "due": [],
    "grade": [A, "4"],
    "undo": [],
    "redo": [],
    "quiz": ["--plain", "--seed", "1"],
    "interview": ["--last", "--export", "scorecard.md"],
    "revise": ["--plain"],
    "calibration": [],
    "card list": [],
    "card search": ["a"],
    "card show": [A],
    "card suspend": [A],
    "card resume": [A],
    "read": ["02_explainer.md", "--plain"],
    "lab list": [],
    "lab show": ["forward_noising"],
    "lab history": [],
    "audit tick": ["s1"],
    "audit untick": ["s1"],
    "audit ask": ["s1"],
    "audit explain": ["s1"],
    "gate sign": ["revision", "--override", "because"],
    "gate unsign": ["revision"],
    "gate check": ["lab", "1"],
    "gate uncheck": ["lab", "1"],
    "gate certificate": ["certificate.md"],
    "plan": [],
    "stats": ["--png", "stats.png"],
    "report": ["--html", "report.html"],
    "simulate": ["--days", "3"],
    "content check": [],
    "content new": ["a_module"],
    "content import-sheet": ["sheet.txt", "--out", "b_module"],
    "content schema": [],
    "export jsonl": ["log.jsonl"],
    "export apkg": ["cards.apkg"],
    "export csv": ["reviews.csv"],
    "import jsonl": ["log.jsonl"],
    "import apkg": ["cards.apkg", "--name", "c_module"],
    "import csv": ["table.csv", "--name", "d_module"],
    "merge": ["other.sqlite"],
    "cohort": [],
    "settings": [],
    "backup now": [],
    "backup list": [],
    "backup restore": [],
    "doctor": [],
    "completion": ["bash"],
}
"""One line of every command that does its work and ends."""
REFUSED = {"interview": 1, "gate check": 2, "gate uncheck": 2, "gate certificate": 1}
"""Exit codes of those that find nothing to do in this home: no whole interview, no checklist, a gate not open yet."""
TYPED = "x\n1\n3\n\n4\n2\n" * 200
NOT_HERE = {"lab run", "browse", "serve", "content publish"}
"""They open the app, or serve it, or run a lab; tests of their own look at them."""


def leaves(parser: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> Iterator[str]:
    """Every command that there is."""
    levels = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    for level in levels:
        for name, below in level.choices.items():
            yield from leaves(below, (*words, name))
    if not levels:
        yield " ".join(words)


COMMANDS = sorted(set(leaves(build_parser())))


@pytest.fixture
def home(
    content: Path, open_again: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest
) -> Program:
    shift = getattr(request, "param", 0)
    program, _ = hostile_program(content, open_again, monkeypatch, rotating(shift))
    monkeypatch.chdir(tmp_path)
    texts = [text.replace("\n", " ").replace("\0", "") for text in HOSTILE.values()]
    sheet = ["# Sheet", "## Key concepts", *(f"- {text}" for text in texts)]
    Path("sheet.txt").write_text("\n".join(sheet), encoding="utf-8", errors="replace")
    with Path("table.csv").open("w", encoding="utf-8", errors="replace", newline="") as file:
        csv.writer(file).writerows([("prompt", "answer", "topic"), *((text, text, text[:40]) for text in texts)])
    return program


def run(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    capsys.readouterr()
    try:
        with patch("sys.stdin", io.StringIO(TYPED)):
            code = main(words)
    except SystemExit as error:
        code = int(str(error.code or 0))
    out, err = capsys.readouterr()
    for text in (out, err):
        bad = next((line for line in text.replace("\t", "").split("\n") if not line.isprintable()), None)
        assert bad is None, f"{words}: {bad!r}"
    assert "error of its own" not in err, err
    assert code in (0, 1, 2), err
    return code, out, err


def test_every_command_is_in_the_table() -> None:
    unknown = [name for name in COMMANDS if name not in LINES and not {name, name.split()[0]} & NOT_HERE]
    assert unknown == [], "give each a line in LINES, so that it is shown hostile text too"


@pytest.mark.parametrize("home", [0, 12], indirect=True)
def test_no_command_prints_what_steers_a_terminal(home: Program, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(home.paths.database, "other.sqlite")
    for name in (name for name in LINES if name in COMMANDS):
        code, _, err = run([*name.split(), *LINES[name]], capsys)
        assert code == REFUSED.get(name, 0), (name, err)
    as_json = (f"{name} {' '.join(LINES[name])} --json".split() for name in LINES if name in COMMANDS)
    for words in as_json:
        code, out, _ = run([word for word in words if word != "--plain"], capsys)
        if code == 0 and out:
            json.loads(out)
    written = [*Path().glob("*.md")]
    for module in (Path("a_module"), Path("b_module"), *(home.paths.home / "content").glob("[cd]_module")):
        written += [*module.rglob("*.md"), *module.rglob("*.yaml")]
    assert {file.parent.name for file in written} >= {"a_module", "b_module", "c_module", "d_module"}
    for file in written:
        assert file.read_text("utf-8").replace("\n", "").replace("\t", "").isprintable(), file


class Page(HTMLParser):
    """What a page would do."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.acts: list[str] = []
        self.policy = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in ("script", "iframe", "object", "embed", "form", "base", "link", "img", "audio", "video"):
            self.acts.append(tag)
        self.acts += [f"{tag} {name}" for name in values if name.startswith("on")]
        for name in ("href", "src", "xlink:href", "action", "srcset"):
            if not (values.get(name) or "#").startswith("#"):
                self.acts.append(f"{name}={values[name]}")
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values.get("content") or ""


def test_the_report_of_a_hostile_home_does_nothing(home: Program, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", "--html", "report.html"], capsys)[0] == 0
    text = Path("report.html").read_text("utf-8")
    found = Page(text)
    assert found.acts == []
    assert "default-src 'none'" in found.policy
    assert "script-src" not in found.policy
    assert not re.search(r"@import|url\((?!#)", text)
    assert all(letter.isprintable() or letter in "\n\t" for letter in text)


def test_the_watch_over_pages_sees_what_acts() -> None:
    found = Page('<p onclick="x"><a href="https://x.y">a</a><script></script><img src=x>')
    assert found.acts == ["p onclick", "href=https://x.y", "script", "img", "src=x"]


def test_a_lab_is_one_of_the_list_and_no_other_module(home: Program, capsys: pytest.CaptureFixture[str]) -> None:
    """A name is one of the list; nothing is imported or run by a name that is given."""
    before = set(sys.modules)
    for name in ("os", "..os", "kit.run", "labs.kit", "__main__", "common", "../x", "tiny.train", "antigravity", ""):
        for action in ("show", "run", "history"):
            code, out, _ = run(["lab", action, name], capsys)
            assert (code, out) == (2, "") or (name, action) == ("", "history")
    assert not [name for name in set(sys.modules) - before if "antigravity" in name or name.startswith("labs.tiny")]
    done = subprocess.run([sys.executable, "-m", "labs", "../x"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
