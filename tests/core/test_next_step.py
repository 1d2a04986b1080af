"""What Today proposes when the recall is done."""

from __future__ import annotations

from datetime import date

import pytest

from studyapp.core.audit import Finding, Tick, Verdict
from studyapp.core.course import AuditStatement, GateItem
from studyapp.core.gate import Evidence, ItemStanding, SignOff
from studyapp.core.next_step import next_step

RULES = ("chapters_read", "recall_days", "lab_shipped", "audit_complete", "revision_done")
DAY = date(2026, 11, 23)


def items(done: tuple[str, ...] = (), met: tuple[str, ...] = ()) -> list[ItemStanding]:
    signature = SignOff("", DAY, "", "", "", "", met=True)
    return [
        ItemStanding(GateItem(rule, rule, rule), Evidence(rule in met, "", ""), signature if rule in done else None)
        for rule in RULES
    ]


def statement(verdict: Verdict, ticked: bool = False) -> Finding:
    return Finding(AuditStatement("latent-space", "", ()), verdict, "", (), Tick(ticked, DAY))


@pytest.mark.parametrize(
    ("found", "findings", "step"),
    [
        (items(met=("recall_days",)), [], ("Sign what is ready: recall_days", "gate")),
        (items(), [], ("Read the next chapter of the explainer", "reader")),
        (items(done=RULES[:1]), [statement(Verdict.SHAKY)], ("Mend what is shaky: latent space", "audit")),
        (items(done=RULES[:1]), [statement(Verdict.UNTESTED)], ("Explain aloud: latent space", "audit")),
        (items(done=RULES[:1]), [statement(Verdict.SOLID)], ("Tick what you can explain: latent space", "audit")),
        (items(done=RULES[:1]), [statement(Verdict.SOLID, True)], ("Go on with the hands-on lab", "labs")),
        (items(done=RULES[:3]), [], ("Do the revision, closed book", "revision")),
        (items(done=(*RULES[:1], *RULES[2:])), [], None),
        (items(done=RULES), [statement(Verdict.SHAKY)], None),
        ([], [statement(Verdict.SHAKY)], ("Mend what is shaky: latent space", "audit")),
        ([], [], None),
    ],
)
def test_next_step(found: list[ItemStanding], findings: list[Finding], step: tuple[str, str] | None) -> None:
    chosen = next_step(found, findings)
    assert (None if chosen is None else (chosen.words, chosen.place)) == step
