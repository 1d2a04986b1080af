"""Where a module stands, from the log and the files; ticking, signing and taking back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studyapp.bootstrap import Program
from studyapp.core.audit import Verdict
from studyapp.core.log import EventKind
from studyapp.errors import StudyError, UsageError
from studyapp.services import standing
from studyapp.services.certificate import certificate, write_certificate
from studyapp.services.explain import Explanation
from studyapp.services.module_text import content_hash, lab_links
from studyapp.services.preferences import change_setting
from studyapp.services.revision import open_revision
from studyapp.services.session import Session
from tests import standing as helper
from tests.conftest import FrozenClock, write_module
from tests.standing import now, pass_module, read_all, revise, run_lab, study_day

Open = Callable[[], Program]


@pytest.fixture
def gated(content: Path, open_again: Open) -> Program:
    helper.gated_module(content / "module_1")
    return open_again()


def item(program: Program, item_id: str) -> Any:
    return now(program, "t1").item(item_id)


def test_an_empty_history(gated: Program) -> None:
    found = now(gated)
    assert (found.done, found.open, found.ready) == (0, False, ())
    assert [finding.verdict for finding in found.findings] == [Verdict.UNTESTED] * 2
    assert [one.evidence.progress for one in found.items] == [
        "0 of 2 chapters",
        "0 of 5 days",
        "0/1 labs, list 0/2",
        "0 of 2 solid",
        "not done yet",
    ]


def test_no_content_no_gate(content: Path, open_again: Open) -> None:
    program = open_again()
    assert standing.standing(program.recall, program.library) is None
    write_module(content / "m", {"fog": []})
    program = open_again()
    assert standing.standing(program.recall, program.library) is None
    with pytest.raises(UsageError, match="There is no module 't9'"):
        standing.standing(program.recall, program.library, "t9")


def test_each_fact_moves_its_item(gated: Program, clock: FrozenClock) -> None:
    read_all(gated)
    assert item(gated, "explainer").evidence.met
    run_lab(gated, quick=True)
    assert "forward_noising: last run on 23 Nov 2026, reproduced, quick" in item(gated, "lab").evidence.details
    standing.check_lines(gated.recall, gated.library, now(gated), "lab", [2, 1, 2], True)
    assert item(gated, "lab").evidence.met
    standing.check_lines(gated.recall, gated.library, now(gated), "lab", [2], False)
    assert item(gated, "lab").evidence.progress == "1/1 labs, list 1/2"
    revise(gated, closed_book=False)
    assert not item(gated, "revision").evidence.met
    revise(gated)
    assert item(gated, "revision").done, "a signed revision is its own signature"


def test_recall_days_need_a_finished_plan_aloud(gated: Program, clock: FrozenClock) -> None:
    for _ in range(4):
        study_day(gated)
        clock.forward(days=1)
    assert item(gated, "recall").evidence.progress == "4 of 5 days"
    study_day(gated, aloud=False)
    assert item(gated, "recall").evidence.progress == "4 of 5 days"
    clock.forward(days=1)
    study_day(gated)
    assert item(gated, "recall").evidence.met


def test_a_practice_of_one_card_finishes_no_day(gated: Program) -> None:
    change_setting(gated.recall, "new_per_day", "3")
    session = Session.start(gated.recall, ["t1.fog.c2"])
    session.answer(5, aloud=True)
    session.finish()
    assert item(gated, "recall").evidence.progress == "0 of 5 days"


def test_a_clock_set_back_takes_future_days_out(gated: Program, clock: FrozenClock) -> None:
    for _ in range(5):
        study_day(gated)
        clock.forward(days=1)
    assert item(gated, "recall").evidence.met
    clock.forward(days=-3)
    assert item(gated, "recall").evidence.progress == "3 of 5 days"
    assert "2 days dated after today do not count" in item(gated, "recall").evidence.details


def test_the_answers_of_other_modules_are_not_counted(content: Path, gated: Program, open_again: Open) -> None:
    helper.gated_module(content / "module_2", "t2")
    program = open_again()
    study_day(program)
    assert [
        day.answers for day in standing._recall_days(program.recall, "t2", standing.Facts.read(program.recall))
    ] == []
    assert now(program, "t2").item("recall").evidence.progress == "0 of 5 days"


def test_labs_in_a_list_are_a_choice_beside_those_in_the_text() -> None:
    points = "- One:\n  [a](lab:walk_back)\n- Two: [b](lab:cfg_sweep)\n"
    assert lab_links(f"Run [it](lab:forward_noising).\n\n{points}\nAnd [that](lab:sampler_timing).\n") == (
        "forward_noising",
        "sampler_timing",
    )
    assert lab_links(points) == ("walk_back", "cfg_sweep")


# -- ticks and explanations


def test_ticks_and_their_disagreement(gated: Program) -> None:
    recall = gated.recall
    standing.tick(recall, now(gated), "sketch", True)
    standing.tick(recall, now(gated), "sketch", True)
    assert len(recall.store.events_of_kind("me", EventKind.AUDIT_TICK)) == 1
    assert now(gated).finding("sketch").disagreement == "ticked, but the evidence says untested"
    assert "sketch untested but ticked" in item(gated, "audit").evidence.reason
    standing.tick(recall, now(gated), "sketch", False)
    assert now(gated).finding("sketch").disagreement == ""
    assert standing.take_back(recall) == "the tick of sketch"
    assert now(gated).finding("sketch").ticked
    assert standing.take_back(recall) == "the tick of sketch"
    assert not now(gated).finding("sketch").ticked
    assert standing.take_back(recall) is None
    with pytest.raises(UsageError, match="no statement 'x'; there are: fog-and-back, sketch"):
        standing.tick(recall, now(gated), "x", True)


def test_an_explanation_is_evidence(gated: Program) -> None:
    attempt = Explanation.begin(gated.recall, now(gated), "fog-and-back")
    assert len(attempt.points) == 6
    for card, number in attempt.points[:5]:
        attempt.tick(card.id, number)
    attempt.record(62.4)
    finding = now(gated).finding("fog-and-back")
    assert finding.verdict is Verdict.SOLID
    assert finding.explained is not None
    assert (finding.explained.said, finding.explained.total) == (5, 6)
    assert gated.recall.state("t1.fog.c0").due is None, "it moves no schedule"
    assert standing.take_back(gated.recall) == "the explanation of fog-and-back"
    assert now(gated).finding("fog-and-back").verdict is Verdict.UNTESTED


def test_a_review_taken_back_is_no_evidence(gated: Program) -> None:
    gated.recall.grade("t1.sketch.c0", 5)
    assert now(gated).finding("sketch").verdict is Verdict.SOLID
    gated.recall.undo()
    assert now(gated).finding("sketch").verdict is Verdict.UNTESTED
    gated.recall.redo()
    assert now(gated).finding("sketch").verdict is Verdict.SOLID


# -- signatures


def test_evidence_first_signature_second(gated: Program) -> None:
    recall, library = gated.recall, gated.library
    with pytest.raises(StudyError, match="explainer cannot be signed yet: 0 of 2 chapters are read"):
        standing.sign(recall, library, now(gated), "explainer", "I did")
    assert recall.store.events_of_kind("me", EventKind.SIGN_OFF) == []
    read_all(gated)
    assert [one.item.id for one in now(gated).ready] == ["explainer"]
    standing.sign(recall, library, now(gated), "explainer", " twice ", "not needed")
    signed = item(gated, "explainer").signed
    assert (signed.evidence, signed.override, signed.words) == ("twice", "", "signed on 23 Nov 2026: twice")
    assert signed.reason == "all 2 chapters were read, the last on 23 Nov 2026"
    standing.unsign(recall, now(gated), "explainer")
    assert not item(gated, "explainer").done
    with pytest.raises(StudyError, match="explainer has no sign-off that could be taken back"):
        standing.unsign(recall, now(gated), "explainer")
    with pytest.raises(UsageError, match="no item 'x'; there are: explainer, recall, lab, audit, revision"):
        standing.sign(recall, library, now(gated), "x", "")


def test_an_override_is_shown_as_one(gated: Program) -> None:
    standing.sign(gated.recall, gated.library, now(gated), "explainer", "", "read on paper")
    one = item(gated, "explainer")
    assert one.done
    assert one.signed.words == "overridden on 23 Nov 2026: read on paper"
    assert one.disagreement.startswith("overridden, but the evidence is not there: 0 of 2 chapters")
    read_all(gated)
    assert item(gated, "explainer").disagreement == ""


def test_the_lab_names_a_place(gated: Program, tmp_path: Path) -> None:
    run_lab(gated)
    standing.check_lines(gated.recall, gated.library, now(gated), "lab", [1, 2], True)
    with pytest.raises(UsageError, match="lab needs a path or a link"):
        standing.sign(gated.recall, gated.library, now(gated), "lab", "it is done")
    for words in ("n/a", "in notes/of-mine"):
        with pytest.raises(UsageError, match="lab needs a path or a link"):
            standing.sign(gated.recall, gated.library, now(gated), "lab", words)
    standing.sign(gated.recall, gated.library, now(gated), "lab", f"all in {tmp_path}")  # a folder that is there
    standing.sign(gated.recall, gated.library, now(gated), "lab", "report.md in the shared folder")
    signed = item(gated, "lab").signed
    assert "the runs are forward_noising (23 Nov 2026, reproduced)" in signed.reason


@pytest.mark.parametrize("numbers", [[3], [1, 0], [-1]])
def test_a_line_that_is_not_there_changes_nothing(gated: Program, numbers: list[int]) -> None:
    with pytest.raises(UsageError, match="its lines are 1 to 2"):
        standing.check_lines(gated.recall, gated.library, now(gated), "lab", numbers, True)
    with pytest.raises(UsageError, match="it has no checklist"):
        standing.check_lines(gated.recall, gated.library, now(gated), "audit", [1], True)
    assert gated.recall.store.events_of_kind("me", EventKind.CHECKLIST) == []


# -- changes of the module


def test_a_document_that_is_gone_is_said_and_a_signature_stands(
    gated: Program, content: Path, open_again: Open
) -> None:
    read_all(gated)
    standing.sign(gated.recall, gated.library, now(gated), "explainer", "")
    for name in ("02_explainer.md", "05_hands_on_lab.md"):
        (content / "module_1" / name).unlink()
    program = open_again()
    assert program.library.problems
    explainer, lab = item(program, "explainer"), item(program, "lab")
    assert (explainer.done, lab.done) == (True, False)
    assert explainer.disagreement == ""
    assert "since then: 02_explainer.md is not in the module any more" in explainer.reason
    assert lab.evidence.progress == "document gone"


def test_a_sign_off_keeps_the_content_it_was_about(gated: Program, content: Path, open_again: Open) -> None:
    read_all(gated)
    standing.sign(gated.recall, gated.library, now(gated), "explainer", "")
    before = content_hash(gated.recall, gated.library, "t1")
    assert item(gated, "explainer").signed.content == before
    file = content / "module_1" / "02_explainer.md"
    file.write_text(helper.EXPLAINER.replace("\n\n", "\n\n\n"), encoding="utf-8")
    program = open_again()
    assert content_hash(program.recall, program.library, "t1") == before, "spaces are no change"
    file.write_text(helper.EXPLAINER + "\n## Chapter 3 More\n\nMore words.\n", encoding="utf-8")
    program = open_again()
    assert content_hash(program.recall, program.library, "t1") != before
    one = item(program, "explainer")
    assert one.done
    assert (one.disagreement, one.reason) == (
        "",
        "signed on its evidence on 23 Nov 2026; since then: 2 of 3 chapters are read; the next is 'Chapter 3 More'",
    )


def test_who_forgets_after_an_honest_signature_is_not_accused(gated: Program, clock: FrozenClock) -> None:
    for card_id in ("t1.fog.c0", "t1.fog.c1", "t1.sketch.c0"):
        gated.recall.grade(card_id, 5)
    for statement in ("fog-and-back", "sketch"):
        standing.tick(gated.recall, now(gated), statement, True)
    standing.sign(gated.recall, gated.library, now(gated), "audit", "")
    clock.forward(days=2)
    gated.recall.grade("t1.sketch.c0", 2)
    one = item(gated, "audit")
    assert (one.done, one.evidence.met, one.disagreement) == (True, False, "")
    assert one.reason == ("signed on its evidence on 23 Nov 2026; since then: 1 of 2 solid; sketch shaky but ticked")


def test_a_revision_keeps_its_content_and_its_signature_can_be_taken_back(gated: Program) -> None:
    recall, library = gated.recall, gated.library
    standing.sign(recall, library, now(gated), "explainer", "", "read on paper")
    revision = open_revision(recall, library)
    for _ in revision.cards:
        revision.answer(4, confidence=3)
    revision.sign("Ada")
    assert item(gated, "revision").signed.content == content_hash(recall, library, "t1")
    standing.unsign(recall, now(gated), "revision")
    assert not item(gated, "revision").done
    assert item(gated, "explainer").done
    again = open_revision(recall, library)
    assert again.current is None, "its answers stand, only the name is missing"
    again.sign("Ada L.")
    revised = item(gated, "revision")
    assert revised.signed.evidence == "Ada L."
    assert standing.take_back(recall, "t1", item(gated, "lab").item) is None, "nothing was done with that item"
    assert standing.take_back(recall, "t1", revised.item) == "the signature of the revision"
    assert not item(gated, "revision").done
    assert standing.take_back(recall) == "the sign-off of explainer"


def test_taking_a_signature_back_leaves_a_statement_of_the_same_name_alone(
    content: Path, gated: Program, open_again: Open
) -> None:
    file = content / "module_1" / "module.yaml"
    file.write_text(file.read_text("utf-8").replace("id: sketch\n  text", "id: audit\n  text"), encoding="utf-8")
    program = open_again()
    standing.sign(program.recall, program.library, now(program), "audit", "", "known already")
    standing.tick(program.recall, now(program), "audit", True)
    assert standing.undoable(program.recall, "t1", item(program, "audit").item)
    standing.unsign(program.recall, now(program), "audit")
    assert now(program).finding("audit").ticked
    assert not item(program, "audit").done
    assert not standing.undoable(program.recall, "t1", item(program, "audit").item)
    assert standing.undoable(program.recall)


# -- the open gate


def test_the_gate_opens_and_writes_its_certificate(gated: Program, clock: FrozenClock, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"The gate is not open yet \(explainer, recall, lab, audit, revision\)"):
        certificate(gated.recall, gated.library, now(gated))
    pass_module(gated, clock)
    found = now(gated)
    assert (found.open, found.done) == (True, 5)
    assert not [one.disagreement for one in found.items if one.disagreement]
    text = certificate(gated.recall, gated.library, found)
    assert "# Test module: completed" in text
    assert "All 5 gate items are signed, the last on 28 Nov 2026." in text
    assert "- 5 of 6 cards met" in text
    assert "- 5 study days from 23 Nov 2026 to 27 Nov 2026" in text
    assert "100 % right" in text
    assert "- 1 lab run, 1 reproduced" in text
    assert "- 2 of 2 audit statements solid" in text
    assert text.count("as it is now") == 4, "an older revision told no content"
    assert "report at https://example.org/report" in text
    assert "Next comes the capstone." in text
    file = tmp_path / "done.md"
    write_certificate(text, file)
    assert file.read_text(encoding="utf-8") == text
    with pytest.raises(StudyError, match=r"There is a file .* already"):
        write_certificate("other", file)
    with pytest.raises(StudyError, match="cannot be written"):
        write_certificate(text, tmp_path / "no" / "where.md")
    assert file.read_text(encoding="utf-8") == text


def test_an_overridden_item_stands_in_the_certificate(gated: Program, clock: FrozenClock) -> None:
    pass_module(gated, clock)
    standing.unsign(gated.recall, now(gated), "lab")
    standing.check_lines(gated.recall, gated.library, now(gated), "lab", [2], False)
    standing.sign(gated.recall, gated.library, now(gated), "lab", "", "my team has it")
    text = certificate(gated.recall, gated.library, now(gated))
    assert "1 item without the evidence, for a written reason." in text
    assert "overridden on 28 Nov 2026: my team has it" in text
    assert "the evidence now: 1 of 1 lab run and 1 of 2 checklist lines ticked" in text


def test_the_certificate_stops_at_the_last_signature(gated: Program, clock: FrozenClock) -> None:
    pass_module(gated, clock)
    before = certificate(gated.recall, gated.library, now(gated))
    clock.forward(days=3)
    gated.recall.grade("t1.sketch.c0", 1)
    run_lab(gated)
    standing.tick(gated.recall, now(gated), "sketch", False)
    after = certificate(gated.recall, gated.library, now(gated))
    assert "  - the evidence now: 1 of 2 solid; sketch shaky\n" in after
    assert after.replace("  - the evidence now: 1 of 2 solid; sketch shaky\n", "") == before


def test_a_run_of_a_lab_of_another_module_is_not_counted(gated: Program, clock: FrozenClock) -> None:
    gated.recall.log_event(EventKind.LAB_RUN, "cfg_sweep", {"verdicts": {"snr": "reproduced"}})
    pass_module(gated, clock)
    assert "- 1 lab run, 1 reproduced" in certificate(gated.recall, gated.library, now(gated))


def test_the_gate_that_is_not_open_yet_is_the_one_that_is_shown(
    gated: Program, clock: FrozenClock, content: Path, open_again: Open
) -> None:
    helper.gated_module(content / "module_2", "t2")
    program = open_again()
    assert now(program).module == "t1"
    for one in now(program, "t1").items:
        standing.sign(program.recall, program.library, now(program, "t1"), one.item.id, "", "known already")
    assert now(program).module == "t2"
    assert now(program, "t1").open
