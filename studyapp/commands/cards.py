"""`studyapp card list|search|show|suspend|resume`: cards from the shell."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from studyapp.commands.base import Commands, on_data, show
from studyapp.core.text import one_line, spoken, visible

if TYPE_CHECKING:
    from studyapp.bootstrap import Program


def add(commands: Commands) -> None:
    actions = commands.group("card", on_data(card_list), "look at cards, suspend them, resume them", words=[])
    for name, run, help in (
        ("list", card_list, "all cards"),
        ("search", card_list, "the cards in which all words occur"),
        ("show", card_show, "one card with its history"),
        ("suspend", card_suspend, "ask a card no more"),
        ("resume", card_resume, "ask a suspended card again"),
    ):
        action = actions.add(name, on_data(run), help, as_json=True)
        if name == "search":
            action.add_argument("words", nargs="+")
        elif name != "list":
            action.add_argument("card", metavar="CARD", help="the card's id")


def card_list(options: argparse.Namespace, program: Program) -> int:
    from studyapp.services.browse import described, found, state_word

    recall = program.recall
    cards = found(recall, " ".join(options.words))
    if options.json:
        show([described(card, recall) for card in cards])
    for card in [] if options.json else cards:
        words = f"{state_word(card, recall):<9} {card.difficulty:<6} {card.kind.replace('_', ' '):<12}"
        print(f"{card.id:<38} {words} {one_line(card.prompt, 80)}")
    return 0


def card_show(options: argparse.Namespace, program: Program) -> int:
    from studyapp.services.browse import shown

    recall = program.recall
    values = shown(options.card, recall)
    if options.json:
        show(values)
        return 0
    schedule = values["schedule"]
    print(f"{values['id']} · {values['kind'].replace('_', ' ')} · {values['topic']} · {values['difficulty']}\n")
    print(f"{visible(values['prompt'])}\n\n{spoken(values['answer'])}\n")
    print("\n".join(f"- {visible(point)}" for point in values["key_points"]))
    due_on = schedule["due"] or "once it is introduced"
    print(f"\n{schedule['state']}, due {due_on}, interval {schedule['interval_days']} days")
    for review in values["reviews"]:
        print(f"  {review['at'][:16]}  grade {review['grade']}  {review['mode']}{'  undone' * review['voided']}")
    return 0


def card_suspend(options: argparse.Namespace, program: Program) -> int:
    return _changed(options, program.recall.suspend(options.card).suspended)


def card_resume(options: argparse.Namespace, program: Program) -> int:
    return _changed(options, program.recall.resume(options.card).suspended)


def _changed(options: argparse.Namespace, suspended: bool) -> int:
    if options.json:
        show({"id": options.card, "suspended": suspended})
    else:
        print(f"{options.card} is {'suspended' if suspended else 'asked again'}")
    return 0
