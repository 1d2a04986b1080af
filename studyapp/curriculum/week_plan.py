"""The week's plan of a module, written from its cards: seven days of chapters, labs and new cards.

    python -m studyapp.curriculum.week_plan content/module_14_diffusion

writes the module's daily recall document anew, and puts the cards' words into the questions of the other documents;
tests hold the files to the cards.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from studyapp.core.course import Card, CardKind, Module
from studyapp.core.plan import WEEK, introduction_order, new_per_day

ALOUD = (CardKind.SELF_CHECK, CardKind.INTERVIEW)
"""What an examiner would ask: a minute each, out loud."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day: what is read, tried and met for the first time."""

    chapters: tuple[str, ...]
    """Anchors in the module's explainer."""
    labs: tuple[str, ...]
    cards: tuple[Card, ...]
    """New cards, in the order in which they are best met."""


def week_plan(module: Module) -> tuple[Day, ...]:
    """Seven days with an even number of new cards, topic after topic.

    The last day reads nothing new. A lab stands on the day that meets most of its cards.
    """
    cards = _topic_after_topic(module)
    size = max(1, new_per_day(len(cards), None))
    days = [cards[start : start + size] for start in range(0, WEEK * size, size)]
    chapters = sorted({card.explainer for card in cards if card.explainer})
    read = -(-len(chapters) // (WEEK - 1))
    labs: list[list[str]] = [[] for _ in days]
    for lab in dict.fromkeys(card.lab for card in cards if card.lab):
        met = Counter(number for number, day in enumerate(days) for card in day if card.lab == lab)
        labs[met.most_common(1)[0][0]].append(lab)
    return tuple(
        Day(tuple(chapters[number * read : (number + 1) * read]), tuple(labs[number]), tuple(day))
        for number, day in enumerate(days)
    )


def _topic_after_topic(module: Module) -> list[Card]:
    """Topics in their order, easy before hard; a card waits for what it needs, even from a later topic."""
    topics = [topic.id for topic in module.topics]
    waiting = introduction_order([card for card in module.cards if not card.draft], topics)
    ids = {card.id for card in waiting}
    order: list[Card] = []
    met: set[str] = set()
    while waiting:
        ready = [card for card in waiting if met.issuperset(ids.intersection(card.needs))]
        card = min(ready, key=lambda card: topics.index(card.topic))
        waiting.remove(card)
        order.append(card)
        met.add(card.id)
    return order


def week_plan_document(module: Module) -> str:
    """The plan as Markdown, with links to chapters, labs and cards."""
    days = week_plan(module)
    lines = [*_opening(module, len(days[0].cards))]
    for number, day in enumerate(days, start=1):
        lines += _written(module, number, day, back=len(days[number - 2].cards) if number > 1 else 0)
    lines += ["", "### The audit, aloud", ""]
    lines += [f"- {statement.text}" for statement in module.audit]
    return "\n".join([*lines, "", *_CLOSING, ""])


def _opening(module: Module, new: int) -> list[str]:
    rule = next((item for item in module.gate if item.rule == "recall_days"), None)
    needed = f" The gate asks for recall on {rule.days} of {rule.within} days." if rule else ""
    return [
        "# Daily recall",
        "",
        f"Seven days, up to {new} new cards a day, about half an hour. Answer **aloud**, in full sentences, before you",
        f"reveal the card: what you cannot say you do not know yet.{needed}",
        "",
        "Every day:",
        "",
        "1. Read the day's chapter in the reader. At its end its cards are asked.",
        "2. `studyapp review` brings back what is due, and new cards. Speak, reveal, tick the points that you really",
        "   said, grade honestly. Right but with effort is a 3; what you knew only once you saw it is at most a 2.",
        "3. Say the cards marked *aloud* once more without looking, a minute each by the clock.",
        "",
        "Left to itself, review takes the easy new cards of all topics first. The lists below go topic after topic,",
        "for those who read along; either way every card is met within the week.",
    ]


def _written(module: Module, number: int, day: Day, back: int) -> list[str]:
    titles = {topic.id: topic.title for topic in module.topics}
    topics = Counter(card.topic for card in day.cards)
    most = [topic for topic in topics if topics[topic] > 2] or list(topics)
    lines = ["", f"## Day {number}: {', '.join(titles[topic] for topic in most) or 'recall only'}", ""]
    explainer = next((document.file for document in module.documents if document.role == "explainer"), "")
    for chapter in day.chapters:
        lines.append(f"- Read [{chapter.replace('-', ' ').capitalize()}]({explainer}#{chapter}).")
    lines += [f"- Predict, then run the [{lab.replace('_', ' ')}](lab:{lab}) lab." for lab in day.labs]
    if back:
        lines.append(f"- Coming back: the {back} cards of day {number - 1}.")
    for topic in topics:
        lines += ["", f"**{titles[topic]}**", ""]
        lines += [_line(card) for card in day.cards if card.topic == topic]
    return lines


def _line(card: Card) -> str:
    return f"- {_question(card)}" + " *aloud*" * (card.kind in ALOUD)


def _question(card: Card) -> str:
    prompt = card.prompt.replace("[", r"\[").replace("]", r"\]")
    return f"[{prompt}](card:{card.id})"


_ASKED = re.compile(r"(?m)^(- |\d+\. )\[(?:[^\]\\]|\\.)*\]\(card:([a-z0-9.-]+)\)")
"""A line of a list that begins with a link to a card: a question to the reader."""


def with_cards_words(text: str, module: Module) -> str:
    """The document with every question in the words of its card."""
    cards = {card.id: card for card in module.cards}
    return _ASKED.sub(lambda found: found[1] + _question(cards[found[2]]) if found[2] in cards else found[0], text)


_CLOSING = (
    "A day missed is no harm: the cards wait, and the schedule moves with you. After two missed days do fewer new",
    "cards, not fewer due ones.",
)


def main(folders: Iterable[str]) -> int:
    """Writes the documents of each module folder; names what is wrong with one that cannot be read."""
    from studyapp.curriculum.loader import read_module
    from studyapp.paths import lab_names

    for folder in map(Path, folders):
        reading = read_module(folder, lab_names())
        if reading.module is None:
            print("\n".join(map(str, reading.problems)), file=sys.stderr)
            return 1
        for document in reading.module.documents:
            file = folder / document.file
            old = file.read_text(encoding="utf-8")
            plan = document.role == "daily_recall"
            new = week_plan_document(reading.module) if plan else with_cards_words(old, reading.module)
            if new != old:
                file.write_text(new, encoding="utf-8")
                print(file)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
