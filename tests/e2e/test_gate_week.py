"""A learner's week with the installed program, up to the open gate; and another's who only ticks and signs."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.program import PROGRAM, logged, refusal, run, run_json
from tests.e2e.terminal import Terminal
from tests.standing import gated_module

MONDAY = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
ANSWERED_ALOUD = "\n3\nabc\n5\n"
"""One card in line mode: said, fairly sure, all key points, grade 5."""
PLENTY = 12
"""More cards than any day of the small module has."""


@pytest.fixture(autouse=True)
def module(content: Path) -> Path:
    return gated_module(content / "module_1")


def at(day: int) -> dict[str, str]:
    """The environment of a study day, from 0."""
    return {"STUDYAPP_NOW": (MONDAY + timedelta(days=day)).isoformat()}


def items(env: Mapping[str, str]) -> dict[str, Any]:
    return {item["id"]: item for item in run_json("gate", env=dict(env))["items"]}


def recall_aloud(day: int) -> None:
    done = run("review", "--plain", env=at(day), typed=ANSWERED_ALOUD * PLENTY)
    assert "left for today" not in done.stdout


def read_the_explainer(env: Mapping[str, str]) -> None:
    """Each chapter for as long as its words take: the first in the reader, the second line by line."""
    with Terminal([PROGRAM, "read", "02_explainer.md"], env=os.environ | dict(env)) as terminal:
        terminal.wait("Fog and noise")
        _until_read(env, 1)
        terminal.press("ctrl+q")
        assert terminal.wait_for_end() == 0
    with Terminal([PROGRAM, "read", "02_explainer.md#2", "--plain"], env=os.environ | dict(env)) as terminal:
        terminal.wait("Press Enter when you have read it")
        time.sleep(1)  # seven words are read in less
        terminal.press("enter")
        terminal.wait("Counted as read: 2 of 2 chapters.")
        assert terminal.wait_for_end() == 0


def _until_read(env: Mapping[str, str], chapters: int) -> None:
    """The reader looks once a second whether a chapter counts; so many looks are enough on the slowest machine."""
    for _ in range(60):
        if items(env)["explainer"]["progress"] == f"{chapters} of 2 chapters":
            return
    raise AssertionError(f"{chapters} of 2 chapters should have counted as read by now")


@pytest.mark.usefixtures("database")
def test_a_week_that_opens_the_gate(own_home: Path, tmp_path: Path) -> None:
    read_the_explainer(at(0))
    run("lab", "run", "forward_noising", "--quick", "--predict", "1", env=at(0))
    for day in range(5):
        assert items(at(day))["recall"]["progress"] == f"{day} of 5 days"
        recall_aloud(day)
    assert items(at(4))["recall"]["reason"] == (
        "true because 5 study days from 23 Nov 2026 to 27 Nov 2026 were finished aloud"
    )

    saturday = at(5)
    statements = {one["id"]: one for one in run_json("audit", env=saturday)}
    assert {one["verdict"] for one in statements.values()} == {"solid"}
    run("audit", "explain", "fog-and-back", env=saturday, typed="\nabc\nab\n")
    for statement in statements:
        assert run_json("audit", "tick", statement, env=saturday)["disagreement"] is None

    sunday = at(6)
    run("revise", "--plain", env=sunday, typed=("\n3\nabc\n\n" * 2) + "Ada\n")
    run("gate", "check", "lab", "1", "2", env=sunday)
    met = {name: (item["met"], item["done"]) for name, item in items(sunday).items()}
    assert met == {
        "explainer": (True, False),
        "recall": (True, False),
        "lab": (True, False),
        "audit": (True, False),
        "revision": (True, True),
    }
    for item in ("explainer", "recall", "audit"):
        run("gate", "sign", item, env=sunday)
    last = run("gate", "sign", "lab", "--evidence", "https://example.org/report, 3 seeds", env=sunday)
    assert "The gate is open." in last.stdout
    assert "Next comes the capstone." in last.stdout

    gate = run_json("gate", env=sunday)
    assert (gate["open"], gate["done"], gate["disagreements"]) == (True, 5, [])
    assert all(item["signed"]["override"] is None for item in gate["items"])
    assert "the runs are forward_noising (23 Nov 2026, " in gate["items"][2]["signed"]["reason"]
    assert ", quick)" in gate["items"][2]["signed"]["reason"]

    file = tmp_path / "completed.md"
    run("gate", "certificate", str(file), env=sunday)
    report = file.read_text(encoding="utf-8")
    recalled = [review for review in logged(own_home) if review["mode"] == "recall"]
    assert f"- {len(recalled)} recall answers, 100 % right, {len(recalled)} aloud" in report
    assert "- 5 study days from 23 Nov 2026 to 27 Nov 2026" in report
    assert "explained aloud on 28 Nov 2026: 5 of 6 key points" in report
    assert run_json("doctor", env=sunday)["ok"]

    with Terminal([PROGRAM], env=os.environ | {**sunday, "STUDYAPP_CONTENT": os.environ["STUDYAPP_CONTENT"]}) as app:
        app.wait("Gate      open")
        app.press("g")
        app.wait("The gate is open")
        app.press("ctrl+q")
        assert app.wait_for_end() == 0

    back = at(2)  # the clock is set back: what was signed stays signed
    assert run_json("gate", env=back)["open"]


def test_a_cheat_is_shown_everywhere(own_home: Path) -> None:
    monday = at(0)
    run("settings", "welcomed", "yes", env=monday)
    for statement in ("fog-and-back", "sketch"):
        told = run("audit", "tick", statement, env=monday)
        assert "! ticked, but the evidence says untested" in told.stdout
    refused = refusal("gate", "sign", "audit", "--evidence", "honestly", code=1, env=monday)
    assert "fog and back untested but ticked and sketch untested but ticked" in refused
    run("gate", "sign", "audit", "--override", "trust me", env=monday)
    run("grade", "t1.sketch.c0", "1", "--confidence", "4", env=monday)

    gate = run_json("gate", env=monday)
    assert gate["open"] is False
    assert gate["disagreements"] == [
        "fog-and-back: ticked, but the evidence says untested",
        "sketch: ticked, but the evidence says shaky",
        "audit: overridden, but the evidence is not there: 0 of 2 solid; fog and back untested but ticked and sketch"
        " shaky but ticked",
    ]
    audit = {one["id"]: one for one in run_json("audit", env=monday)}
    assert "sure, but wrong on 23 Nov 2026" in audit["sketch"]["reason"]
    assert audit["sketch"]["ticked"]
    assert "overridden on 23 Nov 2026: trust me" in run("gate", env=monday).stdout

    with Terminal([PROGRAM], env=os.environ | monday) as app:
        app.wait("! fog and back: ticked, but the evidence says untested")
        app.wait("! sketch: ticked, but the evidence says shaky")
        app.wait("! audit overridden, but the evidence is not there")
        app.press("a")
        app.wait("! ticked, but the evidence says shaky")
        app.press("g")
        app.wait(r"\[o\] Audit complete")
        app.wait("overridden on 23 Nov 2026: trust me")
        app.press("ctrl+q")
        assert app.wait_for_end() == 0

    run("audit", "ask", "sketch", env=at(1))
    assert "t1.sketch.c0" in run_json("due", env=at(1))["cards"]
