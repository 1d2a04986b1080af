"""Every command as an installed program: results, exit codes, and who gets to read what."""

from __future__ import annotations

import json
import shutil
import sqlite3
from datetime import date, datetime
from pathlib import Path

import pytest

from tests.conftest import card_values, small_module, write_module
from tests.e2e.program import refusal, run, run_json
from tests.exchange.sheets import PAGE

CARD = "t1.fog.c0"
MONDAY = "2026-11-23T09:00:00+00:00"
CARD_LINE = {"id", "kind", "topic", "difficulty", "lab", "state"}
SCHEDULE = {"repetitions", "interval_days", "ease", "due", "lapses"}
CONTENT = {"prompt", "answer", "key_points", "formulas", "wrong_answers", "follow_ups", "explainer", "needs", "sources"}


@pytest.fixture(scope="session")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small module and a home that has read it."""
    folder = tmp_path_factory.mktemp("first_start")
    write_module(folder / "content" / "module_1", small_module())
    run("due", env={"STUDYAPP_HOME": str(folder / "home"), "STUDYAPP_CONTENT": str(folder / "content")})
    return folder


@pytest.fixture(autouse=True)
def monday(first_start: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nine on a Monday, the day of the first start."""
    shutil.copytree(first_start / "home", own_home)
    monkeypatch.setenv("STUDYAPP_NOW", MONDAY)
    monkeypatch.setenv("STUDYAPP_CONTENT", str(first_start / "content"))


def test_due() -> None:
    counts = run_json("due")
    assert set(counts) == {"due", "new", "drill", "minutes", "cards"}
    assert (counts["due"], counts["new"], counts["drill"]) == (0, 2, 0)
    assert len(counts["cards"]) == 2
    assert run("due").stdout == f"0 due, 2 new · about {counts['minutes']} min\n"


def test_grade_undo_redo() -> None:
    run_json("due")
    answered = run_json("grade", CARD, "4", "--confidence", "3")
    assert answered["card"] == CARD
    assert (answered["grade"], answered["mode"], answered["scheduled"]) == (4, "recall", True)
    assert datetime.fromisoformat(answered["at"]) == datetime.fromisoformat(MONDAY)
    assert (answered["repetitions"], answered["interval_days"], answered["due"]) == (1, 1, "2026-11-24")
    shown = run_json("card", "show", CARD)
    assert [(r["id"], r["grade"], r["confidence"], r["voided"]) for r in shown["reviews"]] == [
        (answered["id"], 4, 3, False)
    ]
    undone = run_json("undo")["undone"]
    assert (undone["id"], undone["card"], undone["grade"]) == (answered["id"], CARD, 4)
    shown = run_json("card", "show", CARD)
    assert shown["schedule"]["due"] is None
    assert [r["voided"] for r in shown["reviews"]] == [True]
    assert run_json("redo")["redone"]["id"] == answered["id"]
    assert run_json("card", "show", CARD)["schedule"]["due"] == "2026-11-24"


def test_grade_in_the_past() -> None:
    run("grade", CARD, "4", "--at", "2026-11-20T10:00:00+00:00")
    shown = run_json("card", "show", CARD)
    assert shown["schedule"]["due"] == "2026-11-21"
    assert shown["schedule"]["state"] == "due"
    assert CARD in run_json("due")["cards"]


def test_grade_says_when_the_card_comes_again() -> None:
    assert "2026-11-24" in run("grade", CARD, "4").stdout
    assert "stays as it is" in run("grade", CARD, "5").stdout


def test_card_list_search_show() -> None:
    cards = run_json("card", "list")
    assert len(cards) == 12
    assert all(set(card) == CARD_LINE and card["state"] == "new" for card in cards)
    found = run_json("card", "search", "sketch", "c1")
    assert [card["id"] for card in found] == ["t1.sketch.c1"]
    assert run_json("card", "search", "nowhere") == []
    shown = run_json("card", "show", CARD)
    assert set(shown) >= CARD_LINE - {"state"} | CONTENT | {"schedule", "reviews"}
    assert set(shown["schedule"]) == SCHEDULE | {"state"}
    assert len(run("card", "list").stdout.splitlines()) == 12
    assert "What is c0 in fog?" in run("card", "show", CARD).stdout


def test_card_suspend_and_resume() -> None:
    first = run_json("due")["cards"][0]
    assert run_json("card", "suspend", first) == {"id": first, "suspended": True}
    assert first not in run_json("due")["cards"]
    assert run_json("card", "show", first)["schedule"]["state"] == "suspended"
    assert run_json("card", "resume", first) == {"id": first, "suspended": False}
    assert first in run_json("due")["cards"]


def test_content_check(module: Path, tmp_path: Path) -> None:
    report = run_json("content", "check", str(module))
    assert report == {"ok": True, "modules": [{"id": "t1", "cards": 12}], "problems": []}
    assert "12 cards" in run("content", "check", str(module)).stdout
    broken = write_module(tmp_path / "broken", small_module(), module_id="t2")
    (broken / "cards" / "fog.yaml").write_text("- id: [\n", encoding="utf-8")
    report = run_json("content", "check", str(broken), code=1)
    assert not report["ok"]
    assert "fog.yaml:" in report["problems"][0]
    assert "no module" in refusal("content", "check", str(tmp_path / "nowhere"), code=1)


def test_content_import_sheet(tmp_path: Path) -> None:
    sheet, made = tmp_path / "module_14_sheet.txt", tmp_path / "made"
    sheet.write_text(PAGE.replace("Bridge forward¶", "Reading list¶\n- Ho et al.\nBridge forward¶"), encoding="utf-8")
    report = run_json("content", "import-sheet", str(sheet), "--out", str(made))
    assert report == {"module": "m14", "cards": 39, "drafts": 39, "audit": 4, "gate": 5, "unknown": ["Reading list"]}
    assert run_json("content", "check", str(made))["ok"]
    assert "exists already" in refusal("content", "import-sheet", str(sheet), "--out", str(made), code=1)
    told = run("content", "import-sheet", str(sheet), "--out", str(tmp_path / "again"))
    assert "39 cards, 39 of them drafts that lack an answer, 4 audit statements and 5 gate items." in told.stdout
    assert "no place in a module, kept in sheet.md: Reading list" in told.stdout
    assert "these lines were taken as topics: Forward diffusion, Reverse diffusion, Conditioning," in told.stderr
    refusal("content", "import-sheet", str(sheet), code=2)
    drafts = json.loads(run("--content", str(made), "card", "list", "--json").stdout)
    assert {card["state"] for card in drafts if card["id"].startswith("m14.")} == {"draft"}
    assert json.loads(run("--content", str(made), "due", "--json").stdout)["new"] == 0


def test_two_modules_in_one_folder(tmp_path: Path, own_home: Path) -> None:
    first = [{"module": "t1", "text": "What it says."}]
    write_module(tmp_path / "both" / "a", {"fog": [card_values("t2.fog.one")]}, "t2", prerequisites=first)
    write_module(tmp_path / "both" / "b", small_module())
    write_module(own_home / "content" / "mine", {"fog": [card_values("t3.fog.one")]}, "t3")
    counts = run_json("--content", str(tmp_path / "both"), "due")
    assert (counts["due"], counts["new"]) == (0, 2)
    assert {card.partition(".")[0] for card in counts["cards"]} == {"t1"}
    listed = [card["id"] for card in run_json("--content", str(tmp_path / "both"), "card", "list")]
    assert (len(listed), listed[-2:]) == (14, ["t2.fog.one", "t3.fog.one"])
    checked = run("--content", str(tmp_path / "both"), "content", "check").stdout.splitlines()
    assert [line.partition(":")[0] for line in checked] == ["t1", "t2", "t3"]


def test_content_new_and_schema(tmp_path: Path) -> None:
    made = tmp_path / "module_15_capstone"
    assert "the module m15 with one card" in run("content", "new", str(made)).stdout
    assert run_json("content", "check", str(made)) == {
        "ok": True,
        "modules": [{"id": "m15", "cards": 1}],
        "problems": [],
    }
    for what in ("module", "cards"):
        assert run("content", "schema", what).stdout == (made / f"{what}.schema.json").read_text(encoding="utf-8")
    assert "exists already" in refusal("content", "new", str(made), code=1)
    refusal("content", "schema", "lab", code=2)


def test_broken_content_leaves_the_last_good_copy_in_use(module: Path) -> None:
    before = run_json("--content", str(module), "due")
    (module / "cards" / "fog.yaml").write_text("- id: [\n", encoding="utf-8")
    done = run("--content", str(module), "due", "--json")
    assert json.loads(done.stdout) == before
    assert "fog.yaml" in done.stderr


def test_settings() -> None:
    values = run_json("settings")
    assert values["new_per_day"] == "auto"
    run("settings", "new_per_day", "5")
    assert run_json("settings") == values | {"new_per_day": "5"}
    assert run_json("due")["new"] == 5


def test_doctor_proves_and_repairs(own_home: Path) -> None:
    run("grade", CARD, "4")
    assert run_json("doctor")["ok"]
    with sqlite3.connect(own_home / "studyapp.sqlite") as database:
        database.execute("UPDATE schedule SET interval_days = 99 WHERE card_id = ?", (CARD,))
    database.close()
    report = run_json("doctor", code=1)
    assert [check["check"] for check in report["checks"] if not check["ok"]] == ["schedule"]
    repaired = run_json("doctor", "--repair")
    assert (repaired["ok"], repaired["repaired"]) == (True, 1)
    assert run_json("card", "show", CARD)["schedule"]["interval_days"] == 1


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion(shell: str) -> None:
    script = run("completion", shell).stdout
    assert "studyapp" in script
    assert "suspend" in script


def test_help_and_version() -> None:
    assert "studyapp" in run("--version").stdout
    words = run("--help").stdout
    for command in ("due", "review", "grade", "undo", "card", "content", "doctor", "settings"):
        assert command in words
        assert run(command, "--help").stdout


@pytest.mark.parametrize("start", [(), ("review",), ("browse",)])
def test_the_app_needs_a_terminal(start: tuple[str, ...]) -> None:
    assert "--plain" in refusal(*start, code=1)


WRONG = {
    ("grade", "t1.none", "4"): "t1.none",
    ("grade", CARD, "6"): "from 0",
    ("grade", CARD, "good"): "good",
    ("grade", CARD, "4", "--confidence", "5"): "Confidence",
    ("grade", CARD, "4", "--at", "yesterday"): "yesterday",
    ("card", "show", "t1.none"): "t1.none",
    ("card", "suspend", "t1.none"): "t1.none",
    ("settings", "colour", "red"): "colour",
    ("settings", "rollover_hour", "25"): "23",
    ("no-such-command",): "no-such-command",
}


def test_wrong_usage_is_2_and_changes_nothing() -> None:
    before = run_json("card", "list"), run_json("settings")
    for arguments, word in WRONG.items():
        assert word in refusal(*arguments, code=2)
    assert (run_json("card", "list"), run_json("settings")) == before


def test_nothing_to_undo_is_1() -> None:
    assert "nothing to undo" in refusal("undo", code=1)
    assert "nothing to redo" in refusal("redo", code=1)


def test_a_wrong_clock_is_2() -> None:
    assert "STUDYAPP_NOW" in refusal("due", code=2, env={"STUDYAPP_NOW": "soon"})


def test_damaged_data_is_3_and_left_untouched(own_home: Path) -> None:
    data = own_home / "studyapp.sqlite"
    data.write_bytes(b"no database at all" * 100)
    assert str(data) in refusal("due", code=3)
    assert "--repair" not in refusal("grade", CARD, "4", code=3)
    assert data.read_bytes() == b"no database at all" * 100


def test_newer_data_is_3_and_left_untouched(own_home: Path) -> None:
    run("grade", CARD, "4")
    data = own_home / "studyapp.sqlite"
    with sqlite3.connect(data) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    before = data.read_bytes()
    assert "newer" in refusal("due", code=3)
    assert data.read_bytes() == before


@pytest.mark.parametrize(
    "change",
    ["card_bodies SET body = '['", "cards SET needs = '['", "modules SET body = '['", "shelves SET problems = '['"],
)
def test_damage_within_a_value_is_one_sentence_and_can_be_mended(own_home: Path, change: str) -> None:
    run("grade", CARD, "4")
    with sqlite3.connect(own_home / "studyapp.sqlite") as database:
        database.execute(f"UPDATE {change}")
    database.close()
    reader = ["due"] if "needs" in change else ["card", "show", CARD]
    assert "studyapp doctor" in refusal(*reader, code=3)
    assert "cannot be read" in run("doctor", code=3).stdout
    run("doctor", "--repair")
    assert run_json("card", "show", CARD)["reviews"][0]["grade"] == 4


def test_days_pass_as_the_clock_is_moved() -> None:
    run("grade", CARD, "4")
    for day, expected in (("2026-11-23", False), ("2026-11-24", True), ("2026-11-30", True)):
        counts = run_json("due", env={"STUDYAPP_NOW": f"{day}T09:00:00+00:00"})
        assert (CARD in counts["cards"]) is expected
    assert date.fromisoformat(run_json("card", "show", CARD)["schedule"]["due"]) == date(2026, 11, 24)


def test_hostile_text_reaches_the_terminal_as_plain_text(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDYAPP_CONTENT", str(content))
    cards = small_module()
    cards["fog"][0] |= {"prompt": "[/] [@click=app.quit]x[/]", "answer": "[red] [/b] {0} %s"}
    write_module(content / "module_1", cards)
    assert "[/] [@click=app.quit]x[/]" in run("card", "list").stdout
    assert "[red] [/b] {0} %s" in run("card", "show", CARD).stdout
    run("grade", CARD, "4")
    cards["fog"][0]["prompt"] = "bell \x07 and \x1b[31mred"
    write_module(content / "module_1", cards)
    refused = run("content", "check", code=1).stdout
    assert "control" in refused
    assert not any(letter < " " and letter != "\n" for letter in refused)
