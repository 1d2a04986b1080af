"""What each way into the program loads, and what the tree promises about its files."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SLOW = ("textual", "sqlalchemy", "alembic", "torch", "matplotlib", "yaml", "pydantic", "asyncio")
"""Each takes longer to load than a shell prompt may wait."""
LABS_OWN = ("torch", "diffusers", "transformers", "numpy", "matplotlib")

FIRST_PICTURE = """
import asyncio
from db.store import SqlStore
SqlStore.warm_up = lambda store: None  # it loads SQLAlchemy on purpose, after the first picture
from studyapp.bootstrap import open_program
from studyapp.tui.app import StudyApp

async def paint():
    async with StudyApp(open_program(), start="{start}").run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "{words}" in pilot.app.export_screenshot().replace("&#160;", " ")

asyncio.run(paint())
"""


def loaded_by(code: str) -> set[str]:
    """Top-level names in `sys.modules` after a new interpreter ran the code."""
    report = f"{code}\nimport sys, json; print(json.dumps(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    run = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, cwd=ROOT, check=False)
    assert run.returncode == 0, run.stderr
    return set(json.loads(run.stdout.splitlines()[-1]))


def studyapp(*arguments: str) -> str:
    return f"from studyapp.cli import main; assert main({list(arguments)}) == 0"


def test_the_probe_sees_what_is_loaded() -> None:
    assert loaded_by("import yaml, asyncio") >= {"yaml", "asyncio"}


def test_importing_the_command_line_loads_nothing_slow() -> None:
    assert not loaded_by("import studyapp.cli") & set(SLOW)


def test_due_loads_nothing_slow_when_content_is_unchanged(module: Path) -> None:
    first = loaded_by(studyapp("due"))
    assert first & set(SLOW), "the first start makes the database and reads the content"
    assert not loaded_by(studyapp("due")) & set(SLOW)
    assert not loaded_by(studyapp("due", "--json")) & set(SLOW)


@pytest.mark.parametrize(("start", "words"), [("today", "Start today's recall"), ("review", "What is c0 in")])
def test_the_first_picture_needs_no_slow_library(module: Path, start: str, words: str) -> None:
    loaded_by(studyapp("due") + "\nassert main(['settings', 'welcomed', 'yes']) == 0")
    words = words.replace("'", "&#x27;")
    loaded = loaded_by(FIRST_PICTURE.format(start=start, words=words))
    assert "textual" in loaded
    assert not loaded & {"sqlalchemy", "alembic", "yaml", "pydantic", *LABS_OWN}


def test_describing_the_labs_loads_none_of_their_libraries() -> None:
    loaded = loaded_by("import labs; assert len(labs.all_labs()) > 0")
    assert "labs" in loaded
    assert not loaded & set(LABS_OWN)


def test_no_module_is_long() -> None:
    counts = {
        file: len(file.read_text(encoding="utf-8").splitlines())
        for room in ("studyapp", "db", "labs", "content", "tests", "bench")
        for file in (ROOT / room).rglob("*.py")
    }
    assert len(counts) > 50
    assert [f"{file}: {count}" for file, count in counts.items() if count > 400] == []


def test_the_app_class_is_wiring_only() -> None:
    tree = ast.parse((ROOT / "studyapp/tui/app.py").read_text(encoding="utf-8"))
    (app,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "StudyApp")
    assert app.end_lineno is not None
    assert app.end_lineno - app.lineno < 150


TEXT_SINKS = ("Static", "Label", "Button", "Checkbox", "RadioButton", "Option", "Collapsible", "notify", "update")
"""Where Textual reads a plain string as markup."""


def markup_from_variables(source: str) -> list[int]:
    """Lines where an f-string is handed to Textual as markup: foreign text in it could crash or act."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        literal = any(word.arg == "markup" for word in node.keywords)
        if name in (*TEXT_SINKS, "from_markup") and not literal:
            found += [argument.lineno for argument in node.args if isinstance(argument, ast.JoinedStr)]
    return found


def test_the_search_for_markup_finds_it() -> None:
    assert markup_from_variables('Static(f"{card}")\nself.notify(f"{e}", markup=False)\nplain(f"{x}")') == [1]
    assert markup_from_variables('x.update(f"a {b}")\nContent.from_markup(f"{x}")') == [1, 2]


def test_no_screen_hands_variables_to_textual_as_markup() -> None:
    screens = sorted((ROOT / "studyapp/tui").rglob("*.py"))
    assert screens
    found = [f"{file}:{line}" for file in screens for line in markup_from_variables(file.read_text(encoding="utf-8"))]
    assert found == []
