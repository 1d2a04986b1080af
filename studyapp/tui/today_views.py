"""The part of Today that is painted after the first picture: audit, gate, labs, target and the days to come."""

from __future__ import annotations

from datetime import timedelta

from textual.content import Content

from studyapp.core.next_step import NextStep, next_step
from studyapp.core.sm2 import DRILL_BELOW
from studyapp.lab_runner import shelf
from studyapp.services import lab_log
from studyapp.services.recall import Recall
from studyapp.services.standing import Standing
from studyapp.services.target import target_plan
from studyapp.tui import standing_views
from studyapp.tui.text import KEY, MUTED, count, hanging, joined, lines, plain
from studyapp.tui.widgets.forecast import forecast

DAYS = 7


def more(recall: Recall, now: Standing | None, width: int, shown: str = "") -> Content:
    """Everything below the next step, in the order of how soon it matters.

    Args:
        shown: the module that the screen's title names; the gate may be another's.
    """
    blocks = []
    if now is not None:
        audit = standing_views.audit_lines(now.findings, width) if now.findings else None
        gate = standing_views.gate_lines(now, width) if now.items else None
        module = standing_views.labelled("Module", [plain(now.title)], "", width) if now.module != shown else None
        blocks.append(lines([module, audit, gate, next_lab(recall, width), target_line(recall, width)]))
    else:
        blocks.append(lines([next_lab(recall, width), target_line(recall, width)]))
    blocks.append(coming(recall, width))
    return Content("\n\n").join([block for block in blocks if block])


def next_lab(recall: Recall, width: int) -> Content | None:
    """The lab to try next: one not run yet before the others, then the one whose cards need it most."""
    totals = recall.store.lab_totals(recall.learner, DRILL_BELOW)
    run = {run.lab for run in lab_log.history(recall)}
    known = {lab.name: lab for lab in shelf.lab_list() if lab.name in totals}
    if not known:
        return None
    order = list(known)
    name = min(order, key=lambda lab: (lab in run, -totals[lab][1], order.index(lab)))
    linked, shaky = totals[name]
    words = f"{known[name].title} ({count(linked, 'card')}"
    words += f", {shaky} shaky" if shaky else ""
    words += ", run before)" if name in run else ")"
    return standing_views.labelled("Next lab", [plain(words), Content.styled("l", KEY)], "   ", width)


def target_line(recall: Recall, width: int) -> Content | None:
    plan = target_plan(recall)
    if plan is None:
        return None
    head, *rest = [Content(words) for words in plan.lines]
    label = Content.styled(f"{'Target':<{standing_views.LABEL}}", "bold $secondary")
    indent = Content(" " * standing_views.LABEL)
    return lines([hanging(label, head, width), *(hanging(indent, line, width) for line in rest)])


def coming(recall: Recall, width: int) -> Content:
    """The days to come as a chart."""
    days = recall.forecast(DAYS)
    if not any(days):
        return Content.styled("Nothing is planned for the next seven days yet.", MUTED)
    heading = f"Coming up: {count(days[0], 'card')} tomorrow, {sum(days)} in seven days"
    return lines([Content.styled(heading, "bold $secondary"), forecast(days, recall.day + timedelta(days=1), width)])


def aloud_words(now: Standing | None) -> str:
    """`aloud 2 of 5 days`; empty without such an item, or once it is signed."""
    for one in now.items if now else ():
        if one.item.rule == "recall_days" and not one.done:
            return f"aloud {one.evidence.progress}"
    return ""


def step(now: Standing | None) -> NextStep | None:
    return next_step(now.items, now.findings) if now is not None else None


def step_line(found: NextStep, width: int) -> Content:
    mark = joined([Content.styled("▸ ", KEY)])
    return hanging(mark, joined([plain(found.words, "bold"), "   ", Content.styled("enter", KEY)]), width)
