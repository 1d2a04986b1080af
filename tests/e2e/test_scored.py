"""Quiz, interview, revision and calibration through the installed program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import small_module, write_module
from tests.e2e.program import logged, refusal, run, run_json
from tests.scored import write_rich


@pytest.fixture(autouse=True)
def monday(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_rich(content / "module_1")
    monkeypatch.setenv("STUDYAPP_NOW", "2026-11-23T09:00:00+00:00")


def lines(*typed: str) -> str:
    return "".join(f"{line}\n" for line in typed)


def result(*arguments: str, typed: str = "") -> Any:
    """What a scored mode prints with `--json`; its questions go to standard error."""
    return json.loads(run(*arguments, "--json", typed=typed).stdout)


def answers(paper: Any, right: bool = True) -> str:
    """Every question of a quiz answered, as typed lines."""
    typed = []
    for question in paper["questions"]:
        if question["number"]:
            typed.append("0.068" if right else "7")
        else:
            letters = [*question["right"]] if right else [*question["right"]][::-1]
            if not right and len(letters) == 1:
                letters = [(letters[0] + 1) % len(question["options"])]
            typed.append("".join("abcdef"[n] for n in letters))
        typed.append("3")
    return lines(*typed)


def test_the_same_seed_gives_the_same_paper(content: Path, own_home: Path) -> None:
    first = result("quiz", "--seed", "7", "--count", "6")
    assert len(first["questions"]) == 6
    assert logged(own_home) == []
    write_module(content / "module_1", dict(reversed(small_module().items())))  # other content, and back
    assert run("due").returncode == 0
    write_rich(content / "module_1")
    assert result("quiz", "--seed", "7", "--count", "6") == first
    assert result("quiz", "--seed", "8", "--count", "6")["questions"] != first["questions"]


def test_a_quiz_through_a_pipe(own_home: Path) -> None:
    paper = result("quiz", "--seed", "7", "--count", "5")
    done = run("quiz", "--plain", "--seed", "7", "--count", "5", typed=answers(paper))
    assert "\x1b" not in done.stdout
    assert "Score: 5 of 5 right, 100% (95 % interval 57% to 100%)." in done.stdout
    assert {review["mode"] for review in logged(own_home)} == {"quiz"}
    wrong = result("quiz", "--seed", "7", "--count", "5", typed=answers(paper, right=False))
    assert (wrong["right"], wrong["answered"]) == (0, 5)
    assert set(wrong["drill"]) <= set(run_json("due")["cards"])
    assert run_json("doctor")["ok"] is True
    assert run_json("undo")["undone"]["what"] == "quiz answer"
    plain = run("quiz", "--plain", "--seed", "7", "--count", "5", typed=answers(paper, right=False)).stdout
    assert "These come again today:\n  What is " in plain, "cards by what they ask, not by their ids"


def test_an_early_end_keeps_what_was_answered(own_home: Path) -> None:
    paper = result("quiz", "--seed", "7", "--count", "5")
    typed = "".join(answers(paper).splitlines(keepends=True)[:2])
    ended = result("quiz", "--seed", "7", "--count", "5", typed=typed + "q\n")
    assert (ended["answered"], ended["right"], ended["questions"][1]["answer"]) == (1, 1, None)
    assert len(logged(own_home)) == len(paper["questions"][0]["cards"])


def test_wrong_lines_in_a_quiz_are_asked_again(own_home: Path) -> None:
    paper = result("quiz", "--seed", "7", "--count", "1", "--topic", "fog")
    right = answers(paper)
    done = run(
        "quiz", "--plain", "--seed", "7", "--count", "1", "--topic", "fog", typed=lines("?", "zz", "u") + right + "u\n"
    )
    assert "Commands at any question" in done.stdout
    assert "asked for" in done.stdout
    assert "There is nothing to take back." in done.stdout
    assert "1 of 1 right" in done.stdout


def test_an_interview_and_its_scorecard(own_home: Path, tmp_path: Path) -> None:
    file = tmp_path / "card.md"
    typed = lines("my answer", "4", "bc", "", "a", "", "")
    done = run("interview", "--plain", "--count", "1", "--seed", "1", "--export", str(file), typed=typed)
    assert "Follow-up to question 1." in done.stdout
    assert "Why the first?" in done.stdout
    assert "Scorecard: 2 of 3 key points" in done.stdout
    assert "Follow-ups: 1 of 2 answered." in done.stdout
    assert "Say: first point of talk" in done.stdout
    assert "first point of talk" in file.read_text("utf-8")
    assert [(row["mode"], row["grade"]) for row in logged(own_home)] == [("interview", 3)]
    assert "exists already" in refusal("interview", "--plain", "--export", str(file), code=2)
    last = run_json("interview", "--last")
    assert (last["points"], last["said"], last["complete"]) == (3, 2, True)
    assert run("interview", "--last").stdout == file.read_text("utf-8")


def test_no_interview_yet() -> None:
    assert "no interview to show yet" in refusal("interview", "--last", code=1)


def test_a_revision_over_two_sittings(own_home: Path) -> None:
    first = result("revise", typed=lines("said", "", "4", "abc", "", "q"))
    assert (first["questions"], first["answered"], first["signed"]) == (3, 1, None)
    rest = lines("", "3", "", "1", "", "1", "ab", "4", "", "Ada")
    done = run("revise", "--plain", typed=rest)
    assert "3 questions, 1 answered already" in done.stdout
    assert "It is needed here: a number from 1 to 4." not in done.stdout
    assert done.stdout.count("Sign with your name") == 2  # an empty line signs nothing
    assert "Signed. The revision is complete." in done.stdout
    signed = result("revise")["signed"]
    assert (signed["questions"], signed["passed"], signed["closed_book"], signed["signed"]) == (3, 2, True, "Ada")
    assert [row["mode"] for row in logged(own_home)] == ["revision"] * 3
    assert all(row["confidence"] for row in logged(own_home))


def test_a_confidence_is_needed_before_an_answer_is_shown() -> None:
    done = run("revise", "--plain", typed=lines("said", "", "", "q"))
    assert done.stdout.count("It is needed here: a number from 1 to 4.") == 2
    assert "Answer:" not in done.stdout


def test_calibration(own_home: Path) -> None:
    assert "not said yet how sure" in run("calibration").stdout
    assert run_json("calibration")["brier"] is None
    for card, grade, confidence in (("t1.fog.choice", 1, 4), ("t1.fog.gap", 4, 4), ("t1.rails.trap", 5, 2)):
        run("grade", card, str(grade), "--confidence", str(confidence))
    found = run_json("calibration")
    assert found["brier"] == pytest.approx((0.95**2 + 0.05**2 + 0.25) / 3)
    assert [one["card"] for one in found["sure_but_wrong"]] == ["t1.fog.choice"]
    run("grade", "t1.fog.choice", "5", "--confidence", "4")
    assert logged(own_home)[-1]["mode"] == "drill"
    assert run_json("calibration") == found, "a drill, minutes after the answer was shown, proves nothing"
    text = run("calibration", env={"COLUMNS": "60"}).stdout
    assert text.startswith("Sure but wrong\n  t1.fog.choice")
    assert "how sure you were, %" in text
    assert "4 certain  stands for 95%, 1 of 2 were right" in text
    assert "  Fog, 2 answers\n    said 95 %, right 50 % (9–91): too sure; Brier 0.45 (" in text
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("quiz", "--plain", "--count", "0"), 2),
        (("quiz", "--plain", "--topic", "nope"), 2),
        (("quiz", "--plain", "--minutes", "nan"), 2),
        (("quiz", "--plain", "--seed", "-1"), 2),
        (("interview", "--plain", "--minutes", "0"), 2),
        (("interview", "--export", "/nonexistent/folder/x.md"), 2),
        (("quiz",), 1),
        (("interview",), 1),
        (("revise",), 1),
    ],
)
def test_refusals_change_nothing(arguments: tuple[str, ...], code: int, own_home: Path) -> None:
    words = refusal(*arguments, code=code)
    assert len(words.splitlines()) == 1
    assert words.endswith(".\n")


def test_modules_with_nothing_to_ask(content: Path) -> None:
    write_module(content / "module_1", small_module())
    (content / "module_1" / "cards" / "rich.yaml").unlink(missing_ok=True)
    assert "nothing to make a quiz from" in refusal("quiz", "--plain", code=1)
    assert "nothing to revise" in refusal("revise", "--plain", code=1)
    assert run("interview", "--plain", "--count", "1", typed="q\n").stdout.startswith("Mock interview")
