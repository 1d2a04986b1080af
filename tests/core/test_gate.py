"""Each rule of the gate, with days moved."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from studyapp.core import audit, gate
from studyapp.core.course import AuditStatement, GateItem
from studyapp.core.gate import Chapter, LabFact, RecallDay
from studyapp.core.log import Event, EventKind

MONDAY = date(2026, 11, 23)


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


# -- chapters


def test_chapters() -> None:
    chapters = [Chapter("One", day(0)), Chapter("Two", None)]
    half = gate.chapters_read("02.md", chapters)
    assert (half.met, half.reason) == (False, "not yet, because 1 of 2 chapters are read; the next is 'Two'")
    whole = gate.chapters_read("02.md", [Chapter("One", day(2), changed=True), Chapter("Two", day(1))])
    assert (whole.met, whole.reason) == (True, "true because all 2 chapters were read, the last on 25 Nov 2026")
    assert whole.details == ("One: read on 25 Nov 2026, changed since", "Two: read on 24 Nov 2026")


@pytest.mark.parametrize("chapters", [None, []])
def test_a_document_that_is_gone_is_said(chapters: list[Chapter] | None) -> None:
    found = gate.chapters_read("02.md", chapters)
    assert (found.met, found.progress) == (False, "document gone")
    assert "02.md is not in the module any more" in found.reason


# -- recall


def days(*numbers: int, aloud: int = 8, finished: bool = True) -> list[RecallDay]:
    return [RecallDay(day(number), 10, aloud, finished) for number in numbers]


@pytest.mark.parametrize(
    ("found", "today", "met", "progress"),
    [
        (days(), 0, False, "0 of 5 days"),
        (days(0, 1, 2, 3), 3, False, "4 of 5 days"),
        (days(0, 1, 2, 3, 4), 4, True, "5 days within 7"),
        (days(0, 1, 3, 5, 6), 6, True, "5 days within 7"),
        (days(0, 1, 3, 5, 7), 7, False, "4 of 5 days"),  # the first is eight days back
        (days(0, 1, 2, 3, 4), 90, True, "5 days within 7"),  # what was good once stays good
        (days(0, 1, 2, 3, 4), 3, False, "4 of 5 days"),  # a clock set back: the last lies in the future
        (days(0, 1, 2, 3, finished=False) + days(4), 4, False, "1 of 5 days"),
        (days(0, 1, 2, 3, aloud=4) + days(4), 4, False, "1 of 5 days"),
        (days(0, 1, 2, 3, 4, aloud=5), 4, True, "5 days within 7"),
    ],
)
def test_recall_days(found: list[RecallDay], today: int, met: bool, progress: str) -> None:
    evidence = gate.recall_days(found, 5, 7, day(today))
    assert (evidence.met, evidence.progress) == (met, progress)


def test_recall_days_say_why_a_day_does_not_count_and_which_lie_ahead() -> None:
    found = gate.recall_days([*days(0), *days(1, aloud=1), *days(2, finished=False), *days(9)], 5, 7, day(2))
    assert found.details == (
        "23 Nov 2026: 8 of 10 answers aloud, finished",
        "24 Nov 2026: 1 of 10 answers aloud, finished; does not count",
        "25 Nov 2026: 8 of 10 answers aloud, left open; does not count",
        "1 day dated after today does not count",
    )
    assert gate.recall_days(days(0, 1, 2, 3, 4), 5, 7, day(9)).because == (
        "5 study days from 23 Nov 2026 to 27 Nov 2026 were finished aloud"
    )


# -- the lab

DOCUMENT = """# Lab

## Steps

- not a line of the list

## Checklist

- Predictions written down
  before the first run
- [ ] All labs run

## After

- nor this
"""


def test_a_checklist_is_read_from_the_document() -> None:
    lines = gate.checklist(DOCUMENT, {"all-labs-run": True})
    assert [(line.number, line.text, line.ticked) for line in lines] == [
        (1, "Predictions written down before the first run", False),
        (2, "All labs run", True),
    ]
    moved = gate.checklist("## Checklist\n\n- All labs run\n- New\n", {"all-labs-run": True})
    assert [line.ticked for line in moved] == [True, False], "a tick belongs to the words, not to the place"


def test_the_lab_needs_its_runs_and_its_list() -> None:
    lines = gate.checklist(DOCUMENT, {})
    labs = [LabFact("fog", day(1), "reproduced, quick"), LabFact("dial", None)]
    begun = gate.lab_shipped("05.md", labs, lines)
    assert begun.reason == "not yet, because 1 of 2 labs run and 0 of 2 checklist lines ticked"
    assert begun.details[:2] == ("fog: last run on 24 Nov 2026, reproduced, quick", "dial: not run yet")
    done = gate.checklist(DOCUMENT, {line.key: True for line in lines})
    shipped = gate.lab_shipped("05.md", [LabFact("fog", day(1), "reproduced")], done)
    assert shipped.reason == (
        "true because the runs are fog (24 Nov 2026, reproduced) and all 2 checklist lines are ticked"
    )
    assert gate.lab_shipped("05.md", [], None).progress == "document gone"
    assert gate.lab_shipped("05.md", [], ()).met, "a module without labs and list asks only for the place"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("report at https://example.org/r?x=1, 3 seeds", "https://example.org/r?x=1"),
        ("see ~/lab/report.md.", "~/lab/report.md"),
        ("report.pdf in the shared folder", "report.pdf"),
        (r"C:\work\report.docx", r"C:\work\report.docx"),
        ("(see github.com/ada/lab)", "github.com/ada/lab"),
        ("it lies in ~/lab, all of it", "~/lab"),
        ("I did it, 3 seeds, DPM++ 2M, scale 7.5", ""),
        ("n/a", ""),
        ("pen and/or paper", ""),
        ("3/4 of it, w/o the plot", ""),
        ("I did it.Really", ""),
        ("notes/lab", ""),
        ("", ""),
    ],
)
def test_a_path_or_link_is_found_in_the_evidence(text: str, place: str) -> None:
    assert gate.place_in(text, {"~/lab", "I", "did", "it"}.__contains__) == place


# -- audit


def finding(name: str, verdict: audit.Verdict, ticked: bool | None) -> audit.Finding:
    tick = None if ticked is None else audit.Tick(ticked, MONDAY)
    return audit.Finding(AuditStatement(name, "I can.", ()), verdict, f"{verdict} because so", (), tick)


def test_the_audit_is_complete_when_all_is_solid_and_ticked() -> None:
    solid, shaky = audit.Verdict.SOLID, audit.Verdict.SHAKY
    assert gate.audit_complete([finding("a", solid, True), finding("b", solid, True)]).met
    cheat = gate.audit_complete([finding("a", solid, True), finding("b-c", shaky, True), finding("d", solid, None)])
    assert cheat.reason == "not yet, because 2 of 3 solid; b c shaky but ticked and d solid but not ticked"
    assert not gate.audit_complete([]).met


# -- revision


def revised(number: int = 0, **changes: Any) -> gate.Revision:
    return gate.revision_of(revision_event(number, **changes))


def revision_event(number: int = 0, **changes: Any) -> Event:
    data = {"questions": 13, "passed": 9, "brier": 0.11, "closed_book": True, "signed": "Ada", **changes}
    at = datetime(2026, 11, 23, tzinfo=UTC)
    return Event(id="r", learner="me", at=at, study_day=day(number), kind=EventKind.REVISION, subject="t1", data=data)


@pytest.mark.parametrize(
    ("changes", "lacks"),
    [
        ({"closed_book": False}, "not closed book"),
        ({"closed_book": "yes"}, "not closed book"),
        ({"questions": 12}, "12 of 13 questions"),
        ({"brier": None}, "no confidence before the answers"),
        ({"signed": " "}, "not signed"),
        ({"questions": True, "brier": "0.1"}, "0 of 13 questions and no confidence before the answers"),
    ],
)
def test_a_revision_that_lacks_something_does_not_count(changes: dict[str, Any], lacks: str) -> None:
    found = gate.revision_done([revised(**changes)], 13, MONDAY)
    assert not found.met
    assert found.because.endswith(f"does not count: {lacks}")


def test_a_bad_result_completes_the_revision() -> None:
    found = gate.revision_done([revised(closed_book=False), revised(passed=0)], 13, MONDAY)
    assert (found.met, found.progress) == (True, "23 Nov · 0 of 13 · Brier 0.11")
    assert gate.revision_done([], 13, MONDAY).progress == "not done yet"
    assert not gate.revision_done([revised(5)], 13, MONDAY).met, "dated after today"


# -- signatures


def signed(evidence: gate.Evidence, *, met: bool = True, **data: Any) -> gate.ItemStanding:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    event = Event(
        id="s", learner="me", at=at, study_day=MONDAY, kind=EventKind.SIGN_OFF, subject="t1/x", data=data | {"met": met}
    )
    return gate.ItemStanding(GateItem("x", "X", "chapters_read"), evidence, gate.sign_off_of(event))


def test_a_sign_off_stands_and_says_where_it_parts_from_the_evidence() -> None:
    there, gone = gate.Evidence(True, "all is read", ""), gate.Evidence(False, "1 of 2 chapters are read", "")
    assert not gate.ItemStanding(GateItem("x", "X", "chapters_read"), there).done
    assert (signed(there).done, signed(there).disagreement) == (True, "")
    assert signed(there).reason == "true because all is read"
    honest = signed(gone)
    assert (honest.done, honest.disagreement) == (True, ""), "who signed on evidence and forgot later is no cheat"
    assert honest.reason == "signed on its evidence on 23 Nov 2026; since then: 1 of 2 chapters are read"
    unmet = signed(gone, met=False)
    assert unmet.disagreement == "signed, but the evidence is not there: 1 of 2 chapters are read"
    assert unmet.reason == "not yet, because 1 of 2 chapters are read"
    forced = signed(gone, met=False, override="read on paper")
    assert forced.done
    assert forced.disagreement.startswith("overridden, but the evidence is not there")
    assert forced.signed is not None
    assert forced.signed.words == "overridden on 23 Nov 2026: read on paper"


@pytest.mark.parametrize(("data", "met"), [({}, True), ({"override": "known"}, False), ({"met": False}, False)])
def test_a_signature_without_a_word_on_its_evidence_is_taken_by_its_override(data: dict[str, Any], met: bool) -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    event = Event(id="s", learner="me", at=at, study_day=MONDAY, kind=EventKind.SIGN_OFF, subject="t1/x", data=data)
    found = gate.sign_off_of(event)
    assert found is not None
    assert found.met is met


def test_the_content_of_a_signature_is_said_beside_that_of_now() -> None:
    found = signed(gate.Evidence(True, "", ""), content="abc").signed
    assert found is not None
    assert (found.changed("abc"), found.content_words("abc")) == (False, "content abc, as it is now")
    assert (found.changed("abd"), found.content_words("abd")) == (True, "content abc, changed since")
    old = signed(gate.Evidence(True, "", "")).signed
    assert old is not None
    assert (old.changed("abd"), old.content_words("abd")) == (False, "")


def test_a_revision_signs_its_item() -> None:
    found = sign_off(closed_book=True, content="abc")
    assert found is not None
    assert (found.id, found.met, found.content) == ("r", True, "abc")
    assert found.words == "signed on 23 Nov 2026: Ada"
    assert sign_off(closed_book=False) is None
    assert sign_off(signed=" ") is None
    without = sign_off(brier=None)
    assert without is not None
    assert (without.met, without.content) == (False, ""), "an older one, without confidences"


def sign_off(**changes: Any) -> gate.SignOff | None:
    return gate.sign_off_of(revision_event(**changes))
