"""What to do when the day's recall is done: the nearest step that brings the gate on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studyapp.core.audit import Finding, Verdict
from studyapp.core.gate import ItemStanding


@dataclass(frozen=True, slots=True)
class NextStep:
    words: str
    place: str
    """gate, reader, audit, labs or revision."""


def next_step(items: Sequence[ItemStanding], findings: Sequence[Finding]) -> NextStep | None:
    """The first thing that is left, the cheapest first; None when everything is done or only days can help."""
    ready = [one for one in items if one.evidence.met and not one.done]
    if ready:
        return NextStep(f"Sign what is ready: {ready[0].item.text}", "gate")
    open_rules = {one.item.rule for one in items if not one.done}
    if "chapters_read" in open_rules:
        return NextStep("Read the next chapter of the explainer", "reader")
    by_verdict = {verdict: [f for f in findings if f.verdict is verdict and not f.complete] for verdict in Verdict}
    if "audit_complete" in open_rules or not items:
        for verdict, words in (
            (Verdict.SHAKY, "Mend what is shaky: {}"),
            (Verdict.UNTESTED, "Explain aloud: {}"),
            (Verdict.SOLID, "Tick what you can explain: {}"),
        ):
            if by_verdict[verdict]:
                return NextStep(words.format(by_verdict[verdict][0].name), "audit")
    if "lab_shipped" in open_rules:
        return NextStep("Go on with the hands-on lab", "labs")
    if "revision_done" in open_rules:
        return NextStep("Do the revision, closed book", "revision")
    return None
