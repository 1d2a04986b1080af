"""`studyapp due|grade|undo|redo`: the day's recall from the shell."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from studyapp.clock import read_instant
from studyapp.commands.base import Commands, on_data, say, show
from studyapp.errors import StudyError

if TYPE_CHECKING:
    from studyapp.bootstrap import Program


def add(commands: Commands) -> None:
    commands.add("due", on_data(due), "what is due now, in one line", as_json=True)
    parser = commands.add("grade", on_data(grade), "record one answer", as_json=True)
    parser.add_argument("card", metavar="CARD", help="the card's id")
    parser.add_argument(
        "grade", metavar="GRADE", type=int, help="0 blackout, 1 wrong, 2 almost, 3 hard, 4 good, 5 perfect"
    )
    parser.add_argument("--at", metavar="ISO", help="when it was answered; now by default")
    parser.add_argument(
        "--confidence", type=int, metavar="1-4", help="how sure before the answer: 1 guess to 4 certain"
    )
    parser.add_argument("--aloud", action="store_true", help="it was said aloud; the gate counts such days")
    commands.add("undo", on_data(undo), "take back the last answer", as_json=True)
    commands.add("redo", on_data(redo), "do again what was undone", as_json=True)


def due(options: argparse.Namespace, program: Program) -> int:
    recall = program.recall
    today = recall.today()
    if options.json:
        counts = {"due": today.due, "new": today.new, "drill": today.drill, "minutes": today.minutes}
        show(counts | {"cards": list(today.order)})
    elif not today.order and not program.library.modules():
        raise StudyError("There are no cards yet; `studyapp content check` tells why.")
    elif not today.order:
        print("Nothing is due; well done." if today.answered else "Nothing is due.")
    else:
        parts = [f"{today.due} due", f"{today.new} new"] + [f"{today.drill} to drill"] * bool(today.drill)
        print(f"{', '.join(parts)} · about {today.minutes} min")
    return 0


def grade(options: argparse.Namespace, program: Program) -> int:
    from studyapp.services.browse import schedule_values
    from studyapp.services.session import close_day

    recall = program.recall
    at = read_instant(options.at, "--at") if options.at else None
    answered = recall.grade(options.card, options.grade, at=at, confidence=options.confidence, aloud=options.aloud)
    try:
        close_day(recall)
    except StudyError as error:  # the answer is on disk: to fail now would have it given twice
        say(f"The answer is saved, but not that the day is complete. {error}")
    if options.json:
        review = answered.review
        fields = {"id": review.id, "card": review.card_id, "grade": review.grade, "mode": review.mode.value}
        fields |= {"at": review.reviewed_at.isoformat(), "scheduled": answered.scheduled}
        show(fields | schedule_values(answered.after))
    elif answered.scheduled:
        print(f"{options.card}: grade {options.grade}, next on {answered.after.due}")
    else:
        print(f"{options.card}: grade {options.grade}, logged as {answered.review.mode}; its schedule stays as it is")
    return 0


def undo(options: argparse.Namespace, program: Program) -> int:
    return _taken(options, program.recall.undo(reviews_only=True), "undo", "undone")


def redo(options: argparse.Namespace, program: Program) -> int:
    return _taken(options, program.recall.redo(), "redo", "redone")


def _taken(options: argparse.Namespace, change: Any, verb: str, done: str) -> int:
    if change is None:
        raise StudyError(f"There is nothing to {verb}.")
    if options.json:
        show({done: {"id": change.record_id, "what": change.what, "card": change.card_id, "grade": change.grade}})
    else:
        grade = "" if change.grade is None else f", grade {change.grade}"
        print(f"{done}: {change.what} of {change.card_id}{grade}")
    return 0
