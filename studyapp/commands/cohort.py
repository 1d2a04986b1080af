"""`studyapp cohort`: a tutor's look at everybody who studies on one database."""

from __future__ import annotations

import argparse
from contextlib import closing
from typing import TYPE_CHECKING

from studyapp.commands.base import Commands, show
from studyapp.core.text import one_line, plural
from studyapp.errors import UsageError

if TYPE_CHECKING:
    from studyapp.core.cohort import CardSums, Member
    from studyapp.core.statistics import Share
    from studyapp.services.cohort import Cohort

WHO_MAY = (
    "Whoever may read the database sees everybody on it; answers are not shown. To let a tutor look and change nothing,"
    " give PostgreSQL a role with SELECT alone, and its address to the tutor as STUDYAPP_DB."
)
MOST_ANSWERS = 1_000_000
SHOWN_CARDS = 10
NAME, HEAD, LINE = 15, 32, 79

LEGEND = (
    "seen: of all cards; known: recalled twice in a row, the last time well;",
    "row: study days in a row; recalled: of cards met before, with 95 % interval;",
    "audit: solid statements, * when not as many are ticked; gate: items signed.",
)


def add(commands: Commands) -> None:
    parser = commands.add("cohort", cohort, "for a tutor: where each learner stands, and what the group gets wrong",
                          as_json=True)  # fmt: skip
    parser.epilog = WHO_MAY
    parser.add_argument("--module", metavar="ID", default="", help="the first one with a gate by default")
    parser.add_argument("--least", metavar="N", type=int, help="rank cards from this many answers; 10 by default")


def cohort(options: argparse.Namespace) -> int:
    from studyapp.bootstrap import open_group
    from studyapp.core.cohort import LEAST_ANSWERS
    from studyapp.services.cohort import described, gather

    least = LEAST_ANSWERS if options.least is None else options.least
    if not 1 <= least <= MOST_ANSWERS:
        raise UsageError(f"--least takes a whole number from 1 to {MOST_ANSWERS}, not {least}.")
    store, today = open_group()
    with closing(store):
        with store.group() as group:
            found = gather(group, today, options.module)
        if options.json:
            show(described(found, least))
        else:
            print("\n".join(_lines(found, least)))
    return 0


def _lines(found: Cohort, least: int) -> list[str]:
    from studyapp.core.cohort import hardest

    hard = hardest(found.cards, least)
    learners = plural(len(found.members), "learner")
    lines = [one_line(f"{found.title} ({found.module}) · {learners} · {found.day}", LINE), ""]
    lines.append(f"{'learner':<{NAME}} {'seen':>8} {'known':>5} {'due':>4} {'last day':>10} {'row':>3}"
                 f"  {'recalled':<16} {'audit':>5} {'gate':>4}")  # fmt: skip
    lines += [_member_line(member) for member in found.members] or ["Nobody has cards of this module yet."]
    lines += ["", f"What the group gets wrong, of cards with {plural(least, 'answer')} or more:"]
    lines += [_card_line(card, found) for card in hard[:SHOWN_CARDS]] or ["Nothing yet."]
    if len(hard) > SHOWN_CARDS:
        lines.append(f"and {len(hard) - SHOWN_CARDS} more; --json has them all")
    return [*lines, "", *LEGEND]


def _member_line(member: Member) -> str:
    cards, name = member.standing, one_line(member.learner, NAME)
    seen = f"{cards.seen}/{cards.cards}"
    audit = f"{member.solid}/{member.statements}" + "*" * (member.ticked != member.solid)
    gate = "open" if member.open else f"{member.signed}/{member.items}"
    last = member.last_day.isoformat() if member.last_day else "never"
    return (
        f"{name:<{NAME}} {seen:>8} {cards.known:>5} {cards.due:>4} {last:>10} {member.streak:>3}"
        f"  {_share(member.recall):<16} {audit:>5} {gate:>4}"
    ).rstrip()


def _share(share: Share) -> str:
    if share.rate is None:
        return "-"
    low, high = share.interval
    return f"{share.rate:4.0%} ({low:.0%}-{high:.0%})"


def _card_line(card: CardSums, found: Cohort) -> str:
    low, high = card.interval
    sure = f", {card.sure} sure" if card.sure else ""
    head = f"{card.rate:4.0%} ({low:.0%}-{high:.0%}) of {card.answers}{sure}"
    words = f"{card.card_id}: {found.prompts.get(card.card_id, '')}"
    return f"{head:<{HEAD}} {one_line(words, LINE - HEAD - 1)}"
