"""`studyapp audit|gate|plan` in this process: what they print, what they refuse, what they leave alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from studyapp.cli import main
from tests import standing as helper
from tests.test_cli import kept

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(content: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command at nine on a Monday, with lines typed into it."""
    helper.gated_module(content / "module_1")
    monkeypatch.setenv("STUDYAPP_NOW", "2026-11-23T09:00Z")

    def command(*arguments: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", StringIO(typed))
        try:
            code = main(arguments)
        except SystemExit as left:  # argparse, on wrong usage
            code = int(left.code or 0)
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out, err

    return command


def as_json(run: Run, *arguments: str) -> Any:
    code, out, err = run(*arguments, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_an_empty_history(run: Run) -> None:
    statements = as_json(run, "audit")
    assert [(one["id"], one["verdict"], one["ticked"]) for one in statements] == [
        ("fog-and-back", "untested", False),
        ("sketch", "untested", False),
    ]
    assert statements[0]["text"] == "I can explain fog."
    assert statements[0]["reason"] == "untested because none of its 2 cards was asked yet"
    assert statements[0]["revisit"] == "02_explainer.md#chapter-2-last-things"
    gate = as_json(run, "gate")
    assert (gate["open"], gate["done"], gate["disagreements"]) == (False, 0, [])
    assert [(one["id"], one["done"], one["signed"]) for one in gate["items"]] == [
        (item, False, None) for item in ("explainer", "recall", "lab", "audit", "revision")
    ]
    assert gate["items"][0]["title"] == "Explainer read"
    assert gate["items"][0]["reason"].startswith("not yet, because 0 of 2 chapters are read")


def test_a_tick_without_evidence_is_told_everywhere(run: Run) -> None:
    code, out, _ = run("audit", "tick", "sketch")
    assert code == 0
    assert "[x] untested   sketch: I can explain the sketch." in out
    assert "! ticked, but the evidence says untested" in out
    assert as_json(run, "audit")[1]["disagreement"] == "ticked, but the evidence says untested"
    gate = as_json(run, "gate")
    assert gate["disagreements"] == ["sketch: ticked, but the evidence says untested"]
    assert "sketch untested but ticked" in gate["items"][3]["reason"]
    assert as_json(run, "audit", "untick", "sketch")["ticked"] is False


def test_an_explanation_line_by_line(run: Run) -> None:
    code, out, _ = run("audit", "explain", "fog-and-back", typed="\nabc\na x\nab\n")
    assert code == 0
    assert "Only the letters abc stand for a key point." in out
    assert out.endswith("Recorded: 5 of 6 key points.\n")
    one = as_json(run, "audit")[0]
    assert one["verdict"] == "solid"
    assert one["explained"] == {"day": "2026-11-23", "how": "explained aloud", "said": 5, "of": 6}
    assert [card["how"] for card in one["cards"]] == ["explained aloud"] * 2
    run("audit", "explain", "sketch", typed="v\n\nabc\n")
    assert "explained on 23 Nov 2026: 3 of 3 key points" in run("audit")[1], "neither said aloud nor written"
    run("audit", "explain", "sketch", typed="the sketch comes first\nabc\n")
    assert "explained in writing on 23 Nov 2026: 3 of 3 key points" in run("audit")[1]
    run("settings", "aloud", "no")
    run("audit", "explain", "sketch", typed="v\n\nab\n")
    assert "explained aloud on 23 Nov 2026: 2 of 3 key points" in run("audit")[1]
    before = kept()
    code, out, err = run("audit", "explain", "sketch", typed="\n")
    assert (code, err) == (1, "Stopped before all points were compared; nothing was recorded.\n")
    assert kept() == before


def test_cards_are_asked_today(run: Run) -> None:
    assert as_json(run, "audit", "ask", "sketch") == {"cards": ["t1.sketch.c0"]}
    due = as_json(run, "due")
    assert "t1.sketch.c0" in due["cards"]
    assert run("audit", "ask", "sketch")[1] == "1 card comes in today's recall.\n"
    assert run("audit", "ask", "fog-and-back")[1] == "2 cards come in today's recall.\n"


def test_a_day_answered_card_by_card_counts_once_nothing_is_left(run: Run) -> None:
    run("settings", "new_per_day", "2")
    first, second = as_json(run, "due")["cards"]
    run("grade", first, "4", "--aloud")
    assert as_json(run, "gate")["items"][1]["details"] == [
        "23 Nov 2026: 1 of 1 answer aloud, left open; does not count"
    ]
    run("grade", second, "2", "--aloud")
    assert as_json(run, "gate")["items"][1]["progress"] == "0 of 5 days", "the second is still to be repaired"
    run("grade", second, "4")
    run("grade", second, "5")
    item = as_json(run, "gate")["items"][1]
    assert (item["progress"], item["details"]) == ("1 of 5 days", ["23 Nov 2026: 2 of 2 answers aloud, finished"])
    assert len([event for event in kept()[1] if event.kind == "session"]) == 1


def test_signing_checking_and_taking_back(run: Run) -> None:
    code, _, err = run("gate", "sign", "explainer", "--evidence", "I did")
    assert code == 1
    assert err.startswith("explainer cannot be signed yet: 0 of 2 chapters are read")
    signed = as_json(run, "gate", "sign", "explainer", "--override", "read on paper")
    assert (signed["done"], signed["met"], signed["signed"]["override"]) == (True, False, "read on paper")
    assert signed["signed"]["changed"] is False
    assert "overridden on 23 Nov 2026: read on paper" in run("gate")[1]
    assert "[o] explainer: Explainer read" in run("gate")[1]
    hash = signed["signed"]["content"]
    assert f"    content {hash}, as it is now\n" in run("gate")[1]
    assert as_json(run, "gate", "unsign", "explainer")["signed"] is None
    assert run("gate", "unsign", "explainer")[0] == 1
    assert as_json(run, "gate", "check", "lab", "1", "2")["progress"] == "0/1 labs, list 2/2"
    assert as_json(run, "gate", "uncheck", "lab", "2")["progress"] == "0/1 labs, list 1/2"


def test_a_module_that_changed_after_a_signature_is_told(run: Run, content: Path) -> None:
    run("gate", "sign", "explainer", "--override", "read on paper")
    run("revise", "--plain", typed="\n3\nabc\n\n" * 2 + "Ada\n")
    before = as_json(run, "gate")["content"]
    file = content / "module_1" / "02_explainer.md"
    file.write_text(file.read_text("utf-8") + "\nMore words.\n", encoding="utf-8")
    assert run("gate")[1].count(f"    content {before}, changed since\n") == 2
    gate = as_json(run, "gate")
    assert gate["content"] != before
    signed = [(one["id"], one["signed"]["content"], one["signed"]["changed"]) for one in gate["items"] if one["signed"]]
    assert signed == [("explainer", before, True), ("revision", before, True)]


def test_the_signature_of_a_revision_is_taken_back(run: Run) -> None:
    run("revise", "--plain", typed="\n3\nabc\n\n" * 2 + "Ada\n")
    assert as_json(run, "gate", "unsign", "revision")["done"] is False
    out = run("revise", "--plain", typed="Ada L.\n")[1]
    assert "Every question is answered." in out, "what was answered stays"
    assert "signed on 23 Nov 2026: Ada L." in run("gate")[1]


def test_the_last_signature_opens_the_gate(run: Run, tmp_path: Path) -> None:
    for item in ("explainer", "recall", "lab", "audit"):
        assert run("gate", "sign", item, "--override", "known already")[0] == 0
    out = run("gate", "sign", "revision", "--override", "known already")[1]
    assert "The gate is open." in out
    assert "Next comes the capstone." in out
    gate = as_json(run, "gate")
    assert (gate["open"], gate["done"], len(gate["disagreements"]), gate["bridge"]) == (
        True,
        5,
        5,
        "33_capstone_project",
    )
    assert "Next comes the capstone." in run("gate")[1]
    file = tmp_path / "done.md"
    assert as_json(run, "gate", "certificate", str(file)) == {"file": str(file)}
    assert "5 items without the evidence" in file.read_text(encoding="utf-8")
    assert run("gate", "certificate", str(file))[0] == 1


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["audit", "tick", "x"], 2, "The audit has no statement 'x'; there are: fog-and-back, sketch."),
        (["audit", "tick"], 2, "the following arguments are required: ID"),
        (["audit", "explain", "x"], 2, "The audit has no statement 'x'"),
        (["audit", "--module", "t9"], 2, "There is no module 't9' with a gate or an audit."),
        (["gate", "sign", "x"], 2, "The gate has no item 'x'; there are: explainer, recall, lab, audit, revision."),
        (["gate", "sign", "audit"], 1, "audit cannot be signed yet: 0 of 2 solid; fog and back untested and sketch"),
        (["gate", "sign", "audit", "--override", "  "], 1, "audit cannot be signed yet"),
        (["gate", "sign", "audit", "--override", "\udcff"], 2, "This text holds a character that cannot be stored"),
        (["gate", "check", "lab", "9"], 2, "lab has no line 9; its lines are 1 to 2."),
        (["gate", "check", "audit", "1"], 2, "audit has no line 1; it has no checklist."),
        (["gate", "check", "lab", "one"], 2, "argument LINE: invalid int value: 'one'"),
        (["gate", "certificate", "x.md"], 1, "The gate is not open yet (explainer, recall, lab, audit, revision)"),
        (["settings", "target_date", "tomorrow"], 2, "The setting target_date takes none, or a date such as"),
        (["settings", "target_date", "2026-02-30"], 2, "The setting target_date takes none, or a date such as"),
        (["settings", "target_date", "20261210"], 2, "The setting target_date takes none, or a date such as"),
    ],
)
def test_what_is_refused_changes_nothing(run: Run, arguments: list[str], code: int, sentence: str) -> None:
    run("due")
    before = kept()
    got, out, err = run(*arguments)
    assert (got, out) == (code, "")
    assert sentence in err
    assert kept() == before


def test_the_plan(run: Run) -> None:
    assert as_json(run, "plan") == {"target": None}
    code, out, err = run("plan")
    assert (code, out) == (0, "")
    assert "There is no target date" in err
    run("settings", "target_date", "2026-12-03")
    plan = as_json(run, "plan")
    assert (plan["target"], plan["days_left"], plan["cards"], plan["met"], plan["unmet"]) == ("2026-12-03", 10, 6, 0, 0)
    assert len(plan["days"]) == 10
    assert plan["cards_today"] == 1
    assert sum(day["new"] for day in plan["days"]) == 6
    assert 0.9 < plan["expected_recall"]["keep"] <= 1
    out = run("plan")[1]
    assert out.startswith("3 Dec 2026 is in 10 days: 1 card left today, about 2 a day.\n")
    assert "An estimate:" in out
    assert len(out.splitlines()) == 13
    run("settings", "target_date", "2099-12-03")
    far, data = run("plan")[1].splitlines(), as_json(run, "plan")
    busy = [day for day in data["days"] if day["due"] or day["new"]]
    assert far[-2] == "On the other days nothing comes."
    assert len(far) == 2 + len(busy) + 2
    assert len(busy) < 200 < len(data["days"])


def test_content_without_a_gate(run: Run, content: Path) -> None:
    (content / "module_1" / "module.yaml").unlink()
    for arguments in (["audit"], ["gate"], ["gate", "sign", "x"]):
        code, out, err = run(*arguments)
        assert (code, out) == (1, "")
        assert err == "No module has a gate or an audit; add them to its module.yaml.\n"
