"""Cards from another program as a module of the learner's own."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studyapp.core.course import CardKind, Difficulty
from studyapp.core.text import one_line, visible
from studyapp.errors import UsageError
from studyapp.exchange.module_folder import write_module, yaml_text
from studyapp.exchange.skeleton import named_after
from studyapp.exchange.wording import slug, unique

LONGEST_PROMPT, LONGEST_ANSWER, LONGEST_POINT, LONGEST_TITLE = 400, 4000, 200, 300
MOST_ENTRIES = 10_000
"""As the fields of a card allow."""
LONGEST_NAME = 60
POINTS = range(3, 7)
"""A card with fewer or more key points stays a draft."""
MOST_CARDS = 10_000
CARDS_A_FILE = 500
"""Editors and people read files of such a length well."""


@dataclass(frozen=True, slots=True)
class Row:
    """A card as another program has it. The answer is Markdown, the rest plain text."""

    prompt: str
    answer: str
    topic: str = ""
    kind: CardKind = CardKind.CONCEPT
    difficulty: Difficulty = Difficulty.YELLOW
    key_points: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    """Their titles."""


@dataclass(slots=True)
class Made:
    """What became of the rows."""

    folder: Path
    module: str
    cards: int = 0
    drafts: int = 0
    """Cards that lack an answer, key points or a source; they are listed, not asked."""
    topics: int = 0
    left_out: int = 0
    """Rows without a prompt."""
    shortened: list[str] = field(default_factory=list)
    """Cards whose answer was longer than a card's may be."""


def folder_name(wanted: str, taken: Collection[str], *, by_hand: bool) -> str:
    """The name of a new module's folder.

    Args:
        wanted: a name, or a file's without its ending.
        taken: ids of the modules that there are.
        by_hand: whether the learner chose it; then it is taken as it is.

    Raises:
        UsageError: it is no name for a folder, or gives the id of a module that there is.
    """
    name = wanted if by_hand else re.sub(r"[^A-Za-z0-9_-]+", "_", wanted).strip("_-")[:LONGEST_NAME] or "cards"
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name) or len(name) > LONGEST_NAME:
        raise UsageError(f"{wanted!r} is no name for a module's folder; use letters, digits, - and _ (--name NAME).")
    if named_after(name)["id"] in taken:
        raise UsageError(f"There is a module {named_after(name)['id']} already; give this one another --name.")
    return name


def make_module(folder: Path, rows: Iterable[Row]) -> Made:
    """Writes a module folder whose name gives the module its id and title.

    Raises:
        StudyError: the folder exists or cannot be written; nothing was written.
    """
    identity = named_after(folder.name)
    made = Made(folder, identity["id"])
    names: dict[str, str] = {}
    taken: set[str] = set()
    topics: dict[str, list[dict[str, Any]]] = {}
    ids: set[str] = set()
    for row in rows:
        if not visible(row.prompt).strip():
            made.left_out += 1
            continue
        title = _cut(" ".join(visible(row.topic).split()) or "General", LONGEST_TITLE)
        if title not in names:
            names[title] = unique(slug(title), taken)
        card = _card(row, names[title], made, ids)
        topics.setdefault(names[title], []).append(card)
        made.cards += 1
        made.drafts += card["draft"]
    made.topics = len(names)
    outline = {
        "id": made.module,
        "title": identity["title"][:LONGEST_TITLE],
        "week": int(identity["week"]),
        "topics": [{"id": name, "title": title} for title, name in names.items()]
        or [{"id": "general", "title": "General"}],
    }
    files = {"module.yaml": yaml_text(outline, "module.schema.json")}
    for name, cards in topics.items():
        for begin in range(0, len(cards), CARDS_A_FILE):
            part = f".{begin // CARDS_A_FILE + 1}" if begin else ""
            files[f"cards/{name}{part}.yaml"] = yaml_text(cards[begin : begin + CARDS_A_FILE], "../cards.schema.json")
    write_module(folder, files)
    return made


def _card(row: Row, topic: str, made: Made, ids: set[str]) -> dict[str, Any]:
    prompt, answer = _lines(row.prompt), _lines(row.answer)
    card_id = unique(f"{made.module}.{topic}.{slug(prompt)}", ids)
    if len(prompt) > LONGEST_PROMPT:  # the whole of it leads the answer
        prompt, answer = _cut(prompt, LONGEST_PROMPT), f"{prompt}\n\n{answer}".strip()
    if len(answer) > LONGEST_ANSWER:
        made.shortened.append(card_id)
        answer = _cut(answer, LONGEST_ANSWER)
    points = [one_line(point, LONGEST_POINT) for point in row.key_points if visible(point).strip()]
    sources = [{"title": one_line(title, LONGEST_TITLE)} for title in row.sources if visible(title).strip()]
    points, sources = points[:MOST_ENTRIES], sources[:MOST_ENTRIES]
    whole = bool(answer) and len(points) in POINTS and bool(sources)
    card = {"id": card_id, "kind": row.kind.value, "topic": topic, "difficulty": row.difficulty.value, "prompt": prompt}
    rest = {"answer": answer, "key_points": points, "sources": sources}
    return card | {name: value for name, value in rest.items() if value} | {"draft": not whole}


def _lines(text: str) -> str:
    return "\n".join(line.rstrip() for line in visible(text).strip().splitlines())


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
