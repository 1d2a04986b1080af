"""`studyapp audit|gate|plan`: where the module stands, and what is left until a date."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studyapp.commands.base import Commands, ProgramCommand, on_data, say, show
from studyapp.core.text import date_words, visible
from studyapp.errors import StudyError

if TYPE_CHECKING:
    from studyapp.bootstrap import Program
    from studyapp.core.audit import Finding
    from studyapp.core.gate import ItemStanding
    from studyapp.services.standing import Standing

LISTED_DAYS = 60
"""A plan up to so long names every day, a longer one those on which a card comes."""


def add(commands: Commands) -> None:
    _add_audit(commands.group("audit", on_data(audit), "the foundation-gap audit: your ticks beside the evidence"))
    _add_gate(commands.group("gate", on_data(gate), "the completion gate: what is done, what each item needs"))
    commands.add("plan", on_data(plan), "what is left until your target date, and what to expect on it", as_json=True)


def _add_audit(actions: Commands) -> None:
    _of_module(actions.parser, None)
    for name, run, help in (
        ("tick", tick, "tick a statement: you can explain it"),
        ("untick", untick, "take the tick away"),
        ("ask", ask, "put a statement's cards into today's recall"),
    ):
        action = actions.add(name, on_data(run), help, as_json=True)
        action.add_argument("statement", metavar="ID", help=_STATEMENT)
        _of_module(action)
    explain = actions.add("explain", on_data(explain_aloud), "explain a statement aloud and tick what you said")
    explain.add_argument("statement", metavar="ID", help=_STATEMENT)
    _of_module(explain)


_STATEMENT = "the statement's id, as `studyapp audit` shows it"
_ITEM = "the item's id, as `studyapp gate` shows it"


def _of_module(parser: argparse.ArgumentParser, default: str | None = argparse.SUPPRESS) -> None:
    help = "of this module; else of the first whose gate is not open"
    parser.add_argument("--module", metavar="ID", default=default, help=help)


def _add_gate(actions: Commands) -> None:
    _of_module(actions.parser, None)

    def action(name: str, run: ProgramCommand, help: str) -> argparse.ArgumentParser:
        made = actions.add(name, on_data(run), help, as_json=True)
        made.add_argument("item", metavar="ITEM", help=_ITEM)
        _of_module(made)
        return made

    signing = action("sign", sign, "sign an item whose evidence is there")
    signing.add_argument(
        "--evidence", default="", metavar="TEXT", help="in your words; for the lab with a path or link"
    )
    signing.add_argument("--override", default="", metavar="REASON", help="sign without the evidence, and say why")
    action("unsign", unsign, "take a sign-off back")
    for name, run, help in (
        ("check", check, "tick lines of an item's checklist"),
        ("uncheck", uncheck, "take ticks of the checklist away"),
    ):
        action(name, run, help).add_argument("lines", metavar="LINE", nargs="+", type=int, help="numbers, from 1")
    made = actions.add("certificate", on_data(write_report), "write the report of an open gate", as_json=True)
    made.add_argument("file", metavar="FILE", help="a Markdown file that is not there yet")
    _of_module(made)


def _standing(options: argparse.Namespace, program: Program) -> Standing:
    from studyapp.services.standing import standing

    found = standing(program.recall, program.library, options.module or "")
    if found is None:
        raise StudyError("No module has a gate or an audit; add them to its module.yaml.")
    return found


# -- audit


def audit(options: argparse.Namespace, program: Program) -> int:
    now = _standing(options, program)
    if options.json:
        show([_finding_values(now, finding) for finding in now.findings])
        return 0
    solid = sum(finding.complete for finding in now.findings)
    print(f"{visible(now.title)}: {solid} of {len(now.findings)} statements are solid and ticked")
    for finding in now.findings:
        _print_finding(finding)
    return 0


def _print_finding(finding: Finding) -> None:
    mark = f"[{'x' if finding.ticked else ' '}] {finding.verdict}"
    print(f"{mark:<14} {finding.statement.id}: {visible(finding.statement.text)}")
    print(f"{'':<14} {visible(finding.reason)}")
    if finding.explained:
        print(f"{'':<14} {finding.explained.words}")
    if finding.disagreement:
        print(f"{'':<14} ! {finding.disagreement}")
    revisit = finding.statement.revisit
    if finding.verdict != "solid" and revisit:
        join = "and" if finding.verdict == "shaky" else "or"
        print(f"{'':<14} read {revisit.document}#{revisit.chapter}, {join}: studyapp audit ask {finding.statement.id}")


def _finding_values(now: Standing, finding: Finding) -> dict[str, Any]:
    revisit, explained = finding.statement.revisit, finding.explained
    return {
        "module": now.module,
        "id": finding.statement.id,
        "text": finding.statement.text,
        "verdict": finding.verdict.value,
        "ticked": finding.ticked,
        "ticked_on": finding.tick.day.isoformat() if finding.tick and finding.ticked else None,
        "reason": finding.reason,
        "disagreement": finding.disagreement or None,
        "cards": [
            {
                "id": card.card_id,
                "verdict": card.verdict.value,
                "grade": card.latest.grade if card.latest else None,
                "day": card.latest.day.isoformat() if card.latest else None,
                "how": card.latest.how if card.latest else None,
                "confidence": card.latest.confidence if card.latest else None,
            }
            for card in finding.cards
        ],
        "explained": {
            "day": explained.day.isoformat(),
            "how": explained.how,
            "said": explained.said,
            "of": explained.total,
        }
        if explained
        else None,
        "revisit": f"{revisit.document}#{revisit.chapter}" if revisit else None,
    }


def tick(options: argparse.Namespace, program: Program) -> int:
    return _ticked(options, program, True)


def untick(options: argparse.Namespace, program: Program) -> int:
    return _ticked(options, program, False)


def _ticked(options: argparse.Namespace, program: Program, ticked: bool) -> int:
    from studyapp.services import standing

    standing.tick(program.recall, _standing(options, program), options.statement, ticked)
    now = _standing(options, program)
    finding = now.finding(options.statement)
    if options.json:
        show(_finding_values(now, finding))
    else:
        _print_finding(finding)
    return 0


def ask(options: argparse.Namespace, program: Program) -> int:
    from studyapp.services.asked import ask_today

    finding = _standing(options, program).finding(options.statement)
    cards = ask_today(program.recall, finding.statement.cards)
    if options.json:
        show({"cards": cards})
    else:
        verb = "s come" if len(cards) != 1 else " comes"
        print(f"{len(cards)} card{verb} in today's recall.")
    return 0


def explain_aloud(options: argparse.Namespace, program: Program) -> int:
    from studyapp.plain.explain import explain
    from studyapp.services.explain import Explanation

    return explain(
        Explanation.begin(program.recall, _standing(options, program), options.statement), sys.stdin, sys.stdout
    )


# -- gate


def gate(options: argparse.Namespace, program: Program) -> int:
    now = _standing(options, program)
    if options.json:
        show(_gate_values(program, now))
        return 0
    from studyapp.services.standing import content_now

    content = content_now(program.recall, program.library, now)
    state = "open" if now.open else "not open"
    print(f"{visible(now.title)}: {now.done} of {len(now.items)} done, the gate is {state}")
    for one in now.items:
        _print_item(one, content)
    if now.open and now.bridge:
        print(f"\n{visible(now.bridge.text)}")
    return 0


def _print_item(one: ItemStanding, content: str) -> None:
    box = "[o]" if one.signed and one.signed.override else "[x]" if one.done else "[ ]"
    print(f"{box} {one.item.id}: {visible(one.item.text)}")
    print(f"    {visible(one.reason)}")
    for line in one.evidence.details if not one.done else ():
        print(f"      {visible(line)}")
    if one.signed:
        print(f"    {visible(one.signed.words)}")
        if one.signed.content:
            print(f"    {visible(one.signed.content_words(content))}")
    elif one.evidence.met:
        evidence = ' --evidence "where it lies"' if one.item.rule == "lab_shipped" else ""
        print(f"    ready: studyapp gate sign {one.item.id}{evidence}")
    if one.disagreement:
        print(f"    ! {visible(one.disagreement)}")


def _gate_values(program: Program, now: Standing) -> dict[str, Any]:
    from studyapp.services.module_text import content_hash

    content = content_hash(program.recall, program.library, now.module)
    doubts = [f"{finding.statement.id}: {finding.disagreement}" for finding in now.findings if finding.disagreement]
    return {
        "module": now.module,
        "open": now.open,
        "done": now.done,
        "items": [_item_values(one, content) for one in now.items],
        "disagreements": doubts + [f"{one.item.id}: {one.disagreement}" for one in now.items if one.disagreement],
        "content": content,
        "bridge": now.bridge.module if now.bridge else None,
    }


def _item_values(one: ItemStanding, content: str) -> dict[str, Any]:
    signed = one.signed
    return {
        "id": one.item.id,
        "title": one.item.text,
        "done": one.done,
        "met": one.evidence.met,
        "reason": one.reason,
        "progress": one.evidence.progress,
        "details": list(one.evidence.details),
        "signed": {
            "day": signed.day.isoformat(),
            "evidence": signed.evidence,
            "override": signed.override or None,
            "reason": signed.reason,
            "content": signed.content or None,
            "changed": signed.changed(content),
        }
        if signed
        else None,
        "disagreement": one.disagreement or None,
    }


def sign(options: argparse.Namespace, program: Program) -> int:
    from studyapp.services import standing

    now = _standing(options, program)
    standing.sign(program.recall, program.library, now, options.item, options.evidence, options.override)
    return _shown_again(options, program, now)


def unsign(options: argparse.Namespace, program: Program) -> int:
    from studyapp.services import standing

    now = _standing(options, program)
    standing.unsign(program.recall, now, options.item)
    return _shown_again(options, program, now)


def check(options: argparse.Namespace, program: Program) -> int:
    return _checked(options, program, True)


def uncheck(options: argparse.Namespace, program: Program) -> int:
    return _checked(options, program, False)


def _checked(options: argparse.Namespace, program: Program, ticked: bool) -> int:
    from studyapp.services import standing

    now = _standing(options, program)
    standing.check_lines(program.recall, program.library, now, options.item, options.lines, ticked)
    return _shown_again(options, program, now)


def _shown_again(options: argparse.Namespace, program: Program, before: Standing) -> int:
    """The item as it stands after a change; of the same module, also when its gate has just opened."""
    from studyapp.services.standing import content_now, standing

    now = standing(program.recall, program.library, before.module)
    assert now is not None
    content = content_now(program.recall, program.library, now)
    if options.json:
        show(_item_values(now.item(options.item), content))
        return 0
    _print_item(now.item(options.item), content)
    if now.open and not before.open:
        print(f"\nThe gate is open. `studyapp gate certificate FILE` writes it down.\n{_bridge(now)}")
    return 0


def _bridge(now: Standing) -> str:
    return visible(now.bridge.text) if now.bridge else ""


def write_report(options: argparse.Namespace, program: Program) -> int:
    from studyapp.services.certificate import certificate, write_certificate

    file = Path(options.file)
    write_certificate(certificate(program.recall, program.library, _standing(options, program)), file)
    if options.json:
        show({"file": str(file)})
    else:
        print(f"Written to {file}.")
    return 0


# -- plan


def plan(options: argparse.Namespace, program: Program) -> int:
    from studyapp.services.target import ESTIMATE, target_plan

    found = target_plan(program.recall)
    if found is None:
        if options.json:
            show({"target": None})
        else:
            say("There is no target date; `studyapp settings target_date 2026-12-10` sets one.")
        return 0
    then = found.projection
    if options.json:
        days = [
            {"day": one.day.isoformat(), "due": one.due, "new": one.new, "minutes": minutes}
            for one, minutes in zip(then.days, found.minutes, strict=True)
        ]
        expected = {"today": round(then.now, 4), "stop": round(then.stopped, 4), "keep": round(then.kept, 4)}
        show(
            {
                "target": found.target.isoformat(),
                "days_left": found.days_left,
                "cards": then.cards,
                "met": then.met,
                "unmet": then.unmet,
                "cards_today": found.cards_today,
                "cards_a_day": found.cards_a_day,
                "expected_recall": expected,
                "days": days,
                "estimate": ESTIMATE,
            }
        )
        return 0
    for line in found.lines:
        print(line)
    near = found.days_left <= LISTED_DAYS
    for one, minutes in zip(then.days, found.minutes, strict=True):
        if near or one.due or one.new:
            print(f"  {one.day:%a} {date_words(one.day):<12} {one.due:>4} due {one.new:>4} new   about {minutes} min")
    if not near:
        print("On the other days nothing comes.")
    print(ESTIMATE)
    return 0
